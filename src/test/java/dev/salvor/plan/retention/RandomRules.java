package dev.salvor.plan.retention;

import dev.salvor.api.Retention;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Rules as restic and we write them: each kind alone first, then any together. */
final class RandomRules {
  private static final List<String> COUNTS =
      List.of("last", "hourly", "daily", "weekly", "monthly", "yearly");
  private static final List<String> SPANS =
      List.of(
          "within",
          "within-hourly",
          "within-daily",
          "within-weekly",
          "within-monthly",
          "within-yearly");

  private RandomRules() {}

  /** One rule in both tongues. */
  record Rule(Retention retention, List<String> arguments) {}

  static Rule of(int nr, String zone, Random random) {
    var arguments = new ArrayList<String>();
    var counts = new Integer[COUNTS.size()];
    var spans = new String[SPANS.size()];
    boolean any = nr >= COUNTS.size() + SPANS.size();
    while (arguments.isEmpty()) {
      for (int kind = 0; kind < COUNTS.size(); kind++) {
        if (any ? random.nextInt(3) == 0 : nr == kind) {
          counts[kind] = random.nextInt(4) == 0 ? 1 + random.nextInt(60) : 1 + random.nextInt(7);
          arguments.add("--keep-" + COUNTS.get(kind) + "=" + counts[kind]);
        }
      }
      for (int kind = 0; kind < SPANS.size(); kind++) {
        if (any ? random.nextInt(5) == 0 : nr == COUNTS.size() + kind) {
          spans[kind] = span(random);
          arguments.add("--keep-" + SPANS.get(kind) + "=" + spans[kind]);
        }
      }
    }
    return new Rule(retention(counts, spans, zone), arguments);
  }

  private static String span(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> (1 + random.nextInt(100)) + "h";
      case 1 -> (1 + random.nextInt(30)) + "d";
      case 2 -> (30 + random.nextInt(2500)) + "d";
      default -> (1 + random.nextInt(20)) + "d" + (1 + random.nextInt(40)) + "h";
    };
  }

  private static Retention retention(
      @Nullable Integer[] counts, @Nullable String[] spans, String zone) {
    return new Retention(
        counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], spans[0], spans[1],
        spans[2], spans[3], spans[4], spans[5], zone, null, null);
  }
}
