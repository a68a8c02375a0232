package dev.salvor.plan;

import java.util.List;
import java.util.Set;

/**
 * Runs that no resource will ever record: their policy is gone, and so is who asked. One that was
 * asked for and has not begun goes with who asked, whatever the policy: it is not wanted any more.
 * One that drops what a restore kept is asked for by a request that is done, and goes when that is
 * gone.
 */
public final class UnwantedRuns {
  private UnwantedRuns() {}

  /**
   * Who can still record a run.
   *
   * @param policies their uids
   * @param requests uids of all
   * @param openRequests uids of requests that are not done
   * @param stores by namespace and name
   */
  public record Living(
      Set<String> policies, Set<String> requests, Set<String> openRequests, Set<String> stores) {}

  /** Names of the unwanted ones; one that works is left to end. */
  public static List<String> of(List<RunView> runs, Living living) {
    return runs.stream()
        .filter(run -> run.state() != RunView.State.RUNNING)
        .filter(run -> isTakenBack(run, living) || isUnwanted(run.labels(), living))
        .map(run -> run.labels().name())
        .toList();
  }

  private static boolean isTakenBack(RunView run, Living living) {
    var request = run.labels().requestUid();
    return run.state() == RunView.State.QUEUED
        && run.labels().purpose() != Purpose.PROBE
        && request != null
        && !asking(run.labels(), living).contains(request);
  }

  private static boolean isUnwanted(RunLabels labels, Living living) {
    if (labels.purpose() == Purpose.PROBE) {
      return !living.stores().contains(labels.storeKey());
    }
    var policy = labels.policyUid();
    var request = labels.requestUid();
    return (policy == null || !living.policies().contains(policy))
        && (request == null || !asking(labels, living).contains(request));
  }

  private static Set<String> asking(RunLabels labels, Living living) {
    return labels.purpose() == Purpose.DROP ? living.requests() : living.openRequests();
  }
}
