package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.salvor.api.SslMode;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerConnectionTest {
  @TempDir Path folder;

  private static ConnectionSettings settings(SslMode mode, String host) {
    return new ConnectionSettings(
        List.of(new HostPort(host, 6432)),
        "app",
        new Password("hidden"),
        "shop",
        mode,
        mode == SslMode.VERIFY_FULL ? Path.of("/ca.pem") : null,
        TargetSession.ANY);
  }

  @Test
  void libpqIsToldNameAndAddressAndNoSecret() {
    var connection =
        ServerConnection.of(
            settings(SslMode.VERIFY_FULL, "db.shop"),
            new HostPort("db.shop", 6432),
            new ServerAddress.Tcp("db.shop", InetAddress.ofLiteral("10.0.0.7"), 6432));

    assertThat(connection.environment("a=b c", Path.of("/m/passfile"), "salvor dump"))
        .containsOnly(
            entry("PGHOST", "db.shop"),
            entry("PGHOSTADDR", "10.0.0.7"),
            entry("PGPORT", "6432"),
            entry("PGUSER", "app"),
            entry("PGDATABASE", "a=b c"),
            entry("PGPASSFILE", "/m/passfile"),
            entry("PGAPPNAME", "salvor dump"),
            entry("PGSSLMODE", "verify-full"),
            entry("PGSSLROOTCERT", "/ca.pem"),
            entry("PGGSSENCMODE", "disable"),
            entry("PGCONNECT_TIMEOUT", "10"));
    assertThat(connection.toString()).doesNotContain("hidden");
    assertThat(connection.text()).isEqualTo("app@10.0.0.7:6432");
  }

  /** Whatever a Secret says; what stays on this machine is a tunnel's. */
  @Test
  void aServerOfSomebodyElseIsReachedWithTls() {
    for (var weak : List.of(SslMode.DISABLE, SslMode.ALLOW, SslMode.PREFER)) {
      assertThat(settings(weak, "db.shop").requiringTls().sslMode()).isEqualTo(SslMode.REQUIRE);
      assertThat(settings(weak, "127.0.0.1").requiringTls().sslMode()).isEqualTo(weak);
      assertThat(settings(weak, "/run/pg").requiringTls().sslMode()).isEqualTo(weak);
    }
    for (var strong : List.of(SslMode.REQUIRE, SslMode.VERIFY_FULL)) {
      assertThat(settings(strong, "db.shop").requiringTls()).isEqualTo(settings(strong, "db.shop"));
    }
  }

  @Test
  void aSocketHasNoAddress() {
    var connection =
        ServerConnection.of(
            settings(SslMode.PREFER, "/run/pg"),
            new HostPort("/run/pg", 6432),
            new ServerAddress.Socket(Path.of("/run/pg"), 6432));

    assertThat(connection.environment("d", Path.of("/m/passfile"), "x"))
        .containsEntry("PGHOST", "/run/pg")
        .containsEntry("PGSSLROOTCERT", "/m/no-authority")
        .doesNotContainKey("PGHOSTADDR");
    assertThat(connection.address().text()).isEqualTo("/run/pg:6432");
  }

  @Test
  void aPassfileIsPrivateAndEscaped() throws IOException {
    var file = PassFile.write(folder, "passfile", new Password("a:b\\c d"));

    assertThat(Files.readString(file)).isEqualTo("*:*:*:*:a\\:b\\\\c d\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(PassFile.write(folder, "passfile", null))).isEmpty();
  }
}
