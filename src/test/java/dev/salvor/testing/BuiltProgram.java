package dev.salvor.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Salvor as {@code ./salvor} builds and trains it: what people start, and several times faster to
 * start than the classes of a build. {@code ./test} builds it first.
 */
public final class BuiltProgram {
  private static final String CLASS_PATH = "java.class.path";
  private static final String JAR = "salvor.jar";
  private static final String WORKER = "worker";
  private static final Path FOLDER = built();

  private BuiltProgram() {}

  private static Path built() {
    var folder = Path.of(System.getProperty("salvor.program", ""));
    if (!Files.exists(folder.resolve(JAR))) {
      throw new IllegalStateException(
          "there is no Salvor in " + folder + "; ./salvor version builds it");
    }
    return folder;
  }

  /** Where it lies: a jar, and caches that are made for it. */
  public static Path folder() {
    try {
      return FOLDER.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The beginning of a command: what follows are the words of a host, such as {@code local}. */
  public static List<String> host() {
    return command(FOLDER, "host");
  }

  /** The whole command of a worker, which takes everything else from its environment. */
  public static List<String> worker() {
    return worker(FOLDER);
  }

  /** The same, from where {@link #lay} put it. */
  public static List<String> worker(Path folder) {
    return command(folder, WORKER, WORKER);
  }

  private static List<String> command(Path folder, String start, String... words) {
    var command = new ArrayList<String>();
    Collections.addAll(
        command,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "@" + folder.resolve(start + ".args"),
        "-cp",
        folder.resolve(JAR).toString(),
        "dev.salvor.cli.Main");
    Collections.addAll(command, words);
    return command;
  }

  /** Lays what a worker needs into a folder, and lets everyone read it. */
  public static void lay(Path folder) {
    var arguments = WORKER + ".args";
    try {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      for (var name : List.of(JAR, WORKER + ".aot")) {
        // With its times: a cache is for the jar that it was made from.
        Files.copy(FOLDER.resolve(name), folder.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
      }
      var built = folder().toString();
      Files.writeString(
          folder.resolve(arguments),
          Files.readString(FOLDER.resolve(arguments)).replace(built, folder.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a host in this process whose workers are the built program. */
  public static int withItsWorkers(IntSupplier host) {
    var before = System.getProperty(CLASS_PATH);
    System.setProperty(CLASS_PATH, FOLDER.resolve(JAR).toString());
    try {
      return host.getAsInt();
    } finally {
      System.setProperty(CLASS_PATH, before);
    }
  }
}
