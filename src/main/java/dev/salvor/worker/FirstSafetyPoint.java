package dev.salvor.worker;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What undo is to bring back of a project that an earlier attempt has begun to replace. What the
 * parts themselves say comes before what lies in the repository: an attempt that replaced nothing
 * kept something too.
 */
final class FirstSafetyPoint {
  private FirstSafetyPoint() {}

  /** In the order in which they are replaced; null: none is known. */
  static @Nullable String of(PlannedProject project, RecoveryPoints points) {
    return of(project.databases(), project.places(), points);
  }

  /** The same of one that is refused. */
  static @Nullable String of(
      List<PlannedProject.Database> databases,
      List<PlannedProject.Place> places,
      RecoveryPoints points) {
    var ofDatabases =
        databases.stream()
            .map(database -> database.planned().safetyPointOfEarlierAttempt())
            .flatMap(Stream::ofNullable);
    var ofPlaces =
        places.stream().flatMap(place -> Stream.ofNullable(place.safetyPointOfEarlierAttempt()));
    return Stream.concat(ofDatabases, ofPlaces)
        .findFirst()
        .orElseGet(() -> points.firstSafetyPoint());
  }
}
