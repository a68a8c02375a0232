package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.show.Description;
import dev.salvor.cli.show.ShownKind;
import dev.salvor.cli.source.Resources;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells all about one resource. */
@Command(
    name = "describe",
    description =
        "Tells all about one resource: conditions, failure and what to do, runs, points, events,"
            + " next steps.",
    footer = {"", "Examples:", "  salvor describe shop-db", "  salvor describe store backups"})
final class DescribeCommand extends Described {
  @Mixin private SourceOptions source;
  @Mixin private OutputOptions output;

  @Parameters(
      index = "0",
      paramLabel = "[KIND] NAME",
      completionCandidates = Words.Kinds.class,
      description = "A kind, such as policy or store, and a name; or the name alone.")
  private String kindOrName;

  @Parameters(index = "1", arity = "0..1", hidden = true)
  private @Nullable String name;

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      var now = Instant.now();
      var resource = resource(resources);
      out()
          .print(
              output.forMachines()
                  ? output.text(List.of(resource))
                  : Description.of(
                      resource, resources.events(resource), Terminal.here().ink(), now));
      out().flush();
      caution(resources, now);
      return Exit.OK;
    }
  }

  private JsonNode resource(Resources resources) {
    if (name == null) {
      return Named.find(ShownKind.all(), kindOrName, resources).resource();
    }
    var kinds = ShownKind.allNamed(kindOrName);
    return switch (kinds.size()) {
      case 0 ->
          throw new CommandFailed(
              Exit.USAGE, "no kind '" + kindOrName + "'; 'salvor help get' lists them");
      case 1 -> resources.one(kinds.getFirst().kind(), name);
      default -> Named.find(kinds, name, resources).resource();
    };
  }
}
