package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.WorkerEnvironment;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much of the scratch space objects may take while they are staged. */
final class StagingRoom {
  /**
   * Each object is a file in a folder of its own, which takes a block where files are on blocks;
   * and what is noted of it in files some hundred bytes.
   */
  private static final long OF_AN_OBJECT = 4_096 + 1_024;

  /** What a run fetches must have some room, however many objects there are. */
  private static final long PART_OF_BYTES = 8;

  private final long all;

  /** So much of what the host says is not free. */
  private final long taken;

  private long objects;

  private StagingRoom(long all, long taken) {
    this.all = all;
    this.taken = taken;
  }

  /** As the host says, without what lies there already, or as the file system has. */
  static StagingRoom of(WorkerContext context, Path folder) {
    try {
      var usable = Files.getFileStore(folder).getUsableSpace();
      var limit = context.environment().get(WorkerEnvironment.SCRATCH_BYTES);
      if (limit == null || !limit.matches("[0-9]{1,18}")) {
        return new StagingRoom(usable, 0);
      }
      var bytes = Long.parseLong(limit);
      var scratch = context.environment().get(WorkerEnvironment.SCRATCH);
      var taken = Folders.bytes(scratch == null ? context.scratch() : Path.of(scratch), bytes);
      return new StagingRoom(Math.min(usable, bytes - taken), taken);
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  /** Half of it: restic packs what it reads in the same place. */
  long ofATurn() {
    return Math.max(0, left() / 2);
  }

  private long left() {
    return all - objects * OF_AN_OBJECT;
  }

  /**
   * Counts an object that is laid out, full or hollow.
   *
   * @throws EngineException SCRATCH_FULL where there are too many
   */
  void layOne() {
    objects++;
    if (left() < 0) {
      throw new EngineException(
          Reason.SCRATCH_FULL,
          "Storage has more than "
              + (objects - 1)
              + " objects, each of which takes a folder of "
              + OF_AN_OBJECT
              + " bytes, and the scratch space has "
              + all
              + " bytes free.");
    }
  }

  /** Counts one that is held already, unless there is no room for it. */
  boolean layHeld() {
    return lay(0);
  }

  /** Counts one that is new, unless there is no room for it and the bytes of others. */
  boolean layNew() {
    return lay(all / PART_OF_BYTES);
  }

  private boolean lay(long free) {
    if (left() - OF_AN_OBJECT < free) {
      return false;
    }
    objects++;
    return true;
  }

  /**
   * How far it went, for people.
   *
   * @param over so many more there were
   */
  String text(long over) {
    var needed = (objects + over) * OF_AN_OBJECT;
    return "the scratch space has "
        + all
        + " bytes free, room for "
        + objects
        + " of "
        + (objects + over)
        + " objects, each of which takes "
        + OF_AN_OBJECT
        + " there: all of them need "
        + (taken + needed + needed / (PART_OF_BYTES - 1))
        + " and room for the largest (jobTemplate.scratchSize)";
  }

  /** Whether an object has room when all others have been stored. */
  boolean hasRoomFor(long sizeBytes) {
    // A tenth is restic's.
    return sizeBytes <= left() - left() / 10;
  }

  /**
   * Sees to it that an object has room when all others have been stored.
   *
   * @throws EngineException SCRATCH_FULL naming it
   */
  void requireFor(long sizeBytes, String path) {
    if (!hasRoomFor(sizeBytes)) {
      throw new EngineException(
          Reason.SCRATCH_FULL,
          "the object '"
              + path
              + "' has "
              + sizeBytes
              + " bytes, and the scratch space has room for "
              + (left() - left() / 10)
              + ".");
    }
  }

  /** Why a staged file cannot be laid out. */
  static EngineException unusable(Path file, IOException e) {
    var why =
        e instanceof FileSystemException failed && failed.getReason() != null
            ? failed.getReason()
            : e.toString();
    return new EngineException(
        Reason.SCRATCH_FULL,
        "objects cannot be staged in the scratch space at "
            + file
            + ", which needs room, and a file system with extended attributes (user.): "
            + why,
        e);
  }
}
