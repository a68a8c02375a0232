package dev.salvor.local.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the one-machine host keeps what it knows; docs/state-folder.md describes every file. One
 * host holds its lock; commands read beside it and write nothing but requests into the inbox.
 */
public final class StateFolder implements AutoCloseable {
  /** Of the layout; a folder of a newer one is refused. */
  private static final String FORMAT = "1";

  /** The first byte of the file is the one host's. */
  private static final long HOST = 0;

  /** Of the second, who only asks whether a host works here has a share for a moment. */
  private static final long AT_WORK = 1;

  /**
   * Those of which this process is the host: to open and close a file ends all of a process's locks
   * of it.
   */
  private static final Set<Path> HOSTED = ConcurrentHashMap.newKeySet();

  private final Path root;
  private final @Nullable FileChannel lockChannel;
  private final @Nullable FileLock lock;

  private StateFolder(Path root, @Nullable FileChannel lockChannel, @Nullable FileLock lock) {
    this.root = root;
    this.lockChannel = lockChannel;
    this.lock = lock;
  }

  /** Another process is the host of this folder. */
  public static final class InUseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InUseException(Path root) {
      super("another host works in " + root);
    }
  }

  /** The folder is missing, is not a state folder, or is of another version. */
  public static final class UnusableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message);
    }
  }

  /**
   * Takes the folder as its only host; makes it where there is none, and sweeps what a killed host
   * left half-written.
   *
   * @throws InUseException if another host has it
   * @throws UnusableException if it is of a newer format or holds something else
   */
  public static StateFolder host(Path path) {
    var root = path.toAbsolutePath().normalize();
    DurableFile.folder(root);
    try {
      closeToOthers(root);
      if (!HOSTED.add(root)) {
        throw new InUseException(root);
      }
      try {
        return locked(root);
      } catch (IOException | RuntimeException e) {
        HOSTED.remove(root);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + root, e);
    }
  }

  private static StateFolder locked(Path root) throws IOException {
    var channel =
        FileChannel.open(
            root.resolve("lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    try {
      var lock = channel.tryLock(HOST, 1, false);
      if (lock == null) {
        throw new InUseException(root);
      }
      channel.lock(AT_WORK, 1, false);
      var folder = new StateFolder(root, channel, lock);
      folder.prepare();
      return folder;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Whether a host works here now; it is not kept from beginning by who asks.
   *
   * @throws UncheckedIOException where it cannot be told, such as for want of rights
   */
  public boolean hasHost() {
    if (HOSTED.contains(root)) {
      return true;
    }
    try (var channel = FileChannel.open(root.resolve("lock"), StandardOpenOption.READ)) {
      return channel.tryLock(AT_WORK, 1, true) == null;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot see whether a host works in " + root, e);
    }
  }

  /**
   * Opens the folder for commands that look at it and ask for things.
   *
   * @throws UnusableException if there is none
   */
  public static StateFolder visit(Path path) {
    var root = path.toAbsolutePath().normalize();
    if (!Files.isRegularFile(root.resolve("format"))) {
      throw new UnusableException(
          root
              + " is no state folder of salvor local; name one with --state or SALVOR_STATE, or"
              + " start 'salvor local --manifests DIR --state DIR' first");
    }
    var folder = new StateFolder(root, null, null);
    folder.checkFormat();
    return folder;
  }

  public Path root() {
    return root;
  }

  /** Resources with their status, one file each. */
  public Path resources() {
    return root.resolve("resources");
  }

  /** What was told about resources. */
  Path events() {
    return root.resolve("events");
  }

  /** One folder for each run. */
  public Path runs() {
    return root.resolve("runs");
  }

  /** Logs of runs that were recorded. */
  public Path logs() {
    return root.resolve("logs");
  }

  /** Requests that commands made. */
  public Path inbox() {
    return root.resolve("inbox");
  }

  /** Which containers are held for which runs. */
  public Path held() {
    return root.resolve("held");
  }

  /** The file that runs in one repository lock. */
  public Path repositoryLock(String repositoryKey) {
    return root.resolve("locks").resolve(FileNames.encode(repositoryKey));
  }

  /** The cache of restic for one repository. */
  public Path resticCache(String repositoryKey) {
    return root.resolve("cache").resolve(FileNames.encode(repositoryKey));
  }

  /** Identity of this host as an owner of repositories; generated once, never changed. */
  public String clusterId() {
    return DurableFile.read(root.resolve("cluster-id"))
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
        .orElseThrow(() -> new UnusableException(root + " has no cluster-id"));
  }

  /** The manifests folder that the last host read; empty before the first. */
  public Optional<Path> manifests() {
    return DurableFile.read(root.resolve("manifests"))
        .map(bytes -> Path.of(new String(bytes, StandardCharsets.UTF_8).strip()));
  }

  public void rememberManifests(Path manifests) {
    var absolute = manifests.toAbsolutePath().normalize();
    if (!manifests().equals(Optional.of(absolute))) {
      DurableFile.write(root.resolve("manifests"), absolute + "\n");
    }
  }

  @Override
  public void close() {
    try {
      if (lock != null) {
        lock.release();
      }
      if (lockChannel != null) {
        lockChannel.close();
        HOSTED.remove(root);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unlock " + root, e);
    }
  }

  private void prepare() {
    if (Files.exists(root.resolve("format"))) {
      checkFormat();
    }
    for (var folder : Set.of(resources(), runs(), logs(), inbox(), held())) {
      DurableFile.folder(folder);
      DurableFile.sweep(folder);
    }
    DurableFile.folder(events());
    DurableFile.folder(root.resolve("locks"));
    DurableFile.folder(root.resolve("cache"));
    DurableFile.sweep(root);
    if (!Files.exists(root.resolve("cluster-id"))) {
      DurableFile.write(root.resolve("cluster-id"), UUID.randomUUID() + "\n");
    }
    // Last: a folder that has it has all the rest.
    if (!Files.exists(root.resolve("format"))) {
      DurableFile.write(root.resolve("format"), FORMAT + "\n");
    }
  }

  private void checkFormat() {
    var format =
        DurableFile.read(root.resolve("format"))
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
            .orElse("none");
    if (!format.equals(FORMAT)) {
      throw new UnusableException(
          root + " has format " + format + ", this version knows " + FORMAT + " only");
    }
  }

  /** A folder that is there already is taken only if nothing else lives in it. */
  private static void closeToOthers(Path root) throws IOException {
    if (!Files.exists(root.resolve("lock"))) {
      try (var entries = Files.newDirectoryStream(root)) {
        if (entries.iterator().hasNext()) {
          throw new UnusableException(
              root + " is neither empty nor a state folder of salvor local");
        }
      }
    }
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
  }
}
