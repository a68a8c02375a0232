package dev.salvor.operator;

import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.Condition;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.Run;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.Launch;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is told about a resource as an event of Kubernetes. Taken from the difference between two
 * statuses, so that looking at a resource twice tells nothing twice.
 *
 * @param key what sets it apart from every other one about the resource
 * @param action what was done, in one word
 */
record Announcement(String key, Type type, String reason, String action, String note) {
  /** As Kubernetes knows them. */
  enum Type {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /** A run was queued. */
  static Announcement queued(Launch launch) {
    var labels = launch.labels();
    return new Announcement(
        "queued " + labels.name(),
        Type.NORMAL,
        Reason.QUEUED.text(),
        action(labels.purpose().text()),
        "Run " + labels.name() + " is queued.");
  }

  /** The cluster does not make or change what a decision needs. */
  static Announcement refused(KubernetesClientException refusal) {
    var words = Refusal.words(refusal);
    return new Announcement(
        "refused " + words,
        Type.WARNING,
        Reason.REFUSED_BY_CLUSTER.text(),
        "Apply",
        "The cluster refuses what is to be done; it is tried again: " + words);
  }

  /** A workload was scaled to zero for a run. */
  static Announcement scaledToZero(ScaledWorkload mark) {
    return new Announcement(
        "scaled " + mark.uid() + " " + mark.since(),
        Type.NORMAL,
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
        isOurs ? Type.NORMAL : Type.WARNING,
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
        Type.WARNING,
        Reason.HOOK_FAILED.text(),
        "Hook",
        "After run " + run + ", it is tried again: " + why);
  }

  /** What a hook may have begun in a pod is not looked after any more. */
  static Announcement leftAsItIs(String run, int hook, HookOutcome outcome, String why) {
    return new Announcement(
        "hook left " + run + " " + hook + " " + outcome.getClass().getSimpleName(),
        Type.WARNING,
        Reason.HOOK_FAILED.text(),
        "Hook",
        "After run " + run + " it is left as it is, since it is not known to hold: " + why);
  }

  /** Commands may not be run any more where a pod is marked. */
  static Announcement notAllowed(String namespace) {
    return new Announcement(
        "hook not allowed",
        Type.WARNING,
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
        "hook unreadable", Type.WARNING, Reason.HOOK_FAILED.text(), "Hook", why);
  }

  /** What the conditions of any resource have to tell. */
  static List<Announcement> ofConditions(
      @Nullable List<Condition> before, @Nullable List<Condition> after) {
    var told = new ArrayList<Announcement>();
    turnedTrue(Conditions.STALLED, before, after)
        .ifPresent(condition -> told.add(of(condition, Type.WARNING)));
    return told;
  }

  /** What the conditions of a one-shot have to tell: that it is done, too. */
  static List<Announcement> ofRequest(
      @Nullable List<Condition> before, @Nullable List<Condition> after) {
    var told = new ArrayList<>(ofConditions(before, after));
    turnedTrue(Conditions.READY, before, after)
        .ifPresent(condition -> told.add(of(condition, Type.NORMAL)));
    return told;
  }

  /** What a restore has to tell: what became of the database that it kept, too. */
  static List<Announcement> ofRestore(
      @Nullable RestoreRequestStatus before, RestoreRequestStatus after) {
    var told =
        new ArrayList<>(ofRequest(before == null ? null : before.conditions(), after.conditions()));
    var undo = after.undo();
    var known = before == null || before.undo() == null ? null : before.undo().note();
    if (undo != null && undo.note() != null && !undo.note().equals(known)) {
      var isGone = undo.dropped() != null;
      told.add(
          new Announcement(
              "kept " + undo.note(),
              isGone ? Type.NORMAL : Type.WARNING,
              isGone ? "KeptDatabaseGone" : "KeptDatabaseLeft",
              "Drop",
              "Database " + undo.keptDatabase() + ": " + undo.note()));
    }
    return told;
  }

  /** What a policy has to tell. */
  static List<Announcement> ofPolicy(
      @Nullable BackupPolicyStatus before, BackupPolicyStatus after) {
    var told = new ArrayList<Announcement>();
    recorded(before, after).forEach(run -> told.add(ended(run, after)));
    var verdict = after.lastVerification();
    if (verdict != null
        && verdict.outcome() == VerdictOutcome.REFUTED
        && (before == null || !verdict.equals(before.lastVerification()))) {
      told.add(
          new Announcement(
              "refuted " + verdict.recoveryPoint() + " " + verdict.time(),
              Type.WARNING,
              Reason.REFUTED.text(),
              action("verify"),
              "Recovery point "
                  + verdict.recoveryPoint()
                  + " was restored and is wrong. "
                  + Optional.ofNullable(verdict.message()).orElse("")));
    }
    told.addAll(ofConditions(before == null ? null : before.conditions(), after.conditions()));
    return told;
  }

  /** Runs whose end the status records for the first time. */
  static List<Run> recorded(@Nullable BackupPolicyStatus before, BackupPolicyStatus after) {
    var known = before == null || before.runs() == null ? List.<Run>of() : before.runs();
    var now = after.runs() == null ? List.<Run>of() : after.runs();
    return now.stream()
        .filter(run -> run.finished() != null)
        .filter(run -> known.stream().noneMatch(old -> old.name().equals(run.name())))
        .toList();
  }

  private static Announcement ended(Run run, BackupPolicyStatus status) {
    var succeeded = run.reason() == null && run.outcome().equals("Succeeded");
    var reason =
        succeeded ? Reason.SUCCEEDED : Optional.ofNullable(run.reason()).orElse(Reason.UNKNOWN);
    var why =
        !succeeded && status.failure() != null && status.failure().reason() == run.reason()
            ? " " + status.failure().message()
            : "";
    var point = run.recoveryPoint() == null ? "" : " Recovery point " + run.recoveryPoint() + ".";
    return new Announcement(
        "ended " + run.name(),
        succeeded ? Type.NORMAL : Type.WARNING,
        reason.text(),
        action(run.purpose()),
        "Run " + run.name() + (succeeded ? " succeeded." : " failed.") + why + point);
  }

  private static Announcement of(Condition condition, Type type) {
    return new Announcement(
        condition.type() + " " + condition.reason() + " " + condition.lastTransitionTime(),
        type,
        condition.reason(),
        "Judge",
        condition.message());
  }

  private static Optional<Condition> turnedTrue(
      String type, @Nullable List<Condition> before, @Nullable List<Condition> after) {
    return Conditions.isTrue(before, type)
        ? Optional.empty()
        : Conditions.find(after, type).filter(condition -> condition.status().equals("True"));
  }

  private static String action(String purpose) {
    return Character.toUpperCase(purpose.charAt(0)) + purpose.substring(1);
  }
}
