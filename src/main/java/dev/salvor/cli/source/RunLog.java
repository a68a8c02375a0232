package dev.salvor.cli.source;

import dev.salvor.api.Json;
import dev.salvor.local.state.StateFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The log of a run in a state folder. */
final class RunLog {
  private RunLog() {}

  /** Of a run that lives or is not yet recorded, else of one that is. */
  static Optional<Path> of(StateFolder state, String run) {
    if (!run.matches("[a-z0-9][-a-z0-9.]*")) {
      return Optional.empty();
    }
    return Stream.of(state.runs().resolve(run).resolve("log"), state.logs().resolve(run + ".log"))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** The run of this policy that is not yet recorded and began last. */
  static Optional<String> newestAlive(StateFolder state, String policyUid) {
    try (var folders = Files.list(state.runs())) {
      return folders
          .filter(folder -> mentions(folder.resolve("run.json"), policyUid))
          .max(Comparator.comparing(RunLog::began))
          .map(folder -> folder.getFileName().toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + state.runs(), e);
    }
  }

  /** Whether nothing will be added to it. */
  static boolean isComplete(StateFolder state, String run) {
    var folder = state.runs().resolve(run);
    return !Files.isDirectory(folder) || Files.isRegularFile(folder.resolve("ended.json"));
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

  private static boolean mentions(Path record, String policyUid) {
    try {
      return Json.mapper()
          .readTree(Files.readAllBytes(record))
          .at("/labels/policyUid")
          .asText()
          .equals(policyUid);
    } catch (IOException gone) {
      return false;
    }
  }

  private static FileTime began(Path folder) {
    try {
      return Files.getLastModifiedTime(folder.resolve("run.json"));
    } catch (IOException gone) {
      return FileTime.fromMillis(0);
    }
  }
}
