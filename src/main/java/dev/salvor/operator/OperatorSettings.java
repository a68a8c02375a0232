package dev.salvor.operator;

import dev.salvor.operator.jobs.JobSettings;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an installation decides.
 *
 * @param namespaces that are watched; empty: all
 * @param clusterId identity of the cluster; null: the uid of the namespace kube-system
 * @param scaling whether it may scale workloads to zero
 * @param hooks namespaces in whose pods it may run the commands of hooks
 * @param election null: this is the only instance there is
 */
public record OperatorSettings(
    Set<String> namespaces,
    JobSettings jobs,
    Concurrency concurrency,
    @Nullable String clusterId,
    boolean scaling,
    Set<String> hooks,
    @Nullable Election election) {

  public OperatorSettings {
    namespaces = Set.copyOf(namespaces);
    hooks = Set.copyOf(hooks);
  }

  /**
   * How many runs go at once.
   *
   * @param perStore where the store itself says nothing
   */
  public record Concurrency(int perOperator, int perStore, int perNode) {
    public static final Concurrency DEFAULT = new Concurrency(8, 4, 4);

    public Concurrency {
      if (perOperator < 1 || perStore < 1 || perNode < 1) {
        throw new IllegalArgumentException("limits must be at least 1, or nothing ever runs");
      }
    }
  }

  /**
   * How one of several instances becomes the one that works.
   *
   * @param namespace of the Lease
   * @param identity of this instance; the pod's name
   * @param leaseDuration how long a leader that died is waited for
   */
  public record Election(String namespace, String lease, String identity, Duration leaseDuration) {
    /** Kubernetes' own components take the same. */
    public static final Duration LEASE_DURATION = Duration.ofSeconds(15);

    Duration renewDeadline() {
      return leaseDuration.multipliedBy(2).dividedBy(3);
    }

    Duration retryPeriod() {
      return leaseDuration.multipliedBy(2).dividedBy(15);
    }
  }
}
