package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a policy. Written by the policy's reconciler alone. */
@Model
public record BackupPolicyStatus(
    @Default("-1") @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Ready, Reconciling, Stalled, Protected, Verified.")
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription("The newest complete recovery point.")
        @Nullable LastSuccess lastSuccess,
    @JsonPropertyDescription("The newest verdict that said Verified.")
        @Nullable Verdict lastVerifiedRestore,
    @JsonPropertyDescription("The last verdict of any kind.") @Nullable Verdict lastVerification,
    @JsonPropertyDescription(
            "The newest verdict that said Refuted; gone once its point or a newer one is Verified.")
        @Nullable Verdict lastRefuted,
    @JsonPropertyDescription(
            "When the next backup is due; not a date, since a future date prints as invalid.")
        @Nullable String nextRun,
    @JsonPropertyDescription("The next three.") @Nullable List<String> nextRuns,
    @JsonPropertyDescription("When Protected turns false if no newer backup succeeds.")
        @Nullable Instant nextRecoveryPointDue,
    @JsonPropertyDescription(
            "The newest ones, every pinned or refuted one and the newest verified one.")
        @Nullable List<RecoveryPoint> recoveryPoints,
    @JsonPropertyDescription("How many the store holds.") @Nullable Integer recoveryPointsTotal,
    @JsonPropertyDescription("The newest runs.") @Nullable List<Run> runs,
    @JsonPropertyDescription("Why the last run failed; gone when one succeeds.")
        @Nullable Failure failure,
    @JsonPropertyDescription("What is known of the repository.")
        @Nullable RepositoryStatus repository,
    @JsonPropertyDescription("The last ticks that were acted on.") @Nullable Ticks ticks,
    @JsonPropertyDescription("What maintenance did and would do.")
        @Nullable MaintenanceStatus maintenance,
    @JsonPropertyDescription(
            "Uids of the RestoreRequests that were carried out: none is carried out twice.")
        @Nullable List<String> restores,
    @JsonPropertyDescription("What the source's pointer was last found to mean; gone without one.")
        @Nullable FoundSource source)
    implements ObservedStatus {
  /** Of a policy that was never looked at. */
  public static final BackupPolicyStatus NOTHING =
      new BackupPolicyStatus(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null, null, null);

  /** The same with what its pointer was found to mean; null: it has none. */
  public BackupPolicyStatus withSource(@Nullable FoundSource found) {
    return new BackupPolicyStatus(
        observedGeneration,
        conditions,
        lastSuccess,
        lastVerifiedRestore,
        lastVerification,
        lastRefuted,
        nextRun,
        nextRuns,
        nextRecoveryPointDue,
        recoveryPoints,
        recoveryPointsTotal,
        runs,
        failure,
        repository,
        ticks,
        maintenance,
        restores,
        found);
  }

  /** The newest complete recovery point. */
  @Model
  public record LastSuccess(
      @Required @JsonPropertyDescription("Its time.") Instant time,
      @Required @JsonPropertyDescription("Its id.") String recoveryPoint,
      @JsonPropertyDescription("How long the run took.") @Nullable Long durationSeconds,
      @JsonPropertyDescription("Bytes of the dumps and of the files.") @Nullable Long sizeBytes,
      @JsonPropertyDescription("Bytes that the store grew by.") @Nullable Long addedBytes,
      @JsonPropertyDescription("User tables in it.") @Nullable Integer tables,
      @JsonPropertyDescription("Rows in it, where they were counted.") @Nullable Long rows,
      @JsonPropertyDescription("Files in it, of volumes.") @Nullable Long files,
      @JsonPropertyDescription("Bytes of these files.") @Nullable Long fileBytes,
      @JsonPropertyDescription("Objects of a Supabase's Storage in it.")
          @Nullable StorageObjects objects,
      @JsonPropertyDescription("Of a project that Supabase hosts.") @Nullable HostedPoint hosted,
      @JsonPropertyDescription("What its run noticed, the first of it.")
          @Nullable List<String> warnings) {}

  /** What is known of the repository. */
  @Model
  public record RepositoryStatus(
      @JsonPropertyDescription("Identity of the restic repository.") @Nullable String id,
      @JsonPropertyDescription("Identity of the store.") @Nullable String storeId,
      @JsonPropertyDescription("Path below the store's root.") @Nullable String path,
      @JsonPropertyDescription("Size in the store, for people.") @Nullable String size,
      @JsonPropertyDescription("Size in the store.") @Nullable Long sizeBytes,
      @JsonPropertyDescription("Who writes here: cluster id, namespace, name.")
          @Nullable String owner,
      @JsonPropertyDescription("Identity of the database system that is backed up.")
          @Nullable String lineage,
      @JsonPropertyDescription("Forgetting is frozen until a person acknowledged.")
          @Nullable Boolean frozen) {}

  /** The last ticks that were acted on, so that none is acted on twice. */
  @Model
  public record Ticks(
      @JsonPropertyDescription(
              "When the schedules were first seen as they are now: no earlier tick is acted on.")
          @Nullable Instant since,
      @JsonPropertyDescription("Digest of the schedules as they are now.")
          @Nullable String schedules,
      @JsonPropertyDescription("Of the backup schedule.") @Nullable Instant backup,
      @JsonPropertyDescription("Of the verification schedule.") @Nullable Instant verification,
      @JsonPropertyDescription("Of the maintenance schedule.") @Nullable Instant maintenance) {}

  /** What maintenance did and would do. */
  @Model
  public record MaintenanceStatus(
      @JsonPropertyDescription("When points were last removed.") @Nullable Instant lastForget,
      @JsonPropertyDescription("When space was last freed.") @Nullable Instant lastPrune,
      @JsonPropertyDescription("When data was last read back.") @Nullable Instant lastCheck,
      @JsonPropertyDescription("The turn that the next check takes.") @Nullable Integer checkTurn,
      @JsonPropertyDescription("Points that the next maintenance removes.")
          @Nullable List<String> wouldRemove,
      @JsonPropertyDescription(
              "When a repair last touched points; the next backup uploads what was lost.")
          @Nullable Instant healed) {}
}
