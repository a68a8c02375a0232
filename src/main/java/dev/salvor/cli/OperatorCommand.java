package dev.salvor.cli;

import dev.salvor.operator.KubernetesConnection;
import dev.salvor.operator.OperatorHost;
import dev.salvor.operator.OperatorSettings;
import dev.salvor.operator.OperatorSettings.Concurrency;
import dev.salvor.operator.OperatorSettings.Election;
import dev.salvor.operator.jobs.JobSettings;
import dev.salvor.web.OperatorServer;
import io.fabric8.kubernetes.client.Config;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The Kubernetes host. */
@Command(
    name = "operator",
    description = {
      "The host for Kubernetes: follows Salvor's resources and runs Jobs.",
      "It takes the cluster from its pod's service account, else from the kubeconfig. SIGTERM ends"
          + " it; Jobs go on by themselves, and the next instance goes on where it stood.",
    },
    footer = {
      "",
      "Every option can be given as a variable of the environment too, as the chart does.",
      "Port 8080 serves /healthz, /readyz and /metrics.",
      "",
      "Example:",
      "  salvor operator --image registry.example/salvor:1.0 --leader-election off"
    })
final class OperatorCommand extends Described {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorCommand.class);

  /** Whether there may be several instances. */
  enum Switch {
    ON,
    OFF
  }

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      split = ",",
      defaultValue = "${env:SALVOR_NAMESPACES}",
      description = "Namespaces to follow; else SALVOR_NAMESPACES, else all.")
  private @Nullable List<String> namespaces;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      required = true,
      defaultValue = "${env:SALVOR_IMAGE}",
      description = "Salvor's image, for Jobs; else SALVOR_IMAGE.")
  private String image;

  @Option(
      names = "--image-pull-policy",
      paramLabel = "POLICY",
      defaultValue = "${env:SALVOR_IMAGE_PULL_POLICY:-IfNotPresent}",
      description = "Of the Jobs (default: IfNotPresent).")
  private String imagePullPolicy;

  @Option(
      names = "--image-pull-secret",
      paramLabel = "SECRET",
      split = ",",
      defaultValue = "${env:SALVOR_IMAGE_PULL_SECRETS}",
      description = "Secrets that the Jobs pull images with.")
  private @Nullable List<String> imagePullSecrets;

  @Option(
      names = "--sandbox-image",
      paramLabel = "IMAGE",
      defaultValue = "${env:SALVOR_SANDBOX_IMAGE}",
      description = "Image of the server that verifications restore into; else Salvor's own.")
  private @Nullable String sandboxImage;

  @Option(
      names = "--max-runs",
      paramLabel = "N",
      defaultValue = "${env:SALVOR_MAX_RUNS:-8}",
      description = "Runs at once in all (default: 8).")
  private int maximumRuns;

  @Option(
      names = "--max-runs-per-store",
      paramLabel = "N",
      defaultValue = "${env:SALVOR_MAX_RUNS_PER_STORE:-4}",
      description = "Runs at once on a store that names no limit itself (default: 4).")
  private int maximumRunsPerStore;

  @Option(
      names = "--max-runs-per-node",
      paramLabel = "N",
      defaultValue = "${env:SALVOR_MAX_RUNS_PER_NODE:-4}",
      description = "Runs at once on a node (default: 4).")
  private int maximumRunsPerNode;

  @Option(
      names = "--leader-election",
      paramLabel = "on|off",
      defaultValue = "${env:SALVOR_LEADER_ELECTION:-on}",
      description = "Whether there may be several instances, of which one works (default: on).")
  private Switch leaderElection;

  @Option(
      names = "--lease-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:SALVOR_LEASE_NAMESPACE}",
      description = "Where the Lease is; else SALVOR_LEASE_NAMESPACE, else the pod's namespace.")
  private @Nullable String leaseNamespace;

  @Option(
      names = "--cluster-id",
      paramLabel = "ID",
      defaultValue = "${env:SALVOR_CLUSTER_ID}",
      description =
          "Identity of the cluster, by which repositories know their owner; else the uid of the"
              + " namespace kube-system.")
  private @Nullable String clusterId;

  @Option(
      names = "--scale-to-zero",
      paramLabel = "on|off",
      defaultValue = "${env:SALVOR_SCALE_TO_ZERO:-off}",
      description =
          "Whether policies and restores may scale the users of their claims to zero; the service"
              + " account must be allowed to patch StatefulSets and Deployments (default: off).")
  private Switch scaleToZero;

  @Option(
      names = "--hooks-namespace",
      split = ",",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:SALVOR_HOOKS_NAMESPACES}",
      description =
          "A namespace in whose pods policies may run the commands of their hooks; the service"
              + " account must be allowed pods/exec there (default: none).")
  private @Nullable List<String> hooksNamespaces;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      defaultValue = "${env:SALVOR_METRICS_PORT:-8080}",
      description = "Port for health and metrics (default: 8080).")
  private int metricsPort;

  @Override
  public Integer call() {
    var config = Config.autoConfigure(null);
    var settings = settings(config);
    var ended = new CountDownLatch(1);
    var stop = new CountDownLatch(1);
    var lost = new AtomicBoolean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(stop, ended), "stop"));
    try (var connection = KubernetesConnection.open(config);
        var host =
            new OperatorHost(
                connection,
                settings,
                Clock.systemUTC(),
                () -> {
                  lost.set(true);
                  stop.countDown();
                });
        var server = new OperatorServer(metricsPort, host)) {
      host.start();
      LOG.atInfo().addKeyValue("port", server.port()).log("started");
      stop.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
    return lost.get() ? Exit.FAILED : Exit.OK;
  }

  private OperatorSettings settings(Config config) {
    if (maximumRuns < 1 || maximumRunsPerStore < 1 || maximumRunsPerNode < 1) {
      throw new CommandFailed(Exit.USAGE, "limits must be at least 1, or nothing ever runs");
    }
    return new OperatorSettings(
        Set.copyOf(given(namespaces)),
        new JobSettings(
            image, imagePullPolicy, given(imagePullSecrets), null, emptyIsNull(sandboxImage)),
        new Concurrency(maximumRuns, maximumRunsPerStore, maximumRunsPerNode),
        emptyIsNull(clusterId),
        scaleToZero == Switch.ON,
        Set.copyOf(given(hooksNamespaces)),
        election(config));
  }

  private @Nullable Election election(Config config) {
    if (leaderElection == Switch.OFF) {
      return null;
    }
    var namespace = emptyIsNull(leaseNamespace);
    if (namespace == null) {
      namespace = config.getNamespace();
    }
    if (namespace == null) {
      throw new CommandFailed(
          Exit.USAGE, "--lease-namespace is needed where the pod's namespace is not known");
    }
    var pod = emptyIsNull(System.getenv("HOSTNAME"));
    return new Election(
        namespace,
        "salvor-operator",
        (pod == null ? "salvor" : pod) + "-" + UUID.randomUUID(),
        Election.LEASE_DURATION);
  }

  /** A signal: the host ends in its own time, and the process with it. */
  private static void end(CountDownLatch stop, CountDownLatch ended) {
    stop.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A variable that is not set or empty gives a list of one empty text. */
  private static List<String> given(@Nullable List<String> values) {
    return values == null
        ? List.of()
        : values.stream().map(String::strip).filter(value -> !value.isEmpty()).toList();
  }

  private static @Nullable String emptyIsNull(@Nullable String value) {
    return value == null || value.isBlank() ? null : value;
  }
}
