package dev.salvor.engine.restic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Reason;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.restic.UnlockPolicy.Neighbours;
import dev.salvor.testing.ForgedRepository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The program itself, in a directory. */
@NullUnmarked
class ResticIT extends ResticRepositoryContract {
  private static final String PASSWORD = "a password of tests";
  private static final Map<String, String> SECRETS =
      Map.of("AWS_ACCESS_KEY_ID", "key-of-tests", "AWS_SECRET_ACCESS_KEY", "secret-of-tests");

  private final ProcessRunner runner =
      new ProcessRunner(System.getenv(), Deadline.after(Duration.ofMinutes(5)));

  @BeforeEach
  void setUp() throws IOException {
    Files.writeString(folder.resolve("password"), PASSWORD + "\n");
    Files.createDirectories(folder.resolve("scratch"));
    ForgedRepository.create(folder.resolve("repository"), PASSWORD);
  }

  @Override
  ResticRepository repository() {
    return open("repository", Neighbourhood.UNKNOWN);
  }

  @Override
  ResticRepository absent() {
    return open("absent", Neighbourhood.UNKNOWN);
  }

  private Restic open(String name, Neighbourhood neighbourhood) {
    return new Restic(
        Programs.here().restic(), settings(name), runner, neighbourhood, Clock.systemUTC());
  }

  private ResticSettings settings(String name) {
    return new ResticSettings(
        folder.resolve(name).toString(),
        folder.resolve("password"),
        SECRETS,
        List.of(),
        null,
        folder.resolve("cache"),
        folder.resolve("scratch"),
        null,
        null,
        2,
        Duration.ofSeconds(1),
        ResticSettings.Locking.LOCKED);
  }

  /**
   * Restic that waits for more input must hear that there is none: a killed one leaves its lock.
   */
  @Test
  void inputThatBreaksLeavesNoLock() {
    fails(
        () ->
            repository()
                .backupInput(
                    ABOUT,
                    "/devices/a",
                    stream -> {
                      stream.write(new byte[3_000_000]);
                      throw new IOException("sector 7 is bad");
                    },
                    ByteProgress.NONE));

    assertThat(folder.resolve("repository/locks")).isEmptyDirectory();
  }

  @Test
  void aProducerSeesNoneOfResticsSecrets() {
    var stored =
        repository()
            .backupStream(
                ABOUT,
                "/environment",
                shell("tr '\\0' '\\n' < /proc/$$/environ").withEnvironment("PGUSER", "backup"),
                ByteProgress.NONE);

    assertThat(dumped(stored.snapshot(), "/environment"))
        .asString()
        .contains("PGUSER=backup")
        .doesNotContain("RESTIC_")
        .doesNotContain("AWS_")
        .doesNotContain("secret-of-tests");
  }

  /** No chunk of restic is larger than 8 MiB: one is done before the producer rests. */
  @Test
  void progressIsHeard() {
    var seen = new ArrayList<Long>();

    repository()
        .backupStream(
            ABOUT,
            "/slow",
            shell("head -c 9000000 /dev/urandom; sleep 2; head -c 1000 /dev/urandom"),
            (done, total) -> seen.add(done));

    assertThat(seen).anyMatch(done -> done > 0);
  }

  @Test
  void aSecondInitLeavesTheFirstOneAlone() {
    var stored = repository().backupStream(ABOUT, "/a", shell("echo kept"), ByteProgress.NONE);

    fails(() -> repository().initialize());

    assertThat(dumped(stored.snapshot(), "/a")).asString().isEqualTo("kept\n");
  }

  @Test
  void aSmallFileIsReadWithoutALock() throws Exception {
    var stored = repository().backupStream(ABOUT, "/a", shell("echo kept"), ByteProgress.NONE);
    var locks = folder.resolve("repository/locks");
    var before = Files.getLastModifiedTime(locks);

    assertThat(repository().read(stored.snapshot(), "/a")).asString().isEqualTo("kept\n");

    assertThat(Files.getLastModifiedTime(locks)).isEqualTo(before);
  }

  /** Played: half of it comes, then a pack is not where it was. */
  @Test
  void whatIsMovedWhileItIsReadWithoutALockIsReadWithOne() throws Exception {
    var stored = repository().backupStream(ABOUT, "/a", shell("echo kept"), ByteProgress.NONE);
    var program = folder.resolve("restic");
    Files.writeString(
        program,
        """
        #!/bin/sh
        case "$*" in
          dump*--no-lock*) echo half; echo 'Fatal: pack not found' >&2; exit 1 ;;
        esac
        exec %s "$@"
        """
            .formatted(Programs.here().restic()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    var repository =
        new Restic(
            program, settings("repository"), runner, Neighbourhood.UNKNOWN, Clock.systemUTC());

    assertThat(repository.read(stored.snapshot(), "/a")).asString().isEqualTo("kept\n");
  }

  /** What a killed restic leaves looks from here just like a live one in another container. */
  @Test
  void aLockThatBearsOurHostnameStaysUnlessItsRunIsKnownDead() throws Exception {
    leaveLock();

    var thrown = fails(() -> open("repository", Neighbourhood.UNKNOWN).prune());

    assertThat(thrown.reason()).isEqualTo(Reason.REPOSITORY_LOCKED);
    assertThat(locks()).hasSize(1);
    assertThat(repository().snapshots()).isEmpty();

    open("repository", work -> work.accept(Neighbours.NONE)).prune();
    assertThat(locks()).isEmpty();
  }

  @Test
  void aLiveLockIsNeverRemovedAndItsOwnerNotSignalled() throws Exception {
    var process = holdLock();
    try {
      var known = open("repository", work -> work.accept(Neighbours.NONE));

      assertThat(fails(known::prune).reason()).isEqualTo(Reason.REPOSITORY_LOCKED);

      assertThat(process.isAlive()).isTrue();
      assertThat(locks()).hasSize(1);
      // Backups and readers go together.
      repository().backupStream(ABOUT, "/a", shell("echo beside"), ByteProgress.NONE);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aResticThatIsEndedRemovesItsLock() throws Exception {
    var thread =
        Thread.ofPlatform()
            .start(
                () ->
                    fails(
                        () ->
                            repository()
                                .backupStream(ABOUT, "/a", shell("sleep 600"), ByteProgress.NONE)));
    await().atMost(Duration.ofSeconds(30)).until(() -> !locks().isEmpty());

    thread.interrupt();
    thread.join();

    assertThat(locks()).isEmpty();
    assertThat(repository().snapshots()).isEmpty();
  }

  private void leaveLock() throws Exception {
    var process = holdLock();
    var started = process.descendants().toList();
    process.destroyForcibly().waitFor();
    started.forEach(ProcessHandle::destroyForcibly);
    assertThat(locks()).hasSize(1);
  }

  private Process holdLock() throws IOException {
    var command =
        new ResticCommands(Programs.here().restic(), settings("repository"))
            .backupStream(ABOUT, "/held", shell("exec sleep 600"));
    var builder = new ProcessBuilder(command.arguments());
    builder.environment().putAll(command.environment());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    var process = builder.start();
    await().atMost(Duration.ofSeconds(30)).until(() -> !locks().isEmpty());
    return process;
  }

  /** Not those that are still being written, under other names. */
  private List<Path> locks() {
    try (var files = Files.list(folder.resolve("repository/locks"))) {
      return files.filter(file -> file.getFileName().toString().matches("[0-9a-f]{64}")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
