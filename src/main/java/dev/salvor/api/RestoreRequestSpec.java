package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Restore that recovery point there. */
@Model
@ValidationRule(
    value =
        "self.source == oldSelf.source && self.target == oldSelf.target && has(self.select) =="
            + " has(oldSelf.select) && (!has(self.select) || self.select == oldSelf.select) &&"
            + " has(self.roles) == has(oldSelf.roles) && (!has(self.roles) || self.roles =="
            + " oldSelf.roles) && has(self.strategy) == has(oldSelf.strategy) &&"
            + " (!has(self.strategy) || self.strategy == oldSelf.strategy) && has(self.replace) =="
            + " has(oldSelf.replace) && (!has(self.replace) || self.replace == oldSelf.replace) &&"
            + " has(self.notAfter) == has(oldSelf.notAfter) && (!has(self.notAfter) ||"
            + " self.notAfter == oldSelf.notAfter) && has(self.keepReplaced) =="
            + " has(oldSelf.keepReplaced) && (!has(self.keepReplaced) || self.keepReplaced =="
            + " oldSelf.keepReplaced) && has(self.dryRun) == has(oldSelf.dryRun) &&"
            + " (!has(self.dryRun) || self.dryRun == oldSelf.dryRun) && has(self.deadline) =="
            + " has(oldSelf.deadline) && (!has(self.deadline) || self.deadline =="
            + " oldSelf.deadline)",
    message = "a RestoreRequest cannot change, but for acknowledge: make another")
@ValidationRule(
    value =
        "!has(oldSelf.acknowledge) || (has(self.acknowledge) && oldSelf.acknowledge.all(x, x in"
            + " self.acknowledge))",
    message = "acknowledge may only grow")
@ValidationRule(
    value = "!has(self.replace) || !self.replace || has(self.notAfter)",
    message = "replace needs notAfter: a time after which nothing is touched")
@ValidationRule(
    value = "!has(self.target.sandbox) || !has(self.replace) || !self.replace",
    message = "a sandbox replaces nothing")
@ValidationRule(
    value = "!has(self.source.undo) || !has(self.target.sandbox)",
    message = "undo needs what was restored to as its target, not a sandbox")
@ValidationRule(
    value =
        "!has(self.source.undo) || has(self.target.sandbox) || (has(self.replace) && self.replace)",
    message = "undo replaces what is there now: set replace and notAfter")
@ValidationRule(
    value = "!has(self.source.undo) || !has(self.select)",
    message = "undo takes a whole restore back: select does not go with it")
@ValidationRule(
    value =
        "!has(self.select) || !has(self.replace) || !self.replace || has(self.source.undo) ||"
            + " has(self.target.sandbox) || has(self.target.volume) ||"
            + " has(self.target.dockerVolume) || has(self.target.supabase)",
    message =
        "select cannot replace a database, whose other tables would be gone: restore it to another"
            + " database")
@ValidationRule(
    value =
        "!has(self.target.volume) || !has(self.target.volume.mode) || self.target.volume.mode !="
            + " 'Mirror' || (has(self.replace) && self.replace)",
    message = "Mirror removes what is there: set replace and notAfter")
@ValidationRule(
    value =
        "!has(self.target.dockerVolume) || !has(self.target.dockerVolume.mode) ||"
            + " self.target.dockerVolume.mode != 'Mirror' || (has(self.replace) && self.replace)",
    message = "Mirror removes what a Docker volume holds: set replace and notAfter")
@ValidationRule(
    value =
        "!has(self.source.dockerVolume) || ((has(self.target.volume) ||"
            + " has(self.target.dockerVolume)) && !has(self.source.undo) &&"
            + " !has(self.source.claim))",
    message =
        "source.dockerVolume goes with target.volume or target.dockerVolume, without claim and"
            + " undo")
@ValidationRule(
    value =
        "!has(self.source.files) || ((has(self.target.volume) || has(self.target.dockerVolume)) &&"
            + " !has(self.source.undo) && !has(self.source.claim) &&"
            + " !has(self.source.dockerVolume))",
    message =
        "source.files goes with target.volume or target.dockerVolume, without claim, dockerVolume"
            + " and undo")
@ValidationRule(
    value = "!has(self.source.claim) || has(self.target.volume)",
    message = "source.claim goes with target.volume")
@ValidationRule(
    value = "!has(self.source.claim) || !has(self.source.undo)",
    message = "undo takes a whole restore back: source.claim does not go with it")
@ValidationRule(
    value =
        "!has(self.select) || has(self.target.sandbox) || has(self.target.supabase) ||"
            + " has(self.select.paths) == (has(self.target.volume) ||"
            + " has(self.target.dockerVolume))",
    message = "select names paths for a volume, schemas and tables for a database")
@ValidationRule(
    value =
        "!has(self.select) || !has(self.select.paths) || !has(self.target.supabase) ||"
            + " (has(self.target.supabase.selfHosted) &&"
            + " has(self.target.supabase.selfHosted.storage) &&"
            + " has(self.target.supabase.selfHosted.storage.s3))",
    message =
        "some of Storage's objects alone are restored to a bucket (storage.s3); to a folder by"
            + " source.files: storage and target.volume")
@ValidationRule(
    value = "!has(self.select) || has(self.select.parts) == has(self.target.supabase)",
    message = "select names parts for a Supabase project, and for nothing else")
@ValidationRule(
    value = "!has(self.target.supabase) || !has(self.source.database)",
    message = "target.supabase takes all databases of a point: source.database does not go with it")
@ValidationRule(
    value =
        "!has(self.target.supabase) || !has(self.target.supabase.hosted) || !has(self.replace) ||"
            + " !self.replace",
    message = "nothing in a hosted project is replaced: restore to a new one, without replace")
public record RestoreRequestSpec(
    @Required @JsonPropertyDescription("Which recovery point.") RestoreSource source,
    @Required @JsonPropertyDescription("Where to.") RestoreTarget target,
    @JsonPropertyDescription(
            "Only these schemas or tables, with what they depend on; of a volume, only these"
                + " paths; of a Supabase project, only these parts.")
        @Nullable RestoreSelection select,
    @Default("Missing") @JsonPropertyDescription("Which roles are made on the target server.")
        @Nullable RolesMode roles,
    @Default("Rename")
        @JsonPropertyDescription(
            "How an existing database is replaced. Of target.supabase always as by Recreate.")
        @Nullable RestoreStrategy strategy,
    @Default("false")
        @JsonPropertyDescription(
            "The target exists and is to be replaced. What is replaced is kept first.")
        @Nullable Boolean replace,
    @Pattern(Names.TIME)
        @Size(min = 20, max = 35)
        @JsonPropertyDescription(
            "After this time the request ends Expired and touches nothing. Required with replace,"
                + " so that Git cannot carry it out again next year.")
        @Nullable Instant notAfter,
    @Default("72h")
        @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription(
            "How long the replaced database is kept, from the moment on at which it was replaced."
                + " Then it is dropped, unless it is in use.")
        @Nullable String keepReplaced,
    @Default("false") @JsonPropertyDescription("Stop at the plan.") @Nullable Boolean dryRun,
    @Default("12h")
        @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("How long the restore may take.")
        @Nullable String deadline,
    @Size(min = 0, max = 32)
        @JsonPropertyDescription(
            "Tokens from messages of this resource that a person accepted. May only grow.")
        @Nullable List<@Size(min = 1, max = 128) String> acknowledge) {
  /** Whether a part of a Supabase project is to be restored. */
  public boolean asksFor(String part) {
    return select == null || select.parts() == null || select.parts().contains(part);
  }

  /** Which recovery point: of a policy, or of a repository in a store when the policy is gone. */
  @Model
  @ValidationRule(
      value = "[has(self.policyRef), has(self.repository)].filter(x, x).size() == 1",
      message = "exactly one of policyRef, repository must be set")
  @ValidationRule(
      value =
          "[has(self.recoveryPoint), has(self.latest), has(self.latestVerified), has(self.asOf),"
              + " has(self.undo)].filter(x, x).size() == 1",
      message = "exactly one of recoveryPoint, latest, latestVerified, asOf, undo must be set")
  public record RestoreSource(
      @JsonPropertyDescription("The policy that made it.") @Nullable ObjectReference policyRef,
      @JsonPropertyDescription("A repository in a store.") @Nullable RepositoryReference repository,
      @Pattern(Names.RECOVERY_POINT_ID)
          @Size(min = 1, max = 32)
          @JsonPropertyDescription("This one, by id.")
          @Nullable String recoveryPoint,
      @JsonPropertyDescription("The newest complete one.") @Nullable Latest latest,
      @JsonPropertyDescription("The newest that was verified.") @Nullable Latest latestVerified,
      @Pattern(Names.TIME)
          @Size(min = 20, max = 35)
          @JsonPropertyDescription("The newest complete one that is not younger than this.")
          @Nullable Instant asOf,
      @JsonPropertyDescription("Take an earlier restore back.") @Nullable Undo undo,
      @Pattern(Names.POSTGRES_IDENTIFIER)
          @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH)
          @JsonPropertyDescription("Which database of it; needed where it holds several.")
          @Nullable String database,
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
          @JsonPropertyDescription("Which claim of it; needed where it holds several.")
          @Nullable String claim,
      @Pattern(Names.DOCKER)
          @Size(min = 1, max = Names.DOCKER_LENGTH)
          @JsonPropertyDescription("Which Docker volume of it; needed where it holds several.")
          @Nullable String dockerVolume,
      @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
          @Size(min = 1, max = 63)
          @JsonPropertyDescription(
              "Which files of a Supabase project: storage, key, or a name of the policy's files.")
          @Nullable String files) {
    /** Name of the one tree of files that is meant; null: it holds but one. */
    @JsonIgnore
    public @Nullable String tree() {
      return Stream.<@Nullable String>of(claim, dockerVolume, files)
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(null);
    }
  }

  /** A repository in a store. */
  @Model
  public record RepositoryReference(
      @Required @JsonPropertyDescription("The store.") ObjectReference storeRef,
      @Required
          @Pattern(Names.STORE_PATH)
          @Size(min = 1, max = Names.STORE_PATH_LENGTH)
          @JsonPropertyDescription("Path of the repository below the store's root.")
          String path) {}

  /** The newest; has no fields. */
  @Model
  public record Latest() {}

  /** Take an earlier restore back. */
  @Model
  public record Undo(
      @Required @JsonPropertyDescription("The RestoreRequest whose work is taken back.")
          ObjectReference restoreRef) {}

  /** Where to. Exactly one is set. */
  @Model
  @ValidationRule(
      value =
          "[has(self.postgres), has(self.volume), has(self.dockerVolume), has(self.supabase),"
              + " has(self.sandbox)].filter(x, x).size() == 1",
      message = "exactly one of postgres, volume, dockerVolume, supabase, sandbox must be set")
  public record RestoreTarget(
      @JsonPropertyDescription("A database on a PostgreSQL server.")
          @Nullable PostgresTarget postgres,
      @JsonPropertyDescription("A folder or a volume.") @Nullable VolumeTarget volume,
      @JsonPropertyDescription("A volume of this machine's Docker. For salvor local only.")
          @Nullable DockerVolumeTarget dockerVolume,
      @JsonPropertyDescription(
              "A whole Supabase project. One of your own: databases dropped and made anew, files"
                  + " mirrored, after one safety point of all that goes. A hosted one: into a new"
                  + " project, and nothing is replaced.")
          @Nullable SupabaseTarget supabase,
      @JsonPropertyDescription("A sandbox: prove the recovery point and throw the copy away.")
          @Nullable Sandbox sandbox) {

    /** The one target that is set; the schema sees to it that there is one. */
    @JsonIgnore
    public TargetKind kind() {
      return Stream.<@Nullable TargetKind>of(postgres, volume, dockerVolume, supabase, sandbox)
          .filter(Objects::nonNull)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no target is set"));
    }
  }

  /** A kind of target. */
  public sealed interface TargetKind permits FilesTarget, PostgresTarget, SupabaseTarget, Sandbox {}

  /** A kind of target that takes a tree of files. */
  public sealed interface FilesTarget extends TargetKind permits VolumeTarget, DockerVolumeTarget {
    /** What becomes of what is there; null: as the schema says. */
    @Nullable RestoreMode mode();
  }

  /** A database on a PostgreSQL server. */
  @Model
  @ValidationRule(
      value = "!self.database.contains('__salvor_')",
      message = "a database that Salvor keeps for an undo cannot be a target")
  @ValidationRule(
      value = "!(self.database in ['template0', 'template1'])",
      message = "a template database cannot be a target")
  public record PostgresTarget(
      @Required @JsonPropertyDescription("The server, as a role that may create databases.")
          PostgresConnection connection,
      @Required
          @Pattern(Names.POSTGRES_IDENTIFIER)
          @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH)
          @JsonPropertyDescription("Name of the database there.")
          String database)
      implements TargetKind {}

  /** A folder or a volume: one that is not there yet or is empty, or what it holds is replaced. */
  @Model
  @ValidationRule(
      value = "[has(self.path), has(self.claim)].filter(x, x).size() == 1",
      message = "exactly one of path, claim must be set")
  @ValidationRule(
      value =
          "has(self.claim) || (!has(self.create) && !has(self.runAs) && (!has(self.scaleToZero) ||"
              + " !self.scaleToZero))",
      message = "create, runAs and scaleToZero go with claim")
  @ValidationRule(
      value = "!has(self.create) || !has(self.runAs)",
      message = "create does not go with runAs: a new volume is root's")
  @ValidationRule(value = Names.FOLDER_RULE, message = Names.FOLDER_MESSAGE)
  public record VolumeTarget(
      @Pattern(Names.FOLDER)
          @Size(min = 2, max = Names.FOLDER_LENGTH)
          @JsonPropertyDescription(
              "A folder of this machine, under one that exists. For salvor local only.")
          @Nullable String path,
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
          @JsonPropertyDescription(
              "A PersistentVolumeClaim of this namespace that no pod uses. In a cluster only.")
          @Nullable String claim,
      @JsonPropertyDescription("Make the claim if it is not there. It stays when the request goes.")
          @Nullable NewClaim create,
      @JsonPropertyDescription(
              "The user that writes. Left out: root, with the rights to give files their owners,"
                  + " which needs Pod Security level baseline. Set: that user, whose own all files"
                  + " will be.")
          @Nullable RunAs runAs,
      @Default("Merge")
          @JsonPropertyDescription(
              "With replace: whether files stay that are not in the recovery point.")
          @Nullable RestoreMode mode,
      @Default("false")
          @JsonPropertyDescription(
              "Scale the StatefulSets and Deployments that use the claim to zero while it is"
                  + " restored to, and back afterwards. The operator must be allowed to"
                  + " (scaleToZero.enabled of the chart).")
          @Nullable Boolean scaleToZero)
      implements FilesTarget {}

  /** A volume of Docker: one that is made or is empty, or what it holds is replaced. */
  @Model
  public record DockerVolumeTarget(
      @Required
          @Pattern(Names.DOCKER)
          @Size(min = 1, max = Names.DOCKER_LENGTH)
          @JsonPropertyDescription(
              "Its name. No running container may use it, but for those that stopConsumers stops.")
          String name,
      @Default("false")
          @JsonPropertyDescription(
              "Make it if it is not there, of driver local. It stays when the request goes.")
          @Nullable Boolean create,
      @Default("Merge")
          @JsonPropertyDescription(
              "With replace: whether files stay that are not in the recovery point.")
          @Nullable RestoreMode mode,
      @Default("false")
          @JsonPropertyDescription(
              "Stop the containers that use it while it is restored to, and start them again"
                  + " afterwards, whatever becomes of the restore.")
          @Nullable Boolean stopConsumers)
      implements FilesTarget {}

  /** A claim that is made for a restore. What is left out is as in the source's claim. */
  @Model
  public record NewClaim(
      @Pattern("^[1-9][0-9]{0,11}([KMGT]i?)?$")
          @Size(min = 1, max = 16)
          @JsonPropertyDescription(
              "Size, such as 10Gi. Left out: that of the source's claim; where it is gone, what the"
                  + " recovery point holds and a quarter more.")
          @Nullable String size,
      @Pattern(Names.DNS_SUBDOMAIN)
          @Size(min = 1, max = Names.DNS_SUBDOMAIN_LENGTH)
          @JsonPropertyDescription(
              "Storage class. Left out: that of the source's claim; where it is gone, the cluster's"
                  + " default.")
          @Nullable String storageClassName,
      @JsonPropertyDescription(
              "Block for a raw block device. Left out: that of the source's claim; where it is"
                  + " gone, Filesystem.")
          @Nullable VolumeMode volumeMode) {}

  /** A throw-away server. */
  @Model
  public record Sandbox() implements TargetKind {}
}
