package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.SqlFailures;
import dev.salvor.engine.postgres.restore.DumpEntry;
import dev.salvor.engine.process.Streams;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what was chosen of a dump in one transaction of a session, so that what fails leaves
 * the database as it was. What only Supabase or a superuser may do, and nothing else hangs on, is
 * left out and said.
 */
public final class HostedScript {
  /** Refused, or about a role that only Supabase could make. */
  private static final Set<String> NOT_FOR_US = Set.of("42501", "42704");

  /** The same of what an extension brings, which another version of it may not. */
  private static final Set<String> NOT_HERE = Set.of("42501", "42704", "42883", "42P01");

  /** A right that was not taken, or not given, and the statement carried out all the same. */
  private static final String NOT_TAKEN = "01006";

  private static final Set<String> NOT_ALL = Set.of(NOT_TAKEN, "01007");

  /** Whoever restores these may be refused: nothing that is restored hangs on them. */
  private static final Set<String> PERHAPS = Set.of("EVENT TRIGGER", "PUBLICATION");

  /** What is granted to new objects by itself, besides what is said of them. */
  private static final Map<String, String> OBJECTS =
      Map.of("r", "TABLES", "S", "SEQUENCES", "f", "FUNCTIONS", "T", "TYPES", "n", "SCHEMAS");

  /** Memberships say since then whether one may become the role. */
  private static final int WITH_SET = 160_000;

  private final PostgresSession session;
  private final HostedSelection selection;
  private final HostedDatabase there;
  private final List<String> leftOut = new ArrayList<>();
  private final Set<Integer> refused = new HashSet<>();
  private final List<String> kept = new ArrayList<>();
  private final Set<String> otherJobs = new HashSet<>();
  private List<String> others = List.of();

  /** In a session in which a transaction is open. */
  public HostedScript(PostgresSession session, HostedSelection selection, HostedDatabase there) {
    this.session = session;
    this.selection = selection;
    this.there = there;
  }

  /** Gives the rows of entries, as pg_restore writes them. */
  @FunctionalInterface
  public interface Rows {
    void give(List<Integer> entries, Streams.Output to);
  }

  /** What was left out while it was carried out, for people. */
  public List<String> leftOut() {
    return List.copyOf(leftOut);
  }

  /** Ids of entries that were left out then. */
  public Set<Integer> refused() {
    return Set.copyOf(refused);
  }

  /** Rights that somebody has there and had not at the source, for people. */
  public List<String> kept() {
    return List.copyOf(kept);
  }

  /** Names of cron jobs that were left out, since they are another's. */
  public Set<String> otherJobs() {
    return Set.copyOf(otherJobs);
  }

  /**
   * Tables that have other columns than at the source, and do not give back what was written to
   * them.
   */
  public List<String> others() {
    return others;
  }

  /** Reads cron jobs, and makes none. */
  public void lookAtJobs(Rows rows) {
    var jobs = selection.jobs();
    if (!jobs.isEmpty()) {
      var entries = selection.those(jobs);
      var data = new DataScript(session, entries, Map.of(), jobs, _ -> false, _ -> {});
      give(data, rows, entries);
      jobs.stream().flatMap(id -> jobs(id, data)).forEach(this::isOurs);
    }
  }

  /**
   * All of it but what is no entry.
   *
   * @param roles statements that make roles first; they may hold hashes of passwords
   * @param begun is told each table
   * @throws EngineException RESTORE_FAILED naming what could not be made; TARGET_UNUSABLE; as the
   *     rows are given
   */
  public void carryOut(List<String> roles, Rows rows, Consumer<String> begun) {
    var jobs = selection.jobs();
    var entries = selection.dataWith(jobs);
    session.execute(
        "SET LOCAL check_function_bodies = off; SET LOCAL client_min_messages = warning; SET LOCAL"
            + " xmloption = content");
    roles.forEach(this::role);
    withoutDefaultRights();
    selection.definitions().forEach(this::make);
    var data =
        new DataScript(
            session,
            entries,
            there.columns(),
            jobs,
            table -> !selection.hasSameColumns(table, there),
            begun);
    // Without triggers and foreign keys: rows of Supabase's tables come in any order.
    session.execute("SET LOCAL session_replication_role = replica");
    give(data, rows, entries);
    others = data.others();
    session.execute("SET LOCAL session_replication_role = origin");
    selection.after().forEach(this::make);
    selection.schemas().stream().filter(this::wasThere).forEach(this::rightsOn);
    selection.rights().stream()
        .filter(entry -> !isOfSchema(entry) || !there.schemas().contains(schemaOf(entry)))
        .forEach(this::make);
    selection.last().stream().filter(entry -> !isOfEventTrigger(entry)).forEach(this::make);
    owners();
    // Theirs would answer to all that is made here.
    selection.last().stream().filter(HostedScript::isOfEventTrigger).forEach(this::make);
    jobs.stream().flatMap(id -> jobs(id, data)).filter(this::isOurs).forEach(this::schedule);
  }

  /** Itself, or what is said of one. */
  private static boolean isOfEventTrigger(DumpEntry entry) {
    return entry.type().equals("EVENT TRIGGER") || entry.tag().startsWith("EVENT TRIGGER ");
  }

  /** Reads on another thread: what goes wrong there is told here. */
  static void give(DataScript data, Rows rows, List<DumpEntry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    var failed = new EngineException[1];
    try {
      rows.give(
          entries.stream().map(DumpEntry::id).toList(),
          stream -> {
            try {
              data.read(stream);
            } catch (EngineException e) {
              failed[0] = e;
              throw new IOException("the rows were not taken", e);
            }
          });
    } catch (EngineException e) {
      throw failed[0] == null ? e : failed[0];
    }
    if (failed[0] != null) {
      throw failed[0];
    }
  }

  private void role(String statement) {
    // Whoever may not be a member of what Supabase has is none, and the role is there all the same.
    if (statement.startsWith("GRANT ") || statement.contains(" SET ")) {
      perhaps(statement)
          .ifPresent(
              _ ->
                  // What a setting is may be a secret.
                  leftOut.add(
                      "of a role: "
                          + statement.replaceFirst(
                              statement.startsWith("GRANT ") ? "(?s) WITH .*" : "(?s) TO .*", "")));
    } else {
      session.execute(statement);
    }
  }

  private Optional<EngineException> perhaps(String statement) {
    return perhaps(NOT_FOR_US, () -> session.execute(statement));
  }

  private Optional<EngineException> perhaps(Set<String> states, Runnable statement) {
    session.execute("SAVEPOINT perhaps");
    try {
      statement.run();
      session.execute("RELEASE SAVEPOINT perhaps");
      return Optional.empty();
    } catch (EngineException e) {
      if (!states.contains(SqlFailures.state(e))) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT perhaps; RELEASE SAVEPOINT perhaps");
      return Optional.of(e);
    }
  }

  private boolean wasThere(SchemaRights rights) {
    return there.schemas().contains(rights.schema());
  }

  /**
   * As its owner where this user may be that, for he takes what others gave. First they are given,
   * since this user may have its own by what is taken; and last what went with that.
   */
  private void rightsOn(SchemaRights rights) {
    var owner = rights.owner(session).filter(this::mayBecome);
    owner.ifPresent(role -> session.execute("SET LOCAL ROLE " + PostgresSession.identifier(role)));
    rights.grants(session).forEach(this::perhaps);
    rights.revocations(there.user(), session).forEach(this::perhaps);
    rights.grants(session).forEach(this::perhaps);
    owner.ifPresent(_ -> session.execute("SET LOCAL ROLE NONE"));
    leftOut.addAll(rights.differences(there.user(), session));
  }

  private void make(DumpEntry entry) {
    if (entry.definition().isBlank()) {
      return;
    }
    var isOfExtension = selection.isOfExtension(entry);
    try {
      if (PERHAPS.contains(entry.type()) || isOfExtension || hangsOnRefused(entry)) {
        perhaps(isOfExtension ? NOT_HERE : NOT_FOR_US, () -> carryOut(entry))
            .ifPresent(
                _ -> {
                  refused.add(entry.id());
                  if (entry.definition().contains("REVOKE ")) {
                    kept.add(entry.text());
                  }
                  if (!entry.type().equals("COMMENT")) {
                    leftOut.add(entry.text());
                  }
                });
      } else {
        carryOut(entry);
      }
    } catch (EngineException e) {
      throw switch (e.reason()) {
        case ENGINE_FAILED, INSUFFICIENT_PRIVILEGE ->
            new EngineException(
                Reason.RESTORE_FAILED, entry.text() + ": " + e.failure().message(), e);
        default -> e;
      };
    }
  }

  /** Another who gave a right cannot be had: it is its owner's then, and the same right. */
  private String statement(DumpEntry entry) {
    return selection.unvalidated().contains(entry.id())
        ? entry.definition().strip().replaceFirst(";$", " NOT VALID")
        : entry.type().equals("ACL")
            ? entry.definition().replaceAll("(?m)^(SET|RESET) SESSION AUTHORIZATION[^;]*;\\R?", "")
            : entry.definition();
  }

  private void carryOut(DumpEntry entry) {
    var warned = session.executeHeeding(statement(entry));
    if (entry.type().equals("ACL") && warned.stream().anyMatch(NOT_ALL::contains)) {
      leftOut.add(entry.text() + ": not all of it, for another gave it");
    }
    if (warned.contains(NOT_TAKEN)) {
      kept.add(entry.text());
    }
  }

  private boolean hangsOnRefused(DumpEntry entry) {
    return entry.dependencies().stream().anyMatch(refused::contains);
  }

  /**
   * A new project gives its roles all rights on whatever is made. A dump says which rights there
   * are, and not which there are not: those would be had by who had none at the source.
   */
  private void withoutDefaultRights() {
    session
        .rows(
            """
            SELECT coalesce(n.nspname, ''), d.defaclobjtype::text,
                   CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END
            FROM pg_catalog.pg_default_acl d
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
            CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
            JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole AND r.rolname = current_user
            GROUP BY 1, 2, 3
            """,
            row -> List.of(row.getString(1), row.getString(2), row.getString(3)))
        .stream()
        .filter(right -> !HostedDatabase.isManaged(right.getFirst()))
        .filter(right -> OBJECTS.containsKey(right.get(1)))
        .forEach(
            right -> session.execute(withoutDefault(right.get(0), right.get(1), right.get(2))));
    session
        .rows(
            "SELECT d.defaclobjtype::text FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles"
                + " r ON r.oid = d.defaclrole AND r.rolname = current_user WHERE d.defaclnamespace"
                + " = 0",
            row -> row.getString(1))
        .stream()
        .filter(OBJECTS::containsKey)
        .forEach(this::asBuiltIn);
  }

  private static String withoutDefault(String schema, String kind, String grantee) {
    return "ALTER DEFAULT PRIVILEGES"
        + (schema.isEmpty() ? "" : " IN SCHEMA " + PostgresSession.identifier(schema))
        + " REVOKE ALL ON "
        + OBJECTS.get(kind)
        + " FROM "
        + (grantee.isEmpty() ? "PUBLIC" : PostgresSession.identifier(grantee));
  }

  /** As where nobody has ever changed them for the whole database. */
  private void asBuiltIn(String kind) {
    session.execute(
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON " + OBJECTS.get(kind) + " TO CURRENT_USER");
    if (kind.equals("f") || kind.equals("T")) {
      session.execute(
          "ALTER DEFAULT PRIVILEGES GRANT "
              + (kind.equals("f") ? "EXECUTE" : "USAGE")
              + " ON "
              + OBJECTS.get(kind)
              + " TO PUBLIC");
    }
  }

  /**
   * At the end: what belongs to another role can be changed by that alone. Schemas come when all
   * that lies in them has been given away, since for that they have to be this user's.
   */
  private void owners() {
    var lent = selection.roles().stream().filter(role -> !mayBecome(role)).toList();
    lent.forEach(role -> membership(role, "GRANT", "TO", " WITH INHERIT FALSE, SET TRUE"));
    selection.roles().forEach(this::giveWhatLiesInSchemas);
    for (var role : selection.roles()) {
      owned(role)
          .filter(HostedSelection.Owned::isSchema)
          .forEach(each -> give(each.statement() + PostgresSession.identifier(role)));
      as(role, rightsOf(role).filter(HostedScript::isOfSchema).toList());
    }
    for (var role : lent) {
      if (isNew()) {
        membership(role, "GRANT", "TO", " WITH INHERIT FALSE, SET FALSE");
      } else {
        membership(role, "REVOKE", "FROM", "");
      }
    }
  }

  /** Before that to be a member of a role is to be able to become it. */
  private boolean isNew() {
    return session.server().version() >= WITH_SET;
  }

  private boolean mayBecome(String role) {
    return session.truth("SELECT pg_catalog.pg_has_role(?, ?)", role, isNew() ? "SET" : "MEMBER");
  }

  private void membership(String role, String verb, String preposition, String options) {
    session.execute(
        verb
            + " "
            + PostgresSession.identifier(role)
            + " "
            + preposition
            + " CURRENT_USER"
            + (isNew() ? options : ""));
  }

  private Stream<HostedSelection.Owned> owned(String role) {
    return selection.owners().stream().filter(each -> each.role().equals(role));
  }

  /** Nobody is left with anything in a schema where he may make nothing, or that he may not use. */
  private void giveWhatLiesInSchemas(String role) {
    var name = PostgresSession.identifier(role);
    var owned = owned(role).filter(each -> !each.isSchema()).toList();
    var opened =
        owned.stream()
            .map(HostedSelection.Owned::schema)
            .filter(schema -> !schema.isEmpty())
            .distinct()
            .flatMap(schema -> Stream.of("CREATE", "USAGE").flatMap(it -> lacks(role, schema, it)))
            .toList();
    opened.forEach(right -> give("GRANT " + right + " TO " + name));
    owned.forEach(each -> give(each.statement() + name));
    as(role, rightsOf(role).filter(entry -> !isOfSchema(entry)).toList());
    opened.forEach(right -> give("REVOKE " + right + " FROM " + name));
  }

  private Stream<String> lacks(String role, String schema, String right) {
    return session.truth("SELECT pg_catalog.has_schema_privilege(?, ?, ?)", role, schema, right)
        ? Stream.empty()
        : Stream.of(right + " ON SCHEMA " + PostgresSession.identifier(schema));
  }

  private static boolean isOfSchema(DumpEntry entry) {
    return entry.schema().isEmpty() && entry.tag().startsWith("SCHEMA ");
  }

  private static String schemaOf(DumpEntry entry) {
    return entry.tag().substring("SCHEMA ".length());
  }

  private Stream<DumpEntry> rightsOf(String role) {
    return selection.rights().stream().filter(entry -> entry.owner().equals(role));
  }

  /** What a role gave to whoever owned its things until now went into its own rights. */
  private void as(String role, List<DumpEntry> rights) {
    if (!rights.isEmpty()) {
      session.execute("SET LOCAL ROLE " + PostgresSession.identifier(role));
      rights.forEach(this::make);
      session.execute("SET LOCAL ROLE NONE");
    }
  }

  private void give(String statement) {
    try {
      session.execute(statement);
    } catch (EngineException e) {
      throw e.reason() == Reason.INSUFFICIENT_PRIVILEGE
          ? new EngineException(Reason.RESTORE_FAILED, statement + ": " + e.failure().message(), e)
          : e;
    }
  }

  private Stream<Map<String, @Nullable String>> jobs(int entry, DataScript data) {
    var columns = CopiedRows.columns(selection.copy(entry));
    return data.kept(entry).stream()
        .map(
            line -> {
              var values = CopiedRows.values(line);
              var job = new HashMap<String, @Nullable String>();
              for (var at = 0; at < columns.size(); at++) {
                job.put(columns.get(at), values.get(at));
              }
              return job;
            });
  }

  /** Whether this role may make it, and there is what makes it. */
  private boolean isOurs(Map<String, @Nullable String> job) {
    var isOurs = there.user().equals(job.get("username"));
    if (isOurs && hasCron()) {
      return true;
    }
    var name = job.get("jobname");
    var known = name == null ? "number " + job.get("jobid") : name;
    otherJobs.add(known);
    leftOut.add(
        "cron job "
            + known
            + (isOurs
                ? ": the project has no pg_cron"
                : ", which is " + job.get("username") + "'s"));
    return false;
  }

  private boolean hasCron() {
    return session.truth(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid ="
            + " p.pronamespace WHERE n.nspname = 'cron' AND p.proname = 'schedule')");
  }

  private void schedule(Map<String, @Nullable String> job) {
    var name = job.get("jobname");
    var schedule = Objects.requireNonNullElse(job.get("schedule"), "");
    var command = Objects.requireNonNullElse(job.get("command"), "");
    var database = Objects.requireNonNullElse(job.get("database"), session.database());
    long id;
    if (name == null) {
      id = session.number("SELECT cron.schedule(?, ?)", schedule, command);
    } else if (database.equals(session.database())) {
      id = session.number("SELECT cron.schedule(?, ?, ?)", name, schedule, command);
    } else {
      id =
          session.number(
              "SELECT cron.schedule_in_database(?, ?, ?, ?)", name, schedule, command, database);
    }
    if ("f".equals(job.get("active"))) {
      session.text("SELECT cron.alter_job(?, active := false)", id);
    }
  }

  /** Sets what the source had set of roles and the database; what may not be is left out. */
  public void settings(List<String> statements) {
    for (var statement : statements) {
      perhaps(statement)
          .ifPresent(
              _ ->
                  leftOut.add(
                      "setting: "
                          + statement.replaceFirst("(?s) (TO|=) .*", "").toLowerCase(Locale.ROOT)));
    }
  }

  /** Writes secrets of Vault by its own function, which encrypts them with the key there. */
  public void secrets(List<VaultSecrets.Secret> secrets) {
    for (var secret : secrets) {
      var name = secret.name();
      var description = Objects.requireNonNullElse(secret.description(), "");
      if (name == null) {
        session.text("SELECT vault.create_secret(?, NULL, ?)", secret.secret(), description);
      } else {
        session.text("SELECT vault.create_secret(?, ?, ?)", secret.secret(), name, description);
      }
    }
  }
}
