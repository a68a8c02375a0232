package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus.MaintenanceStatus;
import dev.salvor.api.BackupPolicyStatus.RepositoryStatus;
import dev.salvor.api.BackupPolicyStatus.Ticks;
import dev.salvor.api.BackupStore;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.api.RecoveryPoint;
import dev.salvor.api.Run;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.Verdict;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.Retries.Memory;
import dev.salvor.plan.schedule.ClockAhead;
import dev.salvor.plan.schedule.Tick;
import dev.salvor.plan.schedule.TickDecision;
import dev.salvor.plan.schedule.TickMemory;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a policy that can work has to do now: first contact with the repository, the backup,
 * verification and maintenance that a tick, a retry or an earlier run asks for.
 */
final class DueWork {
  private static final Duration CLAIMS_AGAIN = Duration.ofMinutes(1);

  /**
   * What is due.
   *
   * @param ticks as they are once the launches are carried out
   * @param next when the next is; null: no schedule
   */
  record Due(Ticks ticks, List<Launch> launches, @Nullable Instant next) {}

  private final PolicyObserved observed;
  private final Acceptance.Accepted accepted;
  private final PolicyHistory history;
  private final BackupPolicy policy;
  private final TaskBuilder tasks;
  private final List<Launch> launches = new ArrayList<>();
  private final List<Instant> later = new ArrayList<>();
  private Ticks ticks;

  DueWork(
      PolicyObserved observed, Acceptance.Accepted accepted, PolicyHistory history, Ticks ticks) {
    this.observed = observed;
    this.accepted = accepted;
    this.history = history;
    this.policy = observed.policy();
    this.tasks = new TaskBuilder(observed.host(), observed.cluster());
    this.ticks = ticks;
  }

  Due find() {
    if (history.repository().isEmpty()) {
      firstContact();
    } else {
      backup();
      verification();
      maintenance();
    }
    return new Due(ticks, launches, later.stream().min(Instant::compareTo).orElse(null));
  }

  /** The catalogue is rebuilt from the store: it may hold points that this status never saw. */
  private void firstContact() {
    if (isRunning(Purpose.INSPECT)) {
      return;
    }
    var failed = history.attempts(Purpose.INSPECT, since());
    var attempt = failed.size() + 1;
    if (!failed.isEmpty()) {
      var again =
          failed.getLast().finished() == null
              ? observed.now()
              : failed.getLast().finished().plus(StorePlanner.AFTER_FAILURE);
      if (again.isAfter(observed.now())) {
        later.add(again);
        return;
      }
    }
    var labels =
        labels(Purpose.INSPECT, new RunNames.Cause.Scheduled(since()), null, since(), attempt);
    launches.add(
        new Launch(
            labels,
            List.of(
                tasks.inspect(
                    labels,
                    tasks.repository(policy, accepted.store()),
                    accepted.store(),
                    null,
                    null))));
  }

  private void backup() {
    if (isRunning(Purpose.BACKUP)) {
      return;
    }
    if (accepted.claims() instanceof ClaimChoice.Unavailable) {
      // Nobody tells of a claim that appears; what is due meanwhile is caught up once it is there.
      later.add(observed.now().plus(CLAIMS_AGAIN));
      return;
    }
    var healed = healed();
    var newest = history.points().newestComplete().map(RecoveryPoint::time).orElse(Instant.MIN);
    if (healed != null && newest.isBefore(healed)) {
      launchOrRetry(Purpose.BACKUP, healed);
      return;
    }
    if (Boolean.TRUE.equals(policy.getSpec().runOnCreate()) && ticks.backup() == null) {
      acted(Purpose.BACKUP, since());
    }
    tick(Purpose.BACKUP, accepted.backup(), ticks.backup());
  }

  private void verification() {
    if (isRunning(Purpose.VERIFY)) {
      return;
    }
    var last = history.lastVerification().orElse(null);
    if (last != null && last.outcome() == VerdictOutcome.REFUTED) {
      var next = history.points().nextAfterRefuted();
      if (next.isPresent()) {
        verify(
            next.get(),
            new RunNames.Cause.Following(last.recoveryPoint(), next.get().id() + " " + last.time()),
            last.time(),
            1,
            Memory.AS_SPECIFIED);
        return;
      }
    }
    var healed = healed();
    var newest = history.points().newestComplete().orElse(null);
    if (healed != null
        && newest != null
        && newest.time().isAfter(healed)
        && newest.verdict() == null) {
      verify(newest, new RunNames.Cause.Scheduled(healed), healed, 1, Memory.AS_SPECIFIED);
      return;
    }
    tick(Purpose.VERIFY, accepted.verification(), ticks.verification());
  }

  private void maintenance() {
    if (isRunning(Purpose.MAINTAIN) || history.total() == 0) {
      return;
    }
    var damage = unmendedDamage();
    if (damage.isPresent()) {
      launchOrRetry(Purpose.MAINTAIN, damage.get().time());
      return;
    }
    tick(Purpose.MAINTAIN, accepted.maintenance(), ticks.maintenance());
  }

  private @Nullable Instant healed() {
    return history
        .maintenance()
        .map(MaintenanceStatus::healed)
        .filter(time -> !isAhead(time))
        .orElse(null);
  }

  private boolean isAhead(Instant time) {
    return ClockAhead.wrote(time, observed.now());
  }

  private Optional<Verdict> unmendedDamage() {
    return history
        .lastVerification()
        .filter(last -> last.outcome() == VerdictOutcome.REFUTED && isStoreDamage(last.reason()))
        .filter(last -> !isAhead(last.time()) && !maintainedSince(last.time()));
  }

  private boolean maintainedSince(Instant time) {
    return history
        .maintenance()
        .map(MaintenanceStatus::lastPrune)
        .filter(done -> done.isAfter(time) && !isAhead(done))
        .isPresent();
  }

  private static boolean isStoreDamage(@Nullable Reason reason) {
    return reason == Reason.STORE_DAMAGED || reason == Reason.CORRUPT_RECOVERY_POINT;
  }

  /** A tick that is due is launched; a tick that was acted on and failed may be tried again. */
  private void tick(
      Purpose purpose,
      dev.salvor.plan.schedule.@Nullable Ticks schedule,
      @Nullable Instant lastActed) {
    if (lastActed != null && retry(purpose, lastActed, schedule)) {
      return;
    }
    if (schedule == null) {
      return;
    }
    switch (schedule.decide(observed.now(), new TickMemory(since(), lastActed))) {
      case TickDecision.NotYet(var next, var missedSince) -> later.add(next.start());
      case TickDecision.Due(Tick tick) -> {
        if (Boolean.TRUE.equals(policy.getSpec().suspend())) {
          later.add(schedule.next(tick.nominal()).start());
        } else {
          acted(purpose, tick.nominal());
          if (history.attempts(purpose, tick.nominal()).isEmpty()) {
            launch(purpose, tick.nominal(), 1, Memory.AS_SPECIFIED);
          }
        }
      }
    }
  }

  /** True if a retry of that tick is launched or waited for. */
  private boolean retry(
      Purpose purpose, Instant tick, dev.salvor.plan.schedule.@Nullable Ticks schedule) {
    var attempts = history.attempts(purpose, tick);
    if (attempts.isEmpty()) {
      return unstarted(purpose, tick);
    }
    var last = attempts.getLast();
    if (last.reason() == null || (last.finished() != null && isAhead(last.finished()))) {
      return false;
    }
    var next = schedule == null ? null : schedule.next(observed.now()).start();
    if (!(Retries.after(work(purpose, tick, attempts, next))
        instanceof Retries.Retry.Again(var at, var attempt, var memory))) {
      return false;
    }
    if (at.isAfter(observed.now())) {
      later.add(at);
    } else {
      launch(purpose, tick, attempt, memory);
    }
    return true;
  }

  /** runOnCreate notes its tick before the run is seen; the launch has the same name each time. */
  private boolean unstarted(Purpose purpose, Instant tick) {
    if (purpose == Purpose.BACKUP && tick.equals(since()) && history.lastSuccess().isEmpty()) {
      launch(purpose, tick, 1, Memory.AS_SPECIFIED);
      return true;
    }
    return false;
  }

  private Retries.FailedWork work(
      Purpose purpose, Instant tick, List<Run> attempts, @Nullable Instant next) {
    var reasons =
        attempts.stream().map(run -> run.reason() == null ? Reason.UNKNOWN : run.reason()).toList();
    var ended = attempts.getLast().finished();
    var allowed = policy.getSpec().retries();
    return new Retries.FailedWork(
        policy.getMetadata().getUid() + purpose.text() + tick,
        reasons,
        allowed == null ? 3 : allowed,
        ended == null ? observed.now() : ended,
        next);
  }

  private void launchOrRetry(Purpose purpose, Instant tick) {
    if (history.attempts(purpose, tick).isEmpty()) {
      launch(purpose, tick, 1, Memory.AS_SPECIFIED);
    } else {
      retry(purpose, tick, null);
    }
  }

  private void launch(Purpose purpose, Instant tick, int attempt, Memory memory) {
    var cause = new RunNames.Cause.Scheduled(tick);
    switch (purpose) {
      case BACKUP -> {
        launches.add(
            backup(
                    tasks,
                    labels(purpose, cause, null, tick, attempt),
                    policy,
                    accepted.store(),
                    footing())
                .with(memory));
      }
      case VERIFY ->
          history
              .points()
              .newestComplete()
              .ifPresent(point -> verify(point, cause, tick, attempt, memory));
      case MAINTAIN -> {
        var labels = labels(purpose, cause, null, tick, attempt);
        launches.add(
            new Launch(
                    labels,
                    List.of(
                        tasks.maintain(
                            labels, policy, accepted.store(), forgetting(), turn(), verdicts())))
                .with(memory));
      }
      case RESTORE, DROP, INSPECT, PROBE ->
          throw new IllegalArgumentException("a policy has no schedule for " + purpose);
    }
  }

  private void verify(
      RecoveryPoint point, RunNames.Cause cause, Instant tick, int attempt, Memory memory) {
    var labels = labels(Purpose.VERIFY, cause, point.id(), tick, attempt);
    launches.add(verification(tasks, labels, policy, accepted.store(), point).with(memory));
  }

  private Footing footing() {
    return switch (accepted.claims()) {
      case ClaimChoice.Chosen(var footing) -> footing;
      case ClaimChoice.Unavailable unavailable ->
          throw new IllegalStateException("nothing is started without its claims");
    };
  }

  /** On the claims that were chosen. */
  static Launch backup(
      TaskBuilder tasks,
      RunLabels labels,
      BackupPolicy policy,
      BackupStore store,
      Footing footing) {
    return new Launch(labels, List.of(tasks.backup(labels, policy, store, footing))).on(footing);
  }

  /** Fetch with credentials and no server, then Compare with a server and no credentials. */
  static Launch verification(
      TaskBuilder tasks,
      RunLabels labels,
      BackupPolicy policy,
      BackupStore store,
      RecoveryPoint point) {
    var reference = new PointReference(point.id(), point.manifest());
    var verification = policy.getSpec().verification();
    return new Launch(
            labels,
            proving(
                tasks.fetch(
                    labels,
                    tasks.repository(policy, store),
                    store,
                    verification == null ? null : verification.deadline(),
                    reference),
                tasks.proof(labels, policy, store, reference)))
        .on(prover(policy))
        .in(ProofServer.of(policy));
  }

  /** In this order, each only if the one before succeeded. */
  static List<Task> proving(Task.Fetch fetch, List<Task> proof) {
    return Stream.concat(Stream.of(fetch), proof.stream()).toList();
  }

  /** Whoever reads claims with all that only root can give proves them with the same. */
  static Footing prover(BackupPolicy policy) {
    return switch (policy.getSpec().source().kind()) {
      case VolumeSource volume when volume.claims() != null ->
          Footing.of(ClaimChoice.prover(volume.runAs()));
      // Also of a project whose pods are down by now: where it was does not matter.
      case SupabaseSource supabase
          when !SupabaseDiscovery.lastSeen(policy, supabase).claims().isEmpty() ->
          Footing.of(ClaimChoice.prover(null));
      case PostgresSource _, VolumeSource _, DockerVolumeSource _, SupabaseSource _ ->
          Footing.PLAIN;
    };
  }

  static Launch inspectionOf(PolicyObserved observed, BackupStore store, RunView lost) {
    var tasks = new TaskBuilder(observed.host(), observed.cluster());
    var labels =
        labels(
            observed.policy(),
            store,
            Purpose.INSPECT,
            new RunNames.Cause.Following(lost.labels().name(), "report lost"),
            null,
            lost.labels().tick(),
            1);
    return new Launch(
        labels,
        List.of(
            tasks.inspect(
                labels,
                tasks.repository(observed.policy(), store),
                store,
                null,
                lost.labels().name())));
  }

  private Task.Forgetting forgetting() {
    // Which points are whole is not known before it is mended.
    return unmendedDamage().isPresent()
            || history.repository().map(RepositoryStatus::frozen).orElse(false)
        ? Task.Forgetting.FROZEN
        : Task.Forgetting.ALLOWED;
  }

  private Task.CheckTurn turn() {
    var maintenance = policy.getSpec().maintenance();
    var turns =
        maintenance == null || maintenance.checkTurns() == null ? 52 : maintenance.checkTurns();
    var next = history.maintenance().map(MaintenanceStatus::checkTurn).orElse(1);
    return new Task.CheckTurn(next > turns ? 1 : next, turns);
  }

  private List<Task.KnownVerdict> verdicts() {
    return history.points().list().stream()
        .filter(point -> point.verdict() != null && point.verifiedAt() != null)
        .map(
            point ->
                new Task.KnownVerdict(
                    point.id(), point.verdict(), point.verifiedAt(), checksHash(point)))
        .toList();
  }

  /** Of the checks that were asked, not of those wanted now; empty: that is not known any more. */
  private String checksHash(RecoveryPoint point) {
    return Stream.of(history.lastVerification(), history.lastVerified(), history.lastRefuted())
        .flatMap(Optional::stream)
        .filter(verdict -> verdict.recoveryPoint().equals(point.id()))
        .filter(verdict -> verdict.outcome() == point.verdict())
        .map(verdict -> verdict.checksHash() == null ? "" : verdict.checksHash())
        .findFirst()
        .orElse("");
  }

  private boolean isRunning(Purpose purpose) {
    return observed.runs().stream()
        .anyMatch(run -> run.labels().purpose() == purpose && !history.holds(run.labels().name()));
  }

  private void acted(Purpose purpose, Instant tick) {
    ticks =
        switch (purpose) {
          case BACKUP ->
              new Ticks(
                  ticks.since(),
                  ticks.schedules(),
                  tick,
                  ticks.verification(),
                  ticks.maintenance());
          case VERIFY ->
              new Ticks(
                  ticks.since(), ticks.schedules(), ticks.backup(), tick, ticks.maintenance());
          case MAINTAIN ->
              new Ticks(
                  ticks.since(), ticks.schedules(), ticks.backup(), ticks.verification(), tick);
          case RESTORE, DROP, INSPECT, PROBE -> ticks;
        };
  }

  private Instant since() {
    return Optional.ofNullable(ticks.since()).orElse(observed.now());
  }

  private RunLabels labels(
      Purpose purpose, RunNames.Cause cause, @Nullable String point, Instant tick, int attempt) {
    return labels(policy, accepted.store(), purpose, cause, point, tick, attempt);
  }

  static RunLabels labels(
      BackupPolicy policy,
      BackupStore store,
      Purpose purpose,
      RunNames.Cause cause,
      @Nullable String point,
      Instant tick,
      int attempt) {
    var metadata = policy.getMetadata();
    return new RunLabels(
        RunNames.of(metadata.getName(), metadata.getUid(), purpose, cause, attempt),
        purpose,
        StorePlanner.storeKey(store),
        RepositoryPath.key(
            metadata.getNamespace(), store.getMetadata().getName(), RepositoryPath.of(policy)),
        metadata.getUid(),
        cause instanceof RunNames.Cause.Requested(var uid) ? uid : null,
        point,
        tick,
        attempt);
  }
}
