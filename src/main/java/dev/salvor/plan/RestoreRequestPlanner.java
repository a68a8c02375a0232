package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.HostedSupabaseTarget;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.RestoreRequestStatus.Resolved;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.plan.restore.Expiry;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides about a RestoreRequest, one step at a time: resolve and pin the point, launch, record. A
 * request that is done, failed or expired is never judged again; one that waits for an
 * acknowledgement goes on when it grew.
 */
public final class RestoreRequestPlanner {
  private static final Duration WAIT = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofSeconds(1);

  /** A restore that failed for these has changed nothing and may be tried again. */
  private static final Set<Reason> BEFORE_ANY_CHANGE =
      Set.of(
          Reason.STORE_UNREACHABLE,
          Reason.SOURCE_UNREACHABLE,
          Reason.REPOSITORY_LOCKED,
          Reason.INTERRUPTED,
          Reason.IMAGE_UNAVAILABLE,
          Reason.UNSCHEDULABLE,
          Reason.REFUSED_BY_CLUSTER,
          Reason.NOT_STARTED,
          Reason.SCALING_FAILED,
          Reason.CONTAINERS_NOT_HELD,
          Reason.REPORT_MISSING);

  private static final int RETRIES = 3;

  static final RestoreRequestStatus EMPTY =
      new RestoreRequestStatus(-1L, null, null, null, null, null, null, null, null, null, null);

  private final RestoreRequestObserved observed;
  private final RestoreRequest request;
  private final RestoreRequestSpec spec;
  private final RestoreRequestStatus before;

  private RestoreRequestPlanner(RestoreRequestObserved observed) {
    this.observed = observed;
    this.request = observed.request();
    this.spec = request.getSpec();
    this.before = Defaults.orElse(request.getStatus(), EMPTY);
  }

  public static Decision<RestoreRequestStatus> decide(RestoreRequestObserved observed) {
    return new RestoreRequestPlanner(observed).decide();
  }

  private Decision<RestoreRequestStatus> decide() {
    if (Conditions.isSettled(before.conditions()) && !isAcknowledgedSince()) {
      return KeptDrop.decide(observed, before);
    }
    var newest = newestRun();
    if (newest.isPresent() && !newest.get().hasEnded()) {
      var run = newest.get();
      return withdrawn(run)
          .orElseGet(
              () ->
                  stay(
                      RestoreStatus.progressing(this::conditions, before, run, disturbance(run)),
                      WAIT));
    }
    if (newest.isPresent() && !isAcknowledgedSince()) {
      return ended(newest.get());
    }
    return refusal().map(this::fail).orElseGet(this::resolveAndLaunch);
  }

  /** A request that was stopped for an acknowledgement has got one since. */
  private boolean isAcknowledgedSince() {
    return before.failure() != null
        && before.failure().reason() == Reason.ACKNOWLEDGEMENT_NEEDED
        && !Objects.equals(before.observedGeneration(), request.getMetadata().getGeneration());
  }

  /**
   * A run that waits for its turn, perhaps for hours, while somebody begins to use its target, is
   * taken back: nothing was touched.
   */
  private Optional<Decision<RestoreRequestStatus>> withdrawn(RunView run) {
    if (run.state() != RunView.State.QUEUED || before.resolved() == null) {
      return Optional.empty();
    }
    return claim(before.resolved(), run.labels().name()) instanceof ClaimChoice.Unavailable(var why)
        ? Optional.of(
            new Decision<>(
                RestoreStatus.refused(this::conditions, before, why),
                List.of(),
                waiting(),
                observed.now().plus(WAIT)))
        : Optional.empty();
  }

  /** A controller that scales up knows nothing of restores. */
  private Optional<String> disturbance(RunView run) {
    return run.state() == RunView.State.RUNNING
            && run.waitingFor() == null
            && !Boolean.TRUE.equals(spec.dryRun())
            && (!RestoreClaim.scalesToZero(spec) || wasRunning(run))
        ? RestoreClaim.disturbance(observed, run.labels().name())
        : Optional.empty();
  }

  /** Whether it was at the last look: who was to be scaled to zero had gone by then. */
  private boolean wasRunning(RunView run) {
    return run.labels().name().equals(before.run())
        && Conditions.find(before.conditions(), Conditions.READY)
            .filter(ready -> ready.message().equals(run.progress("The restore")))
            .isPresent();
  }

  /** Also where whoever stored that it was taken back died before it was. */
  private List<String> waiting() {
    return observed.runs().stream()
        .filter(run -> run.state() == RunView.State.QUEUED)
        .map(run -> run.labels().name())
        .toList();
  }

  private Optional<RunView> newestRun() {
    return observed.runs().stream()
        .filter(run -> run.labels().purpose() != Purpose.INSPECT)
        .filter(run -> run.labels().purpose() != Purpose.DROP)
        .max(Comparator.comparingInt(run -> run.labels().attempt()));
  }

  /**
   * Null: there is none, or an earlier attempt has begun. Half of it is worse than all of it late.
   */
  private @Nullable Instant notAfter() {
    return before.undo() == null && observed.runs().stream().noneMatch(RestoreStatus::hasBegun)
        ? spec.notAfter()
        : null;
  }

  /** What stands against it before anything is looked up. */
  private Optional<Failure> refusal() {
    var newer = UnknownValues.find(spec);
    if (newer.isPresent()) {
      return Optional.of(
          Reason.NEWER_THAN_OPERATOR.failure(
              "spec." + newer.get() + " has a value that is not known here."));
    }
    var expired = Expiry.of(notAfter(), observed.now());
    if (expired.isPresent()) {
      return expired;
    }
    var status = observed.policy() == null ? null : observed.policy().getStatus();
    if (status != null
        && status.restores() != null
        && status.restores().contains(request.getMetadata().getUid())) {
      return Optional.of(
          Reason.ALREADY_CARRIED_OUT.failure(
              "This request was carried out before: nothing was touched."));
    }
    if (spec.source().policyRef() != null && observed.policy() == null) {
      return Optional.of(
          Reason.POLICY_NOT_FOUND.failure(
              "There is no BackupPolicy '"
                  + spec.source().policyRef().name()
                  + "' in this namespace. If it is gone for good, name the repository in the store"
                  + " instead."));
    }
    var volume = spec.target().volume();
    return elsewhere()
        .or(() -> StorePlanner.usable(observed.store(), storeName(), observed.host()))
        .or(
            () ->
                Optional.ofNullable(observed.store())
                    .flatMap(
                        store ->
                            StorePlanner.unfit(
                                store,
                                RestoreClaim.written(spec),
                                volume == null ? null : volume.runAs())));
  }

  private Optional<Failure> elsewhere() {
    var host = observed.host();
    return switch (spec.target().kind()) {
      case RestoreRequestSpec.Sandbox sandbox ->
          observed.policy() == null
              ? Optional.empty()
              : StorePlanner.notOnOneMachine(observed.policy().getSpec().verification(), host);
      case RestoreRequestSpec.PostgresTarget postgres ->
          StorePlanner.notOnThisHost("spec.target.postgres", postgres.connection(), host);
      case RestoreRequestSpec.VolumeTarget volume ->
          StorePlanner.notOnThisHost(
                  "spec.target.volume.path", volume.path(), "spec.target.volume.claim", host)
              .or(
                  () ->
                      StorePlanner.notOnOneMachine(
                          "spec.target.volume.claim", volume.claim(), host));
      case RestoreRequestSpec.DockerVolumeTarget docker ->
          StorePlanner.dockerNotHere("spec.target.dockerVolume", "spec.target.volume.claim", host);
      case SupabaseTarget supabase ->
          elsewhere(supabase.kind(), host).or(() -> unnamed(supabase.kind()));
    };
  }

  private static Optional<Failure> elsewhere(SupabaseTarget.Kind project, HostKind host) {
    return switch (project) {
      case SupabaseTarget.SelfHosted own -> SupabasePlaces.elsewhere(own, host);
      case HostedSupabaseTarget _ -> Optional.empty();
    };
  }

  /** A part that is asked for and has no place. */
  private Optional<Failure> unnamed(SupabaseTarget.Kind target) {
    var parts = target.parts();
    var asked = spec.select() == null ? null : spec.select().parts();
    return asked == null || parts.containsAll(asked)
        ? Optional.empty()
        : Optional.of(
            Reason.INVALID_SPEC.failure(
                "spec.select.parts names "
                    + asked.stream().filter(part -> !parts.contains(part)).toList()
                    + "; spec.target.supabase says where to restore "
                    + parts
                    + "."));
  }

  private String storeName() {
    if (spec.source().repository() != null) {
      return spec.source().repository().storeRef().name();
    }
    return observed.policy() == null ? "" : observed.policy().getSpec().storeRef().name();
  }

  private Decision<RestoreRequestStatus> resolveAndLaunch() {
    if (before.resolved() != null) {
      return launch(before.resolved(), attempt());
    }
    return switch (choose()) {
      case PointChoice.NoMatch(var failure) -> fail(failure);
      case PointChoice.AskRepository(var after) -> ask(after);
      // Pinned in a write of its own, so that a host killed after the launch cannot choose anew.
      case PointChoice.Chosen(var point) ->
          stay(
              RestoreStatus.resolved(
                  this::conditions,
                  before,
                  new Resolved(
                      point.id(), point.time(), spec.source().database(), point.manifest())),
              SOON);
      case PointChoice.Kept(var database) ->
          stay(
              RestoreStatus.resolved(
                  this::conditions,
                  before,
                  new Resolved(RestoreLaunches.KEPT + database, observed.now(), null, null)),
              SOON);
    };
  }

  private PointChoice choose() {
    if (spec.source().undo() != null) {
      return undo(spec.source().undo().restoreRef().name());
    }
    var status = observed.policy() == null ? null : observed.policy().getStatus();
    var listed = new RecoveryPoints(status == null ? null : status.recoveryPoints(), null);
    var total =
        status == null || status.recoveryPointsTotal() == null ? 0 : status.recoveryPointsTotal();
    var pages =
        inspections().stream()
            .flatMap(run -> run.result(TaskResult.Inspected.class).stream())
            .toList();
    return PointChoice.choose(spec.source(), PointChoice.catalogue(listed, total, pages));
  }

  private PointChoice undo(String name) {
    var undone = observed.undone();
    var status = undone == null ? null : undone.getStatus();
    var undo = status == null ? null : status.undo();
    if (undone != null
        && undo != null
        && !isSamePlace(spec.target().kind(), undone.getSpec().target().kind())) {
      return new PointChoice.NoMatch(
          Reason.INVALID_SPEC.failure(
              "spec.target is another place than that of RestoreRequest '"
                  + name
                  + "': what was there before would be put over something else. To have it"
                  + " elsewhere, name its safety point as spec.source.recoveryPoint."));
    }
    if (status != null && undo != null && !Conditions.isSettled(status.conditions())) {
      return new PointChoice.NoMatch(
          Reason.NO_MATCHING_RECOVERY_POINT.failure(
              "RestoreRequest '"
                  + name
                  + "' is not done: it goes on by itself. Take it back when it is."));
    }
    if (undo != null && undo.dropped() != null) {
      return new PointChoice.NoMatch(
          Reason.NO_MATCHING_RECOVERY_POINT.failure(
              "What RestoreRequest '"
                  + name
                  + "' replaced was kept as database "
                  + undo.keptDatabase()
                  + " until "
                  + undo.keptUntil()
                  + ". "
                  + undo.note()));
    }
    if (undo != null && undo.keptDatabase() != null) {
      return new PointChoice.Kept(undo.keptDatabase());
    }
    if (undo != null && undo.safetyPoint() != null) {
      return new PointChoice.Chosen(
          new dev.salvor.api.RecoveryPoint(
              undo.safetyPoint(), observed.now(), true, null, null, null, null, null, null, true));
    }
    return new PointChoice.NoMatch(
        Reason.NO_MATCHING_RECOVERY_POINT.failure(
            "RestoreRequest '"
                + name
                + "' is not there or kept nothing that could be taken back."));
  }

  /** How it is written to may differ: an undo takes away what was added. */
  private static boolean isSamePlace(
      RestoreRequestSpec.TargetKind one, RestoreRequestSpec.TargetKind other) {
    return switch (one) {
      case RestoreRequestSpec.PostgresTarget postgres -> postgres.equals(other);
      case RestoreRequestSpec.VolumeTarget volume ->
          other instanceof RestoreRequestSpec.VolumeTarget before
              && Objects.equals(volume.path(), before.path())
              && Objects.equals(volume.claim(), before.claim());
      case RestoreRequestSpec.DockerVolumeTarget docker ->
          other instanceof RestoreRequestSpec.DockerVolumeTarget before
              && docker.name().equals(before.name());
      case SupabaseTarget supabase -> supabase.equals(other);
      case RestoreRequestSpec.Sandbox sandbox -> false;
    };
  }

  private List<RunView> inspections() {
    return observed.runs().stream()
        .filter(run -> run.labels().purpose() == Purpose.INSPECT)
        .sorted(Comparator.comparing(RunView::created))
        .toList();
  }

  private Decision<RestoreRequestStatus> ask(@Nullable String after) {
    var asked = inspections();
    var last = asked.isEmpty() ? null : asked.getLast();
    if (last != null && !last.hasEnded()) {
      return stay(RestoreStatus.looking(this::conditions, before), WAIT);
    }
    if (last != null && last.result(TaskResult.Inspected.class).isEmpty()) {
      return fail(
          last.failure()
              .orElseGet(
                  () -> Reason.REPORT_MISSING.failure("The repository could not be listed.")));
    }
    var launch = launches().inspect(after, asked.size() + 1);
    return new Decision<>(
        RestoreStatus.looking(this::conditions, before),
        List.of(launch),
        List.of(),
        observed.now().plus(WAIT));
  }

  private RestoreLaunches launches() {
    return new RestoreLaunches(observed, storeName());
  }

  private int attempt() {
    return newestRun().map(run -> run.labels().attempt() + 1).orElse(1);
  }

  private Decision<RestoreRequestStatus> launch(Resolved resolved, int attempt) {
    return switch (claim(resolved, null)) {
      case ClaimChoice.Unavailable(var failure) -> fail(failure);
      case ClaimChoice.Chosen(var footing) -> launch(resolved, attempt, footing);
    };
  }

  private ClaimChoice claim(Resolved resolved, @Nullable String own) {
    return switch (spec.target().kind()) {
      case RestoreRequestSpec.VolumeTarget target ->
          new RestoreClaim(observed, target, own).choose(resolved);
      case RestoreRequestSpec.DockerVolumeTarget target ->
          DockerVolumes.toWrite(spec, target, observed.docker());
      case SupabaseTarget target ->
          switch (target.kind()) {
            case SupabaseTarget.SelfHosted project ->
                switch (observed.host()) {
                  case ONE_MACHINE -> DockerProject.toWrite(spec, project, observed.docker());
                  case KUBERNETES ->
                      SupabasePlaces.toWrite(spec, target, RestoreClaim.seen(observed, own));
                };
            case HostedSupabaseTarget _ -> ClaimChoice.plain();
          };
      case RestoreRequestSpec.PostgresTarget postgres -> ClaimChoice.plain();
      case RestoreRequestSpec.Sandbox sandbox -> ClaimChoice.plain();
    };
  }

  private Decision<RestoreRequestStatus> launch(Resolved resolved, int attempt, Footing footing) {
    var launch = launches().carryOut(resolved, attempt, footing);
    return new Decision<>(
        RestoreStatus.queued(this::conditions, before, launch.labels().name()),
        List.of(launch),
        List.of(),
        observed.now().plus(WAIT));
  }

  private Decision<RestoreRequestStatus> ended(RunView run) {
    if (run.labels().purpose() == Purpose.VERIFY) {
      return verified(run);
    }
    var restored = run.result(TaskResult.Restored.class);
    var failure = run.failure();
    if (restored.isPresent() && failure.isEmpty()) {
      return stay(
          RestoreStatus.restored(this::conditions, before, request, run, restored.get()),
          PolicyPlanner.LONGEST_WAIT);
    }
    var why =
        failure.orElseGet(
            () ->
                Reason.REPORT_MISSING.failure(
                    "The restore left no report. Creating the request anew continues or cleans up"
                        + " what it left."));
    var attempts =
        observed.runs().stream()
            .filter(other -> other.labels().purpose() == Purpose.RESTORE)
            .sorted(Comparator.comparingInt(other -> other.labels().attempt()))
            .map(other -> other.failure().map(Failure::reason).orElse(Reason.REPORT_MISSING))
            .toList();
    var ended = run.ended() == null ? observed.now() : run.ended();
    if (BEFORE_ANY_CHANGE.contains(why.reason())
        && Retries.after(
                new Retries.FailedWork(
                    request.getMetadata().getUid(), attempts, RETRIES, ended, notAfter()))
            instanceof Retries.Retry.Again(var at, var attempt, var memory)) {
      return at.isAfter(observed.now())
          ? new Decision<>(
              RestoreStatus.retrying(this::conditions, before, request, run, why),
              List.of(),
              List.of(),
              at)
          : refusal()
              .map(this::fail)
              .orElseGet(
                  () ->
                      before.resolved() == null
                          ? resolveAndLaunch()
                          : launch(before.resolved(), attempt));
    }
    return stay(
        RestoreStatus.failed(this::conditions, before, request, run, why),
        PolicyPlanner.LONGEST_WAIT);
  }

  private Decision<RestoreRequestStatus> verified(RunView run) {
    if (RecordedRuns.areAwaited(observed.policy(), run, observed.now())) {
      return stay(RestoreStatus.recording(this::conditions, before, run), SOON);
    }
    var resolved = before.resolved();
    var verdict =
        PolicyHistory.verdictOf(
            run,
            Defaults.orElse(run.labels().recoveryPoint(), ""),
            resolved == null ? null : resolved.time());
    return stay(
        RestoreStatus.verified(this::conditions, before, run, verdict), PolicyPlanner.LONGEST_WAIT);
  }

  private Decision<RestoreRequestStatus> fail(Failure why) {
    return stay(
        RestoreStatus.refused(this::conditions, before, why),
        why.reason().course() == Reason.Course.WAITING ? WAIT : PolicyPlanner.LONGEST_WAIT);
  }

  private Conditions conditions() {
    return new Conditions(
        before.conditions(), request.getMetadata().getGeneration(), observed.now());
  }

  private Decision<RestoreRequestStatus> stay(RestoreRequestStatus status, Duration wait) {
    return new Decision<>(status, List.of(), List.of(), observed.now().plus(wait));
  }
}
