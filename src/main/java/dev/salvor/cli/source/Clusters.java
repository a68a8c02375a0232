package dev.salvor.cli.source;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens clusters as kubectl does. Loaded only where a cluster is meant. */
public final class Clusters {
  /** A person waits: what is away is said soon. The command can be given again. */
  private static final int RETRIES = 1;

  private static final int CONNECT_MILLISECONDS = 10_000;
  private static final int ANSWER_MILLISECONDS = 30_000;

  /** What the configuration of a pod's own service account is called. */
  private static final String OWN_ACCOUNT = "(service account of this pod)";

  private Clusters() {}

  /** Which namespaces are looked at. */
  public sealed interface Namespaces {}

  /** Every one. */
  public record All() implements Namespaces {}

  /** The one that the context names; else default. */
  public record OfContext() implements Namespaces {}

  /** This one. */
  public record Only(String name) implements Namespaces {}

  /**
   * Opens a cluster; nothing is asked of it yet.
   *
   * @throws CommandFailed if the kubeconfig or the context is not there
   */
  public static ClusterResources open(SourceChoice.Cluster choice, Namespaces namespaces) {
    return new ClusterResources(api(choice, namespaces), namespaces);
  }

  /** The API server alone. */
  public static ClusterApi api(SourceChoice.Cluster choice, Namespaces namespaces) {
    var config = config(choice.kubeconfig(), choice.context());
    config.setRequestRetryBackoffLimit(RETRIES);
    config.setConnectionTimeout(CONNECT_MILLISECONDS);
    config.setRequestTimeout(ANSWER_MILLISECONDS);
    var namespace =
        switch (namespaces) {
          case Only(var name) -> name;
          case All() -> ofContext(config);
          case OfContext() -> ofContext(config);
        };
    var place = new ClusterPlace(context(config), config.getMasterUrl(), namespace);
    return new ClusterApi(new KubernetesClientBuilder().withConfig(config).build(), place);
  }

  private static String ofContext(Config config) {
    return Objects.requireNonNullElse(config.getNamespace(), "default");
  }

  private static Config config(@Nullable Path kubeconfig, @Nullable String context) {
    if (kubeconfig != null && !Files.isReadable(kubeconfig)) {
      throw new CommandFailed(
          Exit.NO_INPUT, "the kubeconfig " + kubeconfig + " is not there or cannot be read");
    }
    Config config;
    try {
      config =
          kubeconfig == null
              ? new ConfigBuilder(Config.autoConfigure(context)).build()
              : Config.fromKubeconfig(context, kubeconfig.toFile());
    } catch (RuntimeException unreadable) {
      throw new CommandFailed(
          Exit.NO_INPUT,
          "the kubeconfig cannot be used: "
              + unreadable.getMessage()
              + "; 'kubectl config view' shows it");
    }
    check(config, context);
    return config;
  }

  private static void check(Config config, @Nullable String wanted) {
    var names =
        Optional.ofNullable(config.getContexts()).orElse(List.of()).stream()
            .map(NamedContext::getName)
            .toList();
    if (wanted != null && !names.contains(wanted)) {
      throw new CommandFailed(
          Exit.NO_INPUT, "the kubeconfig has no context '" + wanted + "'; there are " + names);
    }
    if (wanted == null && config.getCurrentContext() == null && !names.isEmpty()) {
      throw new CommandFailed(
          Exit.NO_INPUT, "the kubeconfig names no current context; choose by --context " + names);
    }
  }

  private static String context(Config config) {
    return config.getCurrentContext() == null ? OWN_ACCOUNT : config.getCurrentContext().getName();
  }
}
