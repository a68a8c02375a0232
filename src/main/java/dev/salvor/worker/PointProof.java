package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.CopyFacts;
import dev.salvor.engine.postgres.restore.DatabaseStatements;
import dev.salvor.engine.postgres.restore.DumpCommands;
import dev.salvor.engine.postgres.restore.EventTriggers;
import dev.salvor.engine.postgres.restore.RestoreTrouble;
import dev.salvor.engine.postgres.restore.ServerRoles;
import dev.salvor.engine.postgres.restore.StoredContents;
import dev.salvor.engine.postgres.restore.UnloggedTransaction;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.plan.proof.FactsComparison;
import dev.salvor.plan.proof.StateComparison;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Restores all databases of a recovery point into a throw-away server, compares them, asks. */
final class PointProof {
  private static final int MOST_JOBS = 4;

  private final WorkerContext context;
  private final SandboxPoint point;
  private final ProvingServer server;
  private final Task.Compare task;
  private final DumpCommands commands;

  PointProof(WorkerContext context, SandboxPoint point, ProvingServer server, Task.Compare task) {
    this.context = context;
    this.point = point;
    this.server = server;
    this.task = task;
    this.commands =
        new DumpCommands(context.programs().postgres(server.connection().major(), "pg_restore"));
  }

  /** One attempt, from nothing: databases of an earlier one are dropped. */
  Proof attempt() {
    try {
      var missing = missingExtensions();
      if (!missing.isEmpty()) {
        return Proof.unproven(
            Reason.EXTENSION_UNAVAILABLE, "the sandbox lacks extensions " + missing);
      }
      roles();
      for (var part : point.manifest().databaseParts()) {
        context.progress().step(Step.RESTORE, part.name());
        var failed = restore(part);
        if (failed.isPresent()) {
          return failed.get();
        }
      }
      return judge();
    } catch (EngineException e) {
      if (e.reason() == Reason.INTERRUPTED || e.reason() == Reason.DEADLINE_EXCEEDED) {
        throw e;
      }
      return Proof.ofFailedRestore(e.failure());
    }
  }

  private List<String> missingExtensions() {
    try (var open = server.open(ProvingServer.MAINTENANCE, context)) {
      var available =
          open.session()
              .rows("SELECT name FROM pg_catalog.pg_available_extensions", row -> row.getString(1));
      return point.manifest().postgres().databases().stream()
          .flatMap(facts -> facts.extensions().stream())
          .map(DatabaseFacts.Extension::name)
          .distinct()
          .filter(name -> !available.contains(name))
          .toList();
    }
  }

  private void roles() {
    try (var open = server.open(ProvingServer.MAINTENANCE, context)) {
      ServerRoles.planForSandbox(
              open.session(), point.globals(), point.manifest().postgres().server().roles())
          .create();
    }
  }

  private Optional<Proof> restore(Manifest.Part part) {
    create(part);
    var dump = point.path(part);
    var triggers = eventTriggers(part);
    var jobs =
        SandboxPoint.isFolder(part)
            ? Math.min(MOST_JOBS, Runtime.getRuntime().availableProcessors())
            : 1;
    var completed =
        context
            .processes()
            .run(
                commands.fromPath(
                    dump,
                    part.name(),
                    DumpCommands.Options.PLAIN
                        .withJobs(jobs)
                        .withList(triggers.isEmpty() ? null : useList(triggers)),
                    server.environment(part.name())));
    if (!completed.succeeded()) {
      return Optional.of(
          Proof.ofFailedRestore(
              RestoreTrouble.read("restoring " + part.name(), completed.errorTail())));
    }
    if (!triggers.isEmpty()) {
      try (var open = server.open(part.name(), context)) {
        triggers.create(open.session());
      }
    }
    return Optional.empty();
  }

  private EventTriggers eventTriggers(Manifest.Part part) {
    var dump = point.path(part);
    var contents = SandboxPoint.isFolder(part) ? dump.resolve("toc.dat") : dump;
    try (var open = server.open(ProvingServer.MAINTENANCE, context)) {
      return EventTriggers.of(StoredContents.of(contents, null), open.session());
    }
  }

  private Path useList(EventTriggers triggers) {
    return UseList.write(context, triggers.useList());
  }

  private void create(Manifest.Part part) {
    var properties = facts(part.name()).properties();
    var name = PostgresSession.identifier(part.name());
    try (var open = server.open(ProvingServer.MAINTENANCE, context)) {
      var session = open.session();
      session.execute("DROP DATABASE IF EXISTS " + name);
      try {
        session.execute(DatabaseStatements.create(part.name(), properties));
      } catch (EngineException e) {
        throw new EngineException(
            Reason.SANDBOX_FAILED,
            "the sandbox cannot make a database with the source's locale "
                + describe(properties)
                + ": "
                + e.failure().message(),
            e);
      }
      for (var setting : properties.settings()) {
        set(session, part.name(), setting);
      }
    }
  }

  /** Checks see the database as an application would; a setting that this server lacks is said. */
  private void set(PostgresSession session, String database, String setting) {
    try {
      UnloggedTransaction.carryOut(
          session,
          List.of(DatabaseStatements.setting(PostgresSession.identifier(database), setting)));
    } catch (EngineException e) {
      // Nothing else: what a server says of a setting may quote its value.
      context.warnings().add("not set in the sandbox: " + DatabaseStatements.nameOf(setting));
    }
  }

  private static String describe(DatabaseProperties properties) {
    return properties.localeProvider()
        + " "
        + (properties.locale() == null ? properties.collate() : properties.locale())
        + " ("
        + properties.encoding()
        + ")";
  }

  private Proof judge() {
    var comparisons = new ArrayList<FactsComparison>();
    for (var part : point.manifest().databaseParts()) {
      context.progress().step(Step.COMPARE, part.name());
      comparisons.add(compare(part.name()));
    }
    var compared = FactsComparison.of(comparisons);
    context.progress().step(Step.CHECKS);
    var databases = point.manifest().databaseParts().stream().map(Manifest.Part::name).toList();
    var answers = new SqlChecks(checks(), databases).ask(name -> server.open(name, context));
    var proof =
        Proof.of(
            Findings.of(point.manifest().postgres().factsMode(), compared, List.of(), answers));
    return point.manifest().content() instanceof Manifest.Supabase project
        ? withProject(proof, project.facts())
        : proof;
  }

  /** Besides tables. What differs in a project's state has a name, which facts of schemas lack. */
  private Proof withProject(Proof databases, SupabaseFacts facts) {
    try (var open = server.open(SupabaseSource.DATABASE, context)) {
      var proof = databases;
      if (facts.state() != null) {
        var state = state(open.session(), facts.state());
        proof = isRefuted(state) ? proof.and(state) : state.and(proof);
      }
      if (facts.keyFingerprint() != null && !isRefuted(proof)) {
        proof = VaultProof.attempt(open.session()).and(proof);
      }
      if (facts.storage() != null && !isRefuted(proof)) {
        context.progress().step(Step.COMPARE, SupabaseSource.STORAGE);
        proof = ObjectsProof.of(context, point, facts.storage()).attempt(open.session()).and(proof);
      }
      return proof;
    }
  }

  private static boolean isRefuted(Proof proof) {
    return proof.judgement().outcome() == VerdictOutcome.REFUTED;
  }

  private Proof state(PostgresSession session, SupabaseState noted) {
    var compared =
        StateComparison.compare(
            noted, StateReader.read(session), facts(SupabaseSource.DATABASE).tables());
    return Proof.of(Findings.of(compared.coverage(), compared.differences()));
  }

  /** Those that ask files were asked when those were compared. */
  private List<Verification.Check> checks() {
    return point.manifest().holdsFiles()
        ? task.checks().stream().filter(check -> check.sql() != null).toList()
        : task.checks();
  }

  private FactsComparison compare(String database) {
    try (var open = server.open(database, context)) {
      var session = open.session();
      if (!task.checks().isEmpty()) {
        session.execute("ANALYZE");
      }
      var copy = CopyFacts.read(session, point.manifest().postgres().factsMode());
      return FactsComparison.compare(
          point.manifest().postgres().serverVersion(),
          facts(database),
          point.manifest().postgres().server().roles(),
          RestoredDatabase.asCopy(copy));
    }
  }

  private DatabaseFacts facts(String database) {
    return point.manifest().postgres().databases().stream()
        .filter(facts -> facts.database().equals(database))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.CORRUPT_RECOVERY_POINT,
                    "the manifest has no facts of database " + database));
  }
}
