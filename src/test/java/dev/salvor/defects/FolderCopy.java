package dev.salvor.defects;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Copies and removes what a scene consists of. */
final class FolderCopy {
  private FolderCopy() {}

  static void copy(Path from, Path to) {
    try {
      for (var path : below(from)) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Idempotent; a process that was left behind may still be writing into it. */
  static void delete(Path folder) {
    try {
      for (var path : below(folder).reversed()) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException gone) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files of a folder and of those below it. */
  static List<Path> files(Path folder) {
    return below(folder).stream().filter(Files::isRegularFile).sorted().toList();
  }

  /** Parents before children. */
  private static List<Path> below(Path folder) {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.sorted(Comparator.naturalOrder()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
