package dev.salvor.engine.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps the end of a program's standard error, and how it began, which is the cause where the rest
 * is what followed from it. Bounded, without the values of secret variables.
 */
final class ErrorTail {
  private static final String CUT = "...";

  private final List<String> first = new ArrayList<>();
  private final Deque<String> lines = new ArrayDeque<>();
  private final List<String> secrets;
  private final int bound;
  private int size;
  private int firstSize;
  private boolean cut;

  ErrorTail(int bound, Collection<String> secrets) {
    this.bound = bound;
    this.secrets = List.copyOf(secrets);
  }

  /** The line as it may be shown. */
  synchronized String add(String raw) {
    var line = redact(raw);
    if (line.length() > bound / 2) {
      // pg_dump names every table in one line where a lock times out.
      line = line.substring(0, bound / 4) + " ... " + line.substring(line.length() - bound / 4);
    }
    if (lines.isEmpty() && firstSize + bytes(line) <= bound / 4) {
      first.add(line);
      firstSize += bytes(line);
      return line;
    }
    lines.addLast(line);
    size += bytes(line);
    while (size > bound - firstSize - bytes(CUT) && lines.size() > 1) {
      size -= bytes(lines.removeFirst());
      cut = true;
    }
    return line;
  }

  synchronized String text() {
    return Stream.of(first, cut ? List.of(CUT) : List.<String>of(), lines)
        .flatMap(Collection::stream)
        .collect(Collectors.joining("\n"));
  }

  private String redact(String line) {
    var shown = line;
    for (var secret : secrets) {
      shown = shown.replace(secret, "***");
    }
    return shown;
  }

  private static int bytes(String line) {
    return line.getBytes(StandardCharsets.UTF_8).length + 1;
  }
}
