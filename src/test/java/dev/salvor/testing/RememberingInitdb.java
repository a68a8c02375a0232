package dev.salvor.testing;

import dev.salvor.engine.process.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;

/**
 * The programs of this machine, with an initdb that makes a data folder once in a test run for the
 * same arguments and then gives copies of it: these take a tenth of the time. For tests of what is
 * done with a throw-away server; those of the server itself use the real program.
 */
public final class RememberingInitdb {
  private static final class Shared {
    static final Programs PROGRAMS = make();
  }

  private RememberingInitdb() {}

  public static Programs programs() {
    return Shared.PROGRAMS;
  }

  private static Programs make() {
    var environment = new HashMap<>(System.getenv());
    try {
      // Where the programs are, since a throw-away server sees no other folder for sure.
      var folder = Files.createTempDirectory(Programs.here().cache().resolve("test"), "initdb-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      for (var major : PostgresServer.MAJORS) {
        environment.put(Programs.POSTGRES_PREFIX + major, programs(folder, major).toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Programs(environment);
  }

  private static Path programs(Path folder, int major) throws IOException {
    var programs = Files.createDirectory(folder.resolve(Integer.toString(major)));
    Files.setPosixFilePermissions(programs, PosixFilePermissions.fromString("rwxrwxrwx"));
    var real = Programs.here().postgres(major, "initdb");
    try (var others = Files.list(real.getParent())) {
      for (var other : others.filter(program -> !program.equals(real)).toList()) {
        Files.createSymbolicLink(programs.resolve(other.getFileName()), other);
      }
    }
    var initdb = programs.resolve(real.getFileName());
    Files.writeString(initdb, script(programs, real));
    Files.setPosixFilePermissions(initdb, PosixFilePermissions.fromString("rwxr-xr-x"));
    return programs;
  }

  /** What it made is its user's, who changes from call to call: others must be able to read it. */
  private static String script(Path folder, Path real) {
    return """
    #!/bin/sh
    set -eu
    arguments=
    for word; do
      case $word in
        --pgdata=*) data=${word#--pgdata=} ;;
        *) arguments="$arguments $word" ;;
      esac
    done
    made=%1$s/made-$(printf '%%s' "$arguments" | cksum | tr ' ' -)
    if [ ! -e "$made" ]; then
      '%2$s' "$@"
      cp -R "$data" "$made.new"
      chmod -R a+rX "$made.new"
      mv "$made.new" "$made"
      exit
    fi
    cp -R "$made" "$data"
    chmod 700 "$data"
    """
        .formatted(folder, real);
  }

  private static void remove(Path folder) {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
