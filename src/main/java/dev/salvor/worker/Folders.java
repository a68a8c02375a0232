package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.proof.FileScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Folders with all that is in them: no link is ever followed. */
final class Folders {
  private static final long BLOCK_BYTES = 4_096;
  private static final long MOST_FILES = 1_000_000;

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
   * So many bytes of a disk the files of a folder take.
   *
   * @param most is enough to know; so much is said, too, where there are too many to look at
   * @throws IOException where it cannot be looked at
   */
  static long bytes(Path folder, long most) throws IOException {
    var counted =
        new SimpleFileVisitor<Path>() {
          private long files;
          private long bytes;

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            bytes += Math.ceilDiv(attributes.size(), BLOCK_BYTES) * BLOCK_BYTES;
            if (++files > MOST_FILES || bytes > most) {
              bytes = most;
              return FileVisitResult.TERMINATE;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              // It went meanwhile.
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        };
    Files.walkFileTree(folder, counted);
    return counted.bytes;
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

  /** Gives a folder the time that it had; one that is somebody else's keeps what it got. */
  static void putBack(Path folder, FileTime time) throws IOException {
    try {
      Files.setLastModifiedTime(folder, time);
    } catch (IOException refused) {
      if (FilesProof.privilege() == FileScope.Privilege.ROOT) {
        throw refused;
      }
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
