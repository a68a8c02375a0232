package dev.salvor.local.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Files that are whole after a kill or a power cut at any instant: written beside, flushed to the
 * disk, renamed over the old one, and the folder flushed, since the name lives in the folder.
 */
public final class DurableFile {
  /** Ending of a file that was being written; what bears it is rubbish after a crash. */
  public static final String TEMPORARY = ".tmp";

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final Set<PosixFilePermission> PRIVATE_FOLDER =
      PosixFilePermissions.fromString("rwx------");

  private DurableFile() {}

  /**
   * Writes a file that only its owner may read. A reader sees the old content or the new, never a
   * part.
   *
   * @throws UncheckedIOException if it could not be written; the old content is still there
   */
  public static void write(Path file, byte[] content) {
    var temporary = temporaryBeside(file);
    try {
      try (var channel =
          FileChannel.open(
              temporary,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PRIVATE_FILE)) {
        var buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      flushFolder(folderOf(file));
    } catch (AtomicMoveNotSupportedException e) {
      throw new UncheckedIOException("the file system cannot rename in one step: " + file, e);
    } catch (IOException e) {
      deleteQuietly(temporary, e);
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  public static void write(Path file, String content) {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** The content; empty if there is no such file. */
  public static Optional<byte[]> read(Path file) {
    try {
      return Optional.of(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Deletes a file so that it stays deleted after a power cut; none is fine. */
  public static void delete(Path file) {
    try {
      if (Files.deleteIfExists(file)) {
        flushFolder(folderOf(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file, e);
    }
  }

  /** Makes a folder, and those above it, that only its owner may enter; one that exists is fine. */
  public static Path folder(Path folder) {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PRIVATE_FOLDER));
        flushFolder(folderOf(folder));
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
  }

  /**
   * Deletes a folder with all that is in it; links are deleted, not followed. The folder is renamed
   * first, so that a kill half-way leaves no half of it under its name.
   */
  public static void deleteFolder(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    var doomed = folder.toString().endsWith(TEMPORARY) ? folder : temporaryBeside(folder);
    try {
      if (!doomed.equals(folder)) {
        Files.move(folder, doomed, StandardCopyOption.ATOMIC_MOVE);
        flushFolder(folderOf(folder));
      }
      Files.walkFileTree(doomed, new Deletion());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + folder, e);
    }
  }

  /** Removes what writes that were killed left in this folder. */
  public static void sweep(Path folder) {
    try (var entries = Files.newDirectoryStream(folder, "*" + TEMPORARY)) {
      for (var entry : entries) {
        if (Files.isDirectory(entry)) {
          deleteFolder(entry);
        } else {
          delete(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot sweep " + folder, e);
    }
  }

  private static Path temporaryBeside(Path file) {
    return folderOf(file).resolve("." + file.getFileName() + "." + UUID.randomUUID() + TEMPORARY);
  }

  private static Path folderOf(Path file) {
    var folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException("no file: " + file);
    }
    return folder;
  }

  private static void flushFolder(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void deleteQuietly(Path file, IOException cause) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    /** A copy may hold folders that not even their owner may write. */
    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      if (!Files.isWritable(folder)) {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.deleteIfExists(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
