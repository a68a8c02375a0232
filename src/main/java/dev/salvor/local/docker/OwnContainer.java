package dev.salvor.local.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The container that this process runs in, by the files that Docker mounts into each. */
final class OwnContainer {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final Pattern FILE =
      Pattern.compile(
          "^\\S+ \\S+ \\S+ \\S*/containers/([0-9a-f]{64})/\\S* /etc/(hostname|hosts|resolv\\.conf)"
              + " .*");

  private OwnContainer() {}

  /** Its id; empty: it runs in none of Docker's. */
  static Optional<String> id() {
    try {
      return in(Files.readAllLines(MOUNTS));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** In lines of proc_pid_mountinfo(5). */
  static Optional<String> in(List<String> mounts) {
    return mounts.stream()
        .map(FILE::matcher)
        .filter(line -> line.matches())
        .map(line -> line.group(1))
        .findFirst();
  }
}
