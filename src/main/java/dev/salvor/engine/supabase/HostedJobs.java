package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.PostgresSession;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Cron jobs, by cron's own functions: its table takes no rows, and its numbers are its own. */
final class HostedJobs {
  private final PostgresSession session;
  private final HostedSelection selection;
  private final HostedDatabase there;
  private final HostedStatements statements;
  private final Set<String> others = new HashSet<>();

  HostedJobs(
      PostgresSession session,
      HostedSelection selection,
      HostedDatabase there,
      HostedStatements statements) {
    this.session = session;
    this.selection = selection;
    this.there = there;
    this.statements = statements;
  }

  /** Names of those that are left out, since they are another's. */
  Set<String> others() {
    return others;
  }

  /** Reads them, and makes none. */
  void look(DataScript data) {
    all(data).forEach(this::isOurs);
  }

  /** Makes those that this user may make. */
  void schedule(DataScript data) {
    all(data).filter(this::isOurs).forEach(this::schedule);
  }

  private Stream<Map<String, @Nullable String>> all(DataScript data) {
    return selection.jobs().stream().flatMap(id -> jobs(id, data));
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
    others.add(known);
    statements.leave(
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
}
