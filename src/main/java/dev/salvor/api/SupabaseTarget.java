package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A whole Supabase project, as the target of a restore. */
@Model
@ValidationRule(
    value = "has(self.selfHosted) != has(self.hosted)",
    message = "exactly one must be set: selfHosted, hosted")
public record SupabaseTarget(
    @JsonPropertyDescription(
            "One that you run: on this machine, or in this namespace of a cluster.")
        @Nullable SelfHosted selfHosted,
    @JsonPropertyDescription("One that Supabase hosts: a new one, which nobody has used.")
        @Nullable HostedSupabaseTarget hosted)
    implements RestoreRequestSpec.TargetKind {
  /** The part that all databases are together. */
  public static final String DATABASE = "database";

  /** The part that the files of the configuration are. */
  public static final String CONFIGURATION = "configuration";

  /** The one kind that is set; the schema sees to it that there is one. */
  @JsonIgnore
  public Kind kind() {
    if (selfHosted != null) {
      return selfHosted;
    }
    if (hosted != null) {
      return hosted;
    }
    throw new IllegalStateException("no kind of Supabase is set");
  }

  /** Who runs it. */
  public sealed interface Kind permits SelfHosted, HostedSupabaseTarget {
    /** All parts that are restored, by name. */
    @JsonIgnore
    List<String> parts();
  }

  /** Where its parts are restored to. What is not named stays as it is. */
  @Model
  @ValidationRule(
      value =
          "!has(self.files) || self.files.all(one, !(one.name in ['storage', 'key', 'database',"
              + " 'configuration']))",
      message = "files of a project are not called storage, key, database or configuration")
  @ValidationRule(
      value =
          "has(self.database) || has(self.storage) || has(self.configuration) || (has(self.files)"
              + " && self.files.size() > 0)",
      message = "set database, storage, files or configuration: key is only looked at")
  @ValidationRule(
      value =
          "!has(self.scaleToZero) || !self.scaleToZero || (has(self.storage) &&"
              + " has(self.storage.place) && has(self.storage.place.claim)) || (has(self.files) &&"
              + " self.files.exists(one, has(one.place.claim)))",
      message = "scaleToZero goes with storage or files in a claim")
  @ValidationRule(
      value =
          "!has(self.stopConsumers) || !self.stopConsumers || (has(self.storage) &&"
              + " has(self.storage.place) && !has(self.storage.place.claim)) || (has(self.files) &&"
              + " self.files.exists(one, !has(one.place.claim)))",
      message = "stopConsumers goes with storage or files in a folder or a volume of Docker")
  public record SelfHosted(
      @JsonPropertyDescription("Its server; all databases of the point are restored there.")
          @Nullable Database database,
      @JsonPropertyDescription("Where Storage's objects are to be.") @Nullable Storage storage,
      @JsonPropertyDescription(
              "Where the key of Vault is: looked at, never written. PostgreSQL reads it when it"
                  + " starts, so it is restored before, while the server does not run.")
          SupabaseSource.@Nullable Key key,
      @Size(min = 0, max = 16)
          @JsonPropertyDescription("Where the other files are to be, by the names of the policy.")
          @Nullable List<SupabaseSource.Files> files,
      @JsonPropertyDescription(
              "Where its Compose files and .env are to be: a folder that is empty or not there yet,"
                  + " never over a living .env.")
          SupabaseSource.@Nullable Configuration configuration,
      @Default("false")
          @JsonPropertyDescription(
              "Scale the StatefulSets and Deployments that use the claims of storage and files to"
                  + " zero while they are restored to, and back afterwards. The operator must be"
                  + " allowed to (scaleToZero.enabled of the chart).")
          @Nullable Boolean scaleToZero,
      @Default("false")
          @JsonPropertyDescription(
              "Stop the containers that use the folders and volumes of storage and files while they"
                  + " are restored to, and start them again afterwards, whatever becomes of the"
                  + " restore; never the server. For salvor local only.")
          @Nullable Boolean stopConsumers,
      @Size(min = 0, max = 32)
          @JsonPropertyDescription(
              "Others that are scaled to zero or stopped meanwhile, and come back afterwards: all"
                  + " that are connected to the database, which is not replaced under a session. In"
                  + " a cluster each as Deployment/name or StatefulSet/name; of Docker a service of"
                  + " the server's Compose project, or the name of a container that Compose made."
                  + " Not the server itself.")
          @Nullable List<@Pattern(Names.SERVICE) @Size(min = 1, max = Names.SERVICE_LENGTH) String>
              services)
      implements Kind {

    /** All places that are written to, the named ones after Storage. */
    @JsonIgnore
    public List<SupabaseSource.Files> places() {
      return Stream.concat(
              Stream.ofNullable(storage == null ? null : storage.place())
                  .map(place -> new SupabaseSource.Files(SupabaseSource.STORAGE, place)),
              Stream.ofNullable(files).flatMap(List::stream))
          .toList();
    }

    /** Whether somebody is stopped or scaled to zero for it, who may have a session. */
    @JsonIgnore
    public boolean stopsServices() {
      return Boolean.TRUE.equals(scaleToZero)
          || Boolean.TRUE.equals(stopConsumers)
          || (services != null && !services.isEmpty());
    }

    /**
     * Whether it may be of this machine's Docker: a volume, a folder that containers may mount, or
     * who is stopped for it.
     */
    @JsonIgnore
    public boolean mayBeOfDocker() {
      return places().stream()
              .map(SupabaseSource.Files::place)
              .anyMatch(place -> place.dockerVolume() != null || place.path() != null)
          || (key != null && key.place().dockerVolume() != null)
          || stopsServices();
    }

    @Override
    @JsonIgnore
    public List<String> parts() {
      return Stream.of(
              Stream.ofNullable(database).map(_ -> DATABASE),
              Stream.ofNullable(storage == null ? null : storage.s3())
                  .map(_ -> SupabaseSource.STORAGE),
              places().stream().map(SupabaseSource.Files::name),
              Stream.ofNullable(configuration).map(_ -> CONFIGURATION))
          .flatMap(names -> names)
          .toList();
    }
  }

  /** The server with the databases. */
  @Model
  public record Database(
      @Required
          @JsonPropertyDescription(
              "How it is reached, not by the pooler. Of a container: as supabase_admin, unless it"
                  + " says otherwise.")
          PostgresConnection connection) {}

  /** Storage's objects: files of a folder, or of a bucket. */
  @Model
  @ValidationRule(
      value = "has(self.place) != has(self.s3)",
      message = "storage: exactly one of place, s3 must be set")
  @ValidationRule(
      value = "has(self.s3) == has(self.bucket)",
      message = "storage: set bucket with s3, and not with place")
  @ValidationRule(
      value = "has(self.s3) || (!has(self.tenant) && !has(self.versions))",
      message = "storage: tenant and versions go with s3; files of a place are laid as they were")
  public record Storage(
      @JsonPropertyDescription(
              "What the service sees as FILE_STORAGE_BACKEND_PATH, where STORAGE_BACKEND is file.")
          @Nullable FilePlace place,
      @JsonPropertyDescription("Where its bucket is, where STORAGE_BACKEND is s3.")
          @Nullable StorageBucket s3,
      @Pattern(Names.STORAGE_FOLDER)
          @Size(min = 1, max = Names.FILE_NAME_LENGTH)
          @JsonPropertyDescription("GLOBAL_S3_BUCKET of the service there: the bucket itself.")
          @Nullable String bucket,
      @Pattern(Names.STORAGE_FOLDER)
          @Size(min = 1, max = Names.FILE_NAME_LENGTH)
          @JsonPropertyDescription("TENANT_ID of the service there. Left out: stub.")
          @Nullable String tenant,
      @JsonPropertyDescription(
              "How versions are told apart there. Left out: Folder; Suffix where"
                  + " TUS_USE_FILE_VERSION_SEPARATOR is true.")
          @Nullable StorageVersions versions) {}
}
