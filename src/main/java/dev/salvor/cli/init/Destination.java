package dev.salvor.cli.init;

import org.jspecify.annotations.Nullable;

/** Where backups go. */
public sealed interface Destination {
  /** Name of the BackupStore. */
  String store();

  /** A store that the folder of manifests has already, with its password. */
  record Present(String store) implements Destination {}

  /**
   * A new one.
   *
   * @param password that all of it is encrypted with
   */
  record New(String store, Place place, Hidden password) implements Destination {}

  /** Where a new one is. */
  sealed interface Place {}

  /**
   * A folder of this machine.
   *
   * @param mountPoint at or above it, where a disk of its own is mounted; null: none is
   */
  record Folder(String path, @Nullable String mountPoint) implements Place {}

  /** A bucket or a part of one. */
  record Bucket(
      String name,
      @Nullable String prefix,
      @Nullable String endpoint,
      String region,
      Hidden accessKey,
      Hidden secretKey)
      implements Place {}
}
