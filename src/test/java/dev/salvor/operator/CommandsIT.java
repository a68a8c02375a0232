package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.api.Verdict;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.Conditions;
import dev.salvor.testing.JumpingClock;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks that are programs of the user, on a real API server; the kubelet is played. */
class CommandsIT {
  private final Installation here = new Installation();
  private final JumpingClock clock = new JumpingClock();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @BeforeEach
  void aVolumeThatIsBackedUp() {
    here.create(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: uploads}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: ""
          volumeName: nowhere
          resources: {requests: {storage: 10Gi}}
        """);
    here.phase("uploads", "Bound");
    here.usableStore("offsite");
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files, namespace: %s}
        spec:
          source: {volume: {claims: {names: [uploads]}}}
          storeRef: {name: offsite}
          retries: 0
          verification:
            checks:
            - name: server-starts
              command: {image: server, command: [start], writable: true, runAs: {user: 999}}
            - name: index
              command: {image: tool, command: [look, "/data/uploads/$(HOME)"]}
        """
            .formatted(here.namespace));
    here.backupRequest("now", "files");
    here.operator(clock);
    soon()
        .untilAsserted(
            () ->
                assertThat(
                        says(here.backupRequest("now").getStatus().conditions(), Conditions.READY))
                    .isEqualTo("True Succeeded"));
  }

  @AfterEach
  void end() {
    here.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(60)).ignoreExceptions();
  }

  private void prove() {
    here.restoreRequest(
        "prove", "source: {policyRef: {name: files}, latest: {}}\ntarget: {sandbox: {}}\n");
  }

  /** As the request and the policy have it. */
  private Verdict verdict() {
    soon().until(() -> here.restoreRequest("prove").getStatus().verdict() != null);
    var verdict = Objects.requireNonNull(here.restoreRequest("prove").getStatus().verdict());
    soon()
        .untilAsserted(
            () ->
                assertThat(
                        Objects.requireNonNull(here.policy("files").getStatus().lastVerification()))
                    .returns(verdict.outcome(), Verdict::outcome)
                    .returns(verdict.message(), Verdict::message));
    return verdict;
  }

  private List<Pod> pods() {
    return here.client.pods().inNamespace(here.namespace).list().getItems().stream()
        .filter(pod -> pod.getMetadata().getName().contains("-verify-"))
        .toList();
  }

  private Job job() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().contains("-verify-"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void eachIsAskedOnceThePodIsSealedAndWhoWritesIsAskedLast() {
    here.fakeJobs.check(
        name -> {
          var sealed =
              "true".equals(pods().getFirst().getMetadata().getLabels().get(Sealing.SEALED));
          asked.add(name + (sealed ? "" : " without a seal"));
          return FakeJobs.exited(0, "Completed", "");
        });
    prove();

    assertThat(verdict().outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(asked).containsExactly("index", "server-starts");
    soon().untilAsserted(() -> assertThat(here.fakeJobs.jobs()).isEmpty());
  }

  @Test
  void oneThatSaysNoRefutesWithItsLastWords() {
    here.fakeJobs.check(
        name -> {
          asked.add(name);
          return FakeJobs.exited(1, "Error", "row 3 missing\nnot ok\n");
        });
    prove();

    var verdict = verdict();
    assertThat(verdict.outcome()).isEqualTo(VerdictOutcome.REFUTED);
    assertThat(verdict.reason()).isEqualTo(Reason.CHECK_FAILED);
    assertThat(verdict.message())
        .isEqualTo(
            "The restored copy fails your check index as user 65532 (exit code 1; it said last: row"
                + " 3 missing | not ok).");
    assertThat(verdict.isolation()).isEqualTo(Isolation.ENFORCED);
    assertThat(verdict.coverage()).isEqualTo("100 %");
    assertThat(asked).containsOnly("index");
    assertThat(says(here.policy("files").getStatus().conditions(), Conditions.VERIFIED))
        .isEqualTo("False Refuted");
    assertThat(says(here.policy("files").getStatus().conditions(), Conditions.READY))
        .as("backups go on")
        .isEqualTo("True Accepted");
  }

  @Test
  void oneWhoseImageCannotBeHadProvesNothing() {
    here.fakeJobs.check(
        name ->
            new ContainerStateBuilder().withNewWaiting("no such tag", "ImagePullBackOff").build());
    prove();
    soon().until(() -> pods().getFirst().getStatus().getInitContainerStatuses().size() == 3);
    clock.jump(Duration.ofMinutes(11));

    isGivenUp();
    assertThat(verdict().outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(verdict().reason()).isEqualTo(Reason.IMAGE_UNAVAILABLE);
    assertThat(verdict().message()).contains("image tool for your check index");
  }

  @Test
  void oneThatTakesTooLongProvesNothing() {
    var started = Instant.now().minusSeconds(61).truncatedTo(ChronoUnit.SECONDS);
    here.fakeJobs.check(name -> running(started));
    prove();

    isGivenUp();
    assertThat(verdict().outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(verdict().reason()).isEqualTo(Reason.CHECK_ERRORED);
    assertThat(verdict().message())
        .isEqualTo("Could not ask your check index (it has not ended within 1m (timeout)).");
  }

  private static ContainerState running(Instant since) {
    return new ContainerStateBuilder().withNewRunning(since.toString()).build();
  }

  /** The Job controller takes the pod of a Job that is suspended away, also one made meanwhile. */
  private void isGivenUp() {
    // One that is queued is suspended too.
    soon().until(() -> JobLabels.isGivenUp(job()));
    soon()
        .until(
            () -> {
              pods().forEach(pod -> here.client.resource(pod).withGracePeriod(0).delete());
              return here.restoreRequest("prove").getStatus().verdict() != null;
            });
  }
}
