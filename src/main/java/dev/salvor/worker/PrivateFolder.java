package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.Credential;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder in memory that only this user may enter, gone when the run ends. A run that was killed
 * leaves its folder behind: the next one removes every folder whose lock file nobody holds.
 */
final class PrivateFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PrivateFolder.class);

  private static final String PREFIX = "salvor-run-";
  private static final String LOCK = "lock";

  /** Between making the lock file and locking it a folder looks dead. */
  private static final Duration BEING_MADE = Duration.ofMinutes(1);

  /** Closing any channel of a file drops all locks that this process has on it: never look. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel lock;

  private PrivateFolder(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /**
   * Makes one.
   *
   * @param otherwise where there is no memory-backed place
   */
  static PrivateFolder make(Map<String, String> environment, Path otherwise) {
    var parent = parent(environment, otherwise);
    sweep(parent);
    try {
      var folder =
          Files.createTempDirectory(
              parent,
              PREFIX,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      OURS.add(folder);
      var lock =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      if (lock.tryLock() == null) {
        throw new IOException("its lock is taken");
      }
      return new PrivateFolder(folder, lock);
    } catch (IOException e) {
      throw new EngineException(
          Reason.INTERNAL_ERROR, "no private folder can be made in " + parent, e);
    }
  }

  private static Path parent(Map<String, String> environment, Path otherwise) {
    var candidates = new ArrayList<Path>();
    var runtime = environment.get("XDG_RUNTIME_DIR");
    if (runtime != null) {
      // First: the containers of a pod share /dev/shm.
      candidates.add(Path.of(runtime));
    }
    candidates.add(Path.of("/dev/shm"));
    return candidates.stream()
        .filter(candidate -> Files.isDirectory(candidate) && Files.isWritable(candidate))
        .findFirst()
        .orElse(otherwise);
  }

  private static void sweep(Path parent) {
    try (var children = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (var child : children) {
        removeIfDead(child);
      }
    } catch (IOException notListed) {
      LOG.debug("what killed runs left cannot be listed");
    }
  }

  private static void removeIfDead(Path folder) {
    try {
      if (Files.getOwner(folder).equals(Files.getOwner(Path.of("/proc/self"))) && dead(folder)) {
        Folders.delete(folder);
      }
    } catch (IOException | UncheckedIOException raced) {
      // Another run sweeps it at the same time: the other ones are still looked at.
      LOG.debug("what a killed run left was not removed");
    }
  }

  private static boolean dead(Path folder) throws IOException {
    var file = folder.resolve(LOCK);
    if (OURS.contains(folder) || !Files.exists(file)) {
      // Of another run in this process; or being made right now, or being removed.
      return false;
    }
    var made = Files.getLastModifiedTime(file).toInstant();
    if (made.plus(BEING_MADE).isAfter(Instant.now())) {
      return false;
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE);
        var taken = channel.tryLock()) {
      return taken != null;
    } catch (OverlappingFileLockException another) {
      return false; // another run in this process sweeps it
    }
  }

  Path path() {
    return folder;
  }

  /** Copies each credential folder below {@code source}; links of a mounted Secret are followed. */
  void copyCredentials(@Nullable Path source) {
    if (source == null) {
      return;
    }
    try {
      for (var credential : Credential.values()) {
        var from = source.resolve(credential.folder());
        if (Files.isDirectory(from)) {
          copy(from, folder.resolve(credential.folder()));
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          Reason.CREDENTIALS_MISSING, "the credentials cannot be read: " + e.getMessage(), e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(
        to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (var files = Files.newDirectoryStream(from)) {
      for (var file : files) {
        var name = String.valueOf(file.getFileName());
        // The kubelet's own links: ..data and the dated folder behind it.
        if (Files.isRegularFile(file) && !name.startsWith("..")) {
          var copy = to.resolve(name);
          Files.createFile(
              copy,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
          Files.write(copy, Files.readAllBytes(file), StandardOpenOption.WRITE);
        }
      }
    }
  }

  @Override
  public void close() {
    Folders.delete(folder);
    OURS.remove(folder);
    try {
      lock.close();
    } catch (IOException closed) {
      throw new IllegalStateException("the lock of a private folder cannot be closed", closed);
    }
  }
}
