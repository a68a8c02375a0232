package dev.salvor.cli;

import dev.salvor.api.Json;
import dev.salvor.local.manifest.ManifestFolder;
import dev.salvor.local.manifest.ManifestSchema;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.YamlLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks manifests. */
@Command(
    name = "validate",
    description = {
      "Checks the manifests of a folder as an API server with the CRDs would, without starting"
          + " anything.",
      "Exit code 0: all accepted; 65: something is refused."
    },
    footer = {"", "Example:", "  salvor validate examples/postgres"})
final class ValidateCommand extends Described {
  @Parameters(index = "0", paramLabel = "DIR", description = "Folder with *.yaml and *.yml.")
  private Path folder;

  @Option(names = "--json", description = "For machines.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CommandFailed(Exit.NO_INPUT, folder + " is no folder");
    }
    var manifests =
        new ManifestFolder(ManifestSchema.packaged()).read(folder, key -> Optional.empty());
    if (json) {
      printJson(manifests);
    } else {
      manifests.notes().forEach(note -> out().println(note));
      manifests.refusals().forEach(refusal -> out().println(text(refusal)));
      out()
          .println(
              manifests.resources().size()
                  + " accepted, "
                  + manifests.secrets().size()
                  + " Secrets, "
                  + manifests.refusals().size()
                  + " refusals");
    }
    out().flush();
    return manifests.refusals().isEmpty() ? Exit.OK : Exit.INVALID;
  }

  /** File and line as compilers write them, which editors follow. */
  private static String text(Manifests.Refusal refusal) {
    return line(refusal)
        .map(line -> refusal.origin().file() + ":" + line + ": refused: " + refusal.violation())
        .orElse(refusal.origin().file() + ": refused: " + refusal.violation());
  }

  private static Optional<Integer> line(Manifests.Refusal refusal) {
    return YamlLines.find(refusal.origin(), refusal.violation().path());
  }

  private void printJson(Manifests manifests) {
    var document = Json.mapper().createObjectNode();
    document.put("accepted", manifests.resources().size());
    document.put("secrets", manifests.secrets().size());
    var refusals = document.putArray("refusals");
    for (var refusal : manifests.refusals()) {
      refusals
          .addObject()
          .put("file", refusal.origin().file().toString())
          .put("line", line(refusal).orElse(null))
          .put("document", refusal.origin().document())
          .put("resource", refusal.key() == null ? null : refusal.key().toString())
          .put("path", refusal.violation().path())
          .put("message", refusal.violation().message());
    }
    out().println(document.toPrettyString());
  }
}
