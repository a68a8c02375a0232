package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupPolicyStatus.LastSuccess;
import dev.salvor.api.BackupPolicyStatus.MaintenanceStatus;
import dev.salvor.api.BackupPolicyStatus.RepositoryStatus;
import dev.salvor.api.DurationText;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RecoveryPoint;
import dev.salvor.api.Run;
import dev.salvor.api.Verdict;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.schedule.ClockAhead;
import dev.salvor.task.Extent;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a policy's status remembers, and how an ended run changes it. The one place where reports
 * become status.
 */
final class PolicyHistory {
  private static final int RUNS = 10;
  private static final int MOST_WARNINGS = 10;

  /**
   * After these a verification has found the store itself wanting: what it stored is not there; or
   * a program of the user said no, which the host tells.
   */
  private static final Set<Reason> REFUTING =
      Set.of(
          Reason.CORRUPT_RECOVERY_POINT,
          Reason.MANIFEST_MISMATCH,
          Reason.STORE_DAMAGED,
          Reason.CHECK_FAILED);

  /** After these nothing that was stored can be had. */
  private static final Set<Reason> GONE = Set.of(Reason.REPOSITORY_MISSING, Reason.STORE_UNKNOWN);

  private final BackupPolicy policy;
  private final RecoveryPoints points;
  private final List<Run> runs;
  private final List<String> restores;
  private @Nullable LastSuccess lastSuccess;
  private @Nullable Verdict lastVerified;
  private @Nullable Verdict lastVerification;
  private @Nullable Verdict lastRefuted;
  private @Nullable Failure failure;
  private @Nullable RepositoryStatus repository;
  private @Nullable MaintenanceStatus maintenance;
  private int total;

  PolicyHistory(BackupPolicy policy) {
    this.policy = policy;
    var status = policy.getStatus();
    var retention = policy.getSpec().retention();
    this.points =
        new RecoveryPoints(
            status == null ? null : status.recoveryPoints(),
            retention == null ? null : retention.pins());
    this.runs =
        new ArrayList<>(status == null || status.runs() == null ? List.of() : status.runs());
    this.restores =
        new ArrayList<>(
            status == null || status.restores() == null ? List.of() : status.restores());
    if (status != null) {
      this.lastSuccess = status.lastSuccess();
      this.lastVerified = status.lastVerifiedRestore();
      this.lastVerification = status.lastVerification();
      this.lastRefuted = status.lastRefuted();
      this.failure = status.failure();
      this.repository = status.repository();
      this.maintenance = status.maintenance();
      this.total = status.recoveryPointsTotal() == null ? 0 : status.recoveryPointsTotal();
      noteRefuted();
    }
  }

  boolean holds(String run) {
    return runs.stream().anyMatch(known -> known.name().equals(run) && known.finished() != null);
  }

  /** Records an ended run; one that is recorded already changes nothing. */
  void record(RunView run) {
    if (!run.hasEnded() || holds(run.labels().name())) {
      return;
    }
    var entry = isFirstContact(run) ? entry(run, "Succeeded", null, null) : entry(run);
    switch (run.labels().purpose()) {
      case BACKUP -> backup(run);
      case VERIFY -> verify(run);
      case MAINTAIN -> maintain(run);
      case INSPECT -> inspect(run);
      case RESTORE -> restored(run);
      case DROP, PROBE -> {}
    }
    noteRefuted();
    runs.removeIf(known -> known.name().equals(run.labels().name()));
    runs.add(entry);
  }

  /** A run whose report was lost, and what the repository says it did. */
  void recordLost(RunView run, RunView inspection) {
    if (holds(run.labels().name())) {
      return;
    }
    var page = inspection.result(TaskResult.Inspected.class);
    page.ifPresent(this::inspected);
    noteRefuted();
    var point =
        page.stream()
            .flatMap(found -> found.points().stream())
            .filter(found -> run.labels().name().equals(found.run()))
            .findFirst();
    runs.removeIf(known -> known.name().equals(run.labels().name()));
    if (point.isPresent() && point.get().complete()) {
      total += 1;
      succeeded(
          run, success(timeOf(run, point.get().time()), point.get().id(), point.get().sizeBytes()));
      runs.add(entry(run, "Succeeded", null, point.get().id()));
    } else {
      failure =
          run.failure()
              .orElseGet(
                  () ->
                      Reason.REPORT_MISSING.failure(
                          "Run "
                              + run.labels().name()
                              + " left no report, and the repository holds nothing of it."));
      runs.add(entry(run, "Failed", failure.reason(), null));
    }
  }

  private void backup(RunView run) {
    run.result(TaskResult.BackedUp.class).ifPresent(result -> backedUp(run, result));
    run.failure().ifPresent(why -> failure = why);
  }

  private void backedUp(RunView run, TaskResult.BackedUp result) {
    var time = timeOf(run, result.time());
    points.olderThan(time, ended(run));
    points.put(
        new RecoveryPoint(
            result.recoveryPoint(),
            time,
            result.complete(),
            null,
            result.sizeBytes(),
            null,
            null,
            result.manifest(),
            result.lineage(),
            null));
    total += 1;
    var known = repository;
    var frozen = isFrozenAfter(known, result.lineage());
    repository =
        new RepositoryStatus(
            result.repositoryId(),
            result.storeId(),
            RepositoryPath.of(policy),
            known == null ? null : known.size(),
            known == null ? null : known.sizeBytes(),
            known == null ? null : known.owner(),
            result.lineage(),
            frozen ? Boolean.TRUE : null);
    if (result.complete()) {
      var report = run.lastReport().orElseThrow();
      var tables = result.extent().inTables();
      var files = result.extent().inFiles();
      succeeded(
          run,
          new LastSuccess(
              time,
              result.recoveryPoint(),
              Duration.between(report.started(), report.finished()).toSeconds(),
              result.sizeBytes(),
              result.addedBytes(),
              tables.map(Extent.Tables::tables).orElse(null),
              tables.map(Extent.Tables::rows).orElse(null),
              files.map(Extent.Files::files).orElse(null),
              files.map(Extent.Files::bytes).orElse(null),
              result.objects(),
              result.hosted(),
              first(warnings(report, result.time(), time))));
    }
  }

  /** By the source's clock, unless that is ahead: nothing newer would ever follow. */
  private static Instant timeOf(RunView run, Instant time) {
    return ClockAhead.wrote(time, ended(run)) ? run.created() : time;
  }

  private static Instant ended(RunView run) {
    return run.ended() == null ? run.created() : run.ended();
  }

  private static List<String> warnings(TaskReport report, Instant told, Instant noted) {
    var all = new ArrayList<String>();
    if (!told.equals(noted)) {
      all.add("The source's clock is ahead: it says " + told + ". The point counts as of its run.");
    }
    if (report.warnings() != null) {
      all.addAll(report.warnings());
    }
    return all;
  }

  /** A status is no log: that has all of them. */
  private static @Nullable List<String> first(List<String> warnings) {
    return warnings.isEmpty() ? null : warnings.stream().limit(MOST_WARNINGS).toList();
  }

  /** Another database system than before freezes forgetting; so does what froze it earlier. */
  private static boolean isFrozenAfter(@Nullable RepositoryStatus known, String lineage) {
    if (known == null) {
      return false;
    }
    var changed = known.lineage() != null && !known.lineage().equals(lineage);
    return changed || Boolean.TRUE.equals(known.frozen());
  }

  private void succeeded(RunView run, LastSuccess success) {
    if (lastSuccess == null
        || !success.time().isBefore(lastSuccess.time())
        || ClockAhead.wrote(lastSuccess.time(), ended(run))) {
      lastSuccess = success;
      failure = null;
    }
  }

  private void verify(RunView run) {
    var verdict = verdict(run);
    if (verdict.reason() == Reason.NO_MATCHING_RECOVERY_POINT) {
      gone(verdict);
    } else {
      judge(verdict);
    }
    noteIfGone(run);
  }

  /** Retention never takes the newest complete point: whoever took it did not ask. */
  private void gone(Verdict verdict) {
    var id = verdict.recoveryPoint();
    var newest = points.newestComplete().filter(point -> point.id().equals(id)).isPresent();
    judge(newest ? refuted(verdict) : verdict);
    noteRefuted();
    points.remove(List.of(id));
    if (lastSuccess != null && lastSuccess.recoveryPoint().equals(id)) {
      lastSuccess = points.newestComplete().map(PolicyHistory::success).orElse(null);
    }
  }

  private static Verdict refuted(Verdict verdict) {
    return new Verdict(
        VerdictOutcome.REFUTED,
        verdict.recoveryPoint(),
        verdict.pointTime(),
        verdict.time(),
        verdict.reason(),
        verdict.message(),
        verdict.checksHash(),
        verdict.isolation(),
        verdict.coverage(),
        verdict.proofDuration());
  }

  private void noteIfGone(RunView run) {
    run.failure().filter(why -> GONE.contains(why.reason())).ifPresent(why -> failure = why);
  }

  private void judge(Verdict verdict) {
    lastVerification = verdict;
    points.judge(verdict.recoveryPoint(), verdict.outcome(), verdict.time());
    if (verdict.outcome() == VerdictOutcome.VERIFIED) {
      lastVerified = verdict;
    }
  }

  /**
   * A point that was refuted counts until it, or a newer one, is proven, also once it is gone: an
   * older proof does not make up for it.
   */
  private void noteRefuted() {
    var judged = points.newestJudged().orElse(null);
    if (judged == null || isOlderThanRefuted(judged)) {
      return;
    }
    if (judged.verdict() == VerdictOutcome.VERIFIED) {
      lastRefuted = null;
    } else if (lastRefuted == null || !lastRefuted.recoveryPoint().equals(judged.id())) {
      lastRefuted = isLastTried(judged) ? lastVerification : stored(VerdictOutcome.REFUTED, judged);
    }
  }

  private boolean isOlderThanRefuted(RecoveryPoint point) {
    if (lastRefuted == null) {
      return false;
    }
    // As it is listed: what a clock wrote that was ahead is put right there.
    var refuted =
        points
            .find(lastRefuted.recoveryPoint())
            .map(RecoveryPoint::time)
            .orElse(lastRefuted.pointTime());
    return refuted != null && point.time().isBefore(refuted);
  }

  private boolean isLastTried(RecoveryPoint point) {
    return lastVerification != null
        && lastVerification.outcome() == VerdictOutcome.REFUTED
        && lastVerification.recoveryPoint().equals(point.id());
  }

  /** A verdict of which no more than the point's own word is left. */
  private static Verdict stored(VerdictOutcome outcome, RecoveryPoint point) {
    return new Verdict(
        outcome,
        point.id(),
        point.time(),
        point.verifiedAt() == null ? point.time() : point.verifiedAt(),
        null,
        "As it is stored beside the recovery point.",
        null,
        null,
        null,
        null);
  }

  private Verdict verdict(RunView run) {
    var point = Defaults.orElse(run.labels().recoveryPoint(), "");
    return verdictOf(run, point, points.find(point).map(RecoveryPoint::time).orElse(null));
  }

  /** The verdict that a verification's reports amount to. */
  static Verdict verdictOf(RunView run, String point, @Nullable Instant pointTime) {
    var ended = ended(run);
    var compared = run.result(TaskResult.Compared.class);
    if (compared.isPresent()) {
      var result = compared.get();
      return new Verdict(
          result.outcome(),
          point,
          pointTime,
          ended,
          result.reason(),
          result.message(),
          result.checksHash(),
          result.isolation(),
          result.coverage(),
          DurationText.format(Duration.ofSeconds(Math.max(1, result.proofSeconds()))));
    }
    var why =
        run.failure()
            .orElseGet(() -> Reason.REPORT_MISSING.failure("The verification left no report."));
    var copy = run.result(TaskResult.AwaitingChecks.class);
    return new Verdict(
        REFUTING.contains(why.reason()) ? VerdictOutcome.REFUTED : VerdictOutcome.UNPROVEN,
        point,
        pointTime,
        ended,
        why.reason(),
        why.message(),
        copy.map(TaskResult.AwaitingChecks::checksHash).orElse(null),
        copy.map(TaskResult.AwaitingChecks::isolation).orElse(null),
        copy.map(TaskResult.AwaitingChecks::coverage).orElse(null),
        null);
  }

  private void maintain(RunView run) {
    noteIfGone(run);
    run.result(TaskResult.Maintained.class)
        .ifPresent(
            result -> {
              points.remove(result.removed());
              total = result.kept();
              var ended = ended(run);
              var touched = result.touched() == null ? List.<String>of() : result.touched();
              touched.forEach(id -> points.judge(id, VerdictOutcome.REFUTED, ended));
              maintenance =
                  new MaintenanceStatus(
                      result.removed().isEmpty() ? previous(MaintenanceStatus::lastForget) : ended,
                      ended,
                      result.checkedTurn() == null ? previous(MaintenanceStatus::lastCheck) : ended,
                      result.checkedTurn() == null
                          ? previous(MaintenanceStatus::checkTurn)
                          : Integer.valueOf(result.checkedTurn() + 1),
                      result.wouldRemove(),
                      touched.isEmpty() ? previous(MaintenanceStatus::healed) : ended);
              if (repository != null) {
                repository = after(result, repository);
              }
            });
  }

  /** The store knows of another source also where a status that was lost does not. */
  private static RepositoryStatus after(TaskResult.Maintained result, RepositoryStatus before) {
    var changed = result.changedLineage();
    var bytes = result.sizeBytes();
    return new RepositoryStatus(
        before.id(),
        before.storeId(),
        before.path(),
        bytes == null ? before.size() : ByteCount.format(bytes),
        bytes == null ? before.sizeBytes() : bytes,
        before.owner(),
        changed == null ? before.lineage() : changed,
        changed == null ? before.frozen() : Boolean.TRUE);
  }

  private <T> @Nullable T previous(
      java.util.function.Function<MaintenanceStatus, @Nullable T> field) {
    return maintenance == null ? null : field.apply(maintenance);
  }

  /**
   * No repository at first contact is an empty catalogue. Whether one may be made there is not for
   * a status that may have been wiped to say: the worker asks the store's own list before it does.
   */
  private void inspect(RunView run) {
    run.result(TaskResult.Inspected.class).ifPresent(this::inspected);
    if (isFirstContact(run)) {
      repository =
          new RepositoryStatus(null, null, RepositoryPath.of(policy), null, null, null, null, null);
    }
  }

  private boolean isFirstContact(RunView run) {
    return repository == null && run.foundNoRepository();
  }

  private void inspected(TaskResult.Inspected page) {
    page.points().forEach(point -> points.put(point, null));
    total = page.total();
    var known = repository;
    repository =
        new RepositoryStatus(
            page.repositoryId(),
            page.storeId(),
            RepositoryPath.of(policy),
            known == null ? null : known.size(),
            known == null ? null : known.sizeBytes(),
            page.owner(),
            known == null ? null : known.lineage(),
            known == null ? null : known.frozen());
    points
        .newestComplete()
        .filter(point -> lastSuccess == null || point.time().isAfter(lastSuccess.time()))
        .ifPresent(point -> lastSuccess = success(point));
    points
        .newestVerified()
        .filter(point -> lastVerified == null)
        .ifPresent(point -> lastVerified = stored(VerdictOutcome.VERIFIED, point));
  }

  /** Of which no more is known than the list says. */
  private static LastSuccess success(RecoveryPoint point) {
    return success(point.time(), point.id(), point.sizeBytes());
  }

  private static LastSuccess success(Instant time, String id, @Nullable Long sizeBytes) {
    return new LastSuccess(
        time, id, null, sizeBytes, null, null, null, null, null, null, null, null);
  }

  private void restored(RunView run) {
    var request = run.labels().requestUid();
    var carriedOut =
        run.lastReport()
            .map(TaskReport::outcome)
            .filter(TaskReport.Outcome.SUCCEEDED::equals)
            .isPresent();
    if (request != null && carriedOut && !restores.contains(request)) {
      restores.add(request);
      // The list is a net below notAfter, not an archive.
      while (restores.size() > RecoveryPoints.MAXIMUM) {
        restores.removeFirst();
      }
    }
  }

  private static Run entry(RunView run) {
    var outcome =
        run.lastReport()
            .map(
                report ->
                    switch (report.outcome()) {
                      case SUCCEEDED -> "Succeeded";
                      case PARTIAL -> "Partial";
                      case FAILED -> "Failed";
                    })
            .orElse("Failed");
    var point =
        run.result(TaskResult.BackedUp.class)
            .map(TaskResult.BackedUp::recoveryPoint)
            .orElse(run.labels().recoveryPoint());
    return entry(run, outcome, run.failure().map(Failure::reason).orElse(null), point);
  }

  private static Run entry(
      RunView run, String outcome, @Nullable Reason reason, @Nullable String point) {
    var labels = run.labels();
    return new Run(
        labels.name(),
        labels.purpose().text(),
        run.reports().stream().findFirst().map(TaskReport::started).orElse(run.created()),
        ended(run),
        outcome,
        reason,
        point,
        labels.attempt(),
        labels.tick(),
        labels.requestUid());
  }

  RecoveryPoints points() {
    return points;
  }

  int total() {
    return total;
  }

  /**
   * The newest first; those that the host still holds are never cut, or they would be new again.
   */
  List<Run> runs(Set<String> held) {
    var sorted = runs.stream().sorted(Comparator.comparing(Run::started).reversed()).toList();
    var kept = new ArrayList<Run>();
    for (var run : sorted) {
      if (kept.size() < RUNS || held.contains(run.name())) {
        kept.add(run);
      }
    }
    return kept;
  }

  /** Attempts at one tick of one purpose, oldest first. */
  List<Run> attempts(Purpose purpose, Instant tick) {
    return runs.stream()
        .filter(
            run ->
                run.purpose().equals(purpose.text())
                    && run.request() == null
                    && run.tick().equals(tick))
        .sorted(Comparator.comparing(Run::attempt))
        .toList();
  }

  List<String> restores() {
    return List.copyOf(restores);
  }

  Optional<LastSuccess> lastSuccess() {
    return Optional.ofNullable(lastSuccess);
  }

  Optional<Verdict> lastVerified() {
    return Optional.ofNullable(lastVerified);
  }

  Optional<Verdict> lastVerification() {
    return Optional.ofNullable(lastVerification);
  }

  Optional<Verdict> lastRefuted() {
    return Optional.ofNullable(lastRefuted);
  }

  Optional<Failure> failure() {
    return Optional.ofNullable(failure);
  }

  /** Why nothing that was stored can be had, as long as no backup succeeded since. */
  Optional<Failure> loss() {
    return failure().filter(why -> GONE.contains(why.reason()));
  }

  Optional<RepositoryStatus> repository() {
    return Optional.ofNullable(repository);
  }

  Optional<MaintenanceStatus> maintenance() {
    return Optional.ofNullable(maintenance);
  }

  /** A person accepted the new lineage and it is proven: forgetting may go on. */
  void thaw() {
    var known = repository;
    if (known != null) {
      repository =
          new RepositoryStatus(
              known.id(),
              known.storeId(),
              known.path(),
              known.size(),
              known.sizeBytes(),
              known.owner(),
              known.lineage(),
              null);
    }
  }

  BackupPolicyStatus.@Nullable Ticks ticks() {
    var status = policy.getStatus();
    return status == null ? null : status.ticks();
  }
}
