package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.BackupStoreStatus;
import dev.salvor.api.Condition;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When a store is probed and what its status says. */
class StorePlannerTest {
  private static final String FOLDER =
      """
      folder: {path: /backups}
      encryption: {passwordSecretRef: {name: key, key: password}}
      """;

  private final BackupStore store = new BackupStore();
  private final Map<String, RunView> runs = new LinkedHashMap<>();
  private final List<Launch> launches = new ArrayList<>();
  private HostKind host = HostKind.ONE_MACHINE;
  private Instant now = Instant.parse("2026-11-22T17:00:00Z");

  StorePlannerTest() {
    spec(FOLDER, 1);
  }

  private void spec(String yaml, long generation) {
    try {
      store.setSpec(Json.yaml().readValue(yaml, BackupStoreSpec.class));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
    store.setMetadata(
        new ObjectMetaBuilder()
            .withName("offsite")
            .withNamespace("shop")
            .withUid("22222222-2222-2222-2222-222222222222")
            .withGeneration(generation)
            .build());
  }

  private BackupStoreStatus look() {
    var decision =
        StorePlanner.decide(
            new StoreObserved(store, List.copyOf(runs.values()), host, "cluster", now));
    for (var launch : decision.launches()) {
      var run =
          new RunView(launch.labels(), RunView.State.RUNNING, now, null, List.of(), null, null);
      if (runs.putIfAbsent(launch.labels().name(), run) == null) {
        launches.add(launch);
      }
    }
    store.setStatus(decision.status());
    decision.removableRuns().forEach(runs::remove);
    return decision.status();
  }

  private void end(@Nullable Reason reason, @Nullable TaskResult result) {
    var run = runs.values().stream().filter(one -> !one.hasEnded()).findFirst().orElseThrow();
    var failure = reason == null ? null : reason.failure("the bucket said no");
    var outcome = reason == null ? TaskReport.Outcome.SUCCEEDED : TaskReport.Outcome.FAILED;
    var report = new TaskReport(run.labels().name(), outcome, now, now, failure, null, result);
    runs.put(
        run.labels().name(),
        new RunView(run.labels(), RunView.State.ENDED, now, now, List.of(report), null, null));
  }

  private static TaskResult probed() {
    return new TaskResult.Probed("store-1234", "abcdef12", true, "COMPLIANCE 30d", true);
  }

  private Condition condition(String type) {
    return Conditions.find(Objects.requireNonNull(store.getStatus()).conditions(), type)
        .orElseThrow(() -> new AssertionError("no condition " + type));
  }

  @Test
  void aNewStoreIsProbedOnceAndReadyWhenItAnswers() {
    look();
    look();
    assertThat(launches).hasSize(1);
    assertThat(condition(Conditions.RECONCILING).status()).isEqualTo("True");

    end(null, probed());
    look();

    assertThat(condition(Conditions.READY).status()).isEqualTo("True");
    assertThat(store.getStatus().storeId()).isEqualTo("store-1234");
    assertThat(runs).isEmpty();
  }

  @Test
  void theIdentityThatWasSeenFirstIsExpectedEverAfter() {
    look();
    end(null, probed());
    look();
    now = now.plus(Duration.ofDays(1));
    look();

    var task = (Task.ProbeStore) launches.getLast().tasks().getFirst();
    assertThat(launches).hasSize(2);
    assertThat(task.store().expectedStoreId()).isEqualTo("store-1234");
  }

  @Test
  void itIsProbedDailyAndWhenItsSpecChanged() {
    look();
    end(null, probed());
    look();
    now = now.plus(Duration.ofHours(23));
    look();
    assertThat(launches).hasSize(1);

    spec(FOLDER + "initialize: IfEmpty\n", 2);
    look();
    assertThat(launches).hasSize(2);
    end(null, probed());
    look();
    now = now.plus(Duration.ofHours(24));
    look();
    assertThat(launches).hasSize(3);
  }

  @Test
  void aFailedProbeIsTriedAgainSoonAndKeepsTheIdentity() {
    look();
    end(null, probed());
    look();
    now = now.plus(Duration.ofDays(1));
    look();
    end(Reason.STORE_UNREACHABLE, null);
    look();

    assertThat(condition(Conditions.READY).reason()).isEqualTo("StoreUnreachable");
    assertThat(store.getStatus().storeId()).isEqualTo("store-1234");
    now = now.plus(Duration.ofMinutes(5));
    look();
    assertThat(launches).hasSize(3);
    end(null, probed());
    look();
    assertThat(condition(Conditions.READY).status()).isEqualTo("True");
    assertThat(store.getStatus().failure()).isNull();
  }

  @Test
  void anotherPlaceThanBeforeNeedsAPerson() {
    look();
    end(Reason.STORE_UNKNOWN, null);
    look();

    assertThat(condition(Conditions.STALLED).reason()).isEqualTo("StoreUnknown");
  }

  @Test
  void aClaimOnOneMachineAndAFolderInAClusterAreSaidSoAndNotProbed() {
    spec(FOLDER.replace("folder: {path: /backups}", "pvc: {claimName: backups}"), 1);
    look();
    assertThat(condition(Conditions.STALLED).reason()).isEqualTo("NotOnThisHost");

    spec(FOLDER, 2);
    host = HostKind.KUBERNETES;
    look();
    assertThat(condition(Conditions.STALLED).reason()).isEqualTo("NotOnThisHost");
    assertThat(launches).isEmpty();
  }

  @Test
  void thatTheKeyIsKeptElsewhereHoldsForThisKeyOnly() {
    look();
    end(null, probed());
    look();
    assertThat(condition(Conditions.KEY_ESCROW).status()).isEqualTo("False");

    spec(FOLDER + "acknowledge: [key-kept-abcdef12]\n", 2);
    look();
    assertThat(condition(Conditions.KEY_ESCROW).status()).isEqualTo("True");

    now = now.plusSeconds(5);
    end(null, new TaskResult.Probed("store-1234", "99999999", true, null, true));
    look();
    assertThat(condition(Conditions.KEY_ESCROW).status()).isEqualTo("False");
  }
}
