package dev.salvor.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Completion for fish, which picocli does not write. Pure.
 *
 * @see <a href="https://fishshell.com/docs/current/cmds/complete.html">complete</a>
 */
final class FishCompletion {
  private final String program;
  private final List<String> lines = new ArrayList<>();

  private FishCompletion(String program) {
    this.program = program;
  }

  static String of(CommandSpec root) {
    var completion = new FishCompletion(root.name());
    completion.lines.add("# Files are offered only where a path is meant.");
    completion.lines.add("complete -c " + root.name() + " -f");
    completion.words(root, "__fish_use_subcommand");
    completion.subcommands(root);
    return String.join("\n", completion.lines) + "\n";
  }

  private void subcommands(CommandSpec command) {
    for (var subcommand : visible(command)) {
      var seen = "__fish_seen_subcommand_from " + subcommand.name();
      if (isHelp(subcommand)) {
        // Its words are the commands themselves, and say nothing of options.
        line(seen, "-a " + quoted(names(command)), null);
        continue;
      }
      var below = visible(subcommand);
      words(subcommand, seen + "; and not __fish_seen_subcommand_from " + names(subcommand));
      var here =
          below.isEmpty()
              ? seen
              : seen + "; and not __fish_seen_subcommand_from " + names(subcommand);
      subcommand.options().stream()
          .filter(option -> !option.hidden())
          .forEach(option -> option(here, option));
      subcommand.positionalParameters().stream()
          .filter(parameter -> !parameter.hidden())
          .forEach(parameter -> parameter(here, parameter));
      subcommands(subcommand);
    }
  }

  private void words(CommandSpec command, String condition) {
    for (var subcommand : visible(command)) {
      var description = subcommand.usageMessage().description();
      line(
          condition,
          "-a " + quoted(subcommand.name()),
          description.length == 0 ? null : description[0]);
    }
  }

  private void option(String condition, OptionSpec option) {
    var words = new StringBuilder();
    for (var name : option.names()) {
      words.append(name.startsWith("--") ? "-l " : "-s ").append(name.replaceFirst("^-+", ""));
      words.append(' ');
    }
    if (option.arity().max() > 0) {
      words.append(isPath(option) ? "-r -F" : "-x" + candidates(option));
    }
    var description = option.description();
    line(condition, words.toString().strip(), description.length == 0 ? null : description[0]);
  }

  private void parameter(String condition, PositionalParamSpec parameter) {
    if (isPath(parameter)) {
      line(condition, "-F", null);
    } else if (parameter.completionCandidates() != null) {
      line(condition, candidates(parameter).strip(), null);
    }
  }

  private static String candidates(ArgSpec argument) {
    var candidates = argument.completionCandidates();
    return candidates == null
        ? ""
        : " -a "
            + quoted(
                StreamSupport.stream(candidates.spliterator(), false)
                    .collect(Collectors.joining(" ")));
  }

  private static boolean isPath(ArgSpec argument) {
    return Stream.of(argument.typeInfo().getType())
        .anyMatch(Set.of(Path.class, File.class)::contains);
  }

  private static List<CommandSpec> visible(CommandSpec command) {
    return command.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .filter(each -> !each.usageMessage().hidden())
        .toList();
  }

  private static boolean isHelp(CommandSpec command) {
    return command.userObject() instanceof CommandLine.HelpCommand;
  }

  private static String names(CommandSpec command) {
    return visible(command).stream().map(CommandSpec::name).collect(Collectors.joining(" "));
  }

  private void line(String condition, String what, @Nullable String description) {
    lines.add(
        "complete -c "
            + program
            + " -n "
            + quoted(condition)
            + " "
            + what
            + (description == null ? "" : " -d " + quoted(first(description))));
  }

  /** A sentence of it has room beside a word. */
  private static String first(String description) {
    return description.replaceFirst("[.:;] .*", "").replaceFirst("[.:]$", "").replace("%n", " ");
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
