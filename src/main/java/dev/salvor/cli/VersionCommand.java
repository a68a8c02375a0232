package dev.salvor.cli;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says which version this is. */
@Command(name = "version", description = "Says which version this is.")
final class VersionCommand extends Described {
  @Option(names = "--json", description = "For machines.")
  private boolean json;

  @Override
  public Integer call() {
    var version = version();
    out()
        .println(
            json
                ? "{\"version\": \"" + version + "\", \"java\": \"" + Runtime.version() + "\"}"
                : text());
    out().flush();
    return Exit.OK;
  }

  static String text() {
    return "salvor " + version() + ", Java " + Runtime.version();
  }

  static String version() {
    return Optional.ofNullable(VersionCommand.class.getPackage().getImplementationVersion())
        .orElse("unpackaged");
  }
}
