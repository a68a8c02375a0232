package dev.salvor.defects;

import dev.salvor.api.RestoreMode;
import dev.salvor.task.Baseline;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Header;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.Script;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A folder with some of everything in it, on a scene with an empty store. */
final class FolderScene implements AutoCloseable {
  private static final String MAKE =
      """
      mkdir -p shop/uploads/2026 shop/empty; cd shop
      head -c 300000 /dev/urandom > large
      for i in 1 2 3 4 5 6 7 8; do echo "upload $i" > uploads/2026/$i; done
      echo config > config; chmod 640 config; ln config uploads/linked; ln -s config link
      mkfifo fifo; touch -d '2020-01-02 03:04:05.678 UTC' config
      """;

  final Scene scene;
  @Nullable Baseline baseline;
  Task.Existing existing = Task.Existing.REPLACE;
  List<String> select = List.of();

  private FolderScene(Scene scene) {
    this.scene = scene;
  }

  static FolderScene fresh() {
    var folder = new FolderScene(Scene.withoutDatabase());
    Script.run(MAKE, folder.scene.folder());
    return folder;
  }

  /** With one good point of it. */
  static FolderScene backedUp() {
    var folder = fresh();
    folder.scene.require(folder.backup());
    return folder;
  }

  Path source() {
    return scene.folder().resolve("shop");
  }

  /** Where the copy lies after {@link Task.Fetch}. */
  Path copy() {
    return scene.sandbox().resolve("trees").resolve("shop");
  }

  /** In the source. */
  void sh(String script) {
    Script.run(script, source());
  }

  Task.Backup backupTask() {
    var tree = new FileTrees.Tree("shop", source().toString());
    return new Task.Backup(
        scene.header(),
        scene.target(),
        new FileTrees(List.of(tree), List.of(), List.of("*.tmp"), null, false),
        baseline,
        null);
  }

  TaskReport backup() {
    return scene.run(backupTask());
  }

  /** The next backup is held against this one. */
  void remember(TaskReport report) {
    var made = (TaskResult.BackedUp) Objects.requireNonNull(report.result());
    baseline = new Baseline(made.recoveryPoint(), made.extent(), made.lineage());
  }

  /** Only to see what Tasks are made of: nothing of it may be run. */
  static FolderScene imagined() {
    return new FolderScene(Scene.imagined());
  }

  /** Of the oldest point: safety points are newer. */
  Task.RestoreFiles restoreTask(Path to) {
    return restoreTask(scene.points().getLast().id(), to);
  }

  Task.RestoreFiles restoreTask(String point, Path to) {
    return restoreTask(scene.header(), point, to);
  }

  Task.RestoreFiles again(Task.RestoreFiles task) {
    var header = task.header();
    return restoreTask(
        new Header(
            header.run() + "-again",
            header.attempt() + 1,
            header.tick(),
            header.deadlineSeconds(),
            header.credentials()),
        task.point().id(),
        Path.of(task.folder()));
  }

  private Task.RestoreFiles restoreTask(Header header, String point, Path to) {
    return new Task.RestoreFiles(
        header,
        scene.target(),
        new PointReference(point, null),
        null,
        to.toString(),
        select,
        existing,
        RestoreMode.MIRROR,
        Task.Effect.CARRY_OUT,
        Instant.now().plus(Duration.ofHours(1)),
        "4d2c1a90-0000",
        scene.wishes().acknowledge);
  }

  /** Everything of a tree but change times, as text. */
  static String listing(Path tree) {
    return Script.run(
        "find . ! -name '.salvor*' -printf '%p %y %m %U %G %T@ %l\\n' | LC_ALL=C sort;"
            + " find . -type f -exec sha256sum {} + | LC_ALL=C sort",
        tree);
  }

  @Override
  public void close() {
    scene.close();
  }
}
