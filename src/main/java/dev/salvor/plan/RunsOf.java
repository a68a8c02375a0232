package dev.salvor.plan;

import org.jspecify.annotations.Nullable;

/** Whose runs a decision looks at. */
public sealed interface RunsOf {
  /** Whether a run is one of them. */
  boolean covers(RunLabels labels);

  /** Every run of a policy, those of requests included. */
  record Policy(String uid) implements RunsOf {
    @Override
    public boolean covers(RunLabels labels) {
      return uid.equals(labels.policyUid());
    }
  }

  /**
   * The runs that a request asked for.
   *
   * @param named the run that its status names; a host that does not see it looks twice
   */
  record Request(String namespace, String uid, @Nullable String named) implements RunsOf {
    @Override
    public boolean covers(RunLabels labels) {
      return labels.purpose() != Purpose.PROBE && uid.equals(labels.requestUid());
    }
  }

  /** The probes of a store, by namespace and name. */
  record Store(String key) implements RunsOf {
    @Override
    public boolean covers(RunLabels labels) {
      return labels.purpose() == Purpose.PROBE && labels.storeKey().equals(key);
    }
  }
}
