package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.show.Description;
import dev.salvor.cli.show.Listing;
import dev.salvor.cli.show.ShownKind;
import dev.salvor.cli.source.Resources;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows resources as kubectl does. */
@Command(
    name = "get",
    description = "Shows stores, policies and requests, with the columns that kubectl shows.",
    footer = {
      "",
      "Kinds: backupstore (bstore), backuppolicy (bpol), backuprequest (breq), restorerequest"
          + " (rreq);",
      "and 'points POLICY' and 'runs POLICY' for what a policy's status lists.",
      "",
      "Examples:",
      "  salvor get",
      "  salvor get bpol shop-db -o yaml",
      "  salvor get points shop-db"
    })
final class GetCommand extends Described {
  @Mixin private SourceOptions source;
  @Mixin private OutputOptions output;

  @Parameters(index = "0", arity = "0..1", paramLabel = "KIND", description = "A kind, or all.")
  private @Nullable String kind;

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "One resource.")
  private @Nullable String name;

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      out().print(text(resources, Instant.now()));
      out().flush();
      return Exit.OK;
    }
  }

  private String text(Resources resources, Instant now) {
    if (kind == null || kind.equals("all")) {
      return all(resources, now);
    }
    if (kind.equals("points") || kind.equals("runs")) {
      return ofPolicy(resources, kind, now);
    }
    var shown =
        ShownKind.named(kind)
            .orElseThrow(
                () ->
                    new CommandFailed(
                        Exit.USAGE, "no kind '" + kind + "'; 'salvor help get' lists them"));
    var found =
        name == null
            ? resources.list(shown.kind())
            : List.<JsonNode>of(resources.one(shown.kind(), name));
    if (output.forMachines()) {
      return output.text(found);
    }
    return found.isEmpty()
        ? "no " + shown.plural() + "\n"
        : Listing.table(shown, found, Listing.Naming.NAME, width(), now);
  }

  private String all(Resources resources, Instant now) {
    if (output.forMachines()) {
      return output.text(
          ShownKind.all().stream()
              .flatMap(shown -> resources.list(shown.kind()).stream())
              .toList());
    }
    var tables = new ArrayList<String>();
    for (var shown : ShownKind.all()) {
      var found = resources.list(shown.kind());
      if (!found.isEmpty()) {
        tables.add(Listing.table(shown, found, Listing.Naming.KIND_AND_NAME, width(), now));
      }
    }
    return tables.isEmpty() ? resources.emptyHint() + "\n" : String.join("\n", tables);
  }

  private String ofPolicy(Resources resources, String what, Instant now) {
    if (name == null) {
      throw new CommandFailed(Exit.USAGE, "name the policy: salvor get " + what + " POLICY");
    }
    var policy = resources.one("BackupPolicy", name);
    if (output.forMachines()) {
      return output.text(
          policy.path("status").path(what.equals("points") ? "recoveryPoints" : "runs"));
    }
    return what.equals("points") ? Description.points(policy, now) : Description.runs(policy, now);
  }

  private Listing.Width width() {
    return output.format() == OutputOptions.Format.WIDE ? Listing.Width.WIDE : Listing.Width.NORMAL;
  }
}
