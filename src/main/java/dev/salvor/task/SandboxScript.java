package dev.salvor.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What a container of any PostgreSQL image runs to be the throw-away server of a verification. It
 * needs the sandbox folder, a numeric uid that is also Compare's, and Fetch's passwd file mounted
 * as {@code /etc/passwd}.
 */
public final class SandboxScript {
  private static final String RESOURCE = "sandbox-server.sh";

  private SandboxScript() {}

  /** As it stands in its file, for {@code sh -c}. */
  public static String text() {
    try (var script =
        Objects.requireNonNull(SandboxScript.class.getResourceAsStream(RESOURCE), RESOURCE)) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The command of a container: without comments. */
  public static List<String> command() {
    var script =
        text()
            .lines()
            .filter(line -> !line.isBlank() && !line.strip().startsWith("#"))
            .collect(Collectors.joining("\n", "", "\n"));
    return List.of("/bin/sh", "-c", script);
  }
}
