package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DumpFailuresTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NO_CLIENT_FOR_SERVER | pg_dump: error: aborting because of server version mismatch",
        "AUTHENTICATION_FAILED | pg_dump: error: connection to server at \"h\" (1.2.3.4), port 5432"
            + " failed: FATAL:  password authentication failed for user \"u\"",
        "AUTHENTICATION_FAILED | pg_dump: error: connection to server at \"h\", port 5432 failed:"
            + " fe_sendauth: no password supplied",
        "SOURCE_UNREACHABLE | pg_dump: error: connection to server at \"h\", port 1 failed:"
            + " Connection refused",
        "SOURCE_UNREACHABLE | pg_dump: error: query failed: FATAL:  terminating connection due to"
            + " administrator command",
        "TLS_FAILED | pg_dump: error: connection to server at \"h\", port 5432 failed: server does"
            + " not support SSL, but SSL was required",
        "DATABASE_MISSING | pg_dump: error: connection to server failed: FATAL:  database \"x\""
            + " does not exist",
        "ROW_SECURITY | pg_dump: error: query failed: ERROR:  query would be affected by row-level"
            + " security policy for table \"t\"",
        "INSUFFICIENT_PRIVILEGE | pg_dump: error: query failed: ERROR:  permission denied for table"
            + " t",
        "DDL_IN_PROGRESS | pg_dump: error: query failed: ERROR:  canceling statement due to"
            + " statement timeout",
        "DDL_IN_PROGRESS | pg_dump: error: could not obtain lock on relation \"t\"",
        "INVALID_SPEC | pg_dump: error: no matching tables were found for pattern \"a.b\"",
        "SCRATCH_FULL | pg_dump: error: could not write to file \"x\": No space left on device",
        "INCOMPLETE_BACKUP | pg_dump: error: something new"
      })
  void wordsHaveAReason(Reason reason, String said) {
    var failure = DumpFailures.of("it failed", "subprocess env: " + said, Reason.INCOMPLETE_BACKUP);

    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.failure().message()).startsWith("it failed: pg_dump: error:");
    assertThat(failure.failure().logTail()).contains(said);
  }

  @Test
  void aMessageThatNamesEveryTableIsCut() {
    var failure =
        DumpFailures.of(
            "it failed",
            "pg_dump: error: query failed: ERROR: canceling statement due to statement timeout"
                + " while in LOCK TABLE "
                + "t, ".repeat(5000),
            Reason.INCOMPLETE_BACKUP);

    assertThat(failure.failure().message()).hasSizeLessThan(600);
  }

  @Test
  void warningsAreTold() {
    assertThat(DumpFailures.isWarning("subprocess env: pg_dump: warning: subscriptions not dumped"))
        .isTrue();
    assertThat(DumpFailures.isWarning("pg_dump: warning: x")).isTrue();
    assertThat(DumpFailures.isWarning("pg_dump: error: x")).isFalse();
    assertThat(DumpFailures.isWarning("warning: some restic thing")).isFalse();
    assertThat(DumpFailures.line("subprocess pg_dump: pg_dump: warning: x"))
        .isEqualTo("pg_dump: warning: x");
  }
}
