package dev.salvor.engine.volume;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A folder in which a tree is laid out for the engine, from names that somebody else gave. A file
 * is full, or hollow: of the size, the time and the attributes of one whose bytes the engine has
 * already, and without any of its own. Serves several threads, each with files of its own.
 */
public final class StagingFolder {
  /** Linux's longest name. */
  private static final int LONGEST_NAME = 255;

  /** What of Linux's longest path (4,096 with its end) is left to names. */
  private static final int LONGEST_PATH = 3_072;

  private static final Pattern SLASH = Pattern.compile("/");

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle TRUNCATE = truncate();

  private final Path root;

  /** Of a folder that is there and empty. */
  public StagingFolder(Path root) {
    this.root = root;
  }

  /**
   * Where a path belongs; empty where it can be none: it never leads out of this folder.
   *
   * @param path of names with {@code /} between them
   */
  public Optional<Path> place(String path) {
    var bytes = 0;
    for (var name : SLASH.split(path, -1)) {
      var length = name.getBytes(StandardCharsets.UTF_8).length;
      bytes += length + 1;
      if (name.isEmpty()
          || name.equals(".")
          || name.equals("..")
          || name.indexOf('\0') >= 0
          || length > LONGEST_NAME) {
        return Optional.empty();
      }
    }
    return bytes > LONGEST_PATH ? Optional.empty() : Optional.of(ByteNames.below(root, path));
  }

  /**
   * Makes an empty file, and the folders above it.
   *
   * @throws FileAlreadyExistsException if it is there, as a folder perhaps, or one of the folders
   *     is a file
   * @throws IOException if the file system refuses it
   */
  public void make(Path file) throws IOException {
    try {
      Files.createDirectories(
          file.getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    } catch (FileSystemException e) {
      // Of a file two or more levels above, the system says that it is no folder.
      for (var above = file.getParent();
          above != null && !above.equals(root);
          above = above.getParent()) {
        if (Files.isRegularFile(above)) {
          throw new FileAlreadyExistsException(above.toString());
        }
      }
      throw e;
    }
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
  }

  /**
   * Gives a file what the engine is to store beside its bytes.
   *
   * @param attributes by their names in namespace {@code user}
   * @throws IOException if the file system keeps no attributes, among others
   */
  public void dress(Path file, Instant modified, Map<String, String> attributes)
      throws IOException {
    var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    for (var attribute : attributes.entrySet()) {
      view.write(attribute.getKey(), StandardCharsets.UTF_8.encode(attribute.getValue()));
    }
    Files.setLastModifiedTime(file, FileTime.from(modified));
  }

  /** Takes the bytes of a file away, and leaves all else of it. */
  public void hollow(Path file) throws IOException {
    var modified = Files.getLastModifiedTime(file);
    resize(file, Files.size(file));
    Files.setLastModifiedTime(file, modified);
  }

  /** Makes an empty file a hollow one. */
  public void resize(Path file, long sizeBytes) throws IOException {
    truncate(file, 0);
    truncate(file, sizeBytes);
  }

  /** A channel of the JDK makes no file longer but by a byte, which takes a block of the disk. */
  private static void truncate(Path file, long sizeBytes) throws IOException {
    try (var call = Arena.ofConfined()) {
      var bytes = ByteNames.bytes(file);
      var path = call.allocate(bytes.length + 1L);
      MemorySegment.copy(bytes, 0, path, JAVA_BYTE, 0, bytes.length);
      var state = call.allocate(STATE);
      if ((int) TRUNCATE.invokeExact(state, path, sizeBytes) != 0) {
        throw new IOException("truncate of " + file + ": error " + (int) ERRNO.get(state, 0L));
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("restricted") // one function of the C library, with the arguments it has
  private static MethodHandle truncate() {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker
            .defaultLookup()
            .find("truncate")
            .orElseThrow(() -> new IllegalStateException("the C library lacks truncate")),
        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG),
        Linker.Option.captureCallState("errno"));
  }
}
