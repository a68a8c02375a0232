package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.salvor.api.HostedPoint;
import dev.salvor.api.Isolation;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.VerdictOutcome;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a Task brought about; one kind for each Task. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = TaskResult.Probed.class, name = "Probed"),
  @JsonSubTypes.Type(value = TaskResult.BackedUp.class, name = "BackedUp"),
  @JsonSubTypes.Type(value = TaskResult.ShareKept.class, name = "ShareKept"),
  @JsonSubTypes.Type(value = TaskResult.Restored.class, name = "Restored"),
  @JsonSubTypes.Type(value = TaskResult.Fetched.class, name = "Fetched"),
  @JsonSubTypes.Type(value = TaskResult.AwaitingChecks.class, name = "AwaitingChecks"),
  @JsonSubTypes.Type(value = TaskResult.Compared.class, name = "Compared"),
  @JsonSubTypes.Type(value = TaskResult.Maintained.class, name = "Maintained"),
  @JsonSubTypes.Type(value = TaskResult.DroppedKept.class, name = "DroppedKept"),
  @JsonSubTypes.Type(value = TaskResult.Inspected.class, name = "Inspected")
})
public sealed interface TaskResult {
  /** The store as it was found. */
  @Model
  public record Probed(
      String storeId,
      String keyFingerprint,
      @Nullable Boolean versioning,
      @Nullable String objectLock,
      @Nullable Boolean deletable)
      implements TaskResult {}

  /**
   * A recovery point was made.
   *
   * @param manifest snapshot id
   * @param time by the source's clock
   * @param serverAddress that the connection met; null: no server
   * @param serverVersion server_version_num
   * @param objects null: none were laid beside files
   * @param hosted null: its owner hosts it
   */
  @Model
  public record BackedUp(
      String recoveryPoint,
      String manifest,
      Instant time,
      boolean complete,
      long sizeBytes,
      long addedBytes,
      Extent extent,
      String lineage,
      String repositoryId,
      String storeId,
      @Nullable String serverAddress,
      @Nullable Integer serverVersion,
      @Nullable StorageObjects objects,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable HostedPoint hosted)
      implements TaskResult {
    /** Of anything but a project that Supabase hosts. */
    public BackedUp(
        String recoveryPoint,
        String manifest,
        Instant time,
        boolean complete,
        long sizeBytes,
        long addedBytes,
        Extent extent,
        String lineage,
        String repositoryId,
        String storeId,
        @Nullable String serverAddress,
        @Nullable Integer serverVersion,
        @Nullable StorageObjects objects) {
      this(
          recoveryPoint,
          manifest,
          time,
          complete,
          sizeBytes,
          addedBytes,
          extent,
          lineage,
          repositoryId,
          storeId,
          serverAddress,
          serverVersion,
          objects,
          null);
    }

    /** The same with what is known of a project that Supabase hosts. */
    public BackedUp with(HostedPoint other) {
      return new BackedUp(
          recoveryPoint,
          manifest,
          time,
          complete,
          sizeBytes,
          addedBytes,
          extent,
          lineage,
          repositoryId,
          storeId,
          serverAddress,
          serverVersion,
          objects,
          other);
    }
  }

  /**
   * The trees of one node were read, for a point that another run closes ({@link Span}).
   *
   * @param share snapshot of what was noted of them
   */
  @Model
  public record ShareKept(String share) implements TaskResult {}

  /**
   * A restore was planned or carried out.
   *
   * @param plan its steps
   * @param comparison null for a plan
   */
  @Model
  public record Restored(
      List<String> plan,
      @Nullable List<String> leftOut,
      long sizeBytes,
      @Nullable String keptDatabase,
      @Nullable String safetyPoint,
      @Nullable VerdictOutcome comparison,
      @Nullable String coverage)
      implements TaskResult {}

  /** A recovery point lies in the sandbox folder. */
  @Model
  public record Fetched(String recoveryPoint, long sizeBytes) implements TaskResult {}

  /**
   * The copy is what was backed up, as far as Compare can tell; the verdict waits for the checks
   * that the host runs.
   *
   * @param isolation null: not known
   */
  @Model
  public record AwaitingChecks(@Nullable Isolation isolation, String coverage, String checksHash)
      implements TaskResult {}

  /**
   * What the comparison found.
   *
   * @param isolation null: not known, or nothing was restored
   * @param differences the first few
   */
  @Model
  public record Compared(
      VerdictOutcome outcome,
      @Nullable Reason reason,
      @Nullable String message,
      @Nullable Isolation isolation,
      String coverage,
      String checksHash,
      long proofSeconds,
      @Nullable List<String> differences)
      implements TaskResult {}

  /**
   * What maintenance did.
   *
   * @param checkedTurn null: not checked
   * @param sizeBytes of the repository
   * @param acknowledge token that lets it go on
   * @param touched points that a repair touched
   * @param changedLineage of the newest backup, since which nothing is forgotten: older ones are of
   *     another source
   */
  @Model
  public record Maintained(
      List<String> removed,
      List<String> wouldRemove,
      int kept,
      int orphansRemoved,
      @Nullable Integer checkedTurn,
      @Nullable Long sizeBytes,
      @Nullable String acknowledge,
      @Nullable List<String> touched,
      @Nullable String changedLineage)
      implements TaskResult {}

  /**
   * What became of a kept database whose time is over.
   *
   * @param left why it is still there, in words; null: it is not
   */
  @Model
  public record DroppedKept(Fate fate, @Nullable String left) implements TaskResult {}

  /** Of a kept database. */
  enum Fate {
    DROPPED,
    /** Taken back, renamed or dropped by somebody else. */
    GONE,
    LEFT
  }

  /**
   * A page of the catalogue, newest first.
   *
   * @param owner of the newest manifest
   * @param next id to go on after
   */
  @Model
  public record Inspected(
      @Nullable String repositoryId,
      @Nullable String storeId,
      @Nullable String owner,
      int total,
      List<Point> points,
      @Nullable String next)
      implements TaskResult {}

  /**
   * A point in at most 120 bytes.
   *
   * @param manifest first 12 digits
   * @param safety true: taken of what a restore was about to replace; else null
   */
  @Model
  public record Point(
      String id,
      Instant time,
      boolean complete,
      long sizeBytes,
      @Nullable VerdictOutcome verdict,
      @Nullable String manifest,
      @Nullable String run,
      @Nullable Boolean safety) {}
}
