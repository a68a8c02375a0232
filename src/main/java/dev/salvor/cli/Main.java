package dev.salvor.cli;

import dev.salvor.local.state.StateFolder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.OperatorException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** The one entry point; the subcommand decides what runs. */
public final class Main {
  /** In the order of the help. */
  private static final Map<String, Class<?>> COMMANDS = commands();

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(
        isBareWorker(arguments)
            ? WorkerCommandLine.carryOut()
            : commandLine(arguments).execute(arguments));
  }

  /** As hosts start it: reading a command line would take longer than all else before restic. */
  private static boolean isBareWorker(String... arguments) {
    return arguments.length == 1 && arguments[0].equals("worker");
  }

  /**
   * The command line, ready to be executed; tests give it other streams. Where the arguments name a
   * command, only that one is set up: reading the annotations of all would take longer than most
   * commands do.
   */
  static CommandLine commandLine(String... arguments) {
    var line = new CommandLine(new Salvor());
    var named = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
    if (named != null) {
      line.addSubcommand(named);
    } else {
      COMMANDS.values().forEach(line::addSubcommand);
      line.addSubcommand(CommandLine.HelpCommand.class);
    }
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setColorScheme(CommandLine.Help.defaultColorScheme(help(Terminal.here())))
        .setExecutionExceptionHandler(Main::explain);
  }

  private static CommandLine.Help.Ansi help(Terminal terminal) {
    return switch (terminal.ink()) {
      case COLOURED -> CommandLine.Help.Ansi.ON;
      case PLAIN -> CommandLine.Help.Ansi.OFF;
    };
  }

  private static Map<String, Class<?>> commands() {
    var commands = new LinkedHashMap<String, Class<?>>();
    commands.put("demo", DemoCommand.class);
    commands.put("init", InitCommand.class);
    commands.put("local", LocalCommand.class);
    commands.put("operator", OperatorCommand.class);
    commands.put("get", GetCommand.class);
    commands.put("describe", DescribeCommand.class);
    commands.put("backup", BackupCommand.class);
    commands.put("restore", RestoreCommand.class);
    commands.put("verify", VerifyCommand.class);
    commands.put("logs", LogsCommand.class);
    commands.put("store", StoreCommand.class);
    commands.put("doctor", DoctorCommand.class);
    commands.put("validate", ValidateCommand.class);
    commands.put("completion", CompletionCommand.class);
    commands.put("worker", WorkerCommandLine.class);
    commands.put("version", VersionCommand.class);
    commands.put("train", TrainCommand.class);
    return commands;
  }

  /** What a person can do something about is a line; a defect shows where it is. */
  private static int explain(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
    var err = command.getErr();
    return switch (failure) {
      case CommandFailed failed -> say(err, failed.getMessage(), failed.code());
      case KubernetesClientException refused ->
          say(err, "the cluster refused or did not answer: " + refused.getMessage(), Exit.FAILED);
      case OperatorException refused ->
          say(err, "the operator cannot start: " + refused.getMessage(), Exit.FAILED);
      case StateFolder.UnusableException unusable -> say(err, unusable.getMessage(), Exit.NO_INPUT);
      case StateFolder.InUseException inUse ->
          say(err, inUse.getMessage() + ": one state folder, one host", Exit.IN_USE);
      case UncheckedIOException disk -> say(err, words(disk), Exit.INPUT_OUTPUT);
      default -> {
        failure.printStackTrace(err);
        yield say(err, "this is a defect of Salvor", Exit.DEFECT);
      }
    };
  }

  private static String words(UncheckedIOException disk) {
    return disk.getMessage() + ": " + Objects.requireNonNull(disk.getCause()).getMessage();
  }

  private static int say(PrintWriter err, @Nullable String message, int code) {
    err.println("salvor: " + message);
    err.flush();
    return code;
  }
}
