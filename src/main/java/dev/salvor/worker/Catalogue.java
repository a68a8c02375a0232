package dev.salvor.worker;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.restic.Listed;
import dev.salvor.engine.restic.Snapshot;
import dev.salvor.task.Manifest.Origin;
import dev.salvor.worker.RecoverySet.StoredVerdict;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a list of snapshots says: pure. Snapshots without our tags are not ours and never touched.
 *
 * @param sets recovery points, newest first
 * @param unclosed snapshots of points without a manifest: a run that failed or still lives
 * @param broken ids of points with a manifest of which parts are not there
 * @param stray verdicts about points that are not there
 * @param unreadable words on snapshots that are there and cannot be read: any of what seems to be
 *     unclosed, broken or not there may be whole
 */
record Catalogue(
    List<RecoverySet> sets,
    List<Snapshot> unclosed,
    List<String> broken,
    List<Snapshot> stray,
    List<String> unreadable) {

  private static final Set<String> BESIDE_PARTS = Set.of(Tags.MANIFEST, Tags.SHARE, Tags.VERDICT);

  static Catalogue of(List<Snapshot> snapshots) {
    return of(new Listed(snapshots, List.of()));
  }

  static Catalogue of(Listed listed) {
    Map<String, List<Snapshot>> byPoint =
        listed.snapshots().stream()
            .filter(snapshot -> snapshot.tag(Tags.POINT).isPresent())
            .filter(snapshot -> snapshot.tag(Tags.KIND).isPresent())
            .collect(Collectors.groupingBy(snapshot -> snapshot.tag(Tags.POINT).orElseThrow()));
    var sets = new ArrayList<RecoverySet>();
    var unclosed = new ArrayList<Snapshot>();
    var broken = new ArrayList<String>();
    var stray = new ArrayList<Snapshot>();
    byPoint.forEach(
        (id, all) -> {
          // A kind that is not known is a part of a newer version: the manifest says so when it is
          // read, and without it nothing of the point is left.
          var parts = of(kind -> !BESIDE_PARTS.contains(kind), all);
          var manifests = of(Tags.MANIFEST::equals, all);
          var shares = of(Tags.SHARE::equals, all);
          var verdicts = of(Tags.VERDICT::equals, all);
          if (manifests.isEmpty()) {
            unclosed.addAll(parts);
            unclosed.addAll(shares);
            stray.addAll(verdicts);
            return;
          }
          var set = set(id, manifests.getLast(), parts, shares, verdicts);
          set.ifPresentOrElse(sets::add, () -> broken.add(id));
        });
    sets.sort(Comparator.comparing(RecoverySet::tick).thenComparing(RecoverySet::id).reversed());
    return new Catalogue(
        List.copyOf(sets),
        List.copyOf(unclosed),
        List.copyOf(broken),
        List.copyOf(stray),
        listed.unreadable());
  }

  private static List<Snapshot> of(Predicate<String> kind, List<Snapshot> snapshots) {
    return snapshots.stream()
        .filter(snapshot -> snapshot.tag(Tags.KIND).filter(kind).isPresent())
        .sorted(Comparator.comparing(Snapshot::time))
        .toList();
  }

  private static Optional<RecoverySet> set(
      String id,
      Snapshot manifest,
      List<Snapshot> parts,
      List<Snapshot> shares,
      List<Snapshot> verdicts) {
    try {
      if (parts.size() < Integer.parseInt(required(manifest, Tags.PARTS))) {
        return Optional.empty();
      }
      return Optional.of(
          new RecoverySet(
              id,
              Instant.parse(required(manifest, Tags.TICK)),
              Instant.parse(required(manifest, Tags.TIME)),
              Boolean.parseBoolean(required(manifest, Tags.COMPLETE)),
              Long.parseLong(required(manifest, Tags.SIZE)),
              required(manifest, Tags.LINEAGE),
              required(manifest, Tags.OWNER),
              required(manifest, Tags.RUN),
              Origin.valueOf(required(manifest, Tags.ORIGIN).toUpperCase(Locale.ROOT)),
              manifest.tag(Tags.REQUEST).orElse(null),
              manifest,
              parts,
              shares,
              verdicts(verdicts)));
    } catch (IllegalArgumentException | DateTimeException unreadable) {
      return Optional.empty();
    }
  }

  private static List<StoredVerdict> verdicts(List<Snapshot> snapshots) {
    return snapshots.stream()
        .flatMap(snapshot -> verdict(snapshot).stream())
        .sorted(Comparator.comparing(StoredVerdict::time))
        .toList();
  }

  /** Empty for one that a newer version wrote: the point stands without it. */
  private static Optional<StoredVerdict> verdict(Snapshot snapshot) {
    try {
      return Optional.of(
          new StoredVerdict(
              snapshot.id(),
              VerdictOutcome.valueOf(required(snapshot, Tags.OUTCOME).toUpperCase(Locale.ROOT)),
              Instant.parse(required(snapshot, Tags.VERIFIED)),
              snapshot.tag(Tags.CHECKS).orElse("")));
    } catch (IllegalArgumentException | DateTimeException unreadable) {
      return Optional.empty();
    }
  }

  private static String required(Snapshot snapshot, String tag) {
    return snapshot
        .tag(tag)
        .orElseThrow(() -> new IllegalArgumentException(snapshot.id() + " has no tag " + tag));
  }

  /** The newest point of anyone: whose it is says whose repository this is. */
  Optional<RecoverySet> newest() {
    return sets.stream().findFirst();
  }

  /** The newest that says what the source is: complete, and not taken before a restore. */
  Optional<RecoverySet> newestBackup() {
    return sets.stream().filter(set -> set.complete() && set.origin() != Origin.SAFETY).findFirst();
  }

  Optional<RecoverySet> find(String id) {
    return sets.stream().filter(set -> set.id().equals(id)).findFirst();
  }
}
