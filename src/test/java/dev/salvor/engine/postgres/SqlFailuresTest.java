package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import java.net.ConnectException;
import java.sql.SQLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlFailuresTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "28P01 | password authentication failed | AUTHENTICATION_FAILED",
        "28000 | no pg_hba.conf entry for host | AUTHENTICATION_FAILED",
        "3D000 | database x does not exist | DATABASE_MISSING",
        "42501 | permission denied for table t | INSUFFICIENT_PRIVILEGE",
        "42501 | query would be affected by row-level security policy | ROW_SECURITY",
        "55P03 | canceling statement due to lock timeout | DDL_IN_PROGRESS",
        "40P01 | deadlock detected | DDL_IN_PROGRESS",
        "40001 | canceling statement due to conflict with recovery | INCOMPLETE_BACKUP",
        "25P03 | terminating connection due to idle-in-transaction timeout | INCOMPLETE_BACKUP",
        "57P01 | terminating connection due to administrator command | SOURCE_UNREACHABLE",
        "53300 | sorry, too many clients already | SOURCE_UNREACHABLE",
        "53200 | out of shared memory | ENGINE_FAILED",
        "08006 | An I/O error occurred | SOURCE_UNREACHABLE",
        "08P01 | unsupported startup parameter: options | BEHIND_POOLER",
        "08004 | The server does not support SSL. | TLS_FAILED",
        "XX000 | something new | ENGINE_FAILED"
      })
  void aStateHasAReason(String state, String message, Reason reason) {
    var failure = SqlFailures.of(new SQLException(message, state), "boss@db:5432");

    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.failure().message())
        .startsWith("boss@db:5432: ")
        .contains(message)
        .contains(state);
    assertThat(SqlFailures.state(failure)).isEqualTo(state);
  }

  @Test
  void whatIsBeneathSaysMore() {
    assertThat(
            SqlFailures.of(
                    new SQLException("failed", "08006", new SSLHandshakeException("PKIX")), "x")
                .reason())
        .isEqualTo(Reason.TLS_FAILED);
    assertThat(
            SqlFailures.of(new SQLException("failed", "08001", new ConnectException("no")), "x")
                .reason())
        .isEqualTo(Reason.SOURCE_UNREACHABLE);
  }
}
