package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
            "policy-shop-db.yaml",
            "policy-shop-db.secret.yaml",
            "store-backups.yaml",
            "store-backups.secret.yaml",
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

    var spec = Json.yaml().readTree(contents().get("policy-shop-db.yaml")).path("spec");
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

  /** Its parts are found when it runs: nobody writes them down. */
  @Test
  void aSupabaseIsNamedByItsProjectAlone() throws IOException {
    assertThat(
            run(
                "init",
                folder.toString(),
                "--supabase",
                "supabase",
                "--to-folder",
                store.toString(),
                "--password-file",
                temporary.resolve("encryption").toString()))
        .as(err::toString)
        .isZero();

    var spec = Json.yaml().readTree(contents().get("policy-supabase.yaml")).path("spec");
    assertThat(spec.path("source").toString())
        .isEqualTo("{\"supabase\":{\"selfHosted\":{\"composeProject\":\"supabase\"}}}");
    assertThat(spec.at("/verification/facts").asText()).isEqualTo("Full");
    assertThat(run("validate", folder.toString())).isZero();
    assertThat(contents().get("recovery-sheet-supabase.txt")).contains("a Supabase project");
  }

  @Test
  void passwordsStandInSecretsAndOnTheSheetAndNowhereElse() throws IOException {
    initDatabase();

    var contents = contents();
    var said =
        out
            + err.toString()
            + contents.get("policy-shop-db.yaml")
            + contents.get("store-backups.yaml");
    assertThat(said).doesNotContain(PASSWORD).doesNotContain("0x7c1f");
    var password =
        Json.yaml().readTree(contents.get("policy-shop-db.secret.yaml")).at("/stringData/password");
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
    var key = contents().get("store-backups.secret.yaml");

    assertThat(run("init", folder.toString(), "--folder", "/usr", "--name", "files"))
        .as(err::toString)
        .isZero();

    var contents = contents();
    assertThat(
            Json.yaml()
                .readTree(contents.get("policy-files.yaml"))
                .at("/spec/storeRef/name")
                .asText())
        .isEqualTo("backups");
    assertThat(contents.get("store-backups.secret.yaml")).isEqualTo(key);
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

    assertThat(err.toString()).contains("is written in " + folder.resolve("policy-shop-db.yaml"));
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void aPolicyIsReplacedByForceAndItsStoreIsNot() throws IOException {
    initDatabase();
    var before = contents();

    assertThat(run("init", folder.toString(), "--container", "db", "--name", "shop-db", "--force"))
        .as(err::toString)
        .isZero();

    assertThat(contents().get("policy-shop-db.yaml")).contains("container: db");
    assertThat(contents().get("store-backups.secret.yaml"))
        .isEqualTo(before.get("store-backups.secret.yaml"));
  }

  /** The manifest of the store was lost; its password must not be. */
  @Test
  void thePasswordOfAStoreIsNeverReplaced() throws IOException {
    initDatabase();
    Files.delete(folder.resolve("store-backups.yaml"));
    Files.delete(folder.resolve("policy-shop-db.yaml"));
    var before = contents();

    assertThat(initDatabase("--force")).isEqualTo(Exit.INVALID);
    assertThat(contents()).isEqualTo(before);
  }

  /** A store and its password may stand in one file with a policy, whatever the file is called. */
  @Test
  void aFileThatHoldsSomethingElseIsNotReplacedByForce() throws IOException {
    initDatabase();
    var policy = folder.resolve("policy-shop-db.yaml");
    Files.writeString(
        policy,
        Files.readString(policy)
            + "---\n"
            + Files.readString(folder.resolve("store-backups.yaml"))
            + "---\n"
            + Files.readString(folder.resolve("store-backups.secret.yaml")));
    Files.delete(folder.resolve("store-backups.yaml"));
    Files.delete(folder.resolve("store-backups.secret.yaml"));
    var before = contents();

    assertThat(replaceByContainer()).isEqualTo(Exit.INVALID);

    assertThat(err.toString()).contains("holds something else");
    assertThat(contents()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "\n--- ]\n"})
  void aFileWithWhatSalvorDoesNotReadIsNotReplacedByForce(String more) throws IOException {
    initDatabase();
    Files.writeString(folder.resolve("policy-shop-db.yaml"), more, StandardOpenOption.APPEND);
    var before = contents();

    assertThat(replaceByContainer()).isEqualTo(Exit.INVALID);
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void aLinkIsNotReplacedByForce() throws IOException {
    initDatabase();
    var policy = folder.resolve("policy-shop-db.yaml");
    var elsewhere = temporary.resolve("elsewhere.yaml");
    Files.move(policy, elsewhere);
    Files.createSymbolicLink(policy, elsewhere);

    assertThat(replaceByContainer()).isEqualTo(Exit.INVALID);
    assertThat(policy).isSymbolicLink();
  }

  /** It may be the only place of the password that older backups are encrypted with. */
  @Test
  void aSheetWithAnotherPasswordIsNotReplacedByForce() throws IOException {
    initDatabase();
    var sheet = folder.resolve("recovery-sheet-shop-db.txt");
    Files.writeString(sheet, "RECOVERY SHEET\n\nEncryption password: another\n");
    var before = contents();

    assertThat(replaceByContainer()).isEqualTo(Exit.INVALID);
    assertThat(contents()).isEqualTo(before);
  }

  /** The one moment at which a password that is made is to be had. */
  @Test
  void aSheetThatIsThereIsSeenBeforeAnythingIsWritten() throws IOException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("recovery-sheet-shop-db.txt"), "old");

    assertThat(initDatabase()).isEqualTo(Exit.INVALID);
    assertThat(contents()).isEqualTo(Map.of("recovery-sheet-shop-db.txt", "old"));
    assertThat(store).doesNotExist();
  }

  /** The host would take neither of two. */
  @Test
  void aNameThatARefusedManifestHasIsTaken() throws IOException {
    initDatabase();
    var policy = folder.resolve("policy-shop-db.yaml");
    Files.writeString(policy, Files.readString(policy).replace("storeRef", "storeReff"));
    Files.move(policy, folder.resolve("mine.yaml"));
    var before = contents();

    assertThat(run("init", folder.toString(), "--container", "db", "--name", "shop-db"))
        .isEqualTo(Exit.INVALID);
    assertThat(err.toString()).contains("mend that first");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void aPasswordThatWouldNotBeUsedIsRefused() throws IOException {
    initDatabase();
    var file = temporary.resolve("server").toString();
    var words = List.of("init", folder.toString(), "--folder", "/usr");

    assertThat(run(with(words, "--password-file", file))).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("'backups' has its password already");
    assertThat(run(with(words, "--server-password-file", file))).isEqualTo(Exit.USAGE);
    assertThat(contents()).doesNotContainKey("policy-usr-files.yaml");
  }

  @Test
  void aStoreThatIsThereMayNotLieInWhatIsProtected() throws IOException {
    initDatabase();
    var link = Files.createSymbolicLink(temporary.resolve("link"), temporary);

    for (var source : List.of(temporary, link)) {
      assertThat(run("init", folder.toString(), "--folder", source.toString(), "--name", "all"))
          .isEqualTo(Exit.INVALID);
      assertThat(err.toString()).contains("lies in the folder that is to be protected");
    }
    assertThat(contents()).doesNotContainKey("policy-all.yaml");
  }

  @Test
  void aStoreWhosePasswordIsNotThereMakesNoSheet() throws IOException {
    initDatabase();
    Files.delete(folder.resolve("store-backups.secret.yaml"));
    var before = contents();

    assertThat(run("init", folder.toString(), "--container", "db", "--name", "other"))
        .isEqualTo(Exit.INVALID);
    assertThat(err.toString()).contains("lacks its Secret backups-key");
    assertThat(contents()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "--name, Not_A_Name",
    "--name, ../store-backups",
    "--name, .shop",
    "--name, a/b",
    "--name, /tmp/x",
    "--name, shop.secret",
    "--store, ../x",
    "--namespace, Shop",
  })
  void aNameThatIsNoneIsRefusedBeforeItNamesAFile(String option, String name) {
    assertThat(initDatabase(option, name)).isEqualTo(Exit.USAGE);

    assertThat(err.toString()).contains(option + ": a name has");
    assertThat(folder).doesNotExist();
    assertThat(store).doesNotExist();
  }

  /** A policy that is called like a store's file. */
  @ParameterizedTest
  @ValueSource(strings = {"store-backups", "store-backups-secret", "backups", "policy-backups"})
  void noNameOfAPolicyTakesTheFileOfAStore(String name) throws IOException {
    assertThat(initDatabase("--name", name)).as(err::toString).isZero();

    assertThat(run("validate", folder.toString())).isZero();
    assertThat(out.toString()).contains("2 accepted, 2 Secrets, 0 refusals");
    assertThat(contents()).hasSize(5);
  }

  @Test
  void twoPoliciesOfWhichOneIsNamedLikeTheOthersSecret() throws IOException {
    initDatabase();
    assertThat(run("init", folder.toString(), "--container", "db", "--name", "shop-db-secret"))
        .as(err::toString)
        .isZero();

    assertThat(run("validate", folder.toString())).isZero();
    assertThat(out.toString()).contains("0 refusals");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x1f", "1_000", "0b11", "12345e678901", "1e9", "yes", "010", "1.0"})
  void aNameThatReadsLikeANumberStaysText(String database) throws IOException {
    assertThat(initDatabase("--database", database)).as(err::toString).isZero();
    assertThat(run("validate", folder.toString())).as(out::toString).isZero();
  }

  @Test
  void aFolderThatCannotBeWrittenIsSeenBeforeAnythingIsAsked() throws IOException {
    var file = Files.writeString(temporary.resolve("file"), "x");

    assertThat(run("init", file.toString())).isEqualTo(Exit.FAILED);
    assertThat(err.toString()).contains(file + " is no folder");
    assertThat(run("init", file + "/below")).isEqualTo(Exit.FAILED);
  }

  /** Nobody makes a folder there, root neither. */
  @Test
  void aDiskThatRefusesIsNoDefect() {
    folder = Path.of("/proc/salvor");

    assertThat(initDatabase()).isEqualTo(Exit.FAILED);
    assertThat(err.toString()).doesNotContain("defect").doesNotContain("\tat ");
  }

  @Test
  void aPasswordsFileIsBoundedAndOneLine() throws IOException {
    assertThat(
            run(
                "init",
                folder.toString(),
                "--folder",
                temporary.toString(),
                "--password-file",
                "/dev/zero"))
        .isEqualTo(Exit.NO_INPUT);
    for (var password : List.of("one\ntwo\n", "   ", " blank before", "tab\there")) {
      Files.writeString(temporary.resolve("encryption"), password);
      assertThat(initDatabase()).as(password).isEqualTo(Exit.USAGE);
      assertThat(err.toString()).contains("--password-file: a password");
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void nothingIsLeftBeside() throws IOException {
    initDatabase();
    replaceByContainer();

    assertThat(contents().keySet()).noneMatch(name -> name.startsWith("."));
  }

  @Test
  void aPasswordIsNoOption() {
    assertThat(run("init", folder.toString(), "--postgres", "postgresql://shop:hunter2@db/shop"))
        .isEqualTo(Exit.USAGE);

    assertThat(err.toString()).contains("leave the password out").doesNotContain("hunter2");
    assertThat(folder).doesNotExist();
  }

  private int replaceByContainer() {
    return run("init", folder.toString(), "--container", "db", "--name", "shop-db", "--force");
  }

  private int initDatabase(String... more) {
    var words =
        with(
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
                "7d 4w"),
            more);
    return run(words);
  }

  private static String[] with(List<String> words, String... more) {
    var all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
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
