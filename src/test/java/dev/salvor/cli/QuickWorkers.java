package dev.salvor.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.IntSupplier;

/**
 * Lets workers start from the jar, from a cache of its classes that the first of them makes, and by
 * flags beside the jar: what the launcher does, without its training.
 */
final class QuickWorkers {
  static final String CLASS_PATH = Objects.requireNonNull(System.getProperty("salvor.jar"));
  static final List<String> FLAGS =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-XX:+AutoCreateSharedArchive",
          "-XX:SharedArchiveFile=" + Path.of(System.getProperty("java.io.tmpdir"), "worker.jsa"),
          "-Xlog:cds=off",
          "-Xlog:aot=off");

  private static final String PROPERTY = "java.class.path";

  private QuickWorkers() {}

  /** Runs a command whose workers do so. */
  static int during(IntSupplier command) {
    var before = System.getProperty(PROPERTY);
    try {
      Files.write(Path.of(CLASS_PATH).resolveSibling("worker.args"), FLAGS);
      System.setProperty(PROPERTY, CLASS_PATH);
      return command.getAsInt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      System.setProperty(PROPERTY, before);
    }
  }
}
