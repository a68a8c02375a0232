package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.volume.LeftOut;
import dev.salvor.engine.volume.Mounts;
import dev.salvor.engine.volume.OpenFiles;
import dev.salvor.plan.restore.FileRestorePlanning;
import dev.salvor.plan.restore.FolderState;
import dev.salvor.plan.restore.FolderState.Presence;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/** The folder that files are restored to, on this machine. */
final class TargetFolder {
  private final Task.RestoreFiles task;
  private final Path path;

  TargetFolder(Task.RestoreFiles task) {
    this.task = task;
    this.path = real(Path.of(task.folder()));
  }

  /** Where a link leads: the link itself is not what is restored to. */
  private static Path real(Path path) {
    try {
      return Files.exists(path) ? path.toRealPath() : path;
    } catch (IOException e) {
      return path;
    }
  }

  Path path() {
    return path;
  }

  /** Where it is filled while it is not there. */
  Path beside() {
    return Path.of(FileRestorePlanning.beside(task));
  }

  /** What an earlier attempt of this request left in it. */
  Optional<FolderMarker> marker() {
    return FolderMarker.read(path).filter(this::isOfThis);
  }

  private boolean isOfThis(FolderMarker marker) {
    return marker.request().equals(task.requestUid());
  }

  /**
   * Looks at it.
   *
   * @param isDone whether it holds what is asked for; asked only where an earlier attempt may have
   *     ended without a report
   */
  FolderState look(Predicate<Path> isDone) {
    var parent = Objects.requireNonNull(path.getParent(), "the schema refuses the root");
    if (task.effect() == Task.Effect.PLAN_WITHOUT_TARGET && !Files.exists(path)) {
      // A cluster mounts an empty folder in its place; Docker makes one with the volume.
      return new FolderState(Presence.EMPTY, true, true, Long.MAX_VALUE, List.of(), List.of());
    }
    try {
      var presence = presence(isDone);
      var there = presence == Presence.MISSING ? parent : path;
      return new FolderState(
          presence,
          Files.isDirectory(parent),
          isWritable(there),
          freeBytes(there),
          obstacles(),
          presence == Presence.MISSING ? List.of() : OpenFiles.in(path));
    } catch (IOException e) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE, path + " cannot be looked at: " + e + " Nothing was touched.", e);
    }
  }

  private static boolean isWritable(Path folder) throws IOException {
    return Files.isWritable(folder)
        || (Capability.DAC_OVERRIDE.isHeld()
            && Files.isDirectory(folder)
            && !Files.getFileStore(folder).isReadOnly());
  }

  /** What an earlier attempt wrote beside is there already. */
  private long freeBytes(Path there) throws IOException {
    if (Files.exists(beside())) {
      return Long.MAX_VALUE;
    }
    return Files.isDirectory(there) ? Files.getFileStore(there).getUsableSpace() : 0;
  }

  private List<String> obstacles() throws IOException {
    var found = new ArrayList<String>();
    // A mirror would empty it, and no safety point holds it: both stay on one file system.
    Mounts.below(path).forEach(point -> found.add(point + " is mounted in it"));
    if (task.repository().store().place() instanceof StoreTarget.Directory(var store, var _)) {
      var place = Path.of(store).toRealPath();
      if (place.startsWith(path) || path.startsWith(place)) {
        found.add("the store is " + place);
      }
    }
    for (var selected : task.select()) {
      // The engine would follow a link above what it is to write, out of the target.
      for (var above = path.resolve(selected).getParent();
          above != null && !above.equals(path);
          above = above.getParent()) {
        if (Files.exists(above, LinkOption.NOFOLLOW_LINKS)
            && !Files.isDirectory(above, LinkOption.NOFOLLOW_LINKS)) {
          found.add(above + " is no folder, and " + selected + " lies below it");
        }
      }
    }
    return found;
  }

  private Presence presence(Predicate<Path> isDone) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return Presence.MISSING;
    }
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return Presence.NO_FOLDER;
    }
    if (FolderMarker.isIn(path)) {
      return FolderMarker.read(path)
          .map(found -> isOfThis(found) ? Presence.BEGUN : Presence.BEGUN_BY_OTHER)
          .orElse(Presence.MARKED);
    }
    if (isEmpty()) {
      return Presence.EMPTY;
    }
    return task.header().attempt() > 1 && isDone.test(path) ? Presence.DONE : Presence.FULL;
  }

  private boolean isEmpty() throws IOException {
    try (var children =
        Files.newDirectoryStream(
            path, child -> !LeftOut.ALWAYS.contains(child.getFileName().toString()))) {
      return !children.iterator().hasNext();
    }
  }
}
