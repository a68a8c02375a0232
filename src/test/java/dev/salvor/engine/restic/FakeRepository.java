package dev.salvor.engine.restic;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.Piped;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Streams;
import dev.salvor.task.Task.CheckTurn;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A repository in memory, held to the same contract; programs are run for real. */
public final class FakeRepository implements ResticRepository {
  private record Kept(Snapshot snapshot, SortedMap<String, byte[]> files) {}

  private static final AtomicLong NUMBERS = new AtomicLong(1);

  private final Map<String, Kept> kept = new LinkedHashMap<>();
  private final ProcessRunner runner =
      new ProcessRunner(Map.of("PATH", "/usr/bin:/bin"), Deadline.after(Duration.ofMinutes(5)));
  private @Nullable String id;

  /** One that is initialised. */
  public static FakeRepository initialized() {
    var repository = new FakeRepository();
    repository.initialize();
    return repository;
  }

  private static String number() {
    return String.format("%016x", NUMBERS.getAndIncrement() * 0x9E3779B97F4A7C15L).repeat(4);
  }

  @Override
  public String initialize() {
    if (id != null) {
      throw new EngineException(Reason.ENGINE_FAILED, "config file already exists");
    }
    id = number();
    return id;
  }

  @Override
  public String id() {
    if (id == null) {
      throw new EngineException(Reason.REPOSITORY_MISSING, "there is no repository");
    }
    return id;
  }

  @Override
  public Listed listed() {
    id();
    return new Listed(kept.values().stream().map(Kept::snapshot).toList(), List.of());
  }

  @Override
  public void awaitLock() {
    id();
  }

  @Override
  public Stored backupStream(
      NewSnapshot about,
      String path,
      Command producer,
      ByteProgress progress,
      Consumer<String> errorLines) {
    id();
    var bytes = new ByteArrayOutputStream();
    var completed =
        runner.run(
            producer, Streams.to(stream -> stream.transferTo(bytes)).withErrorLines(errorLines));
    if (!completed.succeeded() || bytes.size() == 0) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP.failure(path + " was not stored", completed.errorTail()));
    }
    return keep(about, List.of(path), new TreeMap<>(Map.of(path, bytes.toByteArray())));
  }

  @Override
  public Stored backupInput(
      NewSnapshot about, String path, Streams.Input input, ByteProgress progress) {
    id();
    var bytes = new ByteArrayOutputStream();
    try {
      input.write(bytes);
    } catch (IOException e) {
      throw new EngineException(Reason.INCOMPLETE_BACKUP, path + " was not stored", e);
    }
    if (bytes.size() == 0) {
      throw new EngineException(Reason.INCOMPLETE_BACKUP, path + " was not stored");
    }
    return keep(about, List.of(path), new TreeMap<>(Map.of(path, bytes.toByteArray())));
  }

  @Override
  public Stored backupFolder(
      NewSnapshot about, Path folder, List<String> names, ByteProgress progress) {
    id();
    var files = new TreeMap<String, byte[]>();
    for (var name : names) {
      try (var found = Files.walk(folder.resolve(name))) {
        for (var file : found.filter(Files::isRegularFile).toList()) {
          files.put("/" + folder.relativize(file), Files.readAllBytes(file));
        }
      } catch (IOException e) {
        throw new EngineException(Reason.INCOMPLETE_BACKUP, name + " could not be stored", e);
      }
    }
    return keep(about, names, files);
  }

  /** Knows of files alone, and leaves nothing out. */
  @Override
  public StoredTrees backupTrees(
      NewSnapshot about, Path folder, List<String> names, Path excludes, ByteProgress progress) {
    var there = names.stream().filter(name -> Files.exists(folder.resolve(name))).toList();
    if (there.isEmpty()) {
      throw new EngineException(Reason.ENGINE_FAILED, "all target directories/files do not exist");
    }
    return new StoredTrees(
        backupFolder(about, folder, there, progress),
        names.stream()
            .filter(name -> !there.contains(name))
            .map(name -> folder.resolve(name) + " does not exist, skipping")
            .toList());
  }

  @Override
  public Stored backupStaged(
      NewSnapshot about, Path folder, String name, StagedFiles files, ByteProgress progress) {
    var stored = backupFolder(about, folder, List.of(name), progress);
    var made = require(stored.snapshot()).files();
    var hollow = made.keySet().stream().filter(path -> !files.full().contains(path)).toList();
    var before =
        about.parent() == null ? Map.<String, byte[]>of() : require(about.parent()).files();
    if (hollow.size() != files.hollow()
        || made.size() != hollow.size() + files.full().size()
        || !hollow.stream().allMatch(before::containsKey)) {
      forget(List.of(stored.snapshot()));
      throw new EngineException(Reason.INCOMPLETE_BACKUP, "a hollow file was read");
    }
    hollow.forEach(path -> made.put(path, before.get(path)));
    return stored;
  }

  private Stored keep(NewSnapshot about, List<String> paths, SortedMap<String, byte[]> files) {
    var snapshot =
        new Snapshot(
            number(), Instant.now(), number(), about.host(), paths, about.tags(), about.parent());
    kept.put(snapshot.id(), new Kept(snapshot, files));
    var size = files.values().stream().mapToLong(bytes -> bytes.length).sum();
    return new Stored(snapshot.id(), size, size);
  }

  private Kept require(String snapshot) {
    id();
    return kept.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(snapshot))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.NO_MATCHING_RECOVERY_POINT, "there is no snapshot " + snapshot));
  }

  private byte[] file(String snapshot, String path) {
    var bytes = require(snapshot).files().get(path);
    if (bytes == null) {
      throw new EngineException(Reason.CORRUPT_RECOVERY_POINT, path + " is not in it");
    }
    return bytes;
  }

  @Override
  public void dump(String snapshot, String path, Streams.Output output) {
    try {
      output.read(new ByteArrayInputStream(file(snapshot, path)));
    } catch (IOException e) {
      throw new EngineException(Reason.ENGINE_FAILED, "the output could not be taken", e);
    }
  }

  @Override
  public void dumpZipped(String snapshot, String path, Streams.Output output) {
    dump(snapshot, path, output);
  }

  @Override
  public byte[] read(String snapshot, String path) {
    return file(snapshot, path);
  }

  @Override
  public Piped dumpInto(String snapshot, String path, Command consumer, Streams streams) {
    try {
      var file = Files.createTempFile("fake", null);
      Files.write(file, file(snapshot, path));
      try {
        return runner.pipe(Command.of(Path.of("/bin/cat"), file.toString()), consumer, streams);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void restore(String snapshot, String path, Path target, ByteProgress progress) {
    var start = path.endsWith("/") ? path : path + "/";
    require(snapshot)
        .files()
        .forEach(
            (name, bytes) -> {
              if (name.startsWith(start)) {
                write(target.resolve(name.substring(start.length())), bytes);
              }
            });
  }

  @Override
  public void restoreTree(TreeRestore what, ByteProgress progress) {
    var whole = what.select().isEmpty() ? List.of("") : what.select();
    for (var part : whole) {
      var below = part.isEmpty() ? "" : "/" + part;
      restore(what.snapshot(), what.path() + below, what.target().resolve(part), progress);
    }
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, file + " cannot be written", e);
    }
  }

  @Override
  public List<Node> list(String snapshot) {
    var nodes = new ArrayList<Node>();
    require(snapshot)
        .files()
        .forEach((name, bytes) -> nodes.add(new Node(name, "file", bytes.length)));
    return nodes;
  }

  @Override
  public void forget(Collection<String> snapshots) {
    id();
    kept.keySet().removeIf(snapshot -> snapshots.stream().anyMatch(snapshot::startsWith));
  }

  @Override
  public void prune() {
    id();
  }

  @Override
  public Checked check(@Nullable CheckTurn turn) {
    id();
    return new Checked(List.of(), List.of());
  }

  @Override
  public long sizeBytes() {
    return kept.values().stream()
        .flatMap(it -> it.files().values().stream())
        .mapToLong(bytes -> bytes.length)
        .sum();
  }

  @Override
  public void repairIndex() {
    id();
  }

  @Override
  public void repairPacks(Collection<String> packs) {
    id();
  }

  @Override
  public List<String> damagedSnapshots() {
    id();
    return List.of();
  }

  @Override
  public String version() {
    return "restic fake";
  }
}
