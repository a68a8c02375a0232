package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;

/** Where a policy's repository lies below its store's root: one for each policy (DESIGN). */
public final class RepositoryPath {
  private RepositoryPath() {}

  public static String of(BackupPolicy policy) {
    var given = policy.getSpec().repository();
    return given == null
        ? policy.getMetadata().getNamespace() + "/" + policy.getMetadata().getName()
        : given.path();
  }

  /** What admission groups by. */
  public static String key(String namespace, String store, String path) {
    return namespace + "/" + store + ":" + path;
  }
}
