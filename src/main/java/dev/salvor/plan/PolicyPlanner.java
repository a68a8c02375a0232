package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupPolicyStatus.RepositoryStatus;
import dev.salvor.api.BackupPolicyStatus.Ticks;
import dev.salvor.api.Reason;
import dev.salvor.plan.schedule.ClockAhead;
import dev.salvor.task.RepositoryTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides about a policy: records what ended, launches what is due, says how things stand. Pure; a
 * host carries the decision out.
 */
public final class PolicyPlanner {
  /** Nothing that a policy waits for is looked at less often. */
  static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private static final Duration SOON = Duration.ofSeconds(1);

  /** What a host says only of a run whose worker it did not start. */
  private static final Set<Reason> WITHOUT_WORKER =
      Set.of(Reason.SNAPSHOT_FAILED, Reason.SOURCE_UNREACHABLE, Reason.CONTAINER_UNUSABLE);

  private PolicyPlanner() {}

  public static Decision<BackupPolicyStatus> decide(PolicyObserved seen) {
    var observed = seen.spelledOut();
    var acceptance = Acceptance.judge(observed);
    var history = new PolicyHistory(observed.policy());
    var launches = new ArrayList<Launch>();
    observed.runs().forEach(run -> settle(observed, acceptance, history, run, launches));
    thawIfProven(observed, history);

    var overtaken = overtaken(observed, history);
    var schedules = dueAgain(schedulesOf(observed), overtaken);
    var due =
        switch (acceptance) {
          case Acceptance.Refused refused -> new DueWork.Due(schedules, List.of(), null);
          case Acceptance.Accepted accepted ->
              new DueWork(observed, accepted, history, schedules).find();
        };
    launches.addAll(due.launches());

    var held = observed.runs().stream().map(run -> run.labels().name()).collect(Collectors.toSet());
    var status = PolicyStatus.write(observed, acceptance, history, due.ticks(), held);
    return new Decision<>(
        status,
        launches,
        Stream.concat(removable(observed, history), overtaken.stream().map(RunLabels::name))
            .toList(),
        overtaken.isEmpty() ? lookAgain(observed, due.next(), status) : observed.now().plus(SOON));
  }

  /** An ended run is recorded; one without a report is looked up in the repository first. */
  private static void settle(
      PolicyObserved observed,
      Acceptance acceptance,
      PolicyHistory history,
      RunView run,
      List<Launch> launches) {
    if (!run.hasEnded() || history.holds(run.labels().name())) {
      return;
    }
    var lost =
        run.reports().isEmpty() && run.labels().purpose() == Purpose.BACKUP && mayHaveWorked(run);
    if (!lost || !(acceptance instanceof Acceptance.Accepted accepted)) {
      history.record(run);
      return;
    }
    var inspection = DueWork.inspectionOf(observed, accepted.store(), run);
    var name = inspection.labels().name();
    var found =
        observed.runs().stream().filter(other -> other.labels().name().equals(name)).findFirst();
    if (found.isEmpty()) {
      launches.add(inspection);
    } else if (found.get().hasEnded()) {
      history.recordLost(run, found.get());
    }
  }

  /** A run whose snapshots or credentials could not be had never had a worker. */
  private static boolean mayHaveWorked(RunView run) {
    var why = run.hostFailure();
    return run.mayHaveClosed() && (why == null || !WITHOUT_WORKER.contains(why.reason()));
  }

  /**
   * Forgetting was frozen when the database system changed; it goes on once the new one is proven
   * and a person said so (SAFETY 33).
   */
  private static void thawIfProven(PolicyObserved observed, PolicyHistory history) {
    var repository = history.repository().orElse(null);
    if (repository == null || !Boolean.TRUE.equals(repository.frozen())) {
      return;
    }
    var proven =
        history
            .points()
            .newestVerified()
            .filter(
                point ->
                    repository.lineage() != null && repository.lineage().equals(point.lineage()))
            .isPresent();
    if (proven
        && Acceptance.acknowledged(observed.policy().getSpec())
            .contains(lineageToken(repository.lineage()))) {
      history.thaw();
    }
  }

  static String lineageToken(@Nullable String lineage) {
    return RepositoryTarget.lineageToken(lineage);
  }

  private static Ticks schedulesOf(PolicyObserved observed) {
    var policy = observed.policy();
    var spec = policy.getSpec();
    var digest =
        StableHash.of(
                String.valueOf(spec.schedule()),
                String.valueOf(spec.verification() == null ? null : spec.verification().schedule()),
                String.valueOf(spec.maintenance() == null ? null : spec.maintenance().schedule()))
            .letters(12);
    var before = policy.getStatus() == null ? null : policy.getStatus().ticks();
    if (before == null) {
      return new Ticks(observed.now(), digest, null, null, null);
    }
    var same = digest.equals(before.schedules());
    return new Ticks(
        same && isPast(before.since(), observed.now()) ? before.since() : observed.now(),
        digest,
        before.backup(),
        before.verification(),
        before.maintenance());
  }

  private static boolean isPast(@Nullable Instant since, Instant now) {
    return since != null && !ClockAhead.wrote(since, now);
  }

  /**
   * Maintenance that waits for its turn, perhaps for hours, would go by the rules, pins and
   * verdicts of when it was asked for. It is taken back.
   */
  private static List<RunLabels> overtaken(PolicyObserved observed, PolicyHistory history) {
    return isAskedAsBefore(observed.policy(), history)
        ? List.of()
        : observed.runs().stream()
            .filter(run -> run.state() == RunView.State.QUEUED)
            .map(RunView::labels)
            .filter(labels -> labels.purpose() == Purpose.MAINTAIN)
            .toList();
  }

  private static boolean isAskedAsBefore(BackupPolicy policy, PolicyHistory history) {
    var before = policy.getStatus();
    return before != null
        && Objects.equals(before.observedGeneration(), policy.getMetadata().getGeneration())
        && Objects.equals(before.lastVerification(), history.lastVerification().orElse(null))
        && isFrozen(before.repository()) == isFrozen(history.repository().orElse(null));
  }

  private static boolean isFrozen(@Nullable RepositoryStatus repository) {
    return repository != null && Boolean.TRUE.equals(repository.frozen());
  }

  /** What was taken back counts as not yet acted on: it comes anew while there is time for it. */
  private static Ticks dueAgain(Ticks ticks, List<RunLabels> overtaken) {
    var acted = ticks.maintenance();
    return acted != null && overtaken.stream().anyMatch(labels -> labels.tick().equals(acted))
        ? new Ticks(
            ticks.since(),
            ticks.schedules(),
            ticks.backup(),
            ticks.verification(),
            acted.minusSeconds(1))
        : ticks;
  }

  private static Stream<String> removable(PolicyObserved observed, PolicyHistory history) {
    return observed.runs().stream()
        .filter(RunView::hasEnded)
        .map(RunView::labels)
        .filter(labels -> history.holds(labels.name()))
        .filter(
            labels ->
                labels.requestUid() == null
                    || !observed.openRequests().contains(labels.requestUid()))
        .map(RunLabels::name);
  }

  private static Instant lookAgain(
      PolicyObserved observed, @Nullable Instant next, BackupPolicyStatus status) {
    var latest = observed.now().plus(LONGEST_WAIT);
    var candidates = new ArrayList<Instant>();
    candidates.add(latest);
    if (next != null) {
      candidates.add(next);
    }
    if (status.nextRecoveryPointDue() != null) {
      candidates.add(status.nextRecoveryPointDue().plusSeconds(1));
    }
    PolicyStatus.proofDue(observed.policy(), status.lastVerifiedRestore())
        .ifPresent(due -> candidates.add(due.plusSeconds(1)));
    return candidates.stream()
        .filter(time -> time.isAfter(observed.now()))
        .min(Instant::compareTo)
        .orElse(latest);
  }
}
