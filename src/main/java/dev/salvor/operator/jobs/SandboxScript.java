package dev.salvor.operator.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What the server's container of a verification runs. */
final class SandboxScript {
  private static final String RESOURCE = "sandbox-server.sh";

  private SandboxScript() {}

  /** The script, for {@code /bin/sh}. */
  static String text() {
    try (var stream = SandboxScript.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new IllegalStateException(RESOURCE + " is not in the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE + " cannot be read", e);
    }
  }
}
