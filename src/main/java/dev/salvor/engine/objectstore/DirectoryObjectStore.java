package dev.salvor.engine.objectstore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** A store in a directory: files, moved into place once they are on the disk. */
public final class DirectoryObjectStore implements ObjectStore {
  private static final String UNFINISHED = ".unfinished";

  private final Path root;

  public DirectoryObjectStore(Path root) {
    this.root = root;
  }

  @Override
  public String place() {
    return "directory " + root;
  }

  @Override
  public Optional<byte[]> get(String key) {
    requireRoot();
    var file = file(key);
    try (var stream = Files.newInputStream(file)) {
      return Optional.of(stream.readNBytes(MAXIMUM_BYTES));
    } catch (NoSuchFileException | NotDirectoryException absent) {
      return Optional.empty();
    } catch (IOException e) {
      throw failure("read", key, e, Reason.STORE_ACCESS_DENIED);
    }
  }

  @Override
  public void put(String key, byte[] content) {
    requireRoot();
    var file = file(key);
    try {
      var unfinished = write(file, content);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failure("written", key, e, Reason.STORE_READ_ONLY);
    }
  }

  @Override
  public boolean create(String key, byte[] content) {
    requireRoot();
    var file = file(key);
    try {
      var unfinished = write(file, content);
      try {
        // A link, unlike a move, fails where something is.
        Files.createLink(file, unfinished);
        return true;
      } catch (FileAlreadyExistsException there) {
        return false;
      } catch (UnsupportedOperationException | IOException noLinks) {
        return createWithoutLinks(file, unfinished);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      throw failure("written", key, e, Reason.STORE_READ_ONLY);
    }
  }

  private static boolean createWithoutLinks(Path file, Path unfinished) throws IOException {
    if (Files.exists(file)) {
      return false;
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    return true;
  }

  private static Path write(Path file, byte[] content) throws IOException {
    var folder = file.getParent();
    if (folder == null) {
      throw new NoSuchFileException(file.toString());
    }
    Files.createDirectories(folder);
    var unfinished = Files.createTempFile(folder, UNFINISHED, null);
    try (var channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      var buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    return unfinished;
  }

  @Override
  public void delete(String key) {
    requireRoot();
    try {
      Files.deleteIfExists(file(key));
    } catch (IOException e) {
      throw failure("deleted", key, e, Reason.STORE_READ_ONLY);
    }
  }

  @Override
  public List<String> list(String prefix, int most) {
    requireRoot();
    var slash = prefix.lastIndexOf('/');
    var start = slash < 0 ? root : root.resolve(prefix.substring(0, slash));
    if (!Files.isDirectory(start)) {
      return List.of();
    }
    try (var files = Files.walk(start)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .filter(key -> key.startsWith(prefix) && !key.contains(UNFINISHED))
          .limit(most)
          .toList();
    } catch (IOException e) {
      throw failure("listed", prefix, e, Reason.STORE_ACCESS_DENIED);
    } catch (UncheckedIOException e) {
      throw failure("listed", prefix, new IOException(e), Reason.STORE_ACCESS_DENIED);
    }
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(null, null);
  }

  @Override
  public void close() {
    // Nothing is held open.
  }

  private Path file(String key) {
    return root.resolve(ObjectStore.checked(key));
  }

  private void requireRoot() {
    if (!Files.isDirectory(root)) {
      throw new EngineException(
          Reason.STORE_UNREACHABLE, place() + " is not there: is the volume mounted?");
    }
  }

  private EngineException failure(String done, String key, IOException e, Reason denied) {
    var text = String.valueOf(e.getMessage());
    Reason reason;
    if (e instanceof AccessDeniedException) {
      reason = denied;
    } else if (text.contains("Read-only file system")) {
      reason = Reason.STORE_READ_ONLY;
    } else if (text.contains("No space left") || text.contains("quota exceeded")) {
      reason = Reason.STORE_FULL;
    } else {
      reason = Reason.STORE_UNREACHABLE;
    }
    return new EngineException(
        reason,
        key
            + " cannot be "
            + done
            + " in "
            + place()
            + ": "
            + e.getClass().getSimpleName()
            + " "
            + text,
        e);
  }
}
