package dev.salvor.engine.restic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupStoreSpec.Limits;
import dev.salvor.engine.process.Command;
import dev.salvor.task.Task.CheckTurn;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden argument lists. */
class ResticCommandsTest {
  private static final ResticSettings SETTINGS =
      new ResticSettings(
          "s3:https://s3.example/bucket/shop/db",
          Path.of("/memory/password"),
          Map.of("AWS_ACCESS_KEY_ID", "id", "AWS_SECRET_ACCESS_KEY", "s3cr3t-s3cr3t"),
          List.of("s3.region=eu-1"),
          Path.of("/memory/ca"),
          Path.of("/cache"),
          Path.of("/scratch"),
          new Limits(100, 200, 7, null),
          123L,
          2,
          ResticSettings.LOCK_WAIT,
          ResticSettings.Locking.LOCKED);
  private static final ResticCommands COMMANDS =
      new ResticCommands(Path.of("/bin/restic"), SETTINGS);
  private static final String COMMON =
      " --json --option=s3.region=eu-1 --limit-upload=100 --limit-download=200"
          + " --option=s3.connections=7";

  static Stream<Arguments> commands() {
    var about = new NewSnapshot("shop/db", List.of("rp=1", "kind=database"));
    var dump = Command.of(Path.of("/bin/pg_dump"), "-Fc").withEnvironment("PGUSER", "u");
    return Stream.of(
        Arguments.of(COMMANDS.initialize(), "init" + COMMON),
        Arguments.of(COMMANDS.config(), "cat" + COMMON + " --no-lock config"),
        Arguments.of(COMMANDS.snapshots(), "snapshots" + COMMON + " --no-lock"),
        Arguments.of(
            COMMANDS.backupStream(about, "/pg/a.dump", dump),
            "backup"
                + COMMON
                + " --retry-lock=2100s --host=shop/db --tag=rp=1 --tag=kind=database"
                + " --stdin-filename=/pg/a.dump --stdin-from-command -- env"
                + " --unset=AWS_ACCESS_KEY_ID --unset=AWS_SECRET_ACCESS_KEY --unset=GOMAXPROCS"
                + " --unset=GOMEMLIMIT --unset=RESTIC_CACERT --unset=RESTIC_CACHE_DIR"
                + " --unset=RESTIC_PASSWORD_FILE --unset=RESTIC_PROGRESS_FPS"
                + " --unset=RESTIC_REPOSITORY --unset=TMPDIR sh -c restic=/proc/$PPID/fd/2; (:"
                + " 2>$restic) 2>/dev/null && exec 2>$restic; exec \"$@\" sh /bin/pg_dump -Fc"),
        Arguments.of(
            COMMANDS.backupInput(about, "/devices/a"),
            "backup"
                + COMMON
                + " --retry-lock=2100s --host=shop/db --tag=rp=1 --tag=kind=database"
                + " --stdin-filename=/devices/a --stdin"),
        Arguments.of(
            COMMANDS.backupTrees(about, Path.of("/data"), List.of("a", "b"), Path.of("/s/left")),
            "backup"
                + COMMON
                + " --retry-lock=2100s --host=shop/db --tag=rp=1 --tag=kind=database"
                + " --group-by=host,paths --one-file-system --exclude-file=/s/left -- a b"),
        Arguments.of(
            COMMANDS.backupStaged(
                new NewSnapshot("shop/db", List.of("rp=1"), "abc"), Path.of("/s"), "storage"),
            "backup"
                + COMMON
                + " --retry-lock=2100s --host=shop/db --tag=rp=1 --parent=abc"
                + " --group-by=host,paths --ignore-inode --ignore-ctime --no-scan --verbose=2"
                + " -- storage"),
        Arguments.of(
            COMMANDS.backupStaged(about, Path.of("/s"), "storage"),
            "backup"
                + COMMON
                + " --retry-lock=2100s --host=shop/db --tag=rp=1 --tag=kind=database"
                + " --group-by=host,paths --ignore-inode --ignore-ctime --no-scan --verbose=2"
                + " --force -- storage"),
        Arguments.of(
            COMMANDS.backupFolder(
                new NewSnapshot("shop/db", List.of("rp=1"), "abc"), Path.of("/f"), List.of("pg")),
            "backup"
                + COMMON
                + " --retry-lock=2100s --host=shop/db --tag=rp=1 --parent=abc"
                + " --group-by=host,paths -- pg"),
        Arguments.of(
            COMMANDS.dump("abc", "/pg/a.dump"),
            "dump" + COMMON + " --retry-lock=2100s -- abc /pg/a.dump"),
        Arguments.of(
            COMMANDS.dumpZipped("abc", "/data/a"),
            "dump" + COMMON + " --retry-lock=2100s --archive=zip -- abc /data/a"),
        Arguments.of(
            COMMANDS.restore("abc", "/pg/a.directory", Path.of("/to")),
            "restore"
                + COMMON
                + " --retry-lock=2100s --sparse --target=/to -- abc:/pg/a.directory"),
        Arguments.of(COMMANDS.list("abc"), "ls" + COMMON + " --retry-lock=2100s -- abc"),
        Arguments.of(
            COMMANDS.forget(List.of("a", "b")), "forget" + COMMON + " --retry-lock=2100s -- a b"),
        Arguments.of(COMMANDS.prune(), "prune" + COMMON + " --retry-lock=2100s"),
        Arguments.of(
            COMMANDS.check(new CheckTurn(3, 52)),
            "check" + COMMON + " --retry-lock=2100s --read-data-subset=3/52"),
        Arguments.of(COMMANDS.check(null), "check" + COMMON + " --retry-lock=2100s"),
        Arguments.of(COMMANDS.rawData(), "stats" + COMMON + " --no-lock --mode=raw-data"),
        Arguments.of(COMMANDS.repairIndex(), "repair" + COMMON + " index --retry-lock=2100s"),
        Arguments.of(
            COMMANDS.repairPacks(List.of("p")),
            "repair" + COMMON + " packs --retry-lock=2100s -- p"),
        Arguments.of(
            COMMANDS.damagedSnapshots(),
            "repair" + COMMON + " snapshots --dry-run --retry-lock=2100s"),
        Arguments.of(COMMANDS.unlock(), "unlock" + COMMON));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isCalledAsWritten(Command command, String arguments) {
    assertThat(String.join(" ", command.arguments())).isEqualTo("/bin/restic " + arguments);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void noSecretStandsInArgumentsOrMessages(Command command, String arguments) {
    assertThat(command.toString()).doesNotContain("s3cr3t").contains(arguments);
    assertThat(command.environment()).containsEntry("AWS_SECRET_ACCESS_KEY", "s3cr3t-s3cr3t");
    assertThat(command.environment()).containsEntry("GOMEMLIMIT", "123");
    assertThat(SETTINGS.toString()).doesNotContain("s3cr3t");
  }

  @Test
  void theProducersOwnEnvironmentIsItsOwn() {
    var producer = Command.of(Path.of("/bin/dump")).withEnvironment("TMPDIR", "/mine");

    var command = COMMANDS.backupStream(new NewSnapshot("h", List.of()), "/pg/a", producer);

    assertThat(command.arguments()).doesNotContain("--unset=TMPDIR");
    assertThat(command.environment()).containsEntry("TMPDIR", "/mine");
  }

  @Test
  void readOnlyCredentialsTakeNoLock() {
    var reading = new ResticCommands(Path.of("/bin/restic"), SETTINGS.withUnlockedReads());

    assertThat(reading.dump("a", "/b").arguments()).contains("--no-lock");
    assertThat(reading.forget(List.of("a")).arguments()).doesNotContain("--no-lock");
  }
}
