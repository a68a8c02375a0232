package dev.salvor.task;

import dev.salvor.api.Model;

/**
 * The bucket that Storage's objects are restored to.
 *
 * @param layout of its keys; its bucket is the one that is named
 */
@Model
public record StorageTarget(StoreTarget.Bucket bucket, StorageLayout layout) {
  /** For people. */
  public String text() {
    return "bucket " + bucket.bucket() + " at " + bucket.url() + " below " + layout.tenant() + "/";
  }
}
