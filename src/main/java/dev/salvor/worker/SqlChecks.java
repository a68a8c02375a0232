package dev.salvor.worker;

import dev.salvor.api.DurationText;
import dev.salvor.api.Reason;
import dev.salvor.api.Verification;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.verdict.CheckAnswer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The user's own questions to a restored copy. A wrong answer refutes; a question that cannot be
 * asked, or takes too long, proves nothing.
 */
final class SqlChecks {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(1);

  private final List<Verification.Check> checks;
  private final List<String> databases;

  SqlChecks(List<Verification.Check> checks, List<String> databases) {
    this.checks = List.copyOf(checks);
    this.databases = List.copyOf(databases);
  }

  /**
   * Asks all, in their order.
   *
   * @param open a session of a database, closed after each check
   */
  List<CheckAnswer> ask(Function<String, RunSession> open) {
    return checks.stream().map(check -> ask(check, open)).toList();
  }

  private CheckAnswer ask(Verification.Check check, Function<String, RunSession> open) {
    var sql = check.sql();
    if (sql == null) {
      return new CheckAnswer.Errored(check.name(), "it asks for files, and these are databases");
    }
    var database = check.database();
    if (database == null && databases.size() != 1) {
      return new CheckAnswer.Errored(
          check.name(), "it does not say which of " + databases + " it asks");
    }
    var asked = database == null ? databases.getFirst() : database;
    if (!databases.contains(asked)) {
      return new CheckAnswer.Errored(
          check.name(), "the recovery point does not hold database " + asked);
    }
    try (var session = open.apply(asked)) {
      return answer(check, sql, session);
    } catch (EngineException e) {
      if (e.reason() == Reason.INTERRUPTED || e.reason() == Reason.DEADLINE_EXCEEDED) {
        throw e;
      }
      return new CheckAnswer.Errored(check.name(), e.failure().message());
    }
  }

  private static CheckAnswer answer(
      Verification.Check check, Verification.SqlCheck sql, RunSession open) {
    var session = open.session();
    var timeout = check.timeout() == null ? DEFAULT_TIMEOUT : DurationText.parse(check.timeout());
    // As an application of this database would see it, not as facts are read.
    session.execute("RESET search_path; RESET TimeZone; RESET row_security");
    session.execute(
        "BEGIN READ ONLY; SET LOCAL statement_timeout = " + Math.max(1, timeout.toMillis()));
    var rows = session.rows(sql.query(), row -> Optional.ofNullable(row.getString(1)));
    session.execute("ROLLBACK");
    if (rows.size() != 1) {
      return new CheckAnswer.Errored(
          check.name(), "it returned " + rows.size() + " rows instead of one");
    }
    return CheckAnswer.of(check.name(), sql, rows.getFirst().orElse(null));
  }
}
