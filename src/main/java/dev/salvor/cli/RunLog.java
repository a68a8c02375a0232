package dev.salvor.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.local.state.StateFolder;
import dev.salvor.plan.ByteCount;
import dev.salvor.task.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The log of a run: progress lines in JSON, and what the worker and its engines said. */
final class RunLog {
  private RunLog() {}

  /** Of a run that lives or is not yet recorded, else of one that is. */
  static Optional<Path> of(StateFolder state, String run) {
    if (!run.matches("[a-z0-9][-a-z0-9.]*")) {
      return Optional.empty();
    }
    return List.of(state.runs().resolve(run).resolve("log"), state.logs().resolve(run + ".log"))
        .stream()
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** Lines from this position on; a line that is still being written waits for its end. */
  static Part read(Path log, long from) {
    try (var channel = Files.newByteChannel(log)) {
      channel.position(from);
      var text =
          new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
      var whole = text.substring(0, text.lastIndexOf('\n') + 1);
      return new Part(whole.lines().toList(), from + whole.getBytes(StandardCharsets.UTF_8).length);
    } catch (NoSuchFileException e) {
      return new Part(List.of(), from);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }

  /** Some lines, and where the next begin. */
  record Part(List<String> lines, long next) {}

  /** A progress line, if it is one. */
  static Optional<Progress> progress(String line) {
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

  /** What is being done, and how far it is. */
  static String text(Progress progress) {
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
