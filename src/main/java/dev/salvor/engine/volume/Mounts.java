package dev.salvor.engine.volume;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted where, as proc_pid_mountinfo(5) shows it to this program. */
public final class Mounts {
  private static final Path TABLE = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT = 4;

  /** Space, tab, newline and backslash. */
  private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

  private Mounts() {}

  /**
   * Mount points below a folder, not the folder itself.
   *
   * @param folder without symbolic links
   * @throws IOException if the table cannot be read
   */
  public static List<Path> below(Path folder) throws IOException {
    return points().stream()
        .filter(point -> point.startsWith(folder) && !point.equals(folder))
        .toList();
  }

  /**
   * Whether something is mounted at a folder; false if it is not there.
   *
   * @throws IOException if the table cannot be read
   */
  public static boolean isMountPoint(Path folder) throws IOException {
    return Files.isDirectory(folder) && points().contains(folder.toRealPath());
  }

  private static List<Path> points() throws IOException {
    try (var lines = Files.lines(TABLE, StandardCharsets.ISO_8859_1)) {
      return lines.map(line -> Path.of(unescaped(line.split(" ", -1)[MOUNT_POINT]))).toList();
    }
  }

  private static String unescaped(String field) {
    var bytes =
        ESCAPED
            .matcher(field)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        String.valueOf((char) Integer.parseInt(found.group(1), 8))))
            .getBytes(StandardCharsets.ISO_8859_1);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
