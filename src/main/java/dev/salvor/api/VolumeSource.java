package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A tree of files, with all that a file system knows of them. */
@Model
@ValidationRule(
    value = "[has(self.path), has(self.claims)].filter(x, x).size() == 1",
    message = "exactly one of path, claims must be set")
@ValidationRule(
    value = "!has(self.runAs) || has(self.claims)",
    message =
        "runAs goes with claims: a folder of this machine is read as the user of salvor local")
@ValidationRule(
    value = "has(self.claims) || (!has(self.mode) && !has(self.snapshot))",
    message = "mode and snapshot go with claims")
@ValidationRule(
    value = "has(self.claims) || !has(self.scaleToZero) || !self.scaleToZero",
    message = "scaleToZero goes with claims")
@ValidationRule(
    value =
        "!has(self.hooks) || (has(self.claims) && !(has(self.scaleToZero) && self.scaleToZero))",
    message = "hooks go with claims, and not with scaleToZero, which leaves no pod to run them in")
@ValidationRule(
    value = "!has(self.snapshot) || (has(self.mode) && self.mode != 'Live')",
    message = "snapshot goes with mode Snapshot or Auto")
@ValidationRule(value = Names.FOLDER_RULE, message = Names.FOLDER_MESSAGE)
public record VolumeSource(
    @Pattern(Names.FOLDER)
        @Size(min = 2, max = Names.FOLDER_LENGTH)
        @JsonPropertyDescription(
            "A folder of this machine, and what lies below it on the same file system. For salvor"
                + " local only.")
        @Nullable String path,
    @JsonPropertyDescription(
            "PersistentVolumeClaims of the namespace, mounted read-only beside their pods. In a"
                + " cluster only.")
        @Nullable ClaimSelection claims,
    @JsonPropertyDescription(
            "The user that reads the claims. Left out: root, with the right to read all files,"
                + " which needs Pod Security level baseline. Set: that user, which must be able to"
                + " read all of them; level restricted.")
        @Nullable RunAs runAs,
    @JsonPropertyDescription(
            "What of the claims is read. Live, the default: they themselves, beside their pods;"
                + " files that change meanwhile are told. Snapshot: copies made from"
                + " VolumeSnapshots, which are removed afterwards. Auto: a snapshot where the"
                + " volume's driver has a VolumeSnapshotClass.")
        @Nullable ReadMode mode,
    @JsonPropertyDescription("How snapshots are taken and copies made of them.")
        @Nullable Snapshot snapshot,
    @Default("false")
        @JsonPropertyDescription(
            "Scale the StatefulSets and Deployments that use the claims to zero while they are"
                + " read, or until their snapshots are cut, and back afterwards. The operator must"
                + " be allowed to (scaleToZero.enabled of the chart).")
        @Nullable Boolean scaleToZero,
    @Size(min = 0, max = 8)
        @JsonPropertyDescription(
            "Commands in the application's own pods, before the claims are read and after, or after"
                + " their snapshots are cut. The operator must be allowed to (hooks.namespaces of"
                + " the chart).")
        @Nullable List<Hook> hooks,
    @Size(min = 0, max = 64)
        @JsonPropertyDescription(
            "What is left out. A pattern without a slash goes by name in every folder (*.tmp), one"
                + " with a slash by the path below the root (cache/**). * stays within a name, **"
                + " does not. lost+found is left out always.")
        @Nullable List<@Pattern(Names.GLOB) @Size(min = 1, max = Names.GLOB_LENGTH) String> exclude,
    @Pattern(Names.FILE_NAME)
        @Size(min = 1, max = Names.FILE_NAME_LENGTH)
        @JsonPropertyDescription(
            "What lies in a folder that holds a file of this name is left out; the folder is kept.")
        @Nullable String excludeIfPresent,
    @Default("false")
        @JsonPropertyDescription(
            "Accept a source that is empty or has shrunk below half of the last complete point.")
        @Nullable Boolean allowEmpty)
    implements BackupPolicySpec.SourceKind {
  /** Commands around the reading of claims, such as one that makes an application hold still. */
  @Model
  @ValidationRule(
      value = "has(self.before) || has(self.after)",
      message = "a hook has before, after or both")
  @ValidationRule(
      value = "self.matchLabels.size() > 0 && self.matchLabels.all(key, key.size() <= 317)",
      message = "a hook takes at least one label, keys of at most 317 characters")
  public record Hook(
      @Required
          @Size(min = 0, max = 16)
          @JsonPropertyDescription("The pods, by their labels: all of the namespace that run.")
          Map<
                  String,
                  @Pattern(Names.LABEL_VALUE) @Size(min = 0, max = Names.LABEL_VALUE_LENGTH) String>
              matchLabels,
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = 63)
          @JsonPropertyDescription("Their container. Left out: the first.")
          @Nullable String container,
      @Words
          @Size(min = 1, max = 32)
          @JsonPropertyDescription(
              "Program and arguments, without a shell and without secrets. If it fails, there is"
                  + " no backup.")
          @Nullable List<@Size(min = 0, max = 2048) String> before,
      @Words
          @Size(min = 1, max = 32)
          @JsonPropertyDescription(
              "Run in each pod in which before was begun, whatever became of it and of the backup."
                  + " Where before succeeded, until it succeeds too or the pod is gone.")
          @Nullable List<@Size(min = 0, max = 2048) String> after,
      @Default("30") @Min(1) @Max(600) @JsonPropertyDescription("Seconds that each may take.")
          @Nullable Integer timeoutSeconds) {
    /** Seconds that each command may take. */
    public int seconds() {
      return timeoutSeconds == null ? 30 : timeoutSeconds;
    }
  }

  /** Classes that are not the ones that a cluster would take by itself. */
  @Model
  public record Snapshot(
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
          @JsonPropertyDescription(
              "VolumeSnapshotClass, of deletionPolicy Delete, for all claims of the policy. Left"
                  + " out: of each volume's driver the default one, or the only one.")
          @Nullable String className,
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
          @JsonPropertyDescription(
              "StorageClass of the copies, of reclaimPolicy Delete and the volumes' own driver."
                  + " Left out: that of each claim.")
          @Nullable String storageClassName) {}
}
