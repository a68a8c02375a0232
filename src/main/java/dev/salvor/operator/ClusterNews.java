package dev.salvor.operator;

import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.Announcement;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** What only a cluster has to tell. */
final class ClusterNews {
  private ClusterNews() {}

  /** The cluster does not make or change what a decision needs. */
  static Announcement refused(KubernetesClientException refusal) {
    var words = Refusal.words(refusal);
    return new Announcement(
        "refused " + words,
        Announcement.Type.WARNING,
        Reason.REFUSED_BY_CLUSTER.text(),
        "Apply",
        "The cluster refuses what is to be done; it is tried again: " + words);
  }

  /** A workload was scaled to zero for a run. */
  static Announcement scaledToZero(ScaledWorkload mark) {
    return new Announcement(
        "scaled " + mark.uid() + " " + mark.since(),
        Announcement.Type.NORMAL,
        "ScaledToZero",
        "Scale",
        "Scaled from " + mark.replicas() + " to 0 for run " + mark.run() + ".");
  }

  /**
   * It was put back.
   *
   * @param replicas that it had before
   */
  static Announcement putBack(ScaledWorkload mark, int replicas) {
    var isOurs = replicas == 0;
    return new Announcement(
        "back " + mark.uid() + " " + mark.since(),
        isOurs ? Announcement.Type.NORMAL : Announcement.Type.WARNING,
        isOurs ? "ScaledBack" : "ScaledMeanwhile",
        "Scale",
        isOurs
            ? "Scaled back to " + mark.replicas() + " after run " + mark.run() + "."
            : "Somebody else scaled it to "
                + replicas
                + " while it was to be at 0 for run "
                + mark.run()
                + "; that stays.");
  }

  /** What a hook began in a pod is not taken back yet. */
  static Announcement notTakenBack(String run, int hook, HookOutcome outcome, String why) {
    return new Announcement(
        "hook " + run + " " + hook + " " + outcome.getClass().getSimpleName(),
        Announcement.Type.WARNING,
        Reason.HOOK_FAILED.text(),
        "Hook",
        "After run " + run + ", it is tried again: " + why);
  }

  /** What a hook may have begun in a pod is not looked after any more. */
  static Announcement leftAsItIs(String run, int hook, HookOutcome outcome, String why) {
    return new Announcement(
        "hook left " + run + " " + hook + " " + outcome.getClass().getSimpleName(),
        Announcement.Type.WARNING,
        Reason.HOOK_FAILED.text(),
        "Hook",
        "After run " + run + " it is left as it is, since it is not known to hold: " + why);
  }

  /** Commands may not be run any more where a pod is marked. */
  static Announcement notAllowed(String namespace) {
    return new Announcement(
        "hook not allowed",
        Announcement.Type.WARNING,
        Reason.HOOK_FAILED.text(),
        "Hook",
        "What hooks began in it is not taken back: this operator may not run commands in pods of"
            + " namespace "
            + namespace
            + "; install it with that in hooks.namespaces.");
  }

  /** A pod bears a mark that is not understood. */
  static Announcement unreadableMark(String why) {
    return new Announcement(
        "hook unreadable", Announcement.Type.WARNING, Reason.HOOK_FAILED.text(), "Hook", why);
  }
}
