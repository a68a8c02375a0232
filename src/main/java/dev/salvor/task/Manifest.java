package dev.salvor.task;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.Model;
import java.time.Instant;
import java.util.List;

/**
 * The commit of a recovery point: without it the snapshots are no recovery point. Stored as
 * manifest.json beside globals.sql in a snapshot of its own, and read back once.
 *
 * @param format 1
 * @param tick the host's time
 * @param time the server's time of the earliest snapshot
 * @param lineage system identifier of the server
 * @param serverVersion server_version_num
 * @param engines versions of restic, pg_dump and Salvor, for people
 */
@Model
public record Manifest(
    int format,
    String recoveryPoint,
    Origin origin,
    Owner owner,
    String run,
    Instant tick,
    Instant time,
    String lineage,
    int serverVersion,
    String engines,
    boolean complete,
    List<Part> parts,
    ServerFacts server,
    List<DatabaseFacts> databases,
    FactsMode factsMode) {

  /** Why the point was taken. */
  public enum Origin {
    SCHEDULE,
    REQUEST,
    /** Taken before a restore replaced something. */
    SAFETY
  }

  /**
   * One snapshot of the set. Its id may change by copy or tag; the tree does not.
   *
   * @param path within the snapshot
   * @param time of the exported snapshot
   */
  @Model
  public record Part(
      String database,
      String path,
      String tag,
      String snapshot,
      String tree,
      long sizeBytes,
      Instant time,
      DumpFormat format) {}
}
