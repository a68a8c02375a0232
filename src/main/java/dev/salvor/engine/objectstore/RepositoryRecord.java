package dev.salvor.engine.objectstore;

import dev.salvor.api.Model;
import java.time.Instant;

/**
 * That a store has a repository: one object each below {@value #FOLDER}, outside of the repository,
 * so that a lost one is missed, and apart from each other, so that two writers lose nothing.
 *
 * @param format 1
 * @param path below the store's root
 * @param id of the repository
 * @param configDigest SHA-256 of restic's {@code config} object, which names the same repository
 *     without deriving its key
 * @param owner who made it, for people
 */
@Model
public record RepositoryRecord(
    int format, String path, String id, String configDigest, String owner, Instant created) {
  /** No namespace has a dot in its name, so no repository lies there. */
  static final String FOLDER = "salvor-store.d";

  /** Where the record of a path lies. */
  static String key(String path) {
    return FOLDER + "/" + path + ".json";
  }
}
