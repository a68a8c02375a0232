package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.show.Description;
import dev.salvor.cli.show.Listing;
import dev.salvor.cli.show.ShownKind;
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
  @Mixin private StateOptions state;
  @Mixin private OutputOptions output;

  @Parameters(index = "0", arity = "0..1", paramLabel = "KIND", description = "A kind, or all.")
  private @Nullable String kind;

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "One resource.")
  private @Nullable String name;

  @Override
  public Integer call() {
    out().print(text(Instant.now()));
    out().flush();
    return Exit.OK;
  }

  private String text(Instant now) {
    if (kind == null || kind.equals("all")) {
      return all(now);
    }
    if (kind.equals("points") || kind.equals("runs")) {
      return ofPolicy(kind, now);
    }
    var shown =
        ShownKind.named(kind)
            .orElseThrow(
                () ->
                    new CommandFailed(
                        Exit.USAGE, "no kind '" + kind + "'; 'salvor help get' lists them"));
    var resources =
        name == null
            ? state.json(shown.kind())
            : List.<JsonNode>of(state.one(shown.kind(), name).json());
    if (output.forMachines()) {
      return output.text(resources);
    }
    return resources.isEmpty()
        ? "no " + shown.plural() + "\n"
        : Listing.table(shown, resources, Listing.Naming.NAME, width(), now);
  }

  private String all(Instant now) {
    if (output.forMachines()) {
      return output.text(state.resources().stream().map(resource -> resource.json()).toList());
    }
    var tables = new ArrayList<String>();
    for (var shown : ShownKind.all()) {
      var resources = state.json(shown.kind());
      if (!resources.isEmpty()) {
        tables.add(Listing.table(shown, resources, Listing.Naming.KIND_AND_NAME, width(), now));
      }
    }
    return tables.isEmpty()
        ? "nothing yet; is 'salvor local' running on a folder of manifests?\n"
        : String.join("\n", tables);
  }

  private String ofPolicy(String what, Instant now) {
    if (name == null) {
      throw new CommandFailed(Exit.USAGE, "name the policy: salvor get " + what + " POLICY");
    }
    var policy = state.one("BackupPolicy", name).json();
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
