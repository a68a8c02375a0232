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

  /** Of folders, each a tree of its own: the source, and those beside it. */
  List<String> trees = List.of("shop");

  /** Of the same backup. */
  List<FileTrees.Device> devices = List.of();

  List<String> exclude = List.of();
  @Nullable String excludeIfPresent;
  boolean allowEmpty;
  @Nullable Baseline baseline;
  List<Verification.Check> checks = List.of();
  int attempt = 1;

  /** Which is restored; null: the only one. */
  @Nullable String tree;

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
    var roots =
        trees.stream()
            .map(name -> new FileTrees.Tree(name, source.resolveSibling(name).toString()))
            .toList();
    return stores.run(
        new Task.Backup(
            stores.header(),
            stores.target(),
            new FileTrees(roots, devices, exclude, excludeIfPresent, allowEmpty),
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
    return (TaskResult.Compared) Objects.requireNonNull(tryToCompare(point).result());
  }

  TaskReport tryToCompare(String point) {
    return stores.run(
        new Task.Compare(
            stores.header(),
            new PointReference(point, null),
            new Task.Initdb(),
            checks,
            ChecksHash.of(checks),
            IsolationMode.AUTO));
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

  /** A device of the source, and a file that stands for it. */
  Path device(String name) {
    var path = source.resolveSibling(name);
    devices =
        Stream.concat(devices.stream(), Stream.of(new FileTrees.Device(name, path.toString())))
            .toList();
    return path;
  }

  TaskReport restoreDevice(String point, String part, Path device, Wish wish) {
    return stores.run(
        new Task.RestoreDevice(
            header(),
            stores.target(),
            new PointReference(point, null),
            part,
            device.toString(),
            wish.existing,
            wish.effect,
            wish.notAfter,
            wish.request,
            acknowledge));
  }

  private Header header() {
    var header = stores.header();
    return new Header(
        header.run(), attempt, header.tick(), header.deadlineSeconds(), header.credentials());
  }

  TaskReport restore(String point, Path folder, Wish wish) {
    return stores.run(
        new Task.RestoreFiles(
            header(),
            stores.target(),
            new PointReference(point, null),
            tree,
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
