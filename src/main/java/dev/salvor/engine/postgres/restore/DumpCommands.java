package dev.salvor.engine.postgres.restore;

import dev.salvor.engine.process.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Argument lists of pg_restore. Who and where goes by the environment. */
public final class DumpCommands {
  private final Path pgRestore;

  /**
   * Of a pg_restore of the major of the server that it writes to: a newer one writes settings that
   * an older server refuses, an older one does not read newer dumps.
   */
  public DumpCommands(Path pgRestore) {
    this.pgRestore = pgRestore;
  }

  /**
   * How a dump is restored.
   *
   * @param useList file of a {@code --use-list}; null: everything
   * @param jobs more than 1 only for a folder dump: a stream has no offsets (SAFETY 11)
   * @param tablespaces whether tables go where they were at the source
   */
  public record Options(@Nullable Path useList, int jobs, Tablespaces tablespaces) {
    /** Everything, by one job, tablespaces as they are. */
    public static final Options PLAIN = new Options(null, 1, Tablespaces.IGNORED);

    public Options withJobs(int number) {
      return new Options(useList, number, tablespaces);
    }

    public Options withList(@Nullable Path list) {
      return new Options(list, jobs, tablespaces);
    }

    public Options with(Tablespaces other) {
      return new Options(useList, jobs, other);
    }
  }

  /** Where tables go. */
  public enum Tablespaces {
    AS_AT_SOURCE,
    IGNORED
  }

  /** Restores a dump that is read from standard input. */
  public Command fromStream(String database, Options options, Map<String, String> environment) {
    return command(database, options, environment, null);
  }

  /** Restores a dump in a file or folder. */
  public Command fromPath(
      Path dump, String database, Options options, Map<String, String> environment) {
    return command(database, options, environment, dump);
  }

  private Command command(
      String database, Options options, Map<String, String> environment, @Nullable Path dump) {
    var arguments = new ArrayList<String>();
    arguments.add("--dbname=" + connectionString(database));
    arguments.add("--exit-on-error");
    // An enabled one would stream from production; dropping it in a copy drops production's slot.
    arguments.add("--no-subscriptions");
    arguments.add("--no-password");
    if (options.tablespaces() == Tablespaces.IGNORED) {
      arguments.add("--no-tablespaces");
    }
    if (options.useList() != null) {
      arguments.add("--use-list=" + options.useList());
    }
    if (options.jobs() > 1) {
      arguments.add("--jobs=" + options.jobs());
    }
    if (dump != null) {
      arguments.add(dump.toString());
    }
    return Command.of(pgRestore, arguments).withEnvironment(environment);
  }

  /**
   * Writes entries as a script to standard output.
   *
   * @param dump null: it is read from standard input
   */
  public Command script(Path useList, @Nullable Path dump) {
    var arguments = new ArrayList<>(List.of("--file=-", "--no-owner", "--use-list=" + useList));
    if (dump != null) {
      arguments.add(dump.toString());
    }
    return Command.of(pgRestore, arguments);
  }

  /** Reads a dump from standard input to its end, and writes nowhere. */
  public Command parseStream() {
    return Command.of(pgRestore, List.of("--file=/dev/null"));
  }

  /** Reads a dump in a file or folder to its end, and writes nowhere (SAFETY 8). */
  public Command parse(Path dump) {
    return Command.of(pgRestore, List.of("--file=/dev/null", dump.toString()));
  }

  /** A database's name may look like a connection string; in one, it may not. */
  static String connectionString(String database) {
    return "dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
