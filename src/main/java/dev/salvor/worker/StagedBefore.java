package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketObject;
import dev.salvor.worker.StagedObject.Dress;
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

  /**
   * Of the newest point that has them and is not a restore's own: what that kept is of another
   * place.
   *
   * @param path of the tree in its snapshot
   */
  static StagedBefore of(RecoveryPoints points, String path) {
    return EarlierStorage.sets(points)
        .flatMap(set -> of(points, set, path).stream())
        .findFirst()
        .orElse(NOTHING);
  }

  /** Empty where it has none. */
  private static Optional<StagedBefore> of(RecoveryPoints points, RecoverySet set, String path) {
    try {
      var storage =
          EarlierStorage.of(points, set)
              .filter(it -> it.part().path().equals(path))
              .filter(it -> it.manifest().notes().isPresent());
      if (storage.isEmpty()) {
        return Optional.empty();
      }
      var known = new HashMap<UUID, Dress>();
      var dresses = new HashMap<Dress, Dress>();
      points.notes(
          set,
          storage.get().manifest(),
          StagedObject.FILE,
          stream ->
              StagedFile.read(
                  stream,
                  object ->
                      known.put(
                          object.identity(),
                          dresses.computeIfAbsent(object.dress(), dress -> dress))));
      return Optional.of(new StagedBefore(storage.get().snapshot(), known));
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
