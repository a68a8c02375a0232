package dev.salvor.testing;

import java.nio.file.Path;

/** A block device whose bytes are a file's. Needs root. */
public record LoopDevice(Path path) implements AutoCloseable {
  /** Made of a file. */
  public static LoopDevice of(Path file) {
    var made = Script.run("losetup --find --show " + file, Path.of("/"));
    return new LoopDevice(Path.of(made.strip()));
  }

  /** It goes when its last user has. */
  @Override
  public void close() {
    Script.run("losetup --detach " + path, Path.of("/"));
  }
}
