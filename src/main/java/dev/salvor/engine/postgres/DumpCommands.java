package dev.salvor.engine.postgres;

import dev.salvor.engine.process.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Command lines of pg_dump and pg_dumpall. Where they connect to, and the name of the database,
 * come by their environment: an argument that holds an equals sign would be read as a connection
 * string.
 *
 * @see <a href="https://www.postgresql.org/docs/17/app-pgdump.html">pg_dump</a>
 */
public final class DumpCommands {
  private DumpCommands() {}

  /**
   * A custom-format archive to standard output. Not compressed: restic does that after it has found
   * what it knows already. 0 means none to every version; 15 does not know the word.
   */
  public static Command stream(Path program, DumpSelection selection, String snapshot) {
    var arguments = common(selection, snapshot);
    arguments.add("--format=custom");
    return Command.of(program, arguments);
  }

  /**
   * A directory archive, by several sessions.
   *
   * @param folder must not exist, or be empty
   */
  public static Command directory(
      Path program, DumpSelection selection, String snapshot, Path folder, int jobs) {
    var arguments = common(selection, snapshot);
    arguments.add("--format=directory");
    arguments.add("--jobs=" + jobs);
    // It is read once, at once, and thrown away.
    arguments.add("--no-sync");
    arguments.add("--file=" + folder);
    return Command.of(program, arguments);
  }

  private static List<String> common(DumpSelection selection, String snapshot) {
    var arguments =
        new ArrayList<>(
            List.of(
                "--no-password",
                "--compress=0",
                "--lock-wait-timeout=" + PostgresSession.LOCK_TIMEOUT,
                "--snapshot=" + snapshot));
    arguments.addAll(selection.arguments());
    return arguments;
  }

  /** Whether the hashes of passwords are written. */
  public enum Passwords {
    INCLUDED,
    LEFT_OUT
  }

  /**
   * Roles and tablespaces as SQL to standard output.
   *
   * @param database to connect to; the server may lack the usual one
   */
  public static Command globals(Path program, String database, Passwords passwords) {
    var arguments = new ArrayList<>(List.of("--no-password", "--globals-only"));
    if (passwords == Passwords.LEFT_OUT) {
      arguments.add("--no-role-passwords");
    }
    arguments.add("--database=" + database);
    return Command.of(program, arguments);
  }
}
