package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.Initialize;
import dev.salvor.api.Isolation;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.SecretKeyReference;
import dev.salvor.api.Verdict;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.Extent;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A host in a table: it carries decisions out at once, with a clock that the test moves and reports
 * that the test writes. It keeps runs as a real host must: the first launch of a name counts.
 */
final class PlannedHost {
  static final Instant START = Instant.parse("2026-11-22T01:00:00Z");

  final BackupPolicy policy = new BackupPolicy();
  final BackupStore store = new BackupStore();
  final Map<String, RunView> runs = new LinkedHashMap<>();
  final Map<String, Launch> launched = new HashMap<>();
  final List<Launch> launches = new ArrayList<>();
  Instant now = START;
  HostKind kind = HostKind.ONE_MACHINE;
  List<ClaimView> claims = List.of();
  DockerView docker = DockerView.UNASKED;
  PodsView pods = PodsView.UNASKED;
  final Set<String> openRequests = new HashSet<>();
  int statusWrites;

  PlannedHost(BackupPolicySpec spec) {
    policy.setMetadata(
        new ObjectMetaBuilder()
            .withName("shop-db")
            .withNamespace("shop")
            .withUid("11111111-1111-1111-1111-111111111111")
            .withGeneration(1L)
            .withCreationTimestamp(START.toString())
            .build());
    policy.setSpec(spec);
    store.setMetadata(
        new ObjectMetaBuilder()
            .withName("offsite")
            .withNamespace("shop")
            .withUid("22222222-2222-2222-2222-222222222222")
            .withGeneration(1L)
            .build());
    store.setSpec(
        new BackupStoreSpec(
            null,
            null,
            new BackupStoreSpec.Folder("/backups", null),
            new BackupStoreSpec.Encryption(new SecretKeyReference("key", "password")),
            Initialize.IF_EMPTY,
            null,
            null,
            null));
    store.setStatus(
        new dev.salvor.api.BackupStoreStatus(
            1L, null, "store-1234", "abcdef12", START, null, null));
  }

  static BackupPolicySpec spec(String yaml) {
    try {
      return Json.yaml().readValue(yaml, BackupPolicySpec.class);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** One pass of the host's loop; the launches of this pass are returned. */
  List<Launch> look() {
    var decision = PolicyPlanner.decide(observed());
    decision.launches().forEach(this::launch);
    var changed = !decision.status().equals(policy.getStatus());
    policy.setStatus(decision.status());
    if (changed) {
      statusWrites++;
    }
    decision.removableRuns().forEach(runs::remove);
    return decision.launches();
  }

  PolicyObserved observed() {
    return new PolicyObserved(
        policy,
        store,
        List.copyOf(runs.values()),
        Set.copyOf(openRequests),
        claims,
        docker,
        pods,
        kind,
        "cluster",
        now);
  }

  void launch(Launch launch) {
    if (runs.putIfAbsent(
            launch.labels().name(),
            new RunView(launch.labels(), RunView.State.RUNNING, now, null, List.of(), null, null))
        == null) {
      launches.add(launch);
      launched.put(launch.labels().name(), launch);
    }
  }

  /** Ends the one run of that purpose that is not ended, with these results in turn. */
  void end(Purpose purpose, TaskResult... results) {
    end(
        purpose,
        run ->
            IntStream.range(0, results.length)
                .mapToObj(i -> report(run, run.created().plusSeconds(i), results[i], null))
                .toList(),
        null);
  }

  void fail(Purpose purpose, Reason reason) {
    end(
        purpose,
        run -> List.of(report(run, run.created(), null, reason.failure("it failed"))),
        null);
  }

  void lose(Purpose purpose, @Nullable Failure hostFailure) {
    end(purpose, run -> List.of(), hostFailure);
  }

  /** It was given up, and no worker of it can have closed a point that counts. */
  void giveUp(Purpose purpose, Failure why) {
    var run = running(purpose).orElseThrow();
    runs.put(
        run.labels().name(),
        new RunView(
            run.labels(), RunView.State.ENDED, run.created(), now, List.of(), why, null, false));
  }

  private void end(
      Purpose purpose, Function<RunView, List<TaskReport>> reports, @Nullable Failure hostFailure) {
    var run =
        running(purpose).orElseThrow(() -> new AssertionError("no " + purpose + " is running"));
    runs.put(
        run.labels().name(),
        new RunView(
            run.labels(),
            RunView.State.ENDED,
            run.created(),
            now,
            reports.apply(run),
            hostFailure,
            null));
  }

  /** The one run of that purpose waits for its turn. */
  void queue(Purpose purpose) {
    var run = running(purpose).orElseThrow();
    runs.put(
        run.labels().name(),
        new RunView(
            run.labels(), RunView.State.QUEUED, run.created(), null, List.of(), null, null));
  }

  Optional<RunView> running(Purpose purpose) {
    return runs.values().stream()
        .filter(run -> !run.hasEnded() && run.labels().purpose() == purpose)
        .findFirst();
  }

  private TaskReport report(
      RunView run, Instant started, @Nullable TaskResult result, @Nullable Failure failure) {
    return new TaskReport(
        run.labels().name(),
        failure == null ? TaskReport.Outcome.SUCCEEDED : TaskReport.Outcome.FAILED,
        started,
        now,
        failure,
        null,
        result);
  }

  PlannedHost advance(Duration duration) {
    now = now.plus(duration);
    return this;
  }

  PlannedHost at(String instant) {
    now = Instant.parse(instant);
    return this;
  }

  Task task(RunView run) {
    return Objects.requireNonNull(launched.get(run.labels().name())).tasks().getFirst();
  }

  Failure failure() {
    return Objects.requireNonNull(status().failure());
  }

  BackupPolicyStatus.LastSuccess lastSuccess() {
    return Objects.requireNonNull(status().lastSuccess());
  }

  Verdict proof() {
    return Objects.requireNonNull(status().lastVerifiedRestore());
  }

  Verdict verification() {
    return Objects.requireNonNull(status().lastVerification());
  }

  long observedGeneration() {
    var status = policy.getStatus();
    return status == null || status.observedGeneration() == null ? -1 : status.observedGeneration();
  }

  @Nullable List<Condition> conditions() {
    return policy.getStatus() == null ? null : policy.getStatus().conditions();
  }

  BackupPolicyStatus status() {
    return policy.getStatus();
  }

  Condition condition(String type) {
    return Conditions.find(status().conditions(), type)
        .orElseThrow(() -> new AssertionError("no condition " + type));
  }

  String says(String type) {
    var condition = condition(type);
    return condition.status() + " " + condition.reason();
  }

  /** First contact with an empty repository, as every policy begins. */
  PlannedHost contacted() {
    look();
    end(Purpose.INSPECT, new TaskResult.Inspected(null, "store-1234", null, 0, List.of(), null));
    look();
    return this;
  }

  TaskResult backedUp(String id) {
    return backedUp(id, "7000000000000000001");
  }

  TaskResult backedUp(String id, String lineage) {
    return new TaskResult.BackedUp(
        id,
        "manifest-" + id,
        now,
        true,
        1000,
        100,
        new Extent.Tables(5, 50L),
        lineage,
        "repo-1",
        "store-1234",
        null,
        170000,
        null);
  }

  static TaskResult[] compared(
      String id, VerdictOutcome outcome, @Nullable Reason reason, String hash) {
    return new TaskResult[] {
      new TaskResult.Fetched(id, 1000),
      new TaskResult.Compared(
          outcome,
          reason,
          reason == null ? null : "because",
          Isolation.ENFORCED,
          "100 % of rows",
          hash,
          4,
          null)
    };
  }
}
