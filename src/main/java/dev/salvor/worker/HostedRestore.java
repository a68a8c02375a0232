package dev.salvor.worker;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ConnectionReader;
import dev.salvor.engine.postgres.Connector;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.ServerAddress;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.postgres.restore.ServerRoles;
import dev.salvor.engine.process.Streams;
import dev.salvor.engine.supabase.HostedDatabase;
import dev.salvor.engine.supabase.HostedScript;
import dev.salvor.engine.supabase.HostedSelection;
import dev.salvor.engine.supabase.ObjectRows;
import dev.salvor.engine.supabase.ProjectDatabase;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.engine.supabase.VaultSecrets;
import dev.salvor.plan.StableHash;
import dev.salvor.plan.restore.HostedRestorePlanning;
import dev.salvor.task.Step;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A database on its way into a project that Supabase hosts: all of it in one transaction, compared
 * in that, or nothing. So an attempt that was killed has left nothing, or all.
 *
 * @param selection of its dump
 * @param proof of what is restored
 * @param found what an earlier attempt restored, compared; null: nothing, or it differs
 */
record HostedRestore(
    WorkerContext context,
    Task.RestoreHosted task,
    ServerConnection server,
    RestoreSource source,
    HostedSelection selection,
    HostedDatabase there,
    HostedProof proof,
    @Nullable Outcome found) {
  private static final String APPLICATIONS = "salvor%";
  private static final String MARKER = "salvor_restore_";
  private static final int MARKER_LENGTH = 12;
  private static final String MAY_MAKE_ROLES =
      "SELECT rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user";

  private static final Duration LEAVING = Duration.ofMinutes(1);
  private static final Duration CLOSING = Duration.ofSeconds(5);
  private static final Duration BETWEEN = Duration.ofMillis(500);

  /**
   * Looks at the project, and chooses; changes nothing.
   *
   * @throws EngineException INVALID_SPEC, BEHIND_POOLER where it is another's or not the server
   *     itself; as {@link ProjectDatabase#readHosted}
   */
  static HostedRestore look(
      WorkerContext context,
      RecoveryPoints points,
      KeptConfiguration kept,
      Task.RestoreHosted task) {
    var reference = Objects.requireNonNull(task.target().server(), "no database is restored");
    var server =
        Connector.connect(
            new ConnectionReader(context.credentials().folder(), context.header().credentials())
                .read(reference)
                .requiringTls());
    HostedBackup.elsewhere(task.target().project(), server.address(), server.user())
        .ifPresent(
            failure -> {
              throw new EngineException(failure);
            });
    nameless(task.target().project(), server.address(), server.user())
        .ifPresent(context.warnings()::add);
    var source =
        RestoreSource.find(
            context, points, new Task.FromPoint(task.point(), SupabaseSource.DATABASE), null);
    var contents = source.all().contents();
    var noted = kept.facts().state();
    var secrets = secrets(kept);
    try (var open = RunSession.open(server, SupabaseSource.DATABASE, context)) {
      ProjectDatabase.readHosted(open.session());
      var there = HostedDatabase.read(open.session());
      var isNew = there.customers().isEmpty();
      var base = isNew ? there : there.asNew();
      var selection = HostedSelection.of(contents, base, StateReader::isOfSupabase, source.facts());
      var proof = new HostedProof(context, source, selection, base, noted, secrets);
      var restore = new HostedRestore(context, task, server, source, selection, there, proof, null);
      return isNew ? restore : restore.with(restore.compareFound(open.session()));
    }
  }

  /** What is said where neither the server's name nor the user's says whose it is. */
  static Optional<String> nameless(String project, ServerAddress address, String user) {
    var host = address instanceof ServerAddress.Tcp tcp ? tcp.name() : "localhost";
    return user.contains(project)
            || host.contains(project)
            || host.matches("localhost|127\\.[0-9.]+|::1")
        ? Optional.empty()
        : Optional.of(
            "nothing in the connection to "
                + address.text()
                + " says that it leads to project "
                + project
                + ": name db."
                + project
                + ".supabase.co, or the user postgres."
                + project
                + " of the pooler, to be sure");
  }

  private HostedRestore with(Optional<Outcome> outcome) {
    return new HostedRestore(
        context, task, server, source, selection, there, proof, outcome.orElse(null));
  }

  /** None where there are none; null where nobody kept what they are. */
  private static @Nullable List<VaultSecrets.Secret> secrets(KeptConfiguration kept) {
    var state = kept.facts().state();
    return kept.file(HostedBackup.VAULT)
        .map(VaultSecrets::parse)
        .orElseGet(
            () ->
                state != null
                        && state.facts().stream()
                            .noneMatch(fact -> fact.kind().equals("secret of Vault"))
                    ? List.of()
                    : null);
  }

  /**
   * What is there beside what is to be; empty where it differs, or nobody could tell: without
   * content it could be somebody else's.
   */
  private Optional<Outcome> compareFound(PostgresSession session) {
    if (source.factsMode() != FactsMode.FULL && context.header().attempt() == 1) {
      return Optional.empty();
    }
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    try {
      var script = new HostedScript(session, selection, there);
      script.lookAtJobs(this::rows);
      // Who may not make them has not made them.
      var refused = selection.without("EVENT TRIGGER", there.eventTriggers());
      var compared =
          proof.compare(
              session,
              new HostedProof.Refused(
                  refused, script.otherJobs(), null, selection.takenOfExtensions()));
      // Whoever was killed has told nobody.
      return Optional.of(
          new Outcome(
              compared,
              Stream.concat(selection.texts(refused), script.leftOut().stream()).toList()));
    } catch (EngineException e) {
      if (e.reason() == Reason.FACTS_DIFFER) {
        return Optional.empty();
      }
      throw e;
    } finally {
      session.execute("ROLLBACK");
    }
  }

  boolean isDone() {
    return found != null;
  }

  /** What of it is decided by. */
  HostedRestorePlanning.Database seen() {
    try (var open = RunSession.open(server, SupabaseSource.DATABASE, context)) {
      var session = open.session();
      var roles = roles(session);
      return new HostedRestorePlanning.Database(
          server.version(),
          Stream.concat(there.customers().stream(), selection.clashing().stream()).toList(),
          isDone(),
          hasBegun(session),
          there.lacking(),
          selection.denied(),
          selection.unavailable(),
          selection.unmet(),
          isAtWork(session),
          StateReader.read(session),
          roles.created(),
          Optional.ofNullable(proof.secrets()).map(List::size).orElse(null),
          source.sizeBytes(),
          Stream.of(
                  selection.leftOut().stream()
                      .filter(
                          text ->
                              task.target().storage() == null
                                  || !text.equals(HostedSelection.WITHOUT_OBJECTS)),
                  roles.leftOut().stream(),
                  new HostedSettings(session, source).others(),
                  secretOfThePlace(),
                  source.facts().leftOut().stream())
              .flatMap(texts -> texts)
              .toList());
    }
  }

  private Stream<String> secretOfThePlace() {
    var noted = proof.noted();
    return noted != null && StateReader.jwtSecret(noted).isPresent()
        ? Stream.of(
            SupabaseState.JWT_SECRET
                + " and the project's keys: tokens and API keys of the source are invalid there")
        : Stream.empty();
  }

  private ServerRoles roles(PostgresSession session) {
    return ServerRoles.planForHosted(
        session,
        task.roles(),
        source.globals(),
        selection.neededRoles(),
        name -> StateReader.isOfSupabase(name) || name.startsWith(MARKER));
  }

  /** What tells that this very request has restored the database; it can do nothing. */
  private String marker() {
    return MARKER + StableHash.of(task.requestUid()).letters(MARKER_LENGTH);
  }

  private boolean hasBegun(PostgresSession session) {
    return session.truth(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ?)", marker());
  }

  private boolean setsWhatIsKeptNowhere() {
    return task.target().byApi().contains(SupabaseTarget.CONFIGURATION);
  }

  /** When settings are what they are to be. */
  void end() {
    try (var open = RunSession.open(server, SupabaseSource.DATABASE, context)) {
      open.session().execute("DROP ROLE IF EXISTS " + marker());
    } catch (EngineException e) {
      context.warnings().add("drop role " + marker() + ": " + e.failure().message());
    }
  }

  /**
   * What a killed attempt left may take a while to see that nobody is there any more; and a server
   * a moment to end a session that was closed.
   */
  private boolean isAtWork(PostgresSession session) {
    var until = context.clock().instant().plus(context.header().attempt() > 1 ? LEAVING : CLOSING);
    while (hasOthers(session) && context.clock().instant().isBefore(until)) {
      Pause.of(BETWEEN);
    }
    return hasOthers(session);
  }

  private static boolean hasOthers(PostgresSession session) {
    return session.truth(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname ="
            + " pg_catalog.current_database() AND application_name LIKE ? AND pid <>"
            + " pg_catalog.pg_backend_pid())",
        APPLICATIONS);
  }

  /**
   * What came of it.
   *
   * @param leftOut what was found to be only when it was carried out
   */
  record Outcome(RestoredDatabase.Compared compared, List<String> leftOut) {}

  /**
   * Restores it.
   *
   * @throws EngineException what stood in the way; the project is as it was then, unless it says
   *     otherwise
   */
  Outcome carryOut() {
    if (found != null) {
      return found;
    }
    context.progress().step(Step.READ_BACK, source.database());
    SafetyRepository.beforeAnythingIsTouched(() -> source.parse(server.major()));
    // Reading took its time.
    context.refuseIfExpired(task.notAfter());
    try (var open = RunSession.open(server, SupabaseSource.DATABASE, context)) {
      var session = open.session();
      var outcome = transaction(session);
      analyze(session);
      return outcome;
    }
  }

  /** Without statistics the first queries are slow, as if the restore had gone wrong. */
  private void analyze(PostgresSession session) {
    try {
      session.execute("SET client_min_messages = error; ANALYZE");
    } catch (EngineException e) {
      context.warnings().add("run ANALYZE in the project: " + e.failure().message());
    }
  }

  private Outcome transaction(PostgresSession session) {
    Outcome outcome;
    session.execute("BEGIN");
    try {
      refuseUsed(session);
      outcome = fill(session);
    } catch (EngineException e) {
      rollBack(session);
      throw new EngineException(
          e.reason()
              .failure(
                  e.failure().messageAnd("Nothing was changed in the database."),
                  e.failure().logTail()),
          e);
    }
    try {
      session.execute("COMMIT");
    } catch (EngineException e) {
      throw new EngineException(
          Reason.RESTORE_FAILED,
          "The database did not answer when the restore was to be made final: it is there whole, or"
              + " not at all. Create the request anew: it sees which, and goes on, as long as"
              + " nobody and no job has written to it; then restore the other parts alone"
              + " (select.parts). "
              + e.failure().message(),
          e);
    }
    return outcome;
  }

  /** Reading the dump took its time. */
  private static void refuseUsed(PostgresSession session) {
    var customers = HostedDatabase.customers(session);
    if (!customers.isEmpty()) {
      throw new EngineException(
          Reason.TARGET_NOT_EMPTY,
          "The project came into use since it was looked at ("
              + String.join(", ", customers)
              + ").");
    }
  }

  private Outcome fill(PostgresSession session) {
    context.progress().step(Step.RESTORE, source.database());
    var script = new HostedScript(session, selection, there);
    script.carryOut(
        roles(session).statements(),
        this::rows,
        table -> context.progress().step(Step.RESTORE, table));
    var secrets = proof.secrets();
    if (secrets != null) {
      script.secrets(secrets);
    }
    script.settings(new HostedSettings(session, source).statements());
    if (setsWhatIsKeptNowhere() && session.truth(MAY_MAKE_ROLES)) {
      session.execute("CREATE ROLE " + marker() + " NOLOGIN");
    }
    context.progress().step(Step.COMPARE, source.database());
    return new Outcome(
        proof.compare(
            session,
            new HostedProof.Refused(
                script.refused(), script.otherJobs(), script.others(), script.kept())),
        script.leftOut());
  }

  /**
   * What came of the rows of objects.
   *
   * @param validated foreign keys to them that hold now
   */
  record CarriedObjects(List<String> leftOut, List<String> validated) {}

  /**
   * Has rows of objects that Storage made be what they were, as far as no upload carries that.
   *
   * @param expected how many there are of each bucket
   * @throws EngineException FACTS_DIFFER where rows are others
   */
  CarriedObjects carryObjects(Map<String, Long> expected) {
    var data = HostedSelection.objects(source.all().contents());
    if (data.isEmpty() || expected.isEmpty()) {
      return new CarriedObjects(List.of(), List.of());
    }
    try (var open = RunSession.open(server, SupabaseSource.DATABASE, context)) {
      var rows = new ObjectRows(open.session());
      var carried = rows.carry(data.get(), this::rows);
      if (!carried.rows().equals(expected)) {
        throw new EngineException(
            Reason.FACTS_DIFFER,
            "Rows of Storage's objects that are there, by their buckets: "
                + new TreeMap<>(carried.rows())
                + ", and not "
                + new TreeMap<>(expected)
                + ".");
      }
      return new CarriedObjects(carried.leftOut(), rows.validate());
    }
  }

  private void rows(List<Integer> entries, Streams.Output to) {
    source.script(entries, server.major(), to);
  }

  private static void rollBack(PostgresSession session) {
    try {
      session.execute("ROLLBACK");
    } catch (EngineException gone) {
      // The server does it by itself when the session ends.
      return;
    }
  }
}
