package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where backups lie and how they are encrypted. Exactly one kind of place is set. */
@Model
@ValidationRule(
    value = "[has(self.s3), has(self.pvc), has(self.folder)].filter(x, x).size() == 1",
    message = "exactly one of s3, pvc, folder must be set")
@ValidationRule(
    value =
        "has(self.s3) == has(oldSelf.s3) && has(self.pvc) == has(oldSelf.pvc) && has(self.folder)"
            + " == has(oldSelf.folder)",
    message = "the kind of place cannot change: make another BackupStore")
public record BackupStoreSpec(
    @JsonPropertyDescription("An S3 bucket, or a part of one.") @Nullable S3 s3,
    @JsonPropertyDescription("A claim in the same namespace. Only in a cluster.")
        @Nullable PersistentVolumeClaim pvc,
    @JsonPropertyDescription("A folder of this machine. Only under salvor local.")
        @Nullable Folder folder,
    @Required @JsonPropertyDescription("How everything in this store is encrypted.")
        Encryption encryption,
    @Default("Never")
        @JsonPropertyDescription(
            "Whether an empty place may become a store. IfEmpty allows it once; a place that was a"
                + " store before is never made anew.")
        @Nullable Initialize initialize,
    @Pattern("^[a-z0-9-]+$")
        @Size(min = 8, max = 64)
        @JsonPropertyDescription(
            "The identity that the place must have (salvor-store.json at its root). Unset: the one"
                + " that was seen first.")
        @Nullable String storeId,
    @JsonPropertyDescription("Bounds on the traffic to this store.") @Nullable Limits limits,
    @Size(min = 0, max = 32)
        @JsonPropertyDescription("Tokens from messages of this resource that a person accepted.")
        @Nullable List<@Size(min = 1, max = 128) String> acknowledge) {

  /** The one kind of place that is set; the schema sees to it that there is one. */
  @JsonIgnore
  public Place place() {
    return Stream.<@Nullable Place>of(s3, pvc, folder)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no kind of place is set"));
  }

  /** A kind of place. */
  public sealed interface Place permits S3, PersistentVolumeClaim, Folder {}

  /** An S3 bucket, or a part of one. */
  @Model
  public record S3(
      @Required
          @Pattern("^[a-zA-Z0-9][-a-zA-Z0-9._]*$")
          @Size(min = 3, max = 63)
          @JsonPropertyDescription("Name of the bucket; it must exist.")
          String bucket,
      @Pattern(Names.STORE_PATH)
          @Size(min = 1, max = Names.STORE_PATH_LENGTH)
          @JsonPropertyDescription("Folder within the bucket, without slashes at its ends.")
          @Nullable String prefix,
      @Pattern(Names.ENDPOINT)
          @Size(min = 8, max = Names.ENDPOINT_LENGTH)
          @JsonPropertyDescription("URL of a server other than Amazon's.")
          @Nullable String endpoint,
      @Default("us-east-1")
          @Pattern(Names.REGION)
          @Size(min = 1, max = Names.REGION_LENGTH)
          @JsonPropertyDescription("Region of the bucket.")
          @Nullable String region,
      @Required @JsonPropertyDescription("Access keys.") S3Credentials credentials,
      @JsonPropertyDescription(
              "Address the bucket in the path instead of the host name. Unset: true with an"
                  + " endpoint of its own, false with Amazon's.")
          @Nullable Boolean forcePathStyle,
      @JsonPropertyDescription(
              "Checksums on uploads by the probe. Unset: WhenRequired with an endpoint of its own.")
          @Nullable S3Checksums checksums,
      @JsonPropertyDescription("Certificate authority of the endpoint, in PEM.")
          @Nullable SecretKeyReference caSecretRef)
      implements Place {}

  /** Access keys of a bucket. */
  @Model
  public record S3Credentials(
      @Required
          @JsonPropertyDescription(
              "Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or accessKeyId and"
                  + " secretAccessKey), and AWS_SESSION_TOKEN where one is used.")
          ObjectReference secretRef) {}

  /** A claim in the same namespace. */
  @Model
  public record PersistentVolumeClaim(
      @Required
          @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
          @JsonPropertyDescription("Name of the claim.")
          String claimName,
      @Pattern(Names.STORE_PATH)
          @Size(min = 1, max = Names.STORE_PATH_LENGTH)
          @JsonPropertyDescription("Folder within the volume.")
          @Nullable String subPath)
      implements Place {}

  /** A folder of this machine. */
  @Model
  @ValidationRule(
      value = "!self.path.matches('/[.][.]?(/|$)') && !self.path.matches('^/+$')",
      message = "path must name a folder, without . and .. in it")
  @ValidationRule(
      value =
          "!has(self.mountPoint) || self.path == self.mountPoint ||"
              + " self.path.startsWith(self.mountPoint + '/')",
      message = "mountPoint must be path or a folder above it, without a slash at its end")
  public record Folder(
      @Required
          @Pattern(Names.FOLDER)
          @Size(min = 2, max = Names.FOLDER_LENGTH)
          @JsonPropertyDescription("Absolute path; the folder must exist.")
          String path,
      @Pattern(Names.FOLDER)
          @Size(min = 2, max = Names.FOLDER_LENGTH)
          @JsonPropertyDescription(
              "path, or a folder above it, where a disk or share is mounted. While nothing is"
                  + " mounted there, nothing is read or written.")
          @Nullable String mountPoint)
      implements Place {}

  /** How a store is encrypted. */
  @Model
  public record Encryption(
      @Required
          @JsonPropertyDescription(
              "The password. Keep it elsewhere too: without it no backup can be read, by nobody.")
          SecretKeyReference passwordSecretRef) {}

  /** Bounds on the traffic to a store. */
  @Model
  public record Limits(
      @Min(1) @Max(100000000) @JsonPropertyDescription("Upload bandwidth of one run in KiB/s.")
          @Nullable Integer uploadKiBPerSecond,
      @Min(1) @Max(100000000) @JsonPropertyDescription("Download bandwidth of one run in KiB/s.")
          @Nullable Integer downloadKiBPerSecond,
      @Min(1) @Max(64) @JsonPropertyDescription("Simultaneous connections of one run.")
          @Nullable Integer connections,
      @Min(1)
          @Max(64)
          @Default("2")
          @JsonPropertyDescription("Runs that may use this store at once.")
          @Nullable Integer concurrentRuns) {}
}
