package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.Reason;
import dev.salvor.api.SslMode;
import dev.salvor.engine.EngineException;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.ServerReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionReaderTest {
  @TempDir Path folder;

  private static final List<CredentialSource> SOURCES =
      List.of(new CredentialSource.Secret(Credential.SOURCE, "shop-db-app", null));

  private void key(Credential credential, String key, String value) throws IOException {
    var place = Files.createDirectories(folder.resolve(credential.folder()));
    Files.writeString(place.resolve(key), value);
  }

  private ConnectionSettings read(ServerReference reference) {
    return new ConnectionReader(folder, SOURCES).read(reference);
  }

  private static ServerReference bySecret() {
    return spelledOut(null, null, null, null, null);
  }

  private static ServerReference spelledOut(
      @Nullable String host,
      @Nullable Integer port,
      @Nullable String user,
      @Nullable String database,
      @Nullable SslMode sslMode) {
    return new ServerReference(
        Credential.SOURCE,
        Credential.SOURCE_PASSWORD,
        Credential.SOURCE_CA,
        host,
        port,
        user,
        database,
        sslMode);
  }

  @Test
  void theUsualKeysAreRead() throws IOException {
    key(Credential.SOURCE, "host", "db\n");
    key(Credential.SOURCE, "port", "6432");
    key(Credential.SOURCE, "username", "app");
    key(Credential.SOURCE, "password", "s ecret\r\n");
    key(Credential.SOURCE, "dbname", "shop");

    assertThat(read(bySecret()))
        .isEqualTo(
            new ConnectionSettings(
                List.of(new HostPort("db", 6432)),
                "app",
                new Password("s ecret"),
                "shop",
                SslMode.PREFER,
                null,
                TargetSession.ANY));
  }

  @Test
  void aUriWinsOverSingleKeysAndWhatIsSpelledOutOverBoth() throws IOException {
    key(Credential.SOURCE, "uri", "postgresql://of-uri:p@uri-host:1/uri-db?sslmode=require");
    key(Credential.SOURCE, "host", "key-host");
    key(Credential.SOURCE, "user", "key-user");

    assertThat(read(bySecret()).hosts()).containsExactly(new HostPort("uri-host", 1));
    assertThat(read(bySecret()).user()).isEqualTo("of-uri");
    assertThat(read(bySecret()).sslMode()).isEqualTo(SslMode.REQUIRE);
    var spelled = read(spelledOut("h", 2, "u", "d", SslMode.DISABLE));
    assertThat(spelled.hosts()).containsExactly(new HostPort("h", 2));
    assertThat(spelled.user()).isEqualTo("u");
    assertThat(spelled.database()).isEqualTo("d");
    assertThat(spelled.sslMode()).isEqualTo(SslMode.DISABLE);
  }

  @Test
  void keysFillWhatTheUriLeavesOut() throws IOException {
    key(Credential.SOURCE, "uri", "postgresql://db/shop");
    key(Credential.SOURCE, "user", "app");
    key(Credential.SOURCE, "password", "s");

    assertThat(read(bySecret()).user()).isEqualTo("app");
    assertThat(read(bySecret()).password()).isEqualTo(new Password("s"));
  }

  @Test
  void theMissingKeyIsNamedWithItsSecret() throws IOException {
    assertThatThrownBy(() -> read(bySecret()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("CredentialsMissing")
        .hasMessageContaining("uri or host")
        .hasMessageContaining("shop-db-app");
    key(Credential.SOURCE, "host", "db");
    assertThatThrownBy(() -> read(bySecret())).hasMessageContaining("user or username");
    key(Credential.SOURCE, "user", "app");
    key(Credential.SOURCE, "port", "many");
    assertThatThrownBy(() -> read(bySecret()))
        .hasMessageContaining("port")
        .hasMessageContaining("shop-db-app");
  }

  @Test
  void aPasswordThatIsReferredToMustBeThere() {
    var reader =
        new ConnectionReader(
            folder,
            List.of(
                new CredentialSource.Secret(Credential.SOURCE_PASSWORD, "shop-password", "pw")));

    assertThatThrownBy(() -> reader.read(spelledOut("h", null, "u", null, null)))
        .hasMessageContaining("shop-password (key pw)");
  }

  @Test
  void verifyingNeedsAnAuthority() throws IOException {
    var reference = spelledOut("h", null, "u", null, SslMode.VERIFY_FULL);

    assertThatThrownBy(() -> read(reference))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.CREDENTIALS_MISSING));
    key(Credential.SOURCE_CA, Credential.VALUE, "pem");
    assertThat(read(reference).certificateAuthority())
        .isEqualTo(folder.resolve("source-ca").resolve("value"));
  }

  @Test
  void noMessageShowsThePassword() throws IOException {
    key(Credential.SOURCE, "uri", "postgresql://u:hidden@h:x/db");

    assertThatThrownBy(() -> read(bySecret()))
        .hasMessageContaining("shop-db-app")
        .message()
        .doesNotContain("hidden");
    key(Credential.SOURCE, "uri", "postgresql://u:hidden@h/db");
    assertThat(read(bySecret()).toString()).doesNotContain("hidden");
  }
}
