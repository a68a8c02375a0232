package dev.salvor.local.run;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The end of a log, however long it is. */
final class LogTail {
  private static final int BYTES = 16 * 1024;

  private LogTail() {}

  static List<String> lines(Path log) {
    if (!Files.exists(log)) {
      return List.of();
    }
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      var from = Math.max(0, file.length() - BYTES);
      file.seek(from);
      var bytes = new byte[(int) (file.length() - from)];
      file.readFully(bytes);
      var lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      return from == 0 || lines.isEmpty() ? lines : lines.subList(1, lines.size());
    } catch (IOException e) {
      return List.of();
    }
  }
}
