package dev.salvor.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.cli.source.Resources;
import dev.salvor.local.manifest.ManifestSchema;
import java.io.PrintWriter;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What becomes of a request that a command has written. */
final class RequestOptions {
  @Option(names = "--wait", description = "Wait until it is done; the exit code tells how it went.")
  private boolean wait;

  @Option(names = "--print", description = "Only print the request's YAML.")
  private boolean print;

  @Mixin private OutputOptions output;

  /**
   * Checks the request, hands it to the host and, if asked, waits.
   *
   * @return the exit code
   */
  int submit(ObjectNode request, Resources resources, PrintWriter out, PrintWriter err) {
    var checked = ManifestSchema.packaged().check(request, null);
    if (!checked.violations().isEmpty()) {
      throw new CommandFailed(
          Exit.USAGE,
          checked.violations().stream().map(Object::toString).collect(Collectors.joining("; ")));
    }
    var yaml = yaml(request);
    if (print) {
      out.print(yaml);
      out.flush();
      return Exit.OK;
    }
    var handed = resources.hand(request, yaml);
    if (!output.forMachines()) {
      out.print(yaml);
      out.println("# " + handed);
      out.flush();
    }
    if (!wait) {
      if (output.forMachines()) {
        out.print(output.text(request));
        out.flush();
      }
      return Exit.OK;
    }
    LogConfiguration.quieten();
    var surface = output.forMachines() ? ProgressView.Surface.NOTHING : Terminal.here().surface();
    var pending = resources.pending(request);
    var settled = new Waiting(new ProgressView(err, surface), pending.interval()).await(pending);
    out.print(output.forMachines() ? output.text(settled) : Answer.text(settled));
    out.flush();
    return Answer.isGood(settled) ? Exit.OK : Exit.FAILED;
  }

  private static String yaml(ObjectNode request) {
    try {
      return Json.yaml().writeValueAsString(request);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
