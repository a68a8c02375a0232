package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a RestoreRequest. */
@Model
public record RestoreRequestStatus(
    @Default("-1") @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Ready, Reconciling, Stalled.") @Nullable List<Condition> conditions,
    @JsonPropertyDescription("What the request was resolved to, once.") @Nullable Resolved resolved,
    @JsonPropertyDescription("What it does, or would do.") @Nullable RestorePlan plan,
    @JsonPropertyDescription("Name of the run.") @Nullable String run,
    @JsonPropertyDescription("When the run started.") @Nullable Instant started,
    @JsonPropertyDescription("When it ended.") @Nullable Instant finished,
    @JsonPropertyDescription("What the sandbox or the comparison after the restore found.")
        @Nullable Verdict verdict,
    @JsonPropertyDescription("How to take it back.") @Nullable UndoPath undo,
    @JsonPropertyDescription("Why it failed.") @Nullable Failure failure,
    @JsonPropertyDescription("What the run noticed.") @Nullable List<String> warnings)
    implements ObservedStatus {
  /** What the request was resolved to, once. */
  @Model
  public record Resolved(
      @Required @JsonPropertyDescription("The point.") String recoveryPoint,
      @Required @JsonPropertyDescription("Its time.") Instant time,
      @JsonPropertyDescription("The database in it.") @Nullable String database,
      @JsonPropertyDescription("Snapshot id of its manifest.") @Nullable String manifest) {}

  /** What a restore does, or would do. */
  @Model
  public record RestorePlan(
      @JsonPropertyDescription("In order, for people.") @Nullable List<String> steps,
      @JsonPropertyDescription("Bytes to restore.") @Nullable Long sizeBytes,
      @JsonPropertyDescription("By the throughput that was measured before.")
          @Nullable String estimatedDuration,
      @JsonPropertyDescription("What is not restored.") @Nullable List<String> leftOut) {}

  /** How to take a restore back. */
  @Model
  public record UndoPath(
      @JsonPropertyDescription("The replaced database, under its new name.")
          @Nullable String keptDatabase,
      @JsonPropertyDescription(
              "Until when it is kept, as its name says. Then it is dropped, unless it is in use.")
          @Nullable Instant keptUntil,
      @JsonPropertyDescription("The recovery point that holds what was replaced.")
          @Nullable String safetyPoint,
      @JsonPropertyDescription("What to type.") @Nullable String command,
      @JsonPropertyDescription(
              "When its time was first seen to be over. It is dropped a day later at the earliest:"
                  + " a clock may have been ahead.")
          @Nullable Instant dueSince,
      @JsonPropertyDescription("When it was dropped after its time, or found gone.")
          @Nullable Instant dropped,
      @JsonPropertyDescription("What became of it after its time: also why it is still there.")
          @Nullable String note) {}
}
