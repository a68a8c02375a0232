package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.DirectoryObjectStore;
import dev.salvor.engine.objectstore.ObjectStore;
import dev.salvor.engine.objectstore.S3Access;
import dev.salvor.engine.objectstore.S3ObjectStore;
import dev.salvor.engine.restic.ResticSettings;
import dev.salvor.engine.volume.Mounts;
import dev.salvor.task.Credential;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.StoreTarget.Bucket;
import dev.salvor.task.StoreTarget.Directory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A store as this run reaches it: its place and the keys to it. */
final class StoreAccess {
  private static final List<String> ACCESS_KEY = List.of("AWS_ACCESS_KEY_ID", "accessKeyId");
  private static final List<String> SECRET_KEY =
      List.of("AWS_SECRET_ACCESS_KEY", "secretAccessKey");
  private static final List<String> SESSION_TOKEN = List.of("AWS_SESSION_TOKEN", "sessionToken");

  private final WorkerContext context;
  private final StoreTarget store;

  StoreAccess(WorkerContext context, StoreTarget store) {
    this.context = context;
    this.store = store;
  }

  /**
   * Its root, by which every run comes in.
   *
   * @throws EngineException STORE_UNREACHABLE where nothing is mounted that should be
   */
  ObjectStore objects() {
    return switch (store.place()) {
      case Bucket bucket -> new S3ObjectStore(s3(bucket));
      case Directory directory -> {
        requireMounted(directory);
        yield new DirectoryObjectStore(Path.of(directory.path()));
      }
    };
  }

  /** The folder below is another's then, on the machine's own disk. */
  private static void requireMounted(Directory directory) {
    if (directory.mountPoint() == null) {
      return;
    }
    var point = Path.of(directory.mountPoint());
    try {
      if (!Mounts.isMountPoint(point)) {
        throw new EngineException(
            Reason.STORE_UNREACHABLE,
            "nothing is mounted at "
                + point
                + ", and the store is "
                + directory.path()
                + ": mount its disk. Nothing was written.");
      }
    } catch (IOException e) {
      throw new EngineException(Reason.STORE_UNREACHABLE, point + " cannot be looked at: " + e, e);
    }
  }

  /**
   * Refuses at once where nothing can be written: restic tries again for a quarter of an hour.
   * Buckets say so themselves.
   *
   * @throws EngineException STORE_READ_ONLY
   */
  void requireWritable(String path) {
    readOnly(path)
        .ifPresent(
            folder -> {
              throw new EngineException(Reason.STORE_READ_ONLY, folder + " cannot be written");
            });
  }

  /** A folder of the store that is there and cannot be written. */
  private Optional<Path> readOnly(String path) {
    return store.place() instanceof Directory(var root, var _)
        ? Stream.of(Path.of(root), Path.of(root).resolve(path))
            .filter(folder -> Files.isDirectory(folder) && !Files.isWritable(folder))
            .findFirst()
        : Optional.empty();
  }

  /** What can only be read can still be restored. */
  private ResticSettings.Locking locking(String path) {
    return readOnly(path).isPresent()
        ? ResticSettings.Locking.UNLOCKED_READS
        : ResticSettings.Locking.LOCKED;
  }

  /** For a repository below the root. */
  ResticSettings restic(String path, Path cache) {
    ObjectStore.checked(path);
    var authority = context.credentials().file(Credential.STORE_CA).orElse(null);
    var password = context.credentials().require(Credential.STORE_PASSWORD);
    return switch (store.place()) {
      case Bucket bucket -> {
        var s3 = s3(bucket);
        yield new ResticSettings(
            s3.resticLocation(path),
            password,
            s3.resticSecrets(),
            s3.resticOptions(),
            authority,
            cache,
            context.scratch(),
            store.limits(),
            MemoryShare.ofThisContainer(),
            Runtime.getRuntime().availableProcessors(),
            ResticSettings.LOCK_WAIT,
            ResticSettings.Locking.LOCKED);
      }
      case Directory directory ->
          new ResticSettings(
              Path.of(directory.path()).resolve(path).toString(),
              password,
              Map.of(),
              List.of(),
              authority,
              cache,
              context.scratch(),
              store.limits(),
              MemoryShare.ofThisContainer(),
              Runtime.getRuntime().availableProcessors(),
              ResticSettings.LOCK_WAIT,
              locking(path));
    };
  }

  private S3Access s3(Bucket bucket) {
    return s3(context.credentials(), bucket, Credential.STORE_S3, Credential.STORE_CA);
  }

  /**
   * The bucket of a Supabase's Storage, which is no store.
   *
   * @throws EngineException CREDENTIALS_MISSING
   */
  static S3Access storage(Credentials credentials, Bucket bucket) {
    return s3(credentials, bucket, Credential.STORAGE_S3, Credential.STORAGE_CA);
  }

  private static S3Access s3(
      Credentials credentials, Bucket bucket, Credential keys, Credential authority) {
    return new S3Access(
        bucket,
        required(credentials, keys, ACCESS_KEY),
        required(credentials, keys, SECRET_KEY),
        credentials.wordOf(keys, SESSION_TOKEN).orElse(null),
        credentials.file(authority).orElse(null));
  }

  private static String required(Credentials credentials, Credential keys, List<String> names) {
    return credentials.wordOf(keys, names).orElseThrow(() -> credentials.missing(keys, names));
  }
}
