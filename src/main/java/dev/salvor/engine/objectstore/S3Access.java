package dev.salvor.engine.objectstore;

import dev.salvor.api.S3Checksums;
import dev.salvor.task.StoreTarget.Bucket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bucket and the keys to it. Holds secrets: {@link #toString} shows none.
 *
 * @param certificateAuthority PEM; null: the system's
 */
public record S3Access(
    Bucket bucket,
    String accessKey,
    String secretKey,
    @Nullable String sessionToken,
    @Nullable Path certificateAuthority) {

  /** The bucket in the path: what servers other than Amazon's understand. */
  public boolean pathStyle() {
    return Objects.requireNonNullElse(bucket.forcePathStyle(), bucket.endpoint() != null);
  }

  /**
   * Checksums where required only, with an endpoint of its own: many servers store what they do not
   * understand.
   */
  S3Checksums checksums() {
    var asked = bucket.checksums();
    if (asked != null) {
      return asked;
    }
    return bucket.endpoint() == null ? S3Checksums.WHEN_SUPPORTED : S3Checksums.WHEN_REQUIRED;
  }

  /** The same server and keys. */
  S3Access to(String name) {
    return new S3Access(
        new Bucket(
            name,
            bucket.prefix(),
            bucket.endpoint(),
            bucket.region(),
            bucket.forcePathStyle(),
            bucket.checksums()),
        accessKey,
        secretKey,
        sessionToken,
        certificateAuthority);
  }

  /** As restic wants it. */
  public String resticLocation(String path) {
    return bucket.location(path);
  }

  /** For restic's {@code -o}. */
  public List<String> resticOptions() {
    return List.of(
        "s3.bucket-lookup=" + (pathStyle() ? "path" : "dns"), "s3.region=" + bucket.region());
  }

  /** For restic's own environment and nobody else's. */
  public Map<String, String> resticSecrets() {
    var secrets =
        new HashMap<>(Map.of("AWS_ACCESS_KEY_ID", accessKey, "AWS_SECRET_ACCESS_KEY", secretKey));
    if (sessionToken != null) {
      secrets.put("AWS_SESSION_TOKEN", sessionToken);
    }
    return Map.copyOf(secrets);
  }

  String place() {
    return "bucket "
        + bucket.bucket()
        + (bucket.prefix() == null ? "" : "/" + bucket.prefix())
        + " at "
        + bucket.url();
  }

  @Override
  public String toString() {
    return place();
  }
}
