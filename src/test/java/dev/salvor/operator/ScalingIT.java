package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.ClaimView.Workload;
import dev.salvor.plan.Conditions;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Applications that are scaled to zero for a backup, on a real API server; the controllers that
 * make and end their pods are played.
 */
class ScalingIT {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final Workload WEB = new Workload(Workload.Kind.STATEFUL_SET, "web");
  private static final Workload MAIL = new Workload(Workload.Kind.DEPLOYMENT, "mail");
  private static final Workload OTHER = new Workload(Workload.Kind.DEPLOYMENT, "other");

  private final Installation here = new Installation();
  private final Workloads workloads = new Workloads(here.client, Set.of(here.namespace));

  /** Two applications use the claim, of which one has no pod at the moment; a third does not. */
  @BeforeEach
  void applicationsUseAClaim() {
    here.create(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: uploads}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers: [{name: web, image: web}]
              volumes: [{name: uploads, persistentVolumeClaim: {claimName: uploads}}]
        """
            + deployment("mail", "uploads")
            + deployment("other", "elsewhere"));
    here.phase("uploads", "Bound");
    pod("web-0");
    here.usableStore("offsite");
    policy("files", 0);
    here.backupRequest("now", "files");
  }

  private void policy(String name, int retries) {
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: %s, namespace: %s}
        spec:
          source: {volume: {claims: {names: [uploads]}, scaleToZero: true}}
          storeRef: {name: offsite}
          retries: %d
        """
            .formatted(name, here.namespace, retries));
  }

  private static String deployment(String name, String claim) {
    return """
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: %1$s}
    spec:
      replicas: 2
      selector: {matchLabels: {app: %1$s}}
      template:
        metadata: {labels: {app: %1$s}}
        spec:
          containers: [{name: %1$s, image: %1$s}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: %2$s}}]
    """
        .formatted(name, claim);
  }

  @AfterEach
  void end() {
    here.close();
  }

  private void pod(String name) {
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          ownerReferences:
          - {apiVersion: apps/v1, kind: StatefulSet, name: web, uid: %s, controller: true}
        spec:
          containers: [{name: web, image: web}]
          volumes: [{name: uploads, persistentVolumeClaim: {claimName: uploads}}]
        """
            .formatted(name, get(WEB).getMetadata().getUid()));
  }

  private void podsEnd() {
    here.client.pods().inNamespace(here.namespace).withName("web-0").withGracePeriod(0).delete();
  }

  private GenericKubernetesResource get(Workload workload) {
    return workloads.find(here.namespace, workload).orElseThrow();
  }

  private int replicas(Workload workload) {
    return ScaledWorkload.replicas(get(workload));
  }

  /** As a person or a controller does. */
  private void scale(Workload workload, int replicas) {
    here.client
        .resource(get(workload))
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withFieldManager("autoscaler")
                .build(),
            "{\"spec\":{\"replicas\":" + replicas + "}}");
  }

  private boolean nothingIsMarked() {
    return workloads.places().stream().allMatch(place -> workloads.marked(place).isEmpty());
  }

  private boolean isAsBefore() {
    return replicas(WEB) == 3 && replicas(MAIL) == 2 && nothingIsMarked();
  }

  private Job backup() {
    return backups().findFirst().orElseThrow();
  }

  private Stream<Job> backups() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().startsWith("files-backup-"));
  }

  private boolean isLetGo() {
    return backups().anyMatch(job -> !Admitter.isSuspended(job));
  }

  private String ready(String request) {
    return says(here.backupRequest(request).getStatus().conditions(), Conditions.READY);
  }

  private String waitsFor(String request) {
    return Conditions.find(
            here.backupRequest(request).getStatus().conditions(), Conditions.RECONCILING)
        .map(condition -> Objects.requireNonNull(condition.message()))
        .orElse("");
  }

  private String failure() {
    return Objects.requireNonNull(here.backupRequest("now").getStatus().failure()).message();
  }

  private static ConditionFactory soon() {
    return await().atMost(LONG).pollInterval(Duration.ofMillis(100));
  }

  @Test
  void whoUsesAClaimIsScaledToZeroAndBack() {
    here.fakeJobs.pause();
    here.operator();
    soon().until(() -> replicas(WEB) == 0 && replicas(MAIL) == 0);
    soon()
        .untilAsserted(
            () ->
                assertThat(waitsFor("now"))
                    .contains("pods that use its claims have not ended: web-0."));
    assertThat(Admitter.isSuspended(backup())).isTrue();

    podsEnd();
    soon().until(this::isLetGo);
    assertThat(replicas(WEB)).as("down while it is read").isZero();
    here.fakeJobs.goOn();

    soon().until(() -> ready("now").equals("True Succeeded"));
    soon().until(this::isAsBefore);
    assertThat(replicas(OTHER)).isEqualTo(2);
    soon()
        .untilAsserted(
            () ->
                assertThat(here.events("ScaledToZero"))
                    .contains("StatefulSet: Scaled from 3 to 0 for run " + runName() + "."));
    soon()
        .untilAsserted(
            () ->
                assertThat(here.events("ScaledBack"))
                    .contains("Deployment: Scaled back to 2 after run " + runName() + "."));
  }

  private String runName() {
    return here.fakeJobs.started().stream()
        .filter(run -> run.contains("-backup-"))
        .findFirst()
        .orElseThrow();
  }

  /** Each does one write and is dead. */
  @Test
  void theApplicationIsBackWhoeverDies() {
    try (var controller = Executors.newSingleThreadScheduledExecutor()) {
      var playing =
          controller.scheduleWithFixedDelay(
              here.unlessRefused(this::control), 0, 200, TimeUnit.MILLISECONDS);
      var lives = 0;
      while (!ready("now").equals("True Succeeded") || !isAsBefore()) {
        assertThat(lives++).as("lives").isLessThan(60);
        var cutOff = new CutOff(1);
        var mortal = here.through(cutOff);
        soon()
            .until(
                () ->
                    cutOff.isReached() || (ready("now").equals("True Succeeded") && isAsBefore()));
        mortal.close();
      }
      playing.cancel(false);
      assertThat(lives).isGreaterThan(6);
    }
    assertThat(here.fakeJobs.started()).filteredOn(run -> run.contains("-backup-")).hasSize(1);
    assertThat(here.policy("files").getStatus().recoveryPointsTotal()).isEqualTo(1);
  }

  /** That of StatefulSets. */
  private void control() {
    if (replicas(WEB) == 0) {
      podsEnd();
    }
  }

  @Test
  void theApplicationIsBackWhereSomebodyDeletesTheRun() {
    here.operator();
    soon().until(() -> replicas(WEB) == 0);

    here.client.resource(backup()).delete();

    soon().until(this::isAsBefore);
  }

  @Test
  void whoScalesItUpAgainIsNamedAndKeepsItsNumber() {
    here.operator();
    soon().until(() -> replicas(WEB) == 0);
    scale(WEB, 1);

    soon().until(() -> ready("now").equals("False ScalingFailed"));
    assertThat(failure())
        .isEqualTo("StatefulSet web was scaled to zero, and up again by autoscaler.");
    soon().until(() -> nothingIsMarked());
    assertThat(replicas(WEB)).isEqualTo(1);
    assertThat(replicas(MAIL)).isEqualTo(2);
    soon().until(() -> !here.events("ScaledMeanwhile").isEmpty());
    assertThat(here.fakeJobs.started()).noneMatch(run -> run.contains("-backup-"));
  }

  /** It would say that nobody wrote meanwhile. */
  @Test
  void aBackupThatIsNotAloneAnyMoreIsGivenUp() {
    here.fakeJobs.pause();
    podsEnd();
    here.operator();
    soon().until(this::isLetGo);
    scale(WEB, 1);
    pod("web-1");
    soon().until(() -> backups().noneMatch(job -> !Admitter.isSuspended(job)));
    here.fakeJobs.goOn(); // the repository is asked what the run did

    soon().until(() -> ready("now").equals("False ScalingFailed"));
    assertThat(failure())
        .isEqualTo(
            "Pod web-1 began to use the claim while it was read: StatefulSet web was scaled up by"
                + " autoscaler.");
    soon().until(() -> nothingIsMarked());
  }

  /** Who was at zero before is nobody to put back. */
  @Test
  void whatIsAtZeroStaysThere() {
    scale(MAIL, 0);
    podsEnd();
    here.operator();
    soon().until(() -> ready("now").equals("True Succeeded"));
    soon().until(() -> nothingIsMarked());

    assertThat(replicas(MAIL)).isZero();
    assertThat(replicas(WEB)).isEqualTo(3);
  }

  @Test
  void twoRunsDoNotPutBackWhatIsTheOthers() {
    here.fakeJobs.pause();
    podsEnd();
    here.operator();
    soon().until(this::isLetGo);
    policy("others", 0);
    here.backupRequest("later", "others");
    soon()
        .untilAsserted(
            () ->
                assertThat(waitsFor("later"))
                    .contains("is scaled to zero for run " + backup().getMetadata().getName()));
    assertThat(replicas(WEB)).as("down for the first").isZero();
    here.fakeJobs.goOn();

    soon().until(() -> ready("later").equals("True Succeeded"));
    soon().until(this::isAsBefore);
  }

  /** Kubernetes would delete what is to be backed up. */
  @Test
  void whatWouldLoseItsClaimsIsNotScaled() {
    here.client
        .resource(get(WEB))
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenScaled\":\"Delete\"}}}");
    here.operator();

    soon().until(() -> ready("now").equals("False ScalingFailed"));
    assertThat(failure()).startsWith("StatefulSet web deletes its claims when it is scaled down");
    assertThat(isAsBefore()).isTrue();
  }

  /** What is being written is nothing to read, and its application is not to come back. */
  @Test
  void aRestoreThatWritesToTheClaimIsWaitedFor() {
    here.fakeJobs.close(); // it removes pods of runs that have no Job
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: back-restore-x-abcde, labels: {salvor.dev/run: restore}}
        spec:
          containers: [{name: worker, image: salvor}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: uploads}}]
        """);
    here.operator();
    soon()
        .untilAsserted(
            () ->
                assertThat(waitsFor("now"))
                    .contains("pod back-restore-x-abcde is restoring to its claim."));
    assertThat(isAsBefore()).isTrue();

    here.client
        .pods()
        .inNamespace(here.namespace)
        .withLabel("salvor.dev/run")
        .withGracePeriod(0)
        .delete();
    soon().until(() -> replicas(WEB) == 0);
  }

  private void restore(String services) {
    here.restoreRequest(
        "back",
        """
        source: {policyRef: {name: files}, latest: {}}
        target:
          supabase:
            selfHosted:
              database: {connection: {host: db, user: u, passwordSecretRef: {name: db, key: p}}}
              storage: {place: {claim: {name: uploads}}}
              scaleToZero: true
              services: [%s]
        """
            .formatted(services));
  }

  private List<Job> restores() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().startsWith("back-restore-"))
        .toList();
  }

  private String restored() {
    var status = here.restoreRequest("back").getStatus();
    return status == null ? "" : says(status.conditions(), Conditions.READY);
  }

  private void backedUp() {
    podsEnd();
    here.operator();
    soon().until(() -> ready("now").equals("True Succeeded"));
    soon().until(this::isAsBefore);
  }

  /** It has no claim, and a session that a database cannot be replaced under. */
  @Test
  void aServiceThatIsNamedIsAtZeroForARestore() {
    backedUp();
    here.fakeJobs.pause();
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: other-5d8f9c7b4-x
          labels: {pod-template-hash: 5d8f9c7b4}
          ownerReferences:
          - {apiVersion: apps/v1, kind: ReplicaSet, name: other-5d8f9c7b4, uid: u, controller: true}
        spec:
          containers: [{name: other, image: other}]
        """);
    restore("Deployment/other");
    soon().until(() -> replicas(OTHER) == 0 && replicas(WEB) == 0 && replicas(MAIL) == 0);
    soon()
        .untilAsserted(
            () ->
                assertThat(
                        Conditions.find(
                            here.restoreRequest("back").getStatus().conditions(),
                            Conditions.RECONCILING))
                    .hasValueSatisfying(
                        it -> assertThat(it.message()).contains("not ended: other-5d8f9c7b4-x.")));
    assertThat(restores()).allMatch(Admitter::isSuspended);

    here.client
        .pods()
        .inNamespace(here.namespace)
        .withName("other-5d8f9c7b4-x")
        .withGracePeriod(0)
        .delete();
    soon().until(() -> restores().stream().anyMatch(job -> !Admitter.isSuspended(job)));
    assertThat(replicas(OTHER)).as("down while it is restored").isZero();
    here.fakeJobs.goOn();

    soon().until(() -> restored().equals("True Succeeded"));
    soon().until(() -> isAsBefore() && replicas(OTHER) == 2);
  }

  @Test
  void aServiceThatIsNotThereIsNamed() {
    backedUp();
    restore("Deployment/other, StatefulSet/other");

    soon().until(() -> restored().equals("False InvalidSpec"));
    assertThat(Objects.requireNonNull(here.restoreRequest("back").getStatus().failure()).message())
        .startsWith("There is no StatefulSet/other in this namespace");
    assertThat(isAsBefore() && replicas(OTHER) == 2).isTrue();
  }

  /** As {@code kubectl rollout undo} leaves it: annotations of an older ReplicaSet. */
  @Test
  void anAnnotationThatARollbackBroughtBackSaysNothing() {
    here.client
        .resource(get(MAIL))
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"salvor.dev/scaled-to-zero\":\"{\\\"run\\\":\\\"old\\\","
                + "\\\"uid\\\":\\\"1\\\",\\\"replicas\\\":9,"
                + "\\\"since\\\":\\\"2026-01-01T00:00:00Z\\\"}\"}}}");
    podsEnd();
    here.operator();

    soon().until(() -> ready("now").equals("True Succeeded"));
    soon().until(this::isAsBefore);
  }

  /** The same in the middle of a run: the number is the label's, and it stays at zero till then. */
  @Test
  void aRollbackInTheMiddleLosesNoNumber() {
    here.fakeJobs.pause();
    podsEnd();
    here.operator();
    soon().until(this::isLetGo);
    here.client
        .resource(get(MAIL))
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"salvor.dev/scaled-to-zero\":null}}}");
    policy("others", 0); // wakes the leader
    here.backupRequest("later", "others");
    soon().untilAsserted(() -> assertThat(waitsFor("later")).contains("is scaled to zero for"));
    assertThat(replicas(MAIL)).isZero();
    here.fakeJobs.goOn();

    soon().until(() -> ready("later").equals("True Succeeded"));
    soon().until(this::isAsBefore);
  }

  @Test
  void anOperatorThatMayNotScaleSaysSo() {
    here.withoutScaling();

    soon().until(() -> ready("now").equals("False ScalingFailed"));
    assertThat(failure()).contains("scaleToZero.enabled=true");
    assertThat(replicas(WEB)).isEqualTo(3);
  }

  /** Two that read it at the same time must not both remember a number. */
  @Test
  void aPatchOfWhatChangedMeanwhileIsRefused() {
    here.fakeJobs.close();
    var seen = get(MAIL);
    scale(MAIL, 5);
    var job = new Job();
    job.setMetadata(new ObjectMetaBuilder().withName("run").withUid("1").build());
    var patch = ScaledWorkload.scaling(seen, job, Instant.now());

    assertThatThrownBy(() -> workloads.patch(seen, patch))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(409));
    assertThat(replicas(MAIL)).isEqualTo(5);
  }
}
