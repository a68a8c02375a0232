package dev.salvor.engine.postgres.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.testing.NeedsRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerFolderTest {
  private static final int UID = 65532;

  @TempDir Path sandbox;

  @Test
  void theOrderIsWhatTheSettingsSayLineByLine() throws IOException {
    var settings =
        new SandboxSettings(17, "the \"boss\" $(id)", List.of("pg_cron", "auto_explain"), "shop");
    new ServerFolder(sandbox).order(settings);

    assertThat(lines("server/major")).containsExactly("17");
    assertThat(lines("server/initdb-arguments"))
        .containsExactlyElementsOf(settings.initdb(sandbox.resolve("data")))
        .contains("--username=the \"boss\" $(id)");
    assertThat(lines("server/postgres-arguments"))
        .containsExactlyElementsOf(
            settings
                .without(List.of("pg_cron", "auto_explain"))
                .postgres(sandbox.resolve("data"), sandbox.resolve("socket")))
        .contains("shared_preload_libraries=", "cron.database_name=shop", "max_worker_processes=0");
    assertThat(lines("server/preload-libraries")).containsExactly("pg_cron", "auto_explain");
    assertThat(sandbox.resolve("server/ordered")).exists();
    assertThat(sandbox.resolve("socket")).isDirectory();
    var uid = Files.getAttribute(sandbox.resolve("server"), "unix:uid");
    assertThat(uid).as("nobody's server is root").isNotEqualTo(0);
    for (var file : List.of("server/major", "server/ordered", "socket")) {
      assertThat(Files.getAttribute(sandbox.resolve(file), "unix:uid")).isEqualTo(uid);
    }
    assertThat(lines("passwd")).anyMatch(line -> line.startsWith("salvor-sandbox:x:" + uid + ":"));
    assertThat(new ServerFolder(sandbox).failure()).isEmpty();
    assertThat(new ServerFolder(sandbox).missingLibraries()).isEmpty();
  }

  @Test
  void theServerMayHaveTheFolderElsewhere() throws IOException {
    var settings = new SandboxSettings(17, "boss", List.of(), "shop");
    new ServerFolder(sandbox, Path.of("/sandbox")).order(settings);

    assertThat(lines("server/initdb-arguments")).contains("--pgdata=/sandbox/data");
    assertThat(lines("server/postgres-arguments"))
        .contains("/sandbox/data", "unix_socket_directories=/sandbox/socket");
    assertThat(sandbox.resolve("socket")).isDirectory();
  }

  /** Vault's library ends the server that has no key, and reads no secret with a wrong one. */
  @ParameterizedTest
  @CsvSource({
    "supabase_vault, 0f, true",
    "pgsodium, 0f, true",
    "auto_explain, 0f, true",
    "supabase_vault, , true",
    "auto_explain, , false",
  })
  void theServerIsGivenAKey(String library, @Nullable String digits, boolean given)
      throws IOException, InterruptedException {
    var folder = new ServerFolder(sandbox);
    if (digits != null) {
      folder.give(digits);
    }
    folder.order(new SandboxSettings(17, "boss", List.of(library), "shop"));

    var script = sandbox.resolve("server/getkey");
    assertThat(lines("server/postgres-arguments").stream().filter(line -> line.contains("getkey")))
        .containsExactlyElementsOf(
            given
                ? List.of("vault.getkey_script=" + script, "pgsodium.getkey_script=" + script)
                : List.of());
    assertThat(script.toFile().exists()).isEqualTo(given);
    if (given) {
      assertThat(ServerFolder.isGiven(script.toString())).isTrue();
      var answer = new ProcessBuilder(script.toString()).redirectErrorStream(true).start();
      var said = new String(answer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(said).matches(digits == null ? "[0-9a-f]{64}\n" : digits + "\n");
      assertThat(answer.waitFor()).isZero();
      for (var file : List.of("server/getkey", "server/vault-key")) {
        assertThat(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(sandbox.resolve(file))))
            .endsWith("------");
        assertThat(Files.getAttribute(sandbox.resolve(file), "unix:uid"))
            .isEqualTo(Files.getAttribute(sandbox.resolve("server"), "unix:uid"));
      }
    }
  }

  /** A container's user is written down before anybody runs in it. */
  @NeedsRoot
  @Test
  void theServerMayBeAUserThatIsToldAndFindsAllItsFoldersMade() throws IOException {
    new ServerFolder(sandbox).order(new SandboxSettings(17, "boss", List.of(), "shop"), UID);

    assertThat(lines("passwd")).anyMatch(line -> line.startsWith("salvor-sandbox:x:" + UID + ":"));
    for (var file : List.of("server", "server/ordered", "socket", "data")) {
      assertThat(Files.getAttribute(sandbox.resolve(file), "unix:uid")).isEqualTo(UID);
    }
    assertThat(Files.getPosixFilePermissions(sandbox.resolve("data")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  /** What stands behind a link is another's. */
  @Test
  void aLinkIsNotRead() throws IOException {
    Files.createDirectories(sandbox.resolve("server"));
    var secret = Files.writeString(sandbox.resolve("secret"), "SandboxFailed\nsecret");
    Files.createSymbolicLink(sandbox.resolve("server/failed"), secret);

    assertThat(new ServerFolder(sandbox).failure()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'bo\nss', auto_explain, shop",
    "boss, 'auto\nexplain', shop",
    "boss, auto_explain, 'shop\n-c'",
    "'boss\n', auto_explain, shop"
  })
  void aLineBreakWouldBeAnotherArgument(String user, String library, String database) {
    new ServerFolder(sandbox).order(new SandboxSettings(17, user, List.of(library), database));

    assertThat(sandbox.resolve("server/ordered")).doesNotExist();
    var failure = new ServerFolder(sandbox).failure().orElseThrow();
    assertThat(failure.reason()).isEqualTo(Reason.SANDBOX_FAILED);
    assertThat(failure.message()).contains("line break");
  }

  @ParameterizedTest
  @CsvSource({
    "SandboxFailed, SandboxFailed",
    "NoClientForServer, NoClientForServer",
    // The other side runs a restored database: it may not refute, nor say what no server can know.
    "CorruptRecoveryPoint, SandboxFailed",
    "StoreDamaged, SandboxFailed",
    "anything, SandboxFailed",
    "'', SandboxFailed"
  })
  void whatTheServerSaysRefutesNothing(String said, String reason) throws IOException {
    Files.createDirectories(sandbox.resolve("server"));
    Files.writeString(sandbox.resolve("server/failed"), said + "\nit is\u001b[31m so\n");
    Files.writeString(sandbox.resolve("server/log"), "x".repeat(100_000) + "the end\n");

    var failure = new ServerFolder(sandbox).failure().orElseThrow();
    assertThat(failure.reason().text()).isEqualTo(reason);
    assertThat(failure.message()).contains("it is?[31m so");
    assertThat(failure.logTail()).endsWith("the end").hasSizeLessThan(2_001);
  }

  private List<String> lines(String file) throws IOException {
    return Files.readAllLines(sandbox.resolve(file));
  }
}
