package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.Initialize;
import dev.salvor.api.Model;
import dev.salvor.api.S3Checksums;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A store as a worker sees it.
 *
 * @param name of the BackupStore, for messages
 * @param expectedStoreId null: never seen before
 */
@Model
public record StoreTarget(
    String name,
    Place place,
    Initialize initialize,
    @Nullable String expectedStoreId,
    BackupStoreSpec.@Nullable Limits limits) {

  /** A kind of place. A claim is a directory by the time a worker sees it. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Bucket.class, name = "bucket"),
    @JsonSubTypes.Type(value = Directory.class, name = "directory")
  })
  public sealed interface Place permits Bucket, Directory {}

  /** An S3 bucket or a part of one. */
  @Model
  public record Bucket(
      String bucket,
      @Nullable String prefix,
      @Nullable String endpoint,
      String region,
      @Nullable Boolean forcePathStyle,
      @Nullable S3Checksums checksums)
      implements Place {

    /** Where its server answers, without a slash at the end. */
    public String url() {
      if (endpoint != null) {
        return endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
      }
      var suffix = region.startsWith("cn-") ? ".cn" : "";
      return "https://s3." + region + ".amazonaws.com" + suffix;
    }

    /** A repository in it, as restic names it. */
    public String location(String path) {
      return "s3:" + url() + "/" + bucket + "/" + (prefix == null ? "" : prefix + "/") + path;
    }

    /**
     * Whether a repository in it lies among the objects of a bucket.
     *
     * @param path of the repository
     * @param folder of the objects
     */
    public boolean hasWithin(String path, Bucket objects, String folder) {
      return bucket.equals(objects.bucket)
          && url().equals(objects.url())
          && ((prefix == null ? "" : prefix + "/") + path).startsWith(folder + "/");
    }

    /** The same as an address; empty: the URL has none. */
    public Optional<NetworkAddress> address() {
      try {
        var url = new URI(url());
        if (url.getHost() == null) {
          return Optional.empty();
        }
        var usual = "http".equals(url.getScheme()) ? 80 : 443;
        return Optional.of(
            new NetworkAddress(url.getHost(), url.getPort() < 0 ? usual : url.getPort()));
      } catch (URISyntaxException noUrl) {
        return Optional.empty();
      }
    }
  }

  /**
   * A directory, mounted or local.
   *
   * @param mountPoint where something must be mounted; null: nothing must
   */
  @Model
  public record Directory(String path, @Nullable String mountPoint) implements Place {
    public Directory(String path) {
      this(path, null);
    }
  }
}
