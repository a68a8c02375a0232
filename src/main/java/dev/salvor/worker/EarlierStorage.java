package dev.salvor.worker;

import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.process.Streams;
import dev.salvor.task.Manifest;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** What an earlier point holds of Storage's objects. */
record EarlierStorage(
    RecoveryPoints points, RecoverySet set, Manifest manifest, Manifest.Part part) {
  /** So many points may have been made while objects could not be read. */
  private static final int MOST_LOOKED_AT = 30;

  /** Points that may have some, the newest first; what a restore kept is of another place. */
  static Stream<RecoverySet> sets(RecoveryPoints points) {
    return points.sets().stream()
        .filter(set -> set.origin() != Manifest.Origin.SAFETY)
        // By when it was read: of two for one tick, either may stand first.
        .sorted(Comparator.comparing(RecoverySet::time).reversed())
        .limit(MOST_LOOKED_AT);
  }

  /**
   * Of one point; empty where it holds none.
   *
   * @throws dev.salvor.engine.EngineException as {@link RecoveryPoints#manifest}
   */
  static Optional<EarlierStorage> of(RecoveryPoints points, RecoverySet set) {
    var manifest = points.manifest(set);
    return manifest.treeParts().stream()
        .filter(part -> part.name().equals(SupabaseSource.STORAGE))
        .findFirst()
        .map(part -> new EarlierStorage(points, set, manifest, part));
  }

  /**
   * Of the newest point that holds some.
   *
   * @throws dev.salvor.engine.EngineException as {@link #of}
   */
  static Optional<EarlierStorage> newest(RecoveryPoints points) {
    return sets(points).flatMap(set -> of(points, set).stream()).findFirst();
  }

  String point() {
    return set.id();
  }

  /**
   * Reads what was noted of them.
   *
   * @throws dev.salvor.engine.EngineException CORRUPT_RECOVERY_POINT
   */
  void entries(Streams.Output output) {
    points.notes(set, manifest, manifest.treeFacts(part).file(), output);
  }

  /** The snapshot that has their bytes. */
  String snapshot() {
    return points.snapshotOf(set, part);
  }
}
