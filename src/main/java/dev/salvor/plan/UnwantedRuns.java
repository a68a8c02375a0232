package dev.salvor.plan;

import java.util.List;
import java.util.Set;

/** Runs that no resource will ever record: their policy is gone, and so is who asked. */
public final class UnwantedRuns {
  private UnwantedRuns() {}

  /**
   * Who can still record a run.
   *
   * @param policies their uids
   * @param openRequests uids of requests that are not done
   * @param stores by namespace and name
   */
  public record Living(Set<String> policies, Set<String> openRequests, Set<String> stores) {}

  /** Names of the unwanted ones; one that works is left to end. */
  public static List<String> of(List<RunView> runs, Living living) {
    return runs.stream()
        .filter(run -> run.state() != RunView.State.RUNNING)
        .map(RunView::labels)
        .filter(labels -> isUnwanted(labels, living))
        .map(RunLabels::name)
        .toList();
  }

  private static boolean isUnwanted(RunLabels labels, Living living) {
    if (labels.purpose() == Purpose.PROBE) {
      return !living.stores().contains(labels.storeKey());
    }
    var policy = labels.policyUid();
    var request = labels.requestUid();
    return (policy == null || !living.policies().contains(policy))
        && (request == null || !living.openRequests().contains(request));
  }
}
