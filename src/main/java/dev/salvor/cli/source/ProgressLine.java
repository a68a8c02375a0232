package dev.salvor.cli.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.plan.ByteCount;
import dev.salvor.task.Progress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Progress lines, which stand in the log of a run among what the worker and its engines said. */
public final class ProgressLine {
  private ProgressLine() {}

  /** A progress line, if it is one. */
  public static Optional<Progress> read(String line) {
    if (!line.startsWith("{")) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(Json.mapper().readValue(line, Progress.class))
          .filter(progress -> progress.step() != null);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The last of these lines that is one. */
  public static Optional<Progress> last(List<String> lines) {
    return lines.reversed().stream().flatMap(line -> read(line).stream()).findFirst();
  }

  /** What is being done, and how far it is. */
  public static String text(Progress progress) {
    var text = new StringBuilder(progress.step().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    if (progress.detail() != null) {
      text.append(' ').append(progress.detail());
    }
    if (progress.doneBytes() != null) {
      text.append(' ').append(ByteCount.format(progress.doneBytes()));
      if (progress.totalBytes() != null) {
        text.append(" of ").append(ByteCount.format(progress.totalBytes()));
      }
    }
    return text.toString();
  }
}
