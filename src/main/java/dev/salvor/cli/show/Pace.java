package dev.salvor.cli.show;

import dev.salvor.plan.ByteCount;
import dev.salvor.task.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How fast a run is, and how long it will take if it goes on so: of the last half minute, since
 * what it began with says little of the rest. By the times that the worker wrote.
 */
public final class Pace {
  private static final Duration WINDOW = Duration.ofSeconds(30);

  /** Of less nothing can be said. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private final Deque<Seen> seen = new ArrayDeque<>();
  private @Nullable Progress last;

  private record Seen(Instant time, long bytes) {}

  /** What is to be said after this one; empty: nothing yet. */
  public String after(Progress progress) {
    var done = progress.doneBytes();
    if (last == null
        || progress.step() != last.step()
        || !Objects.equals(progress.detail(), last.detail())) {
      seen.clear();
    }
    last = progress;
    if (done == null) {
      return "";
    }
    if (seen.isEmpty() || progress.time().isAfter(seen.getLast().time())) {
      seen.add(new Seen(progress.time(), done));
    }
    while (seen.size() > 2
        && Duration.between(seen.getFirst().time(), progress.time()).compareTo(WINDOW) > 0) {
      seen.removeFirst();
    }
    var first = seen.getFirst();
    var newest = seen.getLast();
    var took = Duration.between(first.time(), newest.time());
    var bytes = newest.bytes() - first.bytes();
    if (took.compareTo(SHORTEST) < 0 || bytes <= 0) {
      return "";
    }
    var rate = bytes * 1000.0 / took.toMillis();
    var total = progress.totalBytes();
    var left = total == null ? 0 : total - done;
    return ", "
        + ByteCount.format(Math.round(rate))
        + "/s"
        + (left <= 0 ? "" : ", " + Age.text(Duration.ofSeconds(Math.round(left / rate))) + " left");
  }
}
