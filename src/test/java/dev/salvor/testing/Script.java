package dev.salvor.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A few lines of bash in a folder, which is their {@code $1} too. */
public final class Script {
  private Script() {}

  /** What it printed; it has to succeed. */
  public static String run(String script, Path folder) {
    try {
      var process =
          new ProcessBuilder("bash", "-euc", script, "bash", folder.toString())
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError("the script failed: " + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
