package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.task.Manifest;
import dev.salvor.worker.StagedObject.Dress;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the newest point holds of a bucket: objects that are as they were need not be fetched.
 *
 * @param snapshot that has their bytes; null: there is none, and nothing is known
 * @param known by their identities
 */
record StagedBefore(@Nullable String snapshot, Map<UUID, Dress> known) {
  /** All is fetched. */
  static final StagedBefore NOTHING = new StagedBefore(null, Map.of());

  /** Why a point tells nothing; its bytes are fetched anew then, which mends it. */
  private static final Set<Reason> UNREADABLE =
      EnumSet.of(Reason.CORRUPT_RECOVERY_POINT, Reason.NEWER_THAN_OPERATOR, Reason.STORE_DAMAGED);

  /** So many points may have been made while objects could not be read. */
  private static final int MOST_LOOKED_AT = 30;

  /**
   * Of the newest point that has them and is not a restore's own: what that kept is of another
   * place.
   *
   * @param path of the tree in its snapshot
   */
  static StagedBefore of(RecoveryPoints points, String path) {
    return points.sets().stream()
        .filter(set -> set.origin() != Manifest.Origin.SAFETY)
        // By when it was read: of two for one tick, either may stand first.
        .sorted(Comparator.comparing(RecoverySet::time).reversed())
        .limit(MOST_LOOKED_AT)
        .flatMap(set -> of(points, set, path).stream())
        .findFirst()
        .orElse(NOTHING);
  }

  /** Empty where it has none. */
  private static Optional<StagedBefore> of(RecoveryPoints points, RecoverySet set, String path) {
    try {
      var manifest = points.manifest(set);
      var part =
          manifest.treeParts().stream()
              .filter(each -> each.name().equals(SupabaseSource.STORAGE))
              .filter(each -> each.path().equals(path))
              .findFirst();
      if (part.isEmpty() || manifest.notes().isEmpty()) {
        return Optional.empty();
      }
      var known = new HashMap<UUID, Dress>();
      var dresses = new HashMap<Dress, Dress>();
      points.notes(
          set,
          manifest,
          StagedObject.FILE,
          stream ->
              StagedFile.read(
                  stream,
                  object ->
                      known.put(
                          object.identity(),
                          dresses.computeIfAbsent(object.dress(), dress -> dress))));
      return Optional.of(new StagedBefore(points.snapshotOf(set, part.get()), known));
    } catch (EngineException e) {
      // Of a place that was a folder then there is no such file either.
      if (!UNREADABLE.contains(e.reason())) {
        throw e;
      }
      return Optional.of(NOTHING);
    }
  }

  /** Empty where it is to be fetched. */
  Optional<Dress> of(String path, BucketObject listed) {
    return Optional.ofNullable(known.get(StagedObject.identity(path, listed)));
  }
}
