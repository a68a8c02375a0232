package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RecoveryPoint;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which recovery point a restore takes. Never another one than was asked for: no match is a failure
 * that lists what there is (PAINS 4).
 */
sealed interface PointChoice {
  /** This one. */
  record Chosen(RecoveryPoint point) implements PointChoice {}

  /** A database that an earlier restore kept. */
  record Kept(String database) implements PointChoice {}

  /**
   * The list at hand does not reach far enough.
   *
   * @param after the oldest point that is known
   */
  record AskRepository(@Nullable String after) implements PointChoice {}

  /** There is no such point. */
  record NoMatch(Failure failure) implements PointChoice {}

  /**
   * What is known of a repository's points.
   *
   * @param isWhole whether it is all there is
   */
  record Catalogue(RecoveryPoints points, boolean isWhole, @Nullable String oldest) {}

  static PointChoice choose(RestoreRequestSpec.RestoreSource source, Catalogue catalogue) {
    var points = catalogue.points();
    if (source.recoveryPoint() != null) {
      return decide(
          points.find(source.recoveryPoint()).filter(RecoveryPoint::complete),
          catalogue,
          "with the id " + source.recoveryPoint());
    }
    if (source.latest() != null) {
      return decide(points.newestComplete(), catalogue, "that is complete");
    }
    if (source.latestVerified() != null) {
      return decide(points.newestVerified(), catalogue, "that was verified");
    }
    var time = source.asOf();
    return time == null
        ? new NoMatch(Reason.INVALID_SPEC.failure("spec.source names no recovery point."))
        : decide(points.newestAsOf(time), catalogue, "as old as " + time);
  }

  private static PointChoice decide(
      Optional<RecoveryPoint> found, Catalogue catalogue, String wanted) {
    if (found.isPresent()) {
      return new Chosen(found.get());
    }
    return catalogue.isWhole()
        ? new NoMatch(
            Reason.NO_MATCHING_RECOVERY_POINT.failure(
                "There is no recovery point "
                    + wanted
                    + "; "
                    + catalogue.points().describe()
                    + "."))
        : new AskRepository(catalogue.oldest());
  }

  /**
   * The pages of a catalogue that inspections brought, added to what a policy's status lists. A
   * list without points may never have been read: only the repository says that it has none.
   */
  static Catalogue catalogue(
      RecoveryPoints points, int total, Iterable<TaskResult.Inspected> pages) {
    String oldest = null;
    var isWhole = total > 0 && points.size() >= total;
    for (var page : pages) {
      page.points().forEach(point -> points.put(point, null));
      oldest = page.next();
      isWhole = page.next() == null;
    }
    return new Catalogue(points, isWhole, oldest);
  }

  /** Time of the point, or of the request for a kept database. */
  default Instant time(Instant otherwise) {
    return this instanceof Chosen(var point) ? point.time() : otherwise;
  }
}
