package dev.salvor.cli.init;

import dev.salvor.engine.volume.Mounts;
import dev.salvor.local.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The folder of a new store. */
final class StoreFolder {
  /** Marks what is a store already. */
  private static final String MARKER = "salvor-store.json";

  private StoreFolder() {}

  /** Why it cannot be one, if so. What has files of somebody else is never taken for a store. */
  static Optional<String> refusal(Path folder, Source source) {
    var above = folder.getParent();
    if (!folder.isAbsolute() || above == null) {
      return Optional.of("the absolute path of a folder");
    }
    if (isWithin(folder, source)) {
      return Optional.of("it lies in the folder that is to be protected");
    }
    if (!Files.exists(folder)) {
      return Files.isDirectory(above)
          ? Optional.empty()
          : Optional.of(above + " is not there: is it mounted?");
    }
    try (var entries = Files.list(folder)) {
      return isStore(folder) || entries.findAny().isEmpty()
          ? Optional.empty()
          : Optional.of(folder + " holds other files: an empty folder, or one to be made");
    } catch (IOException e) {
      return Optional.of(folder + " is no folder that this user may read");
    }
  }

  /**
   * Where the disk is mounted that it is on, by its name or that of a folder above it; empty where
   * that is the one of the system. Named in the store, nothing is written while it is not mounted.
   */
  static Optional<String> mountPoint(Path folder) {
    try {
      for (var at = folder.normalize(); at != null && at.getNameCount() > 0; at = at.getParent()) {
        if (Mounts.isMountPoint(at)) {
          return Optional.of(at.toString());
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether a run would back the store up into itself; links are followed. */
  static boolean isWithin(Path store, Source source) {
    return source instanceof Source.Folder(var path)
        && followed(store.normalize()).startsWith(followed(Path.of(path)));
  }

  /** What is there of it, as it is; the rest as it is written. */
  private static Path followed(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException notThere) {
      var above = path.getParent();
      return above == null ? path : followed(above).resolve(path.getFileName());
    }
  }

  static boolean isStore(Path folder) {
    return Files.exists(folder.resolve(MARKER));
  }

  static void make(String folder) {
    DurableFile.folder(Path.of(folder));
  }
}
