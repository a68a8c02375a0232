package dev.salvor.e2e;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays a network plug-in that enforces the one policy there is: a firewall rule for the address of
 * each pod of a namespace that gets Salvor's label.
 */
final class EnforcingNetwork implements AutoCloseable {
  private static final String SEALED = "salvor.dev/sealed";
  private static final String POLICY = "salvor-sealed";

  private static final Logger LOG = LoggerFactory.getLogger(EnforcingNetwork.class);

  private final Cluster cluster;
  private final String namespace;
  private final Set<String> cut = new HashSet<>();
  private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor();

  EnforcingNetwork(Cluster cluster, String namespace) {
    this.cluster = cluster;
    this.namespace = namespace;
    var _ = looks.scheduleWithFixedDelay(this::look, 0, 500, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      cutWhatIsSealed();
    } catch (RuntimeException | AssertionError passing) {
      LOG.warn("the next look sees it again", passing);
    }
  }

  private void cutWhatIsSealed() {
    var policies = cluster.client().network().v1().networkPolicies().inNamespace(namespace);
    if (policies.withName(POLICY).get() == null) {
      return;
    }
    for (var pod : cluster.pods(namespace, SEALED, "true")) {
      var address = pod.getStatus().getPodIP();
      if (address != null && !cut.contains(address)) {
        cluster("cut", address);
        cut.add(address);
      }
    }
  }

  private static void cluster(String command, String address) {
    LocalProgram.run(Map.of(), List.of("src/test/scripts/cluster", command, address)).succeeded();
  }

  /** The addresses are given to other pods later. */
  @Override
  public void close() {
    looks.close();
    cut.forEach(address -> cluster("join", address));
  }
}
