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

/** What to protect, when, where, how long to keep, how to prove it, and the objectives. */
@Model
@ValidationRule(
    value =
        "has(self.repository) == has(oldSelf.repository) && (!has(self.repository) ||"
            + " self.repository == oldSelf.repository)",
    message = "repository cannot change: make another policy")
@ValidationRule(
    value = "self.storeRef == oldSelf.storeRef",
    message = "storeRef cannot change: make another policy")
@ValidationRule(
    value =
        "!has(self.verification) || !has(self.verification.checks) || !has(self.source.postgres) ||"
            + " (has(self.source.postgres.databases.names) &&"
            + " self.source.postgres.databases.names.size() == 1) ||"
            + " self.verification.checks.all(check, has(check.database))",
    message = "every check needs its database where the policy has several")
@ValidationRule(
    value =
        "!has(self.verification) || !has(self.verification.checks) || !has(self.source.postgres) ||"
            + " !has(self.source.postgres.databases.names) || self.verification.checks.all(check,"
            + " !has(check.database) || check.database in self.source.postgres.databases.names)",
    message = "a check's database must be one that the policy backs up")
@ValidationRule(
    value =
        "!has(self.verification) || !has(self.verification.checks) || has(self.source.supabase) ||"
            + " self.verification.checks.all(check, !has(self.source.postgres) == (has(check.files)"
            + " || has(check.command)))",
    message = "a volume is asked by checks with files or a command, a database by checks with sql")
@ValidationRule(
    value =
        "!has(self.verification) || !has(self.verification.checks) || !has(self.source.supabase) ||"
            + " self.verification.checks.all(check, !has(check.command))",
    message = "a project is asked by checks with sql or files")
@ValidationRule(
    value =
        "!has(self.verification) || !has(self.verification.checks) || !has(self.source.supabase) ||"
            + " !has(self.source.supabase.selfHosted) || self.verification.checks.all(check,"
            + " !has(check.sql) || (has(self.source.supabase.selfHosted.database) &&"
            + " has(self.source.supabase.selfHosted.database.names) ? (has(check.database) ?"
            + " check.database in self.source.supabase.selfHosted.database.names :"
            + " self.source.supabase.selfHosted.database.names.size() == 1) :"
            + " !has(check.database) || check.database == 'postgres'))",
    message =
        "a check of a project's databases names one that the policy backs up, where it has several")
@ValidationRule(
    value =
        "!has(self.verification) || !has(self.verification.checks) || !has(self.source.supabase) ||"
            + " !has(self.source.supabase.hosted) || self.verification.checks.all(check,"
            + " !has(check.database) || check.database == 'postgres')",
    message = "a hosted project has one database: postgres")
public record BackupPolicySpec(
    @Required @JsonPropertyDescription("What to protect.") Source source,
    @Required @JsonPropertyDescription("The BackupStore.") ObjectReference storeRef,
    @JsonPropertyDescription("Where in the store. Unset: namespace/name.")
        @Nullable RepositoryLocation repository,
    @JsonPropertyDescription("When backups run. Unset: only when asked.")
        @Nullable Schedule schedule,
    @Default("false")
        @JsonPropertyDescription("Run a first backup as soon as the policy is accepted.")
        @Nullable Boolean runOnCreate,
    @JsonPropertyDescription("How long recovery points are kept. Unset: for ever.")
        @Nullable Retention retention,
    @JsonPropertyDescription("When the repository is cleaned and checked.")
        @Nullable Maintenance maintenance,
    @JsonPropertyDescription("How recovery points are proven.") @Nullable Verification verification,
    @JsonPropertyDescription("What Protected and Verified are judged by.")
        @Nullable Objectives objectives,
    @Default("false")
        @JsonPropertyDescription(
            "Start nothing on schedule; requests still run. Protected and Verified go on ageing.")
        @Nullable Boolean suspend,
    @Default("12h")
        @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("How long a backup may take.")
        @Nullable String deadline,
    @Default("3")
        @Min(0)
        @Max(10)
        @JsonPropertyDescription(
            "How often a run that failed for a passing reason is tried again before the next tick.")
        @Nullable Integer retries,
    @JsonPropertyDescription("How the Jobs look in a cluster.") @Nullable JobTemplate jobTemplate,
    @Size(min = 0, max = 32)
        @JsonPropertyDescription("Tokens from messages of this resource that a person accepted.")
        @Nullable List<@Size(min = 1, max = 128) String> acknowledge) {
  /** What to protect. Exactly one is set. */
  @Model
  @ValidationRule(
      value =
          "[has(self.postgres), has(self.volume), has(self.dockerVolume),"
              + " has(self.supabase)].filter(x, x).size() == 1",
      message = "exactly one source must be set: postgres, volume, dockerVolume, supabase")
  public record Source(
      @JsonPropertyDescription("Databases of a PostgreSQL server.")
          @Nullable PostgresSource postgres,
      @JsonPropertyDescription("A tree of files.") @Nullable VolumeSource volume,
      @JsonPropertyDescription("Volumes of this machine's Docker. For salvor local only.")
          @Nullable DockerVolumeSource dockerVolume,
      @JsonPropertyDescription("A whole Supabase project.") @Nullable SupabaseSource supabase) {

    /** The one source that is set; the schema sees to it that there is one. */
    @JsonIgnore
    public SourceKind kind() {
      return Stream.<@Nullable SourceKind>of(postgres, volume, dockerVolume, supabase)
          .filter(Objects::nonNull)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no source is set"));
    }
  }

  /** Where in the store. */
  @Model
  public record RepositoryLocation(
      @Required
          @Pattern(Names.STORE_PATH)
          @Size(min = 1, max = Names.STORE_PATH_LENGTH)
          @JsonPropertyDescription("Path below the store's root.")
          String path) {}

  /** A kind of source. */
  public sealed interface SourceKind
      permits PostgresSource, VolumeSource, DockerVolumeSource, SupabaseSource {
    /** Whether its points hold databases, which are proven in a server. */
    default boolean hasDatabases() {
      return switch (this) {
        case PostgresSource _, SupabaseSource _ -> true;
        case VolumeSource _, DockerVolumeSource _ -> false;
      };
    }

    /** Whether it has volumes of Docker. */
    default boolean usesDocker() {
      return switch (this) {
        case PostgresSource _, VolumeSource _ -> false;
        case DockerVolumeSource _ -> true;
        case SupabaseSource supabase ->
            supabase.composeProject() != null || !supabase.kind().dockerVolumes().isEmpty();
      };
    }
  }
}
