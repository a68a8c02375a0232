package dev.salvor.engine.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/** Keeps the end of a program's standard error, bounded, without the values of secret variables. */
final class ErrorTail {
  private final Deque<String> lines = new ArrayDeque<>();
  private final List<String> secrets;
  private final int bound;
  private int size;

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
    lines.addLast(line);
    size += bytes(line);
    while (size > bound && lines.size() > 1) {
      size -= bytes(lines.removeFirst());
    }
    return line;
  }

  synchronized String text() {
    return String.join("\n", lines);
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
