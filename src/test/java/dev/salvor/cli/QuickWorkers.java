package dev.salvor.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * Lets workers start from the jar, by flags beside it and from a cache of its classes that the
 * first of them makes: what the launcher does, without its training. Where no build made the jar
 * before, they start as this process did.
 */
final class QuickWorkers {
  private static final String PROPERTY = "java.class.path";
  private static final Optional<Path> JAR =
      Optional.ofNullable(System.getProperty("salvor.jar")).map(Path::of);

  static final String CLASS_PATH =
      JAR.map(Path::toString).orElseGet(() -> System.getProperty(PROPERTY));
  static final List<String> FLAGS = JAR.map(QuickWorkers::flags).orElse(List.of());

  private QuickWorkers() {}

  private static List<String> flags(Path jar) {
    return List.of(
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:+AutoCreateSharedArchive",
        "-XX:SharedArchiveFile=" + jar.resolveSibling("worker.jsa"),
        "-Xlog:cds=off",
        "-Xlog:aot=off");
  }

  /** Runs a command whose workers do so. */
  static int during(IntSupplier command) {
    if (JAR.isEmpty()) {
      return command.getAsInt();
    }
    var before = System.getProperty(PROPERTY);
    try {
      Files.write(JAR.get().resolveSibling("worker.args"), FLAGS);
      System.setProperty(PROPERTY, CLASS_PATH);
      return command.getAsInt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      System.setProperty(PROPERTY, before);
    }
  }
}
