package dev.salvor.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How much memory restic may use: the limit of the container less what else runs in it (SAFETY 29).
 * Go's collector keeps to it as long as it can; without it restic grows until it is killed.
 */
final class MemoryShare {
  private static final long MEBIBYTE = 1024 * 1024;

  /** Code, threads and buffers of a small JVM outside its heap. */
  private static final long JVM_BESIDE_HEAP = 128 * MEBIBYTE;

  /** pg_dump with some thousand tables. */
  private static final long OTHER_ENGINES = 64 * MEBIBYTE;

  /** Below, restic only collects garbage. */
  private static final long LEAST = 96 * MEBIBYTE;

  private static final List<Path> LIMITS =
      List.of(
          Path.of("/sys/fs/cgroup/memory.max"),
          Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));

  private MemoryShare() {}

  /** Null where there is no limit. */
  static @Nullable Long ofThisContainer() {
    return LIMITS.stream()
        .map(MemoryShare::limit)
        .filter(OptionalLong::isPresent)
        .findFirst()
        .map(limit -> of(limit.getAsLong(), Runtime.getRuntime().maxMemory()))
        .orElse(null);
  }

  /** What is left of a limit, beside a heap of this size. */
  static long of(long limit, long heap) {
    return Math.max(LEAST, (limit - heap - JVM_BESIDE_HEAP - OTHER_ENGINES) * 9 / 10);
  }

  private static OptionalLong limit(Path file) {
    try {
      var text = Files.readString(file).strip();
      // Version 1 writes "no limit" as a number near 2^63.
      return text.matches("[0-9]{1,15}")
          ? OptionalLong.of(Long.parseLong(text))
          : OptionalLong.empty();
    } catch (IOException absent) {
      return OptionalLong.empty();
    }
  }
}
