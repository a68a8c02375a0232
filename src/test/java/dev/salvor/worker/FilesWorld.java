package dev.salvor.worker;

import dev.salvor.api.IsolationMode;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.Verification;
import dev.salvor.plan.ChecksHash;
import dev.salvor.task.Baseline;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Header;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One folder on this machine, a policy that keeps it, and a repository with a cheap key. */
final class FilesWorld {
  final StoreWorld stores;
  final Path source;

  /** More folders beside the source, each a tree of its own. */
  List<String> more = List.of();

  List<String> exclude = List.of();
  @Nullable String excludeIfPresent;
  boolean allowEmpty;
  @Nullable Baseline baseline;
  List<Verification.Check> checks = List.of();
  int attempt = 1;
  List<String> acknowledge = List.of();

  FilesWorld(Path folder) {
    stores = new StoreWorld(folder);
    stores.withRepository();
    source = folder.resolve("data/shop");
    stores.environment.put(WorkerEnvironment.SANDBOX, folder.resolve("sandbox").toString());
    try {
      Files.createDirectories(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TaskReport backup() {
    var trees =
        Stream.concat(Stream.of("shop"), more.stream())
            .map(name -> new FileTrees.Tree(name, source.resolveSibling(name).toString()))
            .toList();
    return stores.run(
        new Task.Backup(
            stores.header(),
            stores.target(),
            new FileTrees(trees, exclude, excludeIfPresent, allowEmpty),
            baseline,
            null));
  }

  TaskResult.BackedUp succeed() {
    return (TaskResult.BackedUp) Objects.requireNonNull(backup().result());
  }

  TaskReport fetch(String point) {
    return stores.run(
        new Task.Fetch(stores.header(), stores.target(), new PointReference(point, null)));
  }

  /** Compares what lies in the sandbox folder. */
  TaskResult.Compared compare(String point) {
    return (TaskResult.Compared)
        Objects.requireNonNull(
            stores
                .run(
                    new Task.Compare(
                        stores.header(),
                        new PointReference(point, null),
                        new Task.Initdb(),
                        checks,
                        ChecksHash.of(checks),
                        IsolationMode.AUTO))
                .result());
  }

  TaskResult.Compared prove(String point) {
    fetch(point);
    return compare(point);
  }

  /** A restore that is asked for, as {@code restore} changes it. */
  static final class Wish {
    Task.Existing existing = Task.Existing.REFUSE;
    RestoreMode mode = RestoreMode.MERGE;
    Task.Effect effect = Task.Effect.CARRY_OUT;
    List<String> select = List.of();
    @Nullable Instant notAfter;
    String request = "4d2c1a90-uid";
  }

  TaskReport restore(String point, Path folder, Wish wish) {
    var header = stores.header();
    return stores.run(
        new Task.RestoreFiles(
            new Header(
                header.run(),
                attempt,
                header.tick(),
                header.deadlineSeconds(),
                header.credentials()),
            stores.target(),
            new PointReference(point, null),
            null,
            folder.toString(),
            wish.select,
            wish.existing,
            wish.mode,
            wish.effect,
            wish.notAfter,
            wish.request,
            acknowledge));
  }
}
