package dev.salvor.engine.supabase;

import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DumpEntry;
import dev.salvor.engine.process.Streams;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Carries out what was chosen of a dump in one transaction of a session, so that what fails leaves
 * the database as it was. What only Supabase or a superuser may do, and nothing else hangs on, is
 * left out and said.
 */
public final class HostedScript {
  private final PostgresSession session;
  private final HostedSelection selection;
  private final HostedDatabase there;
  private final HostedStatements statements;
  private final HostedHandover owners;
  private final HostedRights rights;
  private final HostedJobs jobs;
  private List<String> others = List.of();

  /** In a session in which a transaction is open. */
  public HostedScript(PostgresSession session, HostedSelection selection, HostedDatabase there) {
    this.session = session;
    this.selection = selection;
    this.there = there;
    this.statements = new HostedStatements(session, selection);
    this.owners = new HostedHandover(session, selection, statements);
    this.rights = new HostedRights(session, selection, there, statements, owners);
    this.jobs = new HostedJobs(session, selection, there, statements);
  }

  /** Gives the rows of entries, as pg_restore writes them. */
  @FunctionalInterface
  public interface Rows {
    void give(List<Integer> entries, Streams.Output to);
  }

  /** What was left out while it was carried out, for people. */
  public List<String> leftOut() {
    return List.copyOf(statements.leftOut());
  }

  /** Ids of entries that were left out then. */
  public Set<Integer> refused() {
    return Set.copyOf(statements.refused());
  }

  /** Rights that somebody has there and had not at the source, for people. */
  public List<String> kept() {
    return List.copyOf(statements.kept());
  }

  /** Names of cron jobs that were left out, since they are another's. */
  public Set<String> otherJobs() {
    return Set.copyOf(jobs.others());
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
    var entries = selection.those(selection.jobs());
    if (!entries.isEmpty()) {
      var data = new DataScript(session, entries, Map.of(), selection.jobs(), _ -> false, _ -> {});
      give(data, rows, entries);
      jobs.look(data);
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
    var entries = selection.dataWith(selection.jobs());
    session.execute(
        "SET LOCAL check_function_bodies = off; SET LOCAL client_min_messages = warning; SET LOCAL"
            + " xmloption = content");
    roles.forEach(this::role);
    rights.withoutDefaults();
    selection.definitions().forEach(statements::make);
    var data =
        new DataScript(
            session,
            entries,
            there.columns(),
            selection.jobs(),
            table -> !selection.hasSameColumns(table, there),
            begun);
    // Without triggers and foreign keys: rows of Supabase's tables come in any order.
    session.execute("SET LOCAL session_replication_role = replica");
    give(data, rows, entries);
    others = data.others();
    session.execute("SET LOCAL session_replication_role = origin");
    selection.after().forEach(statements::make);
    rights.give();
    selection.last().stream().filter(entry -> !isOfEventTrigger(entry)).forEach(statements::make);
    owners.giveAway();
    // Theirs would answer to all that is made here.
    selection.last().stream().filter(HostedScript::isOfEventTrigger).forEach(statements::make);
    jobs.schedule(data);
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
      statements
          .perhaps(statement)
          .ifPresent(
              _ ->
                  // What a setting is may be a secret.
                  statements.leave(
                      "of a role: "
                          + statement.replaceFirst(
                              statement.startsWith("GRANT ") ? "(?s) WITH .*" : "(?s) TO .*", "")));
    } else {
      session.execute(statement);
    }
  }

  /** Sets what the source had set of roles and the database; what may not be is left out. */
  public void settings(List<String> settings) {
    for (var statement : settings) {
      statements
          .perhaps(statement)
          .ifPresent(
              _ ->
                  statements.leave(
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
