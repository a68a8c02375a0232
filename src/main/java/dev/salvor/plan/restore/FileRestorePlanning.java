package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.RestoreMode;
import dev.salvor.plan.StableHash;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides what a restore of files would do, from what is known before anything is touched. */
public final class FileRestorePlanning {
  /** Letters of the name of a folder that is filled beside. */
  private static final int NAME_LENGTH = 8;

  /** Most programs that a message names. */
  private static final int NAMED = 5;

  private final Task.RestoreFiles task;
  private final FolderState folder;
  private final long bytes;
  private final OverwrittenTarget target;

  private FileRestorePlanning(Task.RestoreFiles task, FolderState folder, long bytes) {
    this.task = task;
    this.folder = folder;
    this.bytes = bytes;
    this.target =
        target(
            task,
            folder.presence() == FolderState.Presence.BEGUN
                ? OverwrittenTarget.Earlier.BEGUN
                : OverwrittenTarget.Earlier.NOTHING);
  }

  /** What becomes of it. */
  public sealed interface Decision {
    /** Nothing is touched. */
    record Refused(Failure failure) implements Decision {}

    /**
     * It is carried out.
     *
     * @param steps for people, in order
     */
    record CarriedOut(Method method, List<String> steps) implements Decision {
      public CarriedOut {
        steps = List.copyOf(steps);
      }
    }
  }

  /** How the folder comes to hold it. */
  public enum Method {
    /** Beside, compared, then renamed: it is there whole or not at all. */
    CREATE,
    /** Into a folder that is empty, or that an earlier attempt began to fill. */
    FILL,
    /** Seen to be readable, then a safety point of what is there, then over it. */
    REPLACE,
    /**
     * The same over what an earlier attempt left, and somebody may have written to since: what was
     * there before the first attempt is in a safety point of its own.
     */
    GO_ON;

    /** Whether something may be lost by it. */
    public boolean writesOver() {
      return this == REPLACE || this == GO_ON;
    }
  }

  /**
   * Decides.
   *
   * @param bytes to restore
   */
  public static Decision decide(
      Task.RestoreFiles task, FolderState folder, long bytes, Instant now) {
    return new FileRestorePlanning(task, folder, bytes).decide(now);
  }

  private Decision decide(Instant now) {
    var refused = Expiry.of(task.notAfter(), now).or(() -> obstacles().stream().findFirst());
    if (refused.isPresent()) {
      return new Decision.Refused(refused.get());
    }
    return switch (folder.presence()) {
      case MISSING -> carriedOut(Method.CREATE);
      // What an earlier attempt did is done once more: only so its bytes are read back.
      case EMPTY -> carriedOut(Method.FILL);
      case BEGUN, DONE ->
          carriedOut(task.existing() == Task.Existing.REPLACE ? Method.GO_ON : Method.FILL);
      case FULL, BEGUN_BY_OTHER, MARKED -> carriedOut(Method.REPLACE);
      case NO_FOLDER -> throw new IllegalStateException("refused before");
    };
  }

  /** All that stands in the way, but for its time; of what is no target nothing else is said. */
  public static List<Failure> obstacles(Task.RestoreFiles task, FolderState folder, long bytes) {
    return new FileRestorePlanning(task, folder, bytes).obstacles();
  }

  private List<Failure> obstacles() {
    return unusable()
        .map(List::of)
        .orElseGet(
            () ->
                Stream.of(occupied(), unfinished(), inUse(), noRoom())
                    .flatMap(Optional::stream)
                    .toList());
  }

  private Optional<Failure> unusable() {
    if (folder.presence() == FolderState.Presence.NO_FOLDER) {
      return target.unusable(" is not a folder.");
    }
    if (!folder.obstacles().isEmpty()) {
      return target.unusable(" cannot be restored to: " + folder.obstacles().getFirst() + ".");
    }
    if (!folder.parentIsFolder()) {
      return target.unusable(" has no folder above it.");
    }
    return folder.writable()
        ? Optional.empty()
        : target.unusable(" may not be written by this user.");
  }

  private Optional<Failure> occupied() {
    return switch (folder.presence()) {
      case FULL, BEGUN_BY_OTHER, MARKED -> target.occupied(task.existing(), " is not empty.");
      case MISSING, EMPTY, BEGUN, DONE, NO_FOLDER -> Optional.empty();
    };
  }

  private Optional<Failure> unfinished() {
    return switch (folder.presence()) {
      case BEGUN_BY_OTHER -> target.unfinished(".salvor-restore.json in it says which");
      case MARKED ->
          target.unfinished(
              ".salvor-restore.json in it says which, and was altered: remove it if you know that"
                  + " nobody restores there");
      case MISSING, EMPTY, BEGUN, DONE, FULL, NO_FOLDER -> Optional.empty();
    };
  }

  private Optional<Failure> inUse() {
    if (folder.users().isEmpty()) {
      return Optional.empty();
    }
    var named = folder.users().stream().limit(NAMED).toList();
    return target.needs(
        "in-use-",
        " is in use by "
            + String.join(", ", named)
            + (folder.users().size() > NAMED ? " and others" : "")
            + ": stop them, and create the request anew; or accept that they see files change"
            + " under them.");
  }

  /** What is replaced may be smaller or larger: only where all comes anew it is known. */
  private Optional<Failure> noRoom() {
    var isAnew =
        folder.presence() == FolderState.Presence.MISSING
            || folder.presence() == FolderState.Presence.EMPTY;
    return isAnew
            && task.effect() != Task.Effect.PLAN_WITHOUT_TARGET
            && task.select().isEmpty()
            && folder.freeBytes() < bytes
        ? target.unusable(
            " lies where " + folder.freeBytes() + " bytes are free; " + bytes + " are needed.")
        : Optional.empty();
  }

  private Decision.CarriedOut carriedOut(Method method) {
    var steps = new ArrayList<String>();
    var what = task.select().isEmpty() ? "all" : String.join(", ", task.select());
    var restored = "restore " + what + " of " + task.point().id() + " (" + bytes + " bytes) ";
    if (folder.presence() == FolderState.Presence.BEGUN) {
      steps.add("go on with what an earlier attempt began in " + task.folder());
    }
    switch (method) {
      case CREATE -> {
        steps.add(restored + "into " + beside(task) + " and compare it with what was noted");
        steps.add("rename that to " + task.folder());
      }
      case FILL ->
          steps.add(restored + "into " + task.folder() + " and compare it with what was noted");
      case REPLACE, GO_ON -> {
        steps.add("read " + what + " of it from the store, to see that it can be had");
        steps.add("take a safety point of " + task.folder() + " as it is");
        steps.add(restored + "over what " + task.folder() + " holds");
        steps.add(
            task.mode() == RestoreMode.MIRROR
                ? "remove from it what the recovery point does not hold"
                : "leave in it what the recovery point does not hold");
        steps.add("compare it with what was noted");
      }
    }
    return new Decision.CarriedOut(method, steps);
  }

  /** Where a folder that is not there yet is filled: the same for each attempt of a request. */
  public static String beside(Task.RestoreFiles task) {
    var slash = task.folder().lastIndexOf('/');
    return task.folder().substring(0, slash + 1)
        + "."
        + task.folder().substring(slash + 1)
        + ".salvor-"
        + StableHash.of(task.requestUid()).letters(NAME_LENGTH);
  }

  /**
   * Asks to go on although what would be replaced could not be kept; empty: that is accepted.
   *
   * @param why it could not be kept
   */
  public static Optional<Failure> withoutSafety(Task.RestoreFiles task, Method method, String why) {
    return target(
            task,
            method == Method.GO_ON
                ? OverwrittenTarget.Earlier.BEGUN
                : OverwrittenTarget.Earlier.NOTHING)
        .withoutSafety(why);
  }

  private static OverwrittenTarget target(
      Task.RestoreFiles task, OverwrittenTarget.Earlier earlier) {
    return new OverwrittenTarget(task.folder(), earlier, task.acknowledge());
  }
}
