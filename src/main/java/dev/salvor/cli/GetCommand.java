package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.show.Description;
import dev.salvor.cli.show.Listing;
import dev.salvor.cli.show.ShownKind;
import dev.salvor.cli.source.Resources;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
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
      "Kinds: policies (bpol), stores (bstore), requests, or one kind of them: backuprequests"
          + " (breq), restorerequests (rreq);",
      "and 'points [POLICY]' and 'runs [POLICY]' for what the status of policies lists.",
      "",
      "Examples:",
      "  salvor get",
      "  salvor get policies -A -o wide",
      "  salvor get bpol shop-db -o yaml",
      "  salvor get points shop-db"
    })
final class GetCommand extends Described {
  @Mixin private SourceOptions source;
  @Mixin private OutputOptions output;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "KIND",
      completionCandidates = Words.Shown.class,
      description = "A kind, or all.")
  private @Nullable String kind;

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "One resource.")
  private @Nullable String name;

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      var now = Instant.now();
      out().print(text(resources, now));
      out().flush();
      caution(resources, now);
      return Exit.OK;
    }
  }

  private String text(Resources resources, Instant now) {
    if (kind == null || kind.equals("all")) {
      return several(ShownKind.all(), resources, now);
    }
    if (kind.equals("points") || kind.equals("runs")) {
      return ofPolicy(resources, kind, now);
    }
    var kinds = ShownKind.allNamed(kind);
    if (kinds.isEmpty()) {
      throw new CommandFailed(Exit.USAGE, "no kind '" + kind + "'; 'salvor help get' lists them");
    }
    if (kinds.size() > 1) {
      return name == null ? several(kinds, resources, now) : one(kinds, name, resources, now);
    }
    var shown = kinds.getFirst();
    var found =
        name == null
            ? resources.list(shown.kind())
            : List.<JsonNode>of(resources.one(shown.kind(), name));
    if (output.forMachines()) {
      return output.text(found);
    }
    return found.isEmpty()
        ? "no " + shown.plural() + "\n"
        : Listing.table(shown, found, Listing.Naming.NAME, width(), Terminal.here().ink(), now);
  }

  private String one(List<ShownKind> kinds, String named, Resources resources, Instant now) {
    var found = Named.find(kinds, named, resources);
    return output.forMachines()
        ? output.text(List.of(found.resource()))
        : Listing.table(
            found.kind(),
            List.of(found.resource()),
            Listing.Naming.KIND_AND_NAME,
            width(),
            Terminal.here().ink(),
            now);
  }

  private String several(List<ShownKind> kinds, Resources resources, Instant now) {
    if (output.forMachines()) {
      return output.text(
          kinds.stream().flatMap(shown -> resources.list(shown.kind()).stream()).toList());
    }
    var tables = new ArrayList<String>();
    for (var shown : kinds) {
      var found = resources.list(shown.kind());
      if (!found.isEmpty()) {
        tables.add(
            Listing.table(
                shown, found, Listing.Naming.KIND_AND_NAME, width(), Terminal.here().ink(), now));
      }
    }
    return tables.isEmpty() ? resources.emptyHint() + "\n" : String.join("\n", tables);
  }

  private String ofPolicy(Resources resources, String what, Instant now) {
    if (name != null) {
      return ofPolicy(resources.one("BackupPolicy", name), what, now);
    }
    var policies = resources.list("BackupPolicy");
    if (output.forMachines()) {
      return output.text(
          policies.stream().flatMap(policy -> listed(policy, what).valueStream()).toList());
    }
    return policies.isEmpty()
        ? resources.emptyHint() + "\n"
        : policies.stream()
            .map(
                policy ->
                    policy.at("/metadata/namespace").asText()
                        + "/"
                        + policy.at("/metadata/name").asText()
                        + ":\n"
                        + ofPolicy(policy, what, now))
            .collect(Collectors.joining("\n"));
  }

  private String ofPolicy(JsonNode policy, String what, Instant now) {
    if (output.forMachines()) {
      return output.text(listed(policy, what));
    }
    return what.equals("points")
        ? Description.points(policy, Terminal.here().ink(), now)
        : Description.runs(policy, Terminal.here().ink(), now);
  }

  private static JsonNode listed(JsonNode policy, String what) {
    return policy.path("status").path(what.equals("points") ? "recoveryPoints" : "runs");
  }

  private Listing.Width width() {
    return output.format() == OutputOptions.Format.WIDE ? Listing.Width.WIDE : Listing.Width.NORMAL;
  }
}
