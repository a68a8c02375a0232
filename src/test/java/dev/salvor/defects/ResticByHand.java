package dev.salvor.defects;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.salvor.engine.process.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** restic without Salvor, on a scene's repository: how damage is done that only restic can do. */
final class ResticByHand {
  private final Scene scene;
  private final Path repository;

  ResticByHand(Scene scene) {
    this(scene, scene.repository());
  }

  private ResticByHand(Scene scene, Path repository) {
    this.scene = scene;
    this.repository = repository;
  }

  /** The same on another repository. */
  ResticByHand at(Path other) {
    return new ResticByHand(scene, other);
  }

  /** Its standard output; it has to succeed. */
  String run(String... arguments) {
    return runIn(scene.folder(), arguments);
  }

  String runIn(Path folder, String... arguments) {
    try {
      var process = start(folder, List.of(), arguments);
      var output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError("restic " + Arrays.toString(arguments) + " failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Starts one and leaves it running.
   *
   * @param before a program that starts it, such as unshare
   */
  Process start(List<String> before, String... arguments) {
    try {
      return start(scene.folder(), before, arguments);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process start(Path folder, List<String> before, String... arguments) throws IOException {
    var command = new ArrayList<>(before);
    command.add(Programs.here().restic().toString());
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("RESTIC_REPOSITORY", repository.toString());
    builder.environment().put("RESTIC_PASSWORD", Scene.PASSWORD);
    builder.environment().put("RESTIC_CACHE_DIR", scene.folder().resolve("by-hand").toString());
    return builder.start();
  }
}
