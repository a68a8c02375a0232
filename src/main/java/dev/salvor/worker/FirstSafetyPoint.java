package dev.salvor.worker;

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
    var databases =
        project.databases().stream()
            .map(database -> database.planned().safetyPointOfEarlierAttempt())
            .flatMap(Stream::ofNullable);
    var folders =
        project.folders().stream()
            .flatMap(folder -> folder.target().marker().map(FolderMarker::safetyPoint).stream());
    return Stream.concat(databases, folders).findFirst().orElseGet(() -> points.firstSafetyPoint());
  }
}
