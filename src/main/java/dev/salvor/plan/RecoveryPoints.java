package dev.salvor.plan;

import dev.salvor.api.RecoveryPoint;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.schedule.ClockAhead;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The bounded list of recovery points in a policy's status: the newest 20, every pinned or refuted
 * one and the newest verified one, at most 64, newest first. The store is the truth; the list is
 * rebuilt from it.
 */
public final class RecoveryPoints {
  static final int NEWEST = 20;
  static final int MAXIMUM = 64;

  /** Points on one page of a report of 2,048 bytes, at up to 120 bytes each. */
  static final int INSPECT_PAGE = 12;

  private static final Comparator<RecoveryPoint> NEWEST_FIRST =
      Comparator.comparing(RecoveryPoint::time).thenComparing(RecoveryPoint::id).reversed();

  private final Map<String, RecoveryPoint> points = new HashMap<>();
  private final Set<String> pins;

  public RecoveryPoints(@Nullable List<RecoveryPoint> points, @Nullable Collection<String> pins) {
    this.pins = pins == null ? Set.of() : Set.copyOf(pins);
    if (points != null) {
      points.forEach(this::put);
    }
  }

  /** Adds a point or takes over what is newly known of it. */
  void put(RecoveryPoint point) {
    points.put(point.id(), point);
  }

  void put(TaskResult.Point point, @Nullable String lineage) {
    var known = points.get(point.id());
    put(
        new RecoveryPoint(
            point.id(),
            // As it was noted: the store has what the source's clock said, which may have been
            // ahead.
            known == null ? point.time() : known.time(),
            point.complete(),
            null,
            point.sizeBytes(),
            point.verdict() != null ? point.verdict() : known == null ? null : known.verdict(),
            known == null ? null : known.verifiedAt(),
            point.manifest(),
            known == null ? lineage : known.lineage(),
            point.safety()));
  }

  /** What was noted while a clock was ahead is older than what is made now. */
  void olderThan(Instant time, Instant now) {
    points.replaceAll(
        (id, point) ->
            ClockAhead.wrote(point.time(), now) ? at(point, time.minusSeconds(1)) : point);
  }

  private static RecoveryPoint at(RecoveryPoint point, Instant time) {
    return new RecoveryPoint(
        point.id(),
        time,
        point.complete(),
        point.pinned(),
        point.sizeBytes(),
        point.verdict(),
        point.verifiedAt(),
        point.manifest(),
        point.lineage(),
        point.safety());
  }

  void remove(Collection<String> ids) {
    ids.forEach(points::remove);
  }

  /** Notes a verdict; an Unproven one leaves an older verdict alone. */
  void judge(String id, VerdictOutcome outcome, Instant time) {
    change(
        id,
        point ->
            outcome == VerdictOutcome.UNPROVEN && point.verdict() != null
                ? point
                : with(point, outcome, time));
  }

  private void change(String id, UnaryOperator<RecoveryPoint> change) {
    points.computeIfPresent(id, (key, point) -> change.apply(point));
  }

  private static RecoveryPoint with(RecoveryPoint point, VerdictOutcome outcome, Instant time) {
    return new RecoveryPoint(
        point.id(),
        point.time(),
        point.complete(),
        point.pinned(),
        point.sizeBytes(),
        outcome,
        time,
        point.manifest(),
        point.lineage(),
        point.safety());
  }

  /** The list as the status shows it. */
  public List<RecoveryPoint> list() {
    var all = points.values().stream().map(this::withPin).sorted(NEWEST_FIRST).toList();
    var kept = new HashSet<RecoveryPoint>();
    newest(all, VerdictOutcome.VERIFIED).ifPresent(kept::add);
    all.stream().limit(NEWEST).forEach(kept::add);
    all.stream()
        .filter(point -> point.pinned() != null)
        .limit(MAXIMUM - kept.size())
        .forEach(kept::add);
    // Maintenance may not have stored its verdict yet.
    all.stream()
        .filter(point -> point.verdict() == VerdictOutcome.REFUTED)
        .limit(MAXIMUM - kept.size())
        .forEach(kept::add);
    return all.stream().filter(kept::contains).toList();
  }

  private RecoveryPoint withPin(RecoveryPoint point) {
    return new RecoveryPoint(
        point.id(),
        point.time(),
        point.complete(),
        pins.contains(point.id()) ? Boolean.TRUE : null,
        point.sizeBytes(),
        point.verdict(),
        point.verifiedAt(),
        point.manifest(),
        point.lineage(),
        point.safety());
  }

  public Optional<RecoveryPoint> find(String id) {
    return Optional.ofNullable(points.get(id));
  }

  /** The newest point that a restore may take by default: complete ones only (SAFETY 28). */
  public Optional<RecoveryPoint> newestComplete() {
    return complete().findFirst();
  }

  public Optional<RecoveryPoint> newestVerified() {
    return complete().filter(point -> point.verdict() == VerdictOutcome.VERIFIED).findFirst();
  }

  /** The newest point of which it is known whether it is good. */
  Optional<RecoveryPoint> newestJudged() {
    return points.values().stream()
        .filter(
            point ->
                point.verdict() == VerdictOutcome.VERIFIED
                    || point.verdict() == VerdictOutcome.REFUTED)
        .max(Comparator.comparing(RecoveryPoint::time).thenComparing(RecoveryPoint::id));
  }

  public Optional<RecoveryPoint> newestAsOf(Instant time) {
    return complete().filter(point -> !point.time().isAfter(time)).findFirst();
  }

  /**
   * The point to try next after the newest was refuted: the newest complete one below all refuted
   * ones, unless it is verified already. Empty: the last known good is known, or there is none.
   */
  Optional<RecoveryPoint> nextAfterRefuted() {
    return complete()
        .dropWhile(point -> point.verdict() == VerdictOutcome.REFUTED)
        .findFirst()
        .filter(point -> point.verdict() == null);
  }

  /** Backups: what a restore replaced is taken by its id or an undo, and never by default. */
  private Stream<RecoveryPoint> complete() {
    return points.values().stream()
        .filter(RecoveryPoint::complete)
        .filter(point -> !Boolean.TRUE.equals(point.safety()))
        .sorted(NEWEST_FIRST);
  }

  private static Optional<RecoveryPoint> newest(
      List<RecoveryPoint> sorted, VerdictOutcome outcome) {
    return sorted.stream().filter(point -> point.verdict() == outcome).findFirst();
  }

  /** What there is, for a message: at most ten, newest first. */
  public String describe() {
    var lines = new ArrayList<String>();
    complete()
        .limit(10)
        .forEach(
            point ->
                lines.add(
                    point.id()
                        + " ("
                        + point.time()
                        + (point.verdict() == null ? "" : ", " + point.verdict())
                        + ")"));
    return lines.isEmpty()
        ? "there is no complete recovery point"
        : "there are " + String.join(", ", lines);
  }

  int size() {
    return points.size();
  }
}
