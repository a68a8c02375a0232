package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.task.TaskReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes the report so that a reader finds all of it or none. */
final class ReportFile {
  private final Path file;

  ReportFile(Path file) {
    this.file = file;
  }

  static byte[] bytes(TaskReport report) {
    try {
      return Json.mapper().writeValueAsString(report).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the report of " + report.run() + " cannot be written", e);
    }
  }

  void write(TaskReport report) throws IOException {
    var bytes = bytes(ReportSize.fit(report));
    var beside = file.resolveSibling(file.getFileName() + ".new");
    try {
      write(beside, bytes);
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      // A pod's termination log is a mounted file: nothing can be moved over it.
      Files.deleteIfExists(beside);
      write(file, bytes);
    }
  }

  private static void write(Path to, byte[] bytes) throws IOException {
    try (var channel =
        FileChannel.open(
            to,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }
}
