package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.Condition;
import dev.salvor.api.Reason;
import dev.salvor.api.Run;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.operator.OperatorSettings.Concurrency;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.restore.RestoreNames;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.web.OperatorServer;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The operator on a real API server; only the pods are played. */
class OperatorIT {
  private static final Duration LONG = Duration.ofSeconds(40);

  private final Installation here = new Installation();

  @AfterEach
  void end() {
    here.close();
  }

  @Test
  void backsUpFromApplyToRecordedPoint() {
    here.operator();
    here.store("offsite", "");
    here.policy("shop-db", "offsite", "runOnCreate: true\n");

    soon().untilAsserted(() -> assertThat(backups("shop-db")).hasSize(1));

    var status = here.policy("shop-db").getStatus();
    assertThat(says(status.conditions(), Conditions.READY)).isEqualTo("True Accepted");
    assertThat(says(status.conditions(), Conditions.PROTECTED)).startsWith("True ");
    assertThat(Objects.requireNonNull(status.lastSuccess()).rows()).isEqualTo(3L);
    assertThat(says(here.store("offsite").getStatus().conditions(), Conditions.READY))
        .isEqualTo("True Accepted");
    soon().untilAsserted(() -> assertThat(here.fakeJobs.jobs()).isEmpty());
  }

  @Test
  void whatIsSettledIsNotWrittenAgain() {
    var first = here.operator();
    backedUp("shop-db");
    soon().untilAsserted(() -> assertThat(here.fakeJobs.jobs()).isEmpty());
    var before = versions();
    first.close();
    here.operator();

    await()
        .during(Duration.ofSeconds(4))
        .atMost(LONG)
        .untilAsserted(() -> assertThat(versions()).isEqualTo(before));
  }

  @Test
  void whatEndsWhileNoOperatorIsThereIsRecordedOnce() {
    var first = here.operator();
    backedUp("shop-db");
    here.fakeJobs.pause();
    here.backupRequest("now", "shop-db");
    soon().untilAsserted(() -> assertThat(job("backup").getSpec().getSuspend()).isFalse());
    first.close();
    here.fakeJobs.goOn();
    soon()
        .untilAsserted(() -> assertThat(job("backup").getStatus().getCompletionTime()).isNotNull());

    here.operator();

    soon()
        .untilAsserted(
            () ->
                assertThat(
                        says(here.backupRequest("now").getStatus().conditions(), Conditions.READY))
                    .isEqualTo("True Succeeded"));
    soon().untilAsserted(() -> assertThat(here.fakeJobs.jobs()).isEmpty());
    assertThat(backups("shop-db")).hasSize(2);
    assertThat(status("shop-db").recoveryPointsTotal()).isEqualTo(2);
    soon()
        .untilAsserted(
            () ->
                assertThat(here.events("Succeeded"))
                    .filteredOn(event -> event.startsWith("BackupPolicy: Run shop-db-backup-"))
                    .hasSize(2)
                    .doesNotHaveDuplicates());
  }

  @Test
  void ofTwoOperatorsOneWorksAndTheOtherTakesOver() {
    var one = here.candidate("one");
    var two = here.candidate("two");
    soon().until(() -> one.isLeading() || two.isLeading());
    backedUp("shop-db");
    assertThat(one.isLeading()).isNotEqualTo(two.isLeading());
    assertThat(one.isReady()).isTrue();
    assertThat(two.isReady()).isTrue();

    (one.isLeading() ? one : two).close();

    soon().until(() -> one.isLeading() || two.isLeading());
    here.backupRequest("now", "shop-db");
    soon().untilAsserted(() -> assertThat(backups("shop-db")).hasSize(2));
  }

  @Test
  void restoresAndRemovesTheJobAfterwardsAndDropsWhatItKept() {
    var first = here.operator();
    backedUp("shop-db");
    here.fakeJobs.answer(OperatorIT::keepingForAMoment);
    here.restoreRequest(
        "beside",
        """
        source: {policyRef: {name: shop-db}, latest: {}}
        target:
          postgres: {connection: {secretRef: {name: admin}}, database: copy}
        keepReplaced: 1s
        """);

    soon()
        .untilAsserted(
            () ->
                assertThat(
                        says(
                            here.restoreRequest("beside").getStatus().conditions(),
                            Conditions.READY))
                    .isEqualTo("True Succeeded"));
    soon()
        .untilAsserted(
            () ->
                assertThat(status("shop-db").restores())
                    .containsExactly(here.restoreRequest("beside").getMetadata().getUid()));
    soon()
        .untilAsserted(
            () ->
                assertThat(
                        Objects.requireNonNull(here.restoreRequest("beside").getStatus().undo())
                            .dueSince())
                    .isNotNull());
    first.close();
    here.seenDue("beside", Instant.now().minus(Duration.ofDays(1)));
    here.operator();
    soon()
        .untilAsserted(
            () ->
                assertThat(
                        Objects.requireNonNull(here.restoreRequest("beside").getStatus().undo())
                            .dropped())
                    .isNotNull());
    soon().untilAsserted(() -> assertThat(here.fakeJobs.jobs()).isEmpty());
  }

  private static TaskReport keepingForAMoment(Task task) {
    var report = new FakeWorker().apply(task);
    if (!(task instanceof Task.Restore restore)) {
      return report;
    }
    var kept =
        new RestoreNames(restore.database(), restore.requestUid())
            .kept(Instant.now().minus(Duration.ofHours(2)));
    return new TaskReport(
        report.run(),
        report.outcome(),
        report.started(),
        report.finished(),
        null,
        null,
        new TaskResult.Restored(
            List.of("restore"), null, 10, kept, null, VerdictOutcome.VERIFIED, "100 %"));
  }

  @Test
  void aVerificationIsSealedBeforeItIsCompared() {
    here.operator();
    backedUp("shop-db");
    here.restoreRequest(
        "prove", "source: {policyRef: {name: shop-db}, latest: {}}\ntarget: {sandbox: {}}\n");

    soon()
        .untilAsserted(
            () ->
                assertThat(here.restoreRequest("prove").getStatus().verdict())
                    .isNotNull()
                    .satisfies(
                        verdict ->
                            assertThat(verdict.outcome()).isEqualTo(VerdictOutcome.VERIFIED)));
    var policy =
        here.client
            .network()
            .v1()
            .networkPolicies()
            .inNamespace(here.namespace)
            .withName(Sealing.POLICY)
            .get();
    assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
    assertThat(policy.getSpec().getIngress()).isNullOrEmpty();
    assertThat(policy.getSpec().getEgress()).isNullOrEmpty();
    assertThat(policy.getSpec().getPodSelector().getMatchLabels())
        .containsExactlyEntriesOf(java.util.Map.of(Sealing.SEALED, "true"));
    soon().untilAsserted(() -> assertThat(here.fakeJobs.jobs()).isEmpty());
  }

  @Test
  void aPolicyWaitsForItsStoreAndGoesOnWhenItComes() {
    here.operator();
    here.policy("shop-db", "offsite", "");
    soon()
        .untilAsserted(
            () ->
                assertThat(says(conditions("shop-db"), Conditions.RECONCILING))
                    .isEqualTo("True StoreNotFound"));

    here.store("offsite", "");

    soon()
        .untilAsserted(
            () ->
                assertThat(says(conditions("shop-db"), Conditions.READY))
                    .isEqualTo("True Accepted"));
  }

  @Test
  void whatWorksOnTheOtherHostOnlyIsStalled() {
    here.operator();
    here.folderStore("here");

    soon()
        .untilAsserted(
            () ->
                assertThat(says(here.store("here").getStatus().conditions(), Conditions.STALLED))
                    .isEqualTo("True NotOnThisHost"));
    soon().untilAsserted(() -> assertThat(here.events("NotOnThisHost")).hasSize(1));
    assertThat(here.fakeJobs.jobs()).isEmpty();
  }

  @Test
  void aJobThatSomeoneDeletedIsAFailureAndNotForgotten() {
    here.operator();
    backedUp("shop-db");
    here.fakeJobs.pause();
    here.backupRequest("now", "shop-db");
    soon().untilAsserted(() -> assertThat(job("backup").getSpec().getSuspend()).isFalse());
    here.client.resource(job("backup")).delete();
    here.fakeJobs.answer(
        task -> FakeWorker.failed(task, Reason.STORE_UNREACHABLE, "nobody answers"));
    here.fakeJobs.goOn();

    soon()
        .untilAsserted(
            () ->
                assertThat(status("shop-db").runs())
                    .anySatisfy(
                        run -> {
                          assertThat(run.purpose()).isEqualTo("backup");
                          assertThat(run.outcome()).isEqualTo("Failed");
                          assertThat(run.reason()).isEqualTo(Reason.INTERRUPTED);
                        }));
  }

  @Test
  void whoFindsNoRoomWaitsAndSaysWhy() {
    here.operator(new Concurrency(8, 8, 8));
    here.store("offsite", "limits: {concurrentRuns: 1}\n");
    here.policy("one", "offsite", "");
    here.policy("two", "offsite", "");
    soon().untilAsserted(() -> assertThat(accepted("one") && accepted("two")).isTrue());
    here.fakeJobs.pause();
    here.backupRequest("first", "one");
    here.backupRequest("second", "two");

    soon()
        .untilAsserted(
            () ->
                assertThat(here.fakeJobs.jobs())
                    .filteredOn(job -> job.getSpec().getSuspend())
                    .singleElement()
                    .satisfies(
                        job -> assertThat(JobLabels.waiting(job)).contains("at most 1 run")));
    here.fakeJobs.goOn();

    soon()
        .untilAsserted(
            () -> {
              assertThat(backups("one")).hasSize(1);
              assertThat(backups("two")).hasSize(1);
            });
  }

  @Test
  void tellsHealthAndFiguresFromTheStatus() throws IOException, InterruptedException {
    var first = here.operator();
    backedUp("shop-db");
    first.close();
    var second = here.operator();
    try (var server = new OperatorServer(0, second)) {
      soon().untilAsserted(() -> assertThat(get(server, "/readyz").statusCode()).isEqualTo(200));
      assertThat(get(server, "/healthz").statusCode()).isEqualTo(200);
      assertThat(get(server, "/healthz/more").statusCode()).isEqualTo(404);
      var metrics = get(server, "/metrics").body();
      assertThat(metrics)
          .contains("salvor_leader 1.0")
          .contains(
              "salvor_policy_recovery_points{namespace=\""
                  + here.namespace
                  + "\",policy=\"shop-db\"} 1.0")
          .contains("salvor_policy_last_success_timestamp_seconds{");
      second.close();
      assertThat(get(server, "/readyz").statusCode()).isEqualTo(503);
    }
  }

  private void backedUp(String policy) {
    here.store("offsite", "");
    here.policy(policy, "offsite", "runOnCreate: true\n");
    soon().untilAsserted(() -> assertThat(backups(policy)).hasSize(1));
  }

  private boolean accepted(String policy) {
    return says(conditions(policy), Conditions.READY).equals("True Accepted");
  }

  private List<Condition> conditions(String policy) {
    return Objects.requireNonNullElse(status(policy).conditions(), List.of());
  }

  private BackupPolicyStatus status(String policy) {
    return here.policy(policy).getStatus();
  }

  private List<Run> backups(String policy) {
    return Objects.requireNonNullElse(status(policy).runs(), List.<Run>of()).stream()
        .filter(run -> run.purpose().equals("backup") && run.outcome().equals("Succeeded"))
        .toList();
  }

  private Job job(String purpose) {
    return here.fakeJobs.jobs().stream()
        .filter(job -> purpose.equals(job.getMetadata().getLabels().get(JobLabels.MANAGED)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no Job for " + purpose));
  }

  private List<String> versions() {
    return List.of(
        here.store("offsite").getMetadata().getResourceVersion(),
        here.policy("shop-db").getMetadata().getResourceVersion());
  }

  private static HttpResponse<String> get(OperatorServer server, String path)
      throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static ConditionFactory soon() {
    return await().atMost(LONG).pollInterval(Duration.ofMillis(100));
  }
}
