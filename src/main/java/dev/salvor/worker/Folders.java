package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Removes folders with all that is in them, never following a link. */
final class Folders {
  private Folders() {}

  /** Idempotent. A copy may hold folders that not even their owner may write. */
  static void delete(Path path) {
    try {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        open(path);
        try (var children = Files.newDirectoryStream(path)) {
          children.forEach(Folders::delete);
        }
      }
      Files.deleteIfExists(path);
    } catch (NoSuchFileException gone) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Leaves the folder itself, and of what is in it only these.
   *
   * @throws EngineException RESTORE_FAILED
   */
  static void empty(Path folder, List<String> kept) {
    try (var children =
        Files.newDirectoryStream(folder, child -> !kept.contains(child.getFileName().toString()))) {
      children.forEach(Folders::delete);
    } catch (IOException | UncheckedIOException e) {
      throw new EngineException(Reason.RESTORE_FAILED, folder + " cannot be emptied: " + e, e);
    }
  }

  private static void open(Path folder) {
    try {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException notOurs) {
      return; // What follows says so, if it matters.
    }
  }
}
