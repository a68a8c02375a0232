package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.task.StoreTarget;

/** Where a policy's repository lies below its store's root: one for each policy (DESIGN). */
public final class RepositoryPath {
  private RepositoryPath() {}

  public static String of(BackupPolicy policy) {
    var given = policy.getSpec().repository();
    return given == null
        ? policy.getMetadata().getNamespace() + "/" + policy.getMetadata().getName()
        : given.path();
  }

  /** As restic names it; of a claim, as a pod sees it that mounts it where workers do. */
  public static String location(BackupStoreSpec store, String path) {
    return switch (place(store)) {
      case StoreTarget.Bucket bucket -> bucket.location(path);
      case StoreTarget.Directory(var folder, var _) -> folder + "/" + path;
    };
  }

  /** The place as a worker is told it. */
  public static StoreTarget.Place place(BackupStoreSpec store) {
    return TaskBuilder.place(store);
  }

  /** What admission groups by. */
  public static String key(String namespace, String store, String path) {
    return namespace + "/" + store + ":" + path;
  }
}
