package dev.salvor.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program of this machine, as a person runs it: kubectl, helm, salvor. */
final class LocalProgram {
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private LocalProgram() {}

  /** How it ended, and what it wrote to both of its outputs. */
  record Outcome(int exitCode, String output) {
    /** The output. */
    String succeeded() {
      if (exitCode != 0) {
        throw new AssertionError("exit code %d: %s".formatted(exitCode, output));
      }
      return output;
    }
  }

  /** Waits for its end; one that lasts too long is ended. */
  static Outcome run(Map<String, String> environment, List<String> command) {
    try {
      var output = Files.createTempFile("salvor-e2e", ".txt");
      try {
        var builder =
            new ProcessBuilder(new ArrayList<>(command))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          process.destroy();
          throw new AssertionError("no end of %s: %s".formatted(command, Files.readString(output)));
        }
        return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException broken) {
      throw new AssertionError(command.getFirst() + " cannot be run", broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
