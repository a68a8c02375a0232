package dev.salvor.plan;

import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupRequestStatus;
import dev.salvor.api.BackupStoreStatus;
import dev.salvor.api.Condition;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.Run;
import dev.salvor.api.VerdictOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is told about a resource as an event. Taken from the difference between two statuses, so
 * that looking at a resource twice tells nothing twice.
 *
 * @param key what sets it apart from every other one about the resource
 * @param action what was done, in one word
 */
public record Announcement(String key, Type type, String reason, String action, String note) {
  /** As Kubernetes knows them. */
  public enum Type {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  /** A run was queued. */
  public static Announcement queued(Launch launch) {
    var labels = launch.labels();
    return new Announcement(
        "queued " + labels.name(),
        Type.NORMAL,
        Reason.QUEUED.text(),
        action(labels.purpose().text()),
        "Run " + labels.name() + " is queued.");
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

  /** What a store has to tell. */
  public static List<Announcement> ofStore(
      @Nullable BackupStoreStatus before, BackupStoreStatus after) {
    return ofConditions(before == null ? null : before.conditions(), after.conditions());
  }

  /** What a backup that was asked for has to tell. */
  public static List<Announcement> ofBackup(
      @Nullable BackupRequestStatus before, BackupRequestStatus after) {
    return ofRequest(before == null ? null : before.conditions(), after.conditions());
  }

  /** What a restore has to tell: what became of the database that it kept, too. */
  public static List<Announcement> ofRestore(
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
  public static List<Announcement> ofPolicy(
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
  public static List<Run> recorded(@Nullable BackupPolicyStatus before, BackupPolicyStatus after) {
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
