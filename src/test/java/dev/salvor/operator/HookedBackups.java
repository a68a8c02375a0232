package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.plan.Conditions;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * Backups with commands around them, on a real API server; there is no kubelet that would run the
 * commands, so that they are played.
 */
abstract class HookedBackups {
  static final Duration LONG = Duration.ofSeconds(40);
  static final String FREEZE =
      "[{matchLabels: {app: web}, before: [freeze], after: [thaw], timeoutSeconds: 1}]";

  /** What may go on in a pod: 25 s to begin in, and twice its own second. */
  static final Duration HAD_ITS_TIME = Duration.ofMinutes(1);

  final Installation here = new Installation();
  final HookedApplication web = new HookedApplication(here);

  @BeforeEach
  void anApplicationThatCanHoldStill() {
    here.create(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: uploads}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
        """);
    here.phase("uploads", "Bound");
    web.pod("web-0", "web", "Running");
    web.pod("web-1", "web", "Running");
    web.pod("web-done", "web", "Succeeded");
    web.pod("other", "other", "Running");
    here.usableStore("offsite");
  }

  void requested(String hooks) {
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files, namespace: %s}
        spec:
          source:
            volume:
              claims: {names: [uploads]}
              hooks: %s
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(here.namespace, hooks));
    here.backupRequest("now", "files");
  }

  @AfterEach
  void end() {
    web.gate.countDown();
    here.close();
  }

  Stream<Job> backups() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().startsWith("files-backup-"));
  }

  boolean isLetGo() {
    return backups().anyMatch(job -> !Admitter.isSuspended(job));
  }

  String ready() {
    return ready("now");
  }

  String ready(String request) {
    return says(here.backupRequest(request).getStatus().conditions(), Conditions.READY);
  }

  String failure() {
    return Objects.requireNonNull(here.backupRequest("now").getStatus().failure()).message();
  }

  static ConditionFactory soon() {
    return await().atMost(LONG).pollInterval(Duration.ofMillis(100));
  }

  void fails(String message) {
    soon().until(() -> ready().equals("False HookFailed"));
    assertThat(failure()).matches(message);
    assertThat(here.fakeJobs.started()).noneMatch(run -> run.contains("-backup-"));
  }

  /** A run that reads is suspended, and asked what it did. */
  void isGivenUp(String message) {
    soon().until(() -> !isLetGo());
    here.fakeJobs.goOn();
    fails(message);
  }

  boolean isDone(String request) {
    return ready(request).matches("True Succeeded|False HookFailed") && web.isAsBefore();
  }

  Job backup() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().contains("-backup-"))
        .findFirst()
        .orElseThrow();
  }

  String waiting() {
    return Conditions.find(here.backupRequest("now").getStatus().conditions(), "Reconciling")
        .map(it -> String.valueOf(it.message()))
        .orElse("");
  }
}
