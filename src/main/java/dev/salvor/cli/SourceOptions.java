package dev.salvor.cli;

import dev.salvor.cli.source.Clusters;
import dev.salvor.cli.source.Resources;
import dev.salvor.cli.source.SourceChoice;
import dev.salvor.cli.source.StateFolderResources;
import dev.salvor.cli.source.Surrounding;
import dev.salvor.local.LocalHost;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which host a command speaks to, and which namespaces of it. */
final class SourceOptions {
  @Option(
      names = "--state",
      paramLabel = "DIR",
      description =
          "One machine: state folder of the host; else SALVOR_STATE, else ~/.local/state/salvor,"
              + " else /var/lib/salvor.")
  private @Nullable Path state;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "A cluster: its kubeconfig; else KUBECONFIG, else ~/.kube/config.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "A cluster: a context of the kubeconfig; else the current one.")
  private @Nullable String context;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description =
          "Only this namespace; else all of a machine, or the one of a cluster's context.")
  private @Nullable String namespace;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "All namespaces.")
  private boolean allNamespaces;

  /** Which host that is. */
  SourceChoice choice() {
    if (allNamespaces && namespace != null) {
      throw new CommandFailed(Exit.USAGE, "either -n NAMESPACE or -A");
    }
    return SourceChoice.of(
        new SourceChoice.Asked(state, kubeconfig, context), Surrounding.ofThisProcess());
  }

  /** What is there. */
  Resources open() {
    return switch (choice()) {
      case SourceChoice.Folder(var path) ->
          new StateFolderResources(path, namespace, SourceOptions::standIn);
      case SourceChoice.Cluster cluster -> Clusters.open(cluster, chosen());
      case SourceChoice.Neither(var message) ->
          throw new CommandFailed(state == null ? Exit.NO_INPUT : Exit.USAGE, message);
    };
  }

  Clusters.Namespaces chosen() {
    if (allNamespaces) {
      return new Clusters.All();
    }
    return namespace == null ? new Clusters.OfContext() : new Clusters.Only(namespace);
  }

  @Nullable String namespace() {
    return namespace;
  }

  static LocalHost.Settings standIn(Path manifests, Path state) {
    return new LocalHost.Settings(
        manifests, state, LocalCommand.MAXIMUM_RUNS, ThisProgram.worker(), Clock.systemUTC());
  }
}
