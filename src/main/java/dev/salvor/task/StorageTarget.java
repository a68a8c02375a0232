package dev.salvor.task;

import dev.salvor.api.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bucket that Storage's objects are restored to.
 *
 * @param layout of its keys; its bucket is the one that is named
 * @param only objects, by Storage's bucket and their names or the beginnings of those up to a slash
 *     ({@code avatars}, {@code docs/2026}), that are added to what is there; empty: all, and what
 *     is there goes
 */
@Model
public record StorageTarget(StoreTarget.Bucket bucket, StorageLayout layout, List<String> only) {
  public StorageTarget(
      StoreTarget.Bucket bucket, StorageLayout layout, @Nullable List<String> only) {
    this.bucket = bucket;
    this.layout = layout;
    this.only = only == null ? List.of() : List.copyOf(only);
  }

  /** For all of them. */
  public StorageTarget(StoreTarget.Bucket bucket, StorageLayout layout) {
    this(bucket, layout, List.of());
  }

  /** For people. */
  public String text() {
    return "bucket " + bucket.bucket() + " at " + bucket.url() + " below " + layout.tenant() + "/";
  }
}
