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
    return of(project.databases(), project.folders(), points);
  }

  /** The same of one that is refused. */
  static @Nullable String of(
      List<PlannedProject.Database> databases,
      List<PlannedProject.Folder> folders,
      RecoveryPoints points) {
    var ofDatabases =
        databases.stream()
            .map(database -> database.planned().safetyPointOfEarlierAttempt())
            .flatMap(Stream::ofNullable);
    var ofFolders =
        folders.stream()
            .flatMap(folder -> folder.target().marker().map(FolderMarker::safetyPoint).stream());
    return Stream.concat(ofDatabases, ofFolders)
        .findFirst()
        .orElseGet(() -> points.firstSafetyPoint());
  }
}
