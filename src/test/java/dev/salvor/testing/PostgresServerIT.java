package dev.salvor.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class PostgresServerIT {
  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aServerOfTheMajorAnswersAndItsDatabasesAreFresh(int major) {
    var server = PostgresServer.shared(major);
    var first = server.createDatabase();
    server.execute(first, "CREATE TABLE t ()");
    var second = server.createDatabase();

    assertThat(server.query(first, "SHOW server_version_num")).startsWith(String.valueOf(major));
    assertThat(server.query(second, "SELECT to_regclass('t')")).isEqualTo("null");
    assertThat(server.query(second, "SELECT rolname FROM pg_roles WHERE oid = 10"))
        .isEqualTo(PostgresServer.SUPERUSER);
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aStandbyFollows(int major) {
    try (var primary = PostgresServer.start(major);
        var standby = primary.startStandby()) {
      assertThat(standby.query("postgres", "SELECT pg_is_in_recovery()")).isEqualTo("t");
    }
  }
}
