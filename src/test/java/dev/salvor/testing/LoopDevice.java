package dev.salvor.testing;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** A block device whose bytes are a file's. Needs root. */
public record LoopDevice(Path path) implements AutoCloseable {
  /** Made of a file. */
  public static LoopDevice of(Path file) {
    var made = Script.run("losetup --find --show " + file, Path.of("/"));
    return new LoopDevice(Path.of(made.strip()));
  }

  /** Does something while the kernel counts nothing of it. */
  public <T> T uncounted(Callable<T> work) throws Exception {
    count(0);
    try {
      return work.call();
    } finally {
      // It stays so for whoever has the device next.
      count(1);
    }
  }

  private void count(int whether) {
    Script.run(
        "echo " + whether + " > /sys/block/" + path.getFileName() + "/queue/iostats", Path.of("/"));
  }

  /** It goes when its last user has. */
  @Override
  public void close() {
    Script.run("losetup --detach " + path, Path.of("/"));
  }
}
