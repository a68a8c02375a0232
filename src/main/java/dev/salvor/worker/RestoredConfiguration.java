package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Streams;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.task.SupabaseFacts.Configured;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * The files of a project's configuration, brought into a folder that is empty: it is never laid
 * over a living {@code .env}. What an earlier attempt wrote is known by its bytes.
 */
record RestoredConfiguration(Path folder, List<Configured> files) {
  private static final String DRAFT = ".salvor-draft";

  /**
   * What is in the way, for people; touches nothing.
   *
   * @throws EngineException TARGET_UNUSABLE if it cannot be looked at
   */
  List<String> obstacles() {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return Files.isDirectory(
              Objects.requireNonNull(folder.getParent(), "the schema refuses the root"))
          ? List.of()
          : List.of("there is no folder above it");
    }
    if (!Files.isDirectory(folder)) {
      return List.of("it is not a folder");
    }
    try {
      var root = folder.toRealPath();
      try (var there = Files.walk(root)) {
        return there
            .filter(path -> !isOurs(root, path))
            .map(path -> "it holds " + root.relativize(path))
            .toList();
      }
    } catch (IOException | UncheckedIOException e) {
      throw new EngineException(Reason.TARGET_UNUSABLE, folder + " cannot be looked at: " + e, e);
    }
  }

  private boolean isOurs(Path root, Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        ? path.equals(root)
            || files.stream().anyMatch(file -> root.resolve(file.name()).startsWith(path))
        : path.toString().endsWith(DRAFT)
            || files.stream()
                .anyMatch(file -> path.equals(root.resolve(file.name())) && holds(path, file));
  }

  private static boolean holds(Path path, Configured file) {
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (var stream = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
      return isOf(file, Fingerprint.of(stream, OutputStream.nullOutputStream(), read -> {}));
    } catch (IOException unread) {
      return false;
    }
  }

  private static boolean isOf(Configured file, Fingerprint seen) {
    return seen.sha256().equals(file.sha256()) && seen.bytes() == file.sizeBytes();
  }

  /**
   * Writes them, readable by this user alone; each is there whole or not at all. Hours lie behind
   * the look: what came to be there since is in no safety point, and never written over.
   *
   * @param stored reads one of them
   * @throws EngineException RESTORE_FAILED, CORRUPT_RECOVERY_POINT, STORE_DAMAGED
   */
  void write(BiConsumer<Configured, Streams.Output> stored) {
    try {
      if (!Files.isDirectory(folder)) {
        makeFolder(folder);
      }
      var missing = files.stream().filter(this::isMissing).toList();
      for (var file : missing) {
        write(file, stored);
      }
    } catch (IOException e) {
      throw new EngineException(
          Reason.RESTORE_FAILED,
          "the configuration cannot be written to "
              + folder
              + " ("
              + e.getClass().getSimpleName()
              + ").",
          e);
    }
  }

  private static void makeFolder(Path path) throws IOException {
    Files.createDirectory(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** A cluster's objects have folders of their own: the kind's, and the object's in it. */
  private void makeFoldersAbove(Path target) throws IOException {
    for (var depth = folder.getNameCount() + 1; depth < target.getNameCount(); depth++) {
      var above = Objects.requireNonNull(target.getRoot()).resolve(target.subpath(0, depth));
      if (!Files.isDirectory(above, LinkOption.NOFOLLOW_LINKS)) {
        makeFolder(above);
      }
    }
  }

  /** Whether it is to be written: an earlier attempt may have done so. */
  private boolean isMissing(Configured file) {
    var target = target(file);
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    if (!holds(target, file)) {
      throw taken(target);
    }
    return false;
  }

  private static EngineException taken(Path target) {
    return new EngineException(
        Reason.RESTORE_FAILED,
        target
            + " came to be since the restore looked, and is left as it is: the configuration is"
            + " never written over one that is there.");
  }

  private Path target(Configured file) {
    var target = folder.resolve(file.name());
    if (!target.equals(target.normalize()) || !target.startsWith(folder) || target.equals(folder)) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "the manifest has a file of the name '" + file.name() + "' in its configuration");
    }
    return target;
  }

  private void write(Configured file, BiConsumer<Configured, Streams.Output> stored)
      throws IOException {
    var target = target(file);
    makeFoldersAbove(target);
    var draft = folder.resolve(file.name() + DRAFT);
    Files.deleteIfExists(draft);
    Files.createFile(
        draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    stored.accept(
        file,
        stream -> {
          try (var out = Files.newOutputStream(draft, LinkOption.NOFOLLOW_LINKS)) {
            if (!isOf(file, Fingerprint.of(stream, out, read -> {}))) {
              throw new EngineException(
                  Reason.CORRUPT_RECOVERY_POINT,
                  "what is stored of "
                      + file.name()
                      + " of the configuration is not what was noted");
            }
          }
        });
    try {
      // A rename would replace what is there.
      Files.createLink(target, draft);
    } catch (FileAlreadyExistsException e) {
      throw taken(target);
    } finally {
      Files.delete(draft);
    }
  }
}
