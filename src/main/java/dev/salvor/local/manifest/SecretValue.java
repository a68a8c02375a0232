package dev.salvor.local.manifest;

import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_READ;

import com.google.re2j.Pattern;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * One value of a Secret, or where it is taken from when a run needs it: then a manifest holds no
 * value and may stand in Git (ADR 23). Never shown.
 */
public sealed interface SecretValue {
  /** What a Kubernetes Secret may hold at most. */
  int MOST_BYTES = 1024 * 1024;

  /**
   * The value as it is now.
   *
   * @param environment of the host
   * @throws IOException naming file or variable, never what it holds, if it cannot be had
   */
  byte[] read(Map<String, String> environment) throws IOException;

  /** Written in the manifest. */
  final class Written implements SecretValue {
    private final byte[] value;

    public Written(byte[] value) {
      this.value = value.clone();
    }

    @Override
    public byte[] read(Map<String, String> environment) {
      return value.clone();
    }

    @Override
    public String toString() {
      return "written";
    }
  }

  /** All that a file holds, as Compose and systemd hand secrets over. */
  record InFile(Path file) implements SecretValue {
    /** Whether every user of this machine can read it: also its folders let everybody through. */
    public boolean isOpenToAll() {
      try {
        var real = file.toRealPath();
        for (var above = real.getParent(); above != null; above = above.getParent()) {
          if (!Files.getPosixFilePermissions(above).contains(OTHERS_EXECUTE)) {
            return false;
          }
        }
        return Files.getPosixFilePermissions(real).contains(OTHERS_READ);
      } catch (IOException notThere) {
        return false; // whoever needs it says so
      }
    }

    @Override
    public byte[] read(Map<String, String> environment) throws IOException {
      if (!Files.isRegularFile(file)) {
        throw new IOException("there is no file " + file);
      }
      try (var stream = Files.newInputStream(file)) {
        var value = stream.readNBytes(MOST_BYTES + 1);
        if (value.length > MOST_BYTES) {
          throw new IOException(file + " has more than " + MOST_BYTES + " bytes");
        }
        return value;
      }
    }
  }

  /** A variable of the host's own environment. */
  record InEnvironment(String name) implements SecretValue {
    @Override
    public byte[] read(Map<String, String> environment) throws IOException {
      var value = environment.get(name);
      if (value == null) {
        throw new IOException("salvor local has no variable " + name + " in its environment");
      }
      return value.getBytes(StandardCharsets.UTF_8);
    }
  }

  /** Reads {@code file:/path} and {@code env:NAME}; empty if it is neither. */
  static Optional<SecretValue> named(String text) {
    if (Place.FILE.matches(text)) {
      return Optional.of(new InFile(Path.of(text.substring("file:".length()))));
    }
    return Place.VARIABLE.matches(text)
        ? Optional.of(new InEnvironment(text.substring("env:".length())))
        : Optional.empty();
  }

  /** How places are written. */
  final class Place {
    private static final Pattern FILE = Pattern.compile("^file:/[^\\x00]+$");
    private static final Pattern VARIABLE = Pattern.compile("^env:[A-Za-z_][A-Za-z0-9_]*$");

    private Place() {}
  }
}
