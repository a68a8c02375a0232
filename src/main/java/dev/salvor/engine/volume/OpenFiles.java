package dev.salvor.engine.volume;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who has files of a folder open, or works in it, as proc(5) shows it: of all programs to root, of
 * one's own to others. Files that are only mapped are seen by their descriptors, if those are still
 * open.
 */
public final class OpenFiles {
  private static final Path PROC = Path.of("/proc");

  /** Programs that are named. */
  private static final int MOST = 20;

  private OpenFiles() {}

  /** Names and numbers of the first such programs, this one left out. */
  public static List<String> in(Path folder) {
    var users = new ArrayList<String>();
    try (var processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (var process : processes) {
        if (users.size() < MOST && !isSelf(process) && uses(process, folder)) {
          users.add(name(process) + " (" + process.getFileName() + ")");
        }
      }
    } catch (IOException | DirectoryIteratorException notListed) {
      return users;
    }
    return users;
  }

  private static boolean isSelf(Path process) {
    return process.endsWith(Long.toString(ProcessHandle.current().pid()));
  }

  private static boolean uses(Path process, Path folder) {
    if (isBelow(process.resolve("cwd"), folder)) {
      return true;
    }
    try (var files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (var file : files) {
        if (isBelow(file, folder)) {
          return true;
        }
      }
      return false;
    } catch (IOException | DirectoryIteratorException goneOrNotOurs) {
      return false;
    }
  }

  private static boolean isBelow(Path link, Path folder) {
    return target(link).filter(path -> path.startsWith(folder)).isPresent();
  }

  private static Optional<Path> target(Path link) {
    try {
      return Optional.of(Files.readSymbolicLink(link));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static String name(Path process) {
    try {
      return Files.readString(process.resolve("comm"), StandardCharsets.ISO_8859_1).strip();
    } catch (IOException gone) {
      return "a program";
    }
  }
}
