package dev.salvor.cli;

import dev.salvor.cli.show.Description;
import dev.salvor.cli.show.ShownKind;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells all about one resource. */
@Command(
    name = "describe",
    description = "Tells all about one resource: conditions, failure and what to do, runs, points.",
    footer = {"", "Example:", "  salvor describe bpol shop-db"})
final class DescribeCommand extends Described {
  @Mixin private SourceOptions source;
  @Mixin private OutputOptions output;

  @Parameters(index = "0", paramLabel = "KIND", description = "A kind, such as bpol.")
  private String kind;

  @Parameters(index = "1", paramLabel = "NAME", description = "Name of the resource.")
  private String name;

  @Override
  public Integer call() {
    var shown =
        ShownKind.named(kind)
            .orElseThrow(
                () ->
                    new CommandFailed(
                        Exit.USAGE, "no kind '" + kind + "'; 'salvor help get' lists them"));
    try (var resources = source.open()) {
      var resource = resources.one(shown.kind(), name);
      out()
          .print(
              output.forMachines()
                  ? output.text(List.of(resource))
                  : Description.of(resource, Instant.now()));
      out().flush();
      return Exit.OK;
    }
  }
}
