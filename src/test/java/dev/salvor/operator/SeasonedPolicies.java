package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Schedule;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.HostKind;
import dev.salvor.plan.PodsView;
import dev.salvor.plan.PolicyObserved;
import dev.salvor.plan.PolicyPlanner;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RepositoryPath;
import dev.salvor.plan.RunLabels;
import dev.salvor.plan.RunNames;
import dev.salvor.plan.RunView;
import dev.salvor.plan.StableHash;
import dev.salvor.plan.schedule.ScheduleReading;
import dev.salvor.plan.schedule.ScheduleSeed;
import dev.salvor.task.Extent;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Policies that were backed up every day for three weeks, with the status that the operator itself
 * would have written, so that it has nothing to do when it finds them.
 */
final class SeasonedPolicies {
  private static final int STORES = 3;
  private static final int POINTS = 20;

  /** Calls to the API server at once. */
  private static final int THREADS = 8;

  private static final Pattern NAME = Pattern.compile("shop-\\d{4}");
  private static final String NEVER = "0 0 29 2 *";

  private static final String SPEC =
      """
      schedule: {cron: "%1$s"}
      verification: {schedule: {cron: "%1$s"}}
      maintenance: {schedule: {cron: "%1$s"}}
      retention: {keepLast: %2$d}
      objectives: {recoveryPoint: 26h}
      """
          .formatted(NEVER, POINTS);

  private final Installation here;
  private final String cluster;
  private final List<BackupStore> stores;
  private int size;
  private Schedule schedule = new Schedule(NEVER, null, null, null);

  SeasonedPolicies(Installation here) {
    this.here = here;
    cluster = here.client.namespaces().withName("kube-system").get().getMetadata().getUid();
    stores = IntStream.range(0, STORES).mapToObj(number -> store("store-" + number)).toList();
  }

  /** Makes so many that there are {@code count} of them. */
  void growTo(int count) throws InterruptedException {
    forEach(size, count, this::create);
    size = count;
  }

  /**
   * Has the first {@code count} of them backed up at that minute, and at none before it. Returns
   * when the operator has seen all of it: what it sees after the minute is not due, but a day
   * later.
   *
   * @param jitter null: all at once
   * @throws IllegalStateException if it did not before the minute
   */
  void schedule(int count, Instant minute, @Nullable String jitter) throws InterruptedException {
    schedule = new Schedule(cron(minute), null, jitter, null);
    var patch =
        "{\"spec\":{\"schedule\":{\"cron\":\"%s\",\"jitter\":%s}}}"
            .formatted(cron(minute), jitter == null ? null : '"' + jitter + '"');
    forEach(
        0,
        count,
        number ->
            here.client
                .resources(BackupPolicy.class)
                .inNamespace(here.namespace)
                .withName(name(number))
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch));
    while (unseen() > 0) {
      TimeUnit.SECONDS.sleep(2);
    }
    if (!Instant.now().isBefore(minute)) {
      throw new IllegalStateException("the schedules were not all seen before " + minute);
    }
  }

  private long unseen() {
    return here
        .client
        .resources(BackupPolicy.class)
        .inNamespace(here.namespace)
        .list()
        .getItems()
        .stream()
        .filter(
            policy ->
                !Objects.equals(
                    policy.getStatus().observedGeneration(), policy.getMetadata().getGeneration()))
        .count();
  }

  /** When a run of that schedule is due. */
  Instant due(RunLabels run) {
    var name = NAME.matcher(run.name()).results().findFirst().orElseThrow().group();
    var seed = new ScheduleSeed(here.namespace, name, Purpose.BACKUP.text());
    return switch (ScheduleReading.read(schedule, seed, List.of())) {
      case ScheduleReading.Usable(var ticks) -> ticks.next(run.tick().minusSeconds(1)).start();
      case ScheduleReading.Unusable(var failure) ->
          throw new IllegalStateException(failure.message());
    };
  }

  private static String cron(Instant minute) {
    var time = minute.atOffset(ZoneOffset.UTC);
    return "%d %d * * *".formatted(time.getMinute(), time.getHour());
  }

  /** How many have a recovery point that is no older. */
  long backedUpSince(Instant time) {
    return here
        .client
        .resources(BackupPolicy.class)
        .inNamespace(here.namespace)
        .list()
        .getItems()
        .stream()
        .map(policy -> policy.getStatus().lastSuccess())
        .filter(success -> success != null && !success.time().isBefore(time))
        .count();
  }

  private BackupStore store(String name) {
    here.usableStore(name);
    return here.store(name);
  }

  private static String name(int number) {
    return "shop-%04d".formatted(number);
  }

  private void create(int number) {
    var store = stores.get(number % STORES);
    var policy = here.policy(name(number), store.getMetadata().getName(), SPEC);
    var status = status(policy, store);
    policy.setStatus(null);
    new StatusWriter(here.client).write(Kind.POLICY, policy, status);
  }

  private BackupPolicyStatus status(BackupPolicy policy, BackupStore store) {
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    var began = now.minus(Duration.ofDays(POINTS));
    var nothing = new TaskResult.Inspected(null, "store-12345678", null, 0, List.of(), null);
    var runs = new ArrayList<>(List.of(run(policy, Purpose.INSPECT, began, nothing)));
    for (var day = POINTS - 1; day >= 0; day--) {
      var time = now.minus(Duration.ofDays(day));
      runs.add(run(policy, Purpose.BACKUP, time, backedUp(policy, time)));
    }
    policy.setStatus(decide(policy, store, runs, now));
    // As long as Jobs are there, the status names them all.
    return decide(policy, store, List.of(), now);
  }

  private BackupPolicyStatus decide(
      BackupPolicy policy, BackupStore store, List<RunView> runs, Instant now) {
    return PolicyPlanner.decide(
            new PolicyObserved(
                policy,
                store,
                runs,
                Set.of(),
                List.of(),
                DockerView.UNASKED,
                PodsView.UNASKED,
                HostKind.KUBERNETES,
                cluster,
                now))
        .status();
  }

  private static RunView run(
      BackupPolicy policy, Purpose purpose, Instant time, TaskResult result) {
    var metadata = policy.getMetadata();
    var store = policy.getSpec().storeRef().name();
    var labels =
        new RunLabels(
            RunNames.of(
                metadata.getName(),
                metadata.getUid(),
                purpose,
                new RunNames.Cause.Scheduled(time),
                1),
            purpose,
            JobCache.key(metadata.getNamespace(), store),
            RepositoryPath.key(metadata.getNamespace(), store, RepositoryPath.of(policy)),
            metadata.getUid(),
            null,
            null,
            time,
            1);
    var report =
        new TaskReport(labels.name(), TaskReport.Outcome.SUCCEEDED, time, time, null, null, result);
    return new RunView(labels, RunView.State.ENDED, time, time, List.of(report), null, null);
  }

  /** Ids as long as those of restic and PostgreSQL. */
  private static TaskResult backedUp(BackupPolicy policy, Instant time) {
    return new TaskResult.BackedUp(
        FakeWorker.ID.format(time) + "-7f3a21",
        StableHash.of(policy.getMetadata().getUid(), time.toString())
            .letters(12)
            .repeat(6)
            .substring(0, 64),
        time,
        true,
        1_234_567_890,
        12_345_678,
        new Extent.Tables(42, 987_654L),
        "7412345678901234567",
        "b5f2c1d0".repeat(8),
        "store-12345678",
        null,
        170000,
        null);
  }

  private static void forEach(int from, int to, IntConsumer what) throws InterruptedException {
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      var all =
          IntStream.range(from, to)
              .<Callable<Object>>mapToObj(number -> Executors.callable(() -> what.accept(number)))
              .toList();
      for (var done : threads.invokeAll(all)) {
        done.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the API server takes no more", e);
    }
  }
}
