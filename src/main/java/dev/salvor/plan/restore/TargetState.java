package dev.salvor.plan.restore;

import dev.salvor.task.DatabaseProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A server as a restore finds it.
 *
 * @param serverVersion server_version_num
 * @param existing the database under the target's name; null: there is none, or an earlier attempt
 *     of the same request made it and did not finish
 * @param keptByRequest a database that this very request replaced before; null: none
 * @param keptInPoint the safety point in which an earlier attempt kept another database of the name
 *     than the one that is there; null: none
 * @param leftover whether a side database of this very request is there
 * @param extensions that the server can make
 * @param tablespaces that it has
 */
public record TargetState(
    int serverVersion,
    @Nullable Existing existing,
    @Nullable String keptByRequest,
    @Nullable String keptInPoint,
    Leftover leftover,
    Set<String> extensions,
    Set<String> tablespaces) {
  public TargetState {
    extensions = Set.copyOf(extensions);
    tablespaces = Set.copyOf(tablespaces);
  }

  /** To the database that is replaced. */
  public Attached attached() {
    return existing == null ? new Attached(List.of(), List.of(), List.of()) : existing.attached();
  }

  /**
   * The oid of the database that is replaced; null: there is none, or an earlier attempt dropped it
   * and what has its name is another.
   */
  public @Nullable Long replaced() {
    return existing == null || keptInPoint != null ? null : (Long) existing.oid();
  }

  /** The same, with what was found in the repository. */
  public TargetState keptIn(@Nullable String safetyPoint) {
    return new TargetState(
        serverVersion, existing, keptByRequest, safetyPoint, leftover, extensions, tablespaces);
  }

  /** What an attempt that was killed left beside the target. */
  public enum Leftover {
    NONE,
    SIDE_DATABASE,
    /** One that is to become the target, which was dropped for it. */
    SIDE_OF_DROPPED,
    /** The target itself, made by that attempt and not finished. */
    HALF_RESTORED
  }

  /**
   * What another request is making in place, or left half-made.
   *
   * @param request its uid; empty: not known
   * @param safetyPoint holds what was there before; null: none is known
   */
  public record Unfinished(String request, @Nullable String safetyPoint) {}

  /** Whether a database holds anything of its own. */
  public enum Content {
    EMPTY,
    SOME,
    /** It lets nobody in. */
    UNKNOWN
  }

  /**
   * The database that would be replaced.
   *
   * @param oid by which it is told from another of its name
   * @param properties that belong to the place; null: not known
   * @param unfinished null: it is no half-made one
   * @param bytes on disk
   * @param bound extensions whose workers know it by its name
   */
  public record Existing(
      long oid,
      @Nullable DatabaseProperties properties,
      @Nullable Unfinished unfinished,
      Content content,
      long bytes,
      List<String> bound,
      Attached attached) {
    public Existing {
      bound = List.copyOf(bound);
    }
  }

  /**
   * What goes on outside of a database and would break without it.
   *
   * @param slots logical replication slots that are fed from it
   * @param subscriptions by which it is fed
   * @param prepared transactions that wait for their second phase
   */
  public record Attached(List<String> slots, List<String> subscriptions, List<String> prepared) {
    public Attached {
      slots = List.copyOf(slots);
      subscriptions = List.copyOf(subscriptions);
      prepared = List.copyOf(prepared);
    }

    List<String> texts() {
      var texts = new ArrayList<String>();
      slots.forEach(slot -> texts.add("logical slot " + slot));
      subscriptions.forEach(name -> texts.add("subscription " + name));
      prepared.forEach(gid -> texts.add("prepared transaction " + gid));
      return texts;
    }
  }
}
