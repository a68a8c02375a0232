package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By options alone: these tests have no terminal. */
class InitCommandTest {
  private static final String SERVER_PASSWORD = "1e9";
  private static final String PASSWORD = "# 0x7c1f: \"yes\"";

  @TempDir private Path temporary;
  private Path folder;
  private Path store;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @BeforeEach
  void passwords() throws IOException {
    folder = temporary.resolve("manifests");
    store = temporary.resolve("store");
    Files.writeString(temporary.resolve("server"), SERVER_PASSWORD + "\n");
    Files.writeString(temporary.resolve("encryption"), PASSWORD + "\n");
  }

  @Test
  void whatIsWrittenIsAcceptedAndItsOwnersAlone() throws IOException {
    assertThat(initDatabase()).as(err::toString).isZero();

    assertThat(run("validate", folder.toString())).isZero();
    assertThat(out.toString()).contains("2 accepted, 2 Secrets, 0 refusals");
    assertThat(contents().keySet())
        .containsExactlyInAnyOrder(
            "shop-db.yaml",
            "shop-db-secret.yaml",
            "store-backups.yaml",
            "store-backups-secret.yaml",
            "recovery-sheet-shop-db.txt");
    try (var files = Files.list(folder)) {
      assertThat(files)
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .isEqualTo("rw-------"));
    }
    assertThat(Files.isDirectory(store)).as("the store's folder is made").isTrue();
  }

  @Test
  void thePolicySaysWhatWasAnswered() throws IOException {
    initDatabase();

    var spec = Json.yaml().readTree(contents().get("shop-db.yaml")).path("spec");
    assertThat(spec.at("/source/postgres").toString())
        .isEqualTo(
            "{\"connection\":{\"secretRef\":{\"name\":\"shop-db-server\"}},"
                + "\"databases\":{\"names\":[\"shop\"]}}");
    assertThat(spec.at("/schedule/cron").asText()).isEqualTo("H 2 * * *");
    assertThat(spec.path("retention").toString())
        .isEqualTo("{\"keepLast\":3,\"keepDaily\":7,\"keepWeekly\":4}");
    assertThat(spec.at("/verification/schedule/cron").asText()).isNotEmpty();
    assertThat(spec.at("/objectives/recoveryPoint").asText()).isEqualTo("26h");
  }

  @Test
  void passwordsStandInSecretsAndOnTheSheetAndNowhereElse() throws IOException {
    initDatabase();

    var contents = contents();
    var said =
        out + err.toString() + contents.get("shop-db.yaml") + contents.get("store-backups.yaml");
    assertThat(said).doesNotContain(PASSWORD).doesNotContain("0x7c1f");
    var password =
        Json.yaml().readTree(contents.get("shop-db-secret.yaml")).at("/stringData/password");
    assertThat(password.isTextual()).isTrue();
    assertThat(password.asText()).isEqualTo(SERVER_PASSWORD);
    assertThat(contents.get("recovery-sheet-shop-db.txt"))
        .contains("Encryption password: " + PASSWORD)
        .contains(": " + store + "/default/shop-db (PostgreSQL, shop)")
        .doesNotContain(SERVER_PASSWORD);
  }

  @Test
  void aSecondPolicyUsesTheStoreThatIsThere() throws IOException {
    initDatabase();
    var key = contents().get("store-backups-secret.yaml");

    assertThat(run("init", folder.toString(), "--folder", temporary.toString(), "--name", "files"))
        .as(err::toString)
        .isZero();

    var contents = contents();
    assertThat(Json.yaml().readTree(contents.get("files.yaml")).at("/spec/storeRef/name").asText())
        .isEqualTo("backups");
    assertThat(contents.get("store-backups-secret.yaml")).isEqualTo(key);
    assertThat(contents.get("recovery-sheet-files.txt"))
        .contains(PASSWORD, store + "/default/files", store + "/default/shop-db");
    assertThat(run("validate", folder.toString())).isZero();
  }

  @Test
  void nothingThatIsThereIsReplacedUnasked() throws IOException {
    initDatabase();
    var before = contents();

    assertThat(run("init", folder.toString(), "--container", "db", "--name", "shop-db"))
        .isEqualTo(Exit.INVALID);

    assertThat(err.toString()).contains("is written in " + folder.resolve("shop-db.yaml"));
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void aPolicyIsReplacedByForceAndItsStoreIsNot() throws IOException {
    initDatabase();
    var before = contents();

    assertThat(run("init", folder.toString(), "--container", "db", "--name", "shop-db", "--force"))
        .as(err::toString)
        .isZero();

    assertThat(contents().get("shop-db.yaml")).contains("container: db");
    assertThat(contents().get("store-backups-secret.yaml"))
        .isEqualTo(before.get("store-backups-secret.yaml"));
  }

  /** The manifest of the store was lost; its password must not be. */
  @Test
  void thePasswordOfAStoreIsNeverReplaced() throws IOException {
    initDatabase();
    Files.delete(folder.resolve("store-backups.yaml"));
    Files.delete(folder.resolve("shop-db.yaml"));
    var before = contents();

    assertThat(initDatabase("--force")).isEqualTo(Exit.INVALID);
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void whatAHostWouldRefuseIsNotWritten() throws IOException {
    assertThat(initDatabase("--name", "Not_A_Name")).isEqualTo(Exit.INVALID);

    assertThat(err.toString()).contains("nothing was written", "metadata.name");
    assertThat(contents()).isEmpty();
    assertThat(store).doesNotExist();
  }

  @Test
  void aPasswordIsNoOption() {
    assertThat(run("init", folder.toString(), "--postgres", "postgresql://shop:hunter2@db/shop"))
        .isEqualTo(Exit.USAGE);

    assertThat(err.toString()).contains("leave the password out").doesNotContain("hunter2");
    assertThat(folder).doesNotExist();
  }

  private int initDatabase(String... more) {
    var words =
        new ArrayList<>(
            List.of(
                "init",
                folder.toString(),
                "--postgres",
                "postgresql://shop@127.0.0.1:5432/shop",
                "--server-password-file",
                temporary.resolve("server").toString(),
                "--to-folder",
                store.toString(),
                "--password-file",
                temporary.resolve("encryption").toString(),
                "--keep",
                "7d 4w"));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  private int run(String... words) {
    out = new StringWriter();
    err = new StringWriter();
    return Main.commandLine(words)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(words);
  }

  private Map<String, String> contents() throws IOException {
    var contents = new HashMap<String, String>();
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        contents.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return contents;
  }
}
