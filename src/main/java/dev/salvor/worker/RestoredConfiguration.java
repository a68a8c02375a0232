package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.task.SupabaseFacts.Configured;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

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
    var found = new ArrayList<String>();
    try (var children = Files.newDirectoryStream(folder)) {
      for (var child : children) {
        var name = child.getFileName().toString();
        if (!name.endsWith(DRAFT) && files.stream().noneMatch(file -> isAt(child, file))) {
          found.add("it holds " + name);
        }
      }
    } catch (IOException e) {
      throw new EngineException(Reason.TARGET_UNUSABLE, folder + " cannot be looked at: " + e, e);
    }
    return found;
  }

  private static boolean isAt(Path path, Configured file) {
    if (!path.getFileName().toString().equals(file.name())
        || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
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
   * Writes them, readable by this user alone; each is there whole or not at all.
   *
   * @throws EngineException RESTORE_FAILED, CORRUPT_RECOVERY_POINT, STORE_DAMAGED
   */
  void write(RecoveryPoints points, RecoverySet set) {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      for (var file : files) {
        write(points, set, file);
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

  private void write(RecoveryPoints points, RecoverySet set, Configured file) throws IOException {
    var target = folder.resolve(file.name()).normalize();
    if (file.name().isEmpty() || !folder.equals(target.getParent())) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "the manifest has a file of the name '" + file.name() + "' in its configuration");
    }
    var draft = folder.resolve(file.name() + DRAFT);
    Files.deleteIfExists(draft);
    Files.createFile(
        draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    points.configuration(
        set,
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
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
  }
}
