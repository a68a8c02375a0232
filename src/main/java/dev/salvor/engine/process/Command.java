package dev.salvor.engine.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An outside program to run, never by a shell. Arguments hold no secrets, since every user of the
 * machine can read them; secrets go by file or by the environment, whose values {@link #toString}
 * does not show.
 *
 * @param arguments the program's path first
 * @param environment added to what {@link ProcessRunner} lets through
 * @param directory working folder; null: the worker's own
 */
public record Command(
    List<String> arguments, Map<String, String> environment, @Nullable Path directory) {
  public Command {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException("a command needs a program");
    }
  }

  public static Command of(Path program, String... arguments) {
    return of(program, List.of(arguments));
  }

  public static Command of(Path program, Collection<String> arguments) {
    var all = new ArrayList<String>();
    all.add(program.toString());
    all.addAll(arguments);
    return new Command(all, Map.of(), null);
  }

  /** The same with these variables too; later ones win. */
  public Command withEnvironment(Map<String, String> more) {
    var all = new HashMap<>(environment);
    all.putAll(more);
    return new Command(arguments, all, directory);
  }

  public Command withEnvironment(String name, String value) {
    return withEnvironment(Map.of(name, value));
  }

  public Command in(Path folder) {
    return new Command(arguments, environment, folder);
  }

  /** File name of the program, for messages. */
  public String program() {
    var name = Path.of(arguments.getFirst()).getFileName();
    return name == null ? arguments.getFirst() : name.toString();
  }

  @Override
  public String toString() {
    return String.join(" ", arguments)
        + (environment.isEmpty() ? "" : " with " + new TreeSet<>(environment.keySet()))
        + (directory == null ? "" : " in " + directory);
  }
}
