package dev.salvor.engine.restic;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code repair snapshots --dry-run} would change: a line for each snapshot, and below
 * it what is missing. It has no JSON in 0.19.
 */
final class DamagedSnapshots {
  private static final Pattern HEAD = Pattern.compile("^snapshot ([0-9a-f]{8,64}) of \\[");
  private static final Pattern TOTAL = Pattern.compile("^(would modify|modified|no snapshots)");

  private DamagedSnapshots() {}

  /** Their ids, as short as restic prints them. */
  static List<String> parse(String output) {
    Set<String> damaged = new LinkedHashSet<>();
    @Nullable String current = null;
    for (var line : output.lines().toList()) {
      var head = HEAD.matcher(line);
      if (head.find()) {
        current = head.group(1);
      } else if (current != null && !line.isBlank()) {
        if (TOTAL.matcher(line).find()) {
          current = null;
        } else {
          damaged.add(current);
        }
      }
    }
    return List.copyOf(damaged);
  }
}
