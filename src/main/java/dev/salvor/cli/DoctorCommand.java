package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.cli.doctor.ClusterDoctor;
import dev.salvor.cli.doctor.Finding;
import dev.salvor.cli.doctor.MachineDoctor;
import dev.salvor.cli.show.Ink;
import dev.salvor.cli.source.ClusterResources;
import dev.salvor.cli.source.Clusters;
import dev.salvor.cli.source.SourceChoice;
import dev.salvor.cli.source.Surrounding;
import dev.salvor.engine.process.Programs;
import dev.salvor.local.docker.DockerSocket;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what is missing and how to mend it. */
@Command(
    name = "doctor",
    description = {
      "Checks this machine or a cluster: what is missing, what is broken, how to mend it.",
      "Changes nothing. Exit code 0 only if nothing is broken."
    },
    footer = {"", "Examples:", "  salvor doctor", "  salvor doctor --context prod -A"})
final class DoctorCommand extends Described {
  /** Of the longest level. */
  private static final int LEVEL_WIDTH = 7;

  @Mixin private SourceOptions source;
  @Mixin private OutputOptions output;

  @Override
  public Integer call() {
    var findings =
        switch (source.choice()) {
          case SourceChoice.Folder(var path) ->
              new MachineDoctor(Programs.here(), path, docker(), Clock.systemUTC()).findings();
          case SourceChoice.Cluster cluster -> ofCluster(cluster, source.chosen());
          // The machine says what it lacks, the state folder first of all.
          case SourceChoice.Neither(var _) ->
              new MachineDoctor(
                      Programs.here(), Surrounding.defaultState(), docker(), Clock.systemUTC())
                  .findings();
        };
    out()
        .print(
            output.forMachines()
                ? output.text(Json.mapper().<JsonNode>valueToTree(findings))
                : text(findings, Terminal.here().ink()));
    out().flush();
    return findings.stream().anyMatch(finding -> finding.level() == Finding.Level.BROKEN)
        ? Exit.FAILED
        : Exit.OK;
  }

  private static DockerSocket docker() {
    return DockerSocket.of(System.getenv());
  }

  private static List<Finding> ofCluster(
      SourceChoice.Cluster cluster, Clusters.Namespaces namespaces) {
    try (var api = Clusters.api(cluster, namespaces)) {
      return new ClusterDoctor(api, new ClusterResources(api, namespaces), VersionCommand.version())
          .findings();
    }
  }

  private static String text(List<Finding> findings, Ink ink) {
    var width = findings.stream().mapToInt(finding -> finding.what().length()).max().orElse(1);
    var table = new StringBuilder();
    for (var finding : findings) {
      table
          .append(level(finding.level(), ink))
          .append(padded(finding.what(), width))
          .append(finding.message())
          .append('\n');
      if (finding.mend() != null) {
        table.append("          what to do: ").append(finding.mend()).append('\n');
      }
    }
    return table.toString();
  }

  private static String level(Finding.Level level, Ink ink) {
    var text = padded(level.name().toLowerCase(Locale.ROOT), LEVEL_WIDTH);
    return switch (level) {
      case GOOD -> ink.good(text);
      case UNKNOWN, WARNING -> ink.doubtful(text);
      case BROKEN -> ink.bad(text);
    };
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length())) + "   ";
  }
}
