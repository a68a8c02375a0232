package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupPolicyStatus.Ticks;
import dev.salvor.api.Condition;
import dev.salvor.api.DurationText;
import dev.salvor.api.Failure;
import dev.salvor.api.Objectives;
import dev.salvor.api.Reason;
import dev.salvor.api.Verdict;
import dev.salvor.plan.Conditions.Value;
import dev.salvor.plan.schedule.ClockAhead;
import dev.salvor.plan.schedule.Tick;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a policy's status out of what it remembers. Nothing in it ticks: ages are times. */
final class PolicyStatus {
  /** How old a proof may be where the policy names no objective; the schema's default. */
  private static final String PROOF = "8d";

  /** Failures of a run after which the next run cannot do better without a person. */
  private static final Set<Reason> STALLING =
      Set.of(
          Reason.OWNED_BY_OTHER,
          Reason.REPOSITORY_MISSING,
          Reason.STORE_UNKNOWN,
          Reason.WRONG_PASSWORD);

  private PolicyStatus() {}

  static BackupPolicyStatus write(
      PolicyObserved observed,
      Acceptance acceptance,
      PolicyHistory history,
      Ticks ticks,
      Set<String> heldRuns) {
    var policy = observed.policy();
    var next = nextRuns(observed, acceptance, ticks);
    return new BackupPolicyStatus(
        policy.getMetadata().getGeneration(),
        conditions(observed, acceptance, history),
        history.lastSuccess().orElse(null),
        history.lastVerified().orElse(null),
        history.lastVerification().orElse(null),
        history.lastRefuted().orElse(null),
        next.isEmpty() ? null : next.getFirst(),
        next.isEmpty() ? null : next,
        recoveryPointDue(observed, history).orElse(null),
        history.points().list(),
        history.total(),
        history.runs(heldRuns),
        history.failure().orElse(null),
        history.repository().orElse(null),
        ticks,
        history.maintenance().orElse(null),
        history.restores().isEmpty() ? null : history.restores(),
        policy.getStatus() == null ? null : policy.getStatus().source());
  }

  private static List<String> nextRuns(
      PolicyObserved observed, Acceptance acceptance, Ticks acted) {
    var suspended = Boolean.TRUE.equals(observed.policy().getSpec().suspend());
    if (suspended
        || !(acceptance instanceof Acceptance.Accepted accepted)
        || accepted.backup() == null) {
      return List.of();
    }
    // From the last tick acted on and not from now, or the list would change while nothing happens.
    var from = acted.backup() == null ? acted.since() : acted.backup();
    var after =
        from == null || from.isBefore(observed.now()) || ClockAhead.wrote(from, observed.now())
            ? observed.now()
            : from;
    return accepted.backup().next(3, after).stream()
        .map(Tick::start)
        .map(Instant::toString)
        .toList();
  }

  private static List<Condition> conditions(
      PolicyObserved observed, Acceptance acceptance, PolicyHistory history) {
    var policy = observed.policy();
    var before = policy.getStatus() == null ? null : policy.getStatus().conditions();
    var conditions = new Conditions(before, policy.getMetadata().getGeneration(), observed.now());
    ready(conditions, observed, acceptance, history);
    isProtected(conditions, observed, acceptance, history);
    verified(conditions, observed, history);
    return conditions.list();
  }

  private static void ready(
      Conditions conditions,
      PolicyObserved observed,
      Acceptance acceptance,
      PolicyHistory history) {
    var stalling = history.failure().filter(why -> STALLING.contains(why.reason()));
    var refused = acceptance.refusal();
    if (refused.isPresent()) {
      conditions.refused(refused.get());
    } else if (stalling.isPresent()) {
      conditions.stalled(stalling.get().reason(), stalling.get().message());
    } else if (history.repository().isEmpty()) {
      conditions.progressing(Reason.PROGRESSING, "The repository is looked at for the first time.");
    } else if (Boolean.TRUE.equals(observed.policy().getSpec().suspend())) {
      conditions.ready(Reason.SUSPENDED, "Nothing is started on schedule; requests still run.");
    } else if (history.repository().get().frozen() != null) {
      conditions.ready(
          Reason.SOURCE_CHANGED,
          "Backups go on, but the database system is another one than before: nothing is forgotten"
              + " until a new point is Verified and "
              + PolicyPlanner.lineageToken(history.repository().get().lineage())
              + " is in spec.acknowledge.");
    } else {
      conditions.ready(Reason.ACCEPTED, "Accepted and scheduled.");
    }
  }

  private static void isProtected(
      Conditions conditions,
      PolicyObserved observed,
      Acceptance acceptance,
      PolicyHistory history) {
    var due = recoveryPointDue(observed, history);
    var late = due.filter(time -> observed.now().isAfter(time)).isPresent();
    // Without its claims nothing is started that could fail.
    var failure = acceptance.withoutClaims().or(history::failure);
    if (late) {
      var why = failure.map(last -> " " + trouble(acceptance) + last.message()).orElse("");
      conditions.set(
          Conditions.PROTECTED,
          Value.FALSE,
          failure.map(Failure::reason).orElse(Reason.OBJECTIVE_MISSED),
          "There is no recovery point as young as the objective asks for." + why);
    } else if (history.lastSuccess().isEmpty()) {
      conditions.set(
          Conditions.PROTECTED,
          Value.UNKNOWN,
          failure.map(Failure::reason).orElse(Reason.NEVER_BACKED_UP),
          failure.map(Failure::message).orElse("There is no recovery point yet."));
    } else if (isAhead(observed, history.lastSuccess().get().time())) {
      conditions.set(
          Conditions.PROTECTED,
          Value.UNKNOWN,
          Reason.UNKNOWN,
          "The newest recovery point has a time that is still to come: a clock was ahead. The next"
              + " backup tells.");
    } else if (due.isEmpty() && failure.isPresent()) {
      conditions.set(
          Conditions.PROTECTED,
          Value.FALSE,
          failure.get().reason(),
          trouble(acceptance) + failure.get().message());
    } else {
      conditions.set(
          Conditions.PROTECTED,
          Value.TRUE,
          Reason.WITHIN_OBJECTIVE,
          due.isPresent()
              ? "The newest recovery point is younger than the objective."
              : "The last backup succeeded; the policy names no objective.");
    }
  }

  private static boolean isAhead(PolicyObserved observed, Instant time) {
    return ClockAhead.wrote(time, observed.now());
  }

  private static String trouble(Acceptance acceptance) {
    return acceptance.withoutClaims().isPresent()
        ? "No backup is started: "
        : "The last run failed: ";
  }

  private static void verified(
      Conditions conditions, PolicyObserved observed, PolicyHistory history) {
    var policy = observed.policy();
    var last = history.lastVerification().orElse(null);
    var proof = history.lastVerified().orElse(null);
    var due = proofDue(policy, proof);
    var refuted = history.lastRefuted();
    var loss = history.loss();
    if (loss.isPresent()) {
      conditions.set(Conditions.VERIFIED, Value.FALSE, loss.get().reason(), loss.get().message());
    } else if (refuted.isPresent()) {
      conditions.set(
          Conditions.VERIFIED, Value.FALSE, Reason.REFUTED, refuted(history, refuted.get()));
    } else if (proof == null || due.isEmpty()) {
      var unproven =
          last == null ? Reason.NEVER_VERIFIED : Defaults.orElse(last.reason(), Reason.UNPROVEN);
      conditions.set(
          Conditions.VERIFIED,
          Value.UNKNOWN,
          unproven,
          last == null
              ? "No recovery point was ever restored and checked."
              : "The last verification could not find out: " + last.message());
    } else if (isStale(policy, proof)) {
      conditions.set(
          Conditions.VERIFIED,
          Value.UNKNOWN,
          Reason.PROOF_TOO_OLD,
          proof.checksHash() == null
              ? "Whether the newest proof answered these checks is not known: it was found in the"
                  + " store."
              : "The checks were changed since the last proof.");
    } else if (isAhead(observed, proof.time())) {
      conditions.set(
          Conditions.VERIFIED,
          Value.UNKNOWN,
          Reason.PROOF_TOO_OLD,
          "The newest proof has a time that is still to come: a clock was ahead.");
    } else if (observed.now().isAfter(due.get())) {
      conditions.set(
          Conditions.VERIFIED,
          Value.UNKNOWN,
          Reason.PROOF_TOO_OLD,
          "The newest proof is older than the objective.");
    } else {
      conditions.set(
          Conditions.VERIFIED,
          Value.TRUE,
          Reason.VERIFIED,
          "A recovery point was restored, compared with its source and found equal.");
    }
  }

  private static String refuted(PolicyHistory history, Verdict refuted) {
    var good =
        history
            .points()
            .newestVerified()
            .map(point -> "The last known good one is " + point.id() + ".")
            .orElse("No good one is known yet.");
    var why = refuted.message() == null ? "" : refuted.message() + " ";
    return "Recovery point "
        + refuted.recoveryPoint()
        + " is wrong, and no newer one is proven. "
        + why
        + good;
  }

  private static boolean isStale(BackupPolicy policy, @Nullable Verdict proof) {
    var checks = TaskBuilder.checks(policy.getSpec().verification());
    var hash = proof == null ? null : proof.checksHash();
    // Which checks a stored proof answered is not known: some, if any are wanted now, it did not.
    return hash == null ? !checks.isEmpty() : !hash.equals(ChecksHash.of(checks));
  }

  /** When the newest proof is too old; empty if there is none. */
  static Optional<Instant> proofDue(BackupPolicy policy, @Nullable Verdict proof) {
    var objectives = policy.getSpec().objectives();
    var age = objectives == null || objectives.proof() == null ? PROOF : objectives.proof();
    return proof == null
        ? Optional.empty()
        : Optional.of(proof.time().plus(DurationText.parse(age)));
  }

  /** When Protected turns false; counted from the policy's creation where nothing succeeded yet. */
  private static Optional<Instant> recoveryPointDue(
      PolicyObserved observed, PolicyHistory history) {
    var objective =
        Optional.ofNullable(observed.policy().getSpec().objectives())
            .map(Objectives::recoveryPoint)
            .map(DurationText::parse);
    return objective.map(age -> newestOrCreation(observed, history).plus(age));
  }

  private static Instant newestOrCreation(PolicyObserved observed, PolicyHistory history) {
    var created = observed.policy().getMetadata().getCreationTimestamp();
    return history
        .lastSuccess()
        .map(BackupPolicyStatus.LastSuccess::time)
        .orElseGet(() -> created == null ? observed.now() : Instant.parse(created));
  }
}
