package dev.salvor.operator;

import dev.salvor.operator.OperatorSettings.Election;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this instance is the one that works. One that loses the lead must end at once. */
final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final @Nullable Election election;
  private final Runnable gained;
  private final Runnable lost;
  private final AtomicReference<State> state;

  private enum State {
    FOLLOWING,
    LEADING,
    ENDED
  }

  Leadership(@Nullable Election election, Runnable gained, Runnable lost) {
    this.election = election;
    this.gained = gained;
    this.lost = lost;
    this.state = new AtomicReference<>(election == null ? State.LEADING : State.FOLLOWING);
  }

  boolean isLeading() {
    return state.get() == State.LEADING;
  }

  LeaderElectionConfiguration configuration(Election of) {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(of.lease())
        .withLeaseNamespace(of.namespace())
        .withIdentity(of.identity())
        .withLeaseDuration(of.leaseDuration())
        .withRenewDeadline(of.renewDeadline())
        .withRetryPeriod(of.retryPeriod())
        // Ending the process is for the host: tests run several in one.
        .withExitOnStopLeading(false)
        .withLeaderCallbacks(
            new LeaderCallbacks(
                this::start,
                this::stop,
                leader -> LOG.atInfo().addKeyValue("leader", leader).log("leader")))
        .build();
  }

  /** No callback counts from now on. */
  void end() {
    state.set(State.ENDED);
  }

  /** Lets the next leader begin without waiting for the lease to run out. */
  void release(KubernetesClient client) {
    if (election == null) {
      return;
    }
    var lease = client.leases().inNamespace(election.namespace()).withName(election.lease());
    try {
      var held = lease.get();
      if (held != null && election.identity().equals(held.getSpec().getHolderIdentity())) {
        held.getSpec().setHolderIdentity("");
        held.getSpec().setLeaseDurationSeconds(1);
        lease.patch(held);
      }
    } catch (KubernetesClientException e) {
      LOG.atInfo().log("the lease runs out by itself: " + e.getMessage());
    }
  }

  private void start() {
    if (state.compareAndSet(State.FOLLOWING, State.LEADING)) {
      gained.run();
    }
  }

  private void stop() {
    if (state.getAndSet(State.ENDED) == State.LEADING) {
      LOG.warn("no longer the leader");
      lost.run();
    }
  }
}
