package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.task.HoldAnswer;
import dev.salvor.task.HoldFiles;
import dev.salvor.task.TaskReport;
import dev.salvor.task.WorkerEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose point is worth what its host says, with real restic. */
class QuietIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final HoldAnswer NO =
      HoldAnswer.no(Reason.CONTAINERS_NOT_HELD.failure("Container 'web' was made to run."));

  @TempDir private Path folder;
  private FilesWorld world;
  private HoldFiles files;

  @BeforeEach
  void make() throws IOException {
    world = new FilesWorld(folder);
    Files.writeString(world.source.resolve("file"), "content");
    files = new HoldFiles(Files.createDirectory(folder.resolve("hold")));
    world.stores.environment.put(WorkerEnvironment.HOLD, files.folder().toString());
  }

  private static void answer(Path question, Path file, HoldAnswer answer) throws IOException {
    await().atMost(PATIENCE).pollDelay(Duration.ZERO).until(() -> Files.exists(question));
    var beside = file.resolveSibling("answer");
    Files.writeString(beside, Json.mapper().writeValueAsString(answer));
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Also that of a manifest is one. */
  private long snapshots() throws IOException {
    try (var found = Files.walk(world.stores.store())) {
      return found
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().contains("/snapshots/"))
          .count();
    }
  }

  /** What was there when all was read, and the report of a worker that was then answered so. */
  private record Told(long read, TaskReport report) {}

  private Told backup(HoldAnswer confirmed) throws IOException {
    var working = CompletableFuture.supplyAsync(world::backup);
    answer(files.wanted(), files.held(), HoldAnswer.YES);
    await().atMost(PATIENCE).until(() -> Files.exists(files.over()));
    var read = snapshots();
    answer(files.over(), files.confirmed(), confirmed);
    return new Told(read, working.join());
  }

  @Test
  void whatDidNotHoldStillHasNoManifest() throws IOException {
    var told = backup(NO);

    assertThat(Objects.requireNonNull(told.report().failure()).reason())
        .isEqualTo(Reason.CONTAINERS_NOT_HELD);
    assertThat(told.report().result()).isNull();
    assertThat(snapshots()).isLessThanOrEqualTo(told.read());
  }

  /** Nobody is down while it is closed. */
  @Test
  void thePointIsClosedAfterAllWasReadAndConfirmed() throws IOException {
    var told = backup(HoldAnswer.YES);

    assertThat(told.report().failure()).isNull();
    assertThat(snapshots()).isGreaterThan(told.read());
  }

  /** Before anything is read. */
  @Test
  void whoeverIsRefusedReadsNothing() throws IOException {
    var working = CompletableFuture.supplyAsync(world::backup);
    answer(files.wanted(), files.held(), NO);
    var report = working.join();

    assertThat(Objects.requireNonNull(report.failure()).reason())
        .isEqualTo(Reason.CONTAINERS_NOT_HELD);
    assertThat(snapshots()).isZero();
    assertThat(files.over()).doesNotExist();
  }
}
