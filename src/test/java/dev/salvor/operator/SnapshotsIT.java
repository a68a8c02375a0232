package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.ClaimSelection;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.ClaimView;
import dev.salvor.plan.ClaimView.SnapshotClass;
import dev.salvor.plan.ClaimView.StorageClass;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.Surroundings.CopyWish;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Backups by snapshots on a real API server; the snapshot controller and its driver are played. */
class SnapshotsIT {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final String TAKEN = "2026-11-22T02:00:05Z";

  private final Installation here = new Installation();
  private final String driver = here.namespace + ".csi.test";

  @BeforeAll
  static void kinds() throws IOException {
    try (var one = new Installation();
        var kinds = Files.newInputStream(Path.of("src/test/resources/snapshot-crds.yaml"))) {
      one.client.load(kinds).serverSideApply();
      await().atMost(LONG).ignoreExceptions().until(() -> snapshots(one).isEmpty());
      await()
          .atMost(LONG)
          .ignoreExceptions()
          .until(
              () ->
                  one.client
                          .genericKubernetesResources(
                              "snapshot.storage.k8s.io/v1", "VolumeSnapshotClass")
                          .list()
                      != null);
    }
  }

  @BeforeEach
  void aClaimOfADriverWithSnapshots() {
    here.create(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %1$s}
        spec:
          capacity: {storage: 10Gi}
          accessModes: [ReadWriteOnce]
          storageClassName: %1$s
          csi: {driver: %2$s, volumeHandle: one}
        ---
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: {name: %1$s}
        provisioner: %2$s
        ---
        apiVersion: snapshot.storage.k8s.io/v1
        kind: VolumeSnapshotClass
        metadata: {name: %1$s}
        driver: %2$s
        deletionPolicy: Delete
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: uploads, namespace: %1$s}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: %1$s
          volumeName: %1$s
          resources: {requests: {storage: 10Gi}}
        """
            .formatted(here.namespace, driver));
    here.phase("uploads", "Bound");
    here.usableStore("offsite");
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files, namespace: %s}
        spec:
          source: {volume: {claims: {names: [uploads]}, mode: Snapshot}}
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(here.namespace));
    here.backupRequest("now", "files");
  }

  @AfterEach
  void end() {
    here.client.persistentVolumes().withName(here.namespace).delete();
    here.client.storage().v1().storageClasses().withName(here.namespace).delete();
    here.client
        .genericKubernetesResources("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass")
        .withName(here.namespace)
        .delete();
    here.close();
  }

  private static List<GenericKubernetesResource> snapshots(Installation installation) {
    return installation
        .client
        .genericKubernetesResources(SnapshotClasses.SNAPSHOTS)
        .inNamespace(installation.namespace)
        .list()
        .getItems();
  }

  /** As the snapshot controller writes it, to the one that there is. */
  private void status(String status) {
    status(snapshots(here).getFirst(), status);
  }

  private void status(GenericKubernetesResource snapshot, String status) {
    here.client
        .genericKubernetesResources(SnapshotClasses.SNAPSHOTS)
        .inNamespace(here.namespace)
        .withName(snapshot.getMetadata().getName())
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":" + status + "}");
  }

  private void ready() {
    ready(snapshots(here).getFirst());
  }

  private void ready(GenericKubernetesResource snapshot) {
    status(
        snapshot,
        "{\"readyToUse\":true,\"creationTime\":\"" + TAKEN + "\",\"restoreSize\":\"12Gi\"}");
  }

  /** As a provisioner and the controller of volumes do. */
  private void bind() {
    copies().forEach(copy -> here.phase(copy.getMetadata().getName(), "Bound"));
  }

  /** Beside it there may be an Inspect. */
  private Job backup() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().contains("-backup-"))
        .findFirst()
        .orElseThrow();
  }

  private List<PersistentVolumeClaim> copies() {
    return here
        .client
        .persistentVolumeClaims()
        .inNamespace(here.namespace)
        .list()
        .getItems()
        .stream()
        .filter(claim -> !claim.getMetadata().getName().equals("uploads"))
        .toList();
  }

  private String waitsFor() {
    return Conditions.find(
            here.backupRequest("now").getStatus().conditions(), Conditions.RECONCILING)
        .map(condition -> Objects.requireNonNull(condition.message()))
        .orElse("");
  }

  private String ready(String request) {
    return says(here.backupRequest(request).getStatus().conditions(), Conditions.READY);
  }

  @Test
  void theClassesOfAVolumesDriverAreSeen() {
    var claims =
        new ClusterClaims(here.client)
            .find(here.namespace, new ClaimSelection(List.of("uploads"), null), new CopyWish(null));

    assertThat(claims)
        .extracting(ClaimView::snapshots)
        .containsExactly(
            new ClaimView.Snapshots(
                driver,
                List.of(new SnapshotClass(here.namespace, false, true)),
                new StorageClass(here.namespace, driver, true, true),
                null));
  }

  @Test
  void aRunBeginsOnceTheCopyOfItsSnapshotIsThere() {
    here.operator();
    soon().until(() -> snapshots(here).size() == 1);
    var job = backup();
    var snapshot = snapshots(here).getFirst();
    assertThat(snapshot.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(it -> assertThat(it.getUid()).isEqualTo(job.getMetadata().getUid()));
    assertThat(snapshot.<String>get("spec", "source", "persistentVolumeClaimName"))
        .isEqualTo("uploads");
    assertThat(snapshot.<String>get("spec", "volumeSnapshotClassName")).isEqualTo(here.namespace);
    soon().untilAsserted(() -> assertThat(waitsFor()).contains("of claim 'uploads' is not ready"));
    assertThat(copies()).isEmpty();

    here.fakeJobs.pause();
    ready();
    soon().untilAsserted(() -> assertThat(waitsFor()).contains("is being made of its snapshot"));
    assertThat(Admitter.isSuspended(backup())).isTrue();
    bind();
    soon().until(() -> !Admitter.isSuspended(backup()));

    var resumed = backup();
    assertThat(resumed.getSpec().getTemplate().getMetadata().getAnnotations())
        .containsEntry(JobLabels.SOURCE_TIMES, "{\"uploads\":\"" + cut() + "\"}");
    assertThat(resumed.getMetadata().getAnnotations()).doesNotContainKey(JobLabels.PREPARING);
    assertThat(copies())
        .singleElement()
        .satisfies(
            copy ->
                assertThat(copy.getSpec().getDataSource().getName())
                    .isEqualTo(snapshot.getMetadata().getName()))
        .satisfies(
            copy ->
                assertThat(copy.getSpec().getResources().getRequests().get("storage"))
                    .hasToString("12Gi"));
    here.fakeJobs.goOn();
    soon().until(() -> ready("now").equals("True Succeeded"));
  }

  /** As the operator reads it: not earlier than the snapshot was asked for. */
  private String cut() {
    return snapshots(here).getFirst().getMetadata().getCreationTimestamp();
  }

  /** Each does one write and is dead; the driver needs a moment each time. */
  @Test
  void oneSnapshotIsTakenWhoeverDies() {
    try (var controller = Executors.newSingleThreadScheduledExecutor()) {
      var playing =
          controller.scheduleWithFixedDelay(
              here.unlessRefused(this::answerAll), 0, 200, TimeUnit.MILLISECONDS);
      var lives = 0;
      while (!ready("now").equals("True Succeeded")) {
        assertThat(lives++).as("lives").isLessThan(40);
        var cutOff = new CutOff(1);
        var mortal = here.through(cutOff);
        soon().until(() -> cutOff.isReached() || ready("now").equals("True Succeeded"));
        mortal.close();
      }
      playing.cancel(false);
      assertThat(lives).isGreaterThan(4);
    }
    assertThat(here.fakeJobs.started()).filteredOn(run -> run.contains("-backup-")).hasSize(1);
    assertThat(snapshots(here)).hasSize(1);
    assertThat(copies()).hasSize(1);
    assertThat(here.policy("files").getStatus().recoveryPointsTotal()).isEqualTo(1);
  }

  private void answerAll() {
    if (snapshots(here).stream().anyMatch(it -> it.get("status", "readyToUse") == null)) {
      ready();
    }
    bind();
  }

  @Test
  void aSnapshotThatFailsIsGivenUpInTheWordsOfItsDriver() {
    here.operator();
    soon().until(() -> snapshots(here).size() == 1);
    status(
        "{\"readyToUse\":false,\"error\":{\"message\":\"no space left in the pool\","
            + "\"time\":\"2026-11-22T02:00:05Z\"}}");

    soon().until(() -> ready("now").equals("False SnapshotFailed"));
    assertThat(failure())
        .isEqualTo("No snapshot of claim 'uploads' could be taken: no space left in the pool");
    assertThat(here.fakeJobs.started()).noneMatch(run -> run.contains("-backup-"));
    soon().until(() -> here.fakeJobs.jobs().isEmpty());
  }

  private String failure() {
    return Objects.requireNonNull(here.backupRequest("now").getStatus().failure()).message();
  }

  /** It may be all that is left of the claim. */
  @Test
  void aSnapshotOutlivesItsClaim() {
    here.operator();
    soon().until(() -> snapshots(here).size() == 1);
    var claims = here.client.persistentVolumeClaims().inNamespace(here.namespace);
    claims
        .withName("uploads")
        .edit(
            live ->
                new PersistentVolumeClaimBuilder(live)
                    .editMetadata()
                    .withFinalizers(List.of())
                    .endMetadata()
                    .build());
    claims.withName("uploads").delete();
    soon().until(() -> claims.withName("uploads").get() == null);
    ready();
    soon().until(() -> copies().size() == 1);
    bind();

    soon().until(() -> ready("now").equals("True Succeeded"));
  }

  /** What is snapped may be written to again, while the snapshot is uploaded and copied. */
  @Test
  void whoIsScaledToZeroComesBackOnceItIsCut() {
    here.create(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers: [{name: web, image: web}]
              volumes: [{name: uploads, persistentVolumeClaim: {claimName: uploads}}]
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: quiet, namespace: %s}
        spec:
          source: {volume: {claims: {names: [uploads]}, mode: Snapshot, scaleToZero: true}}
          storeRef: {name: offsite}
        """
            .formatted(here.namespace));
    here.backupRequest("quiet", "quiet");
    here.operator();
    soon().until(() -> quiet().isPresent());
    assertThat(replicas()).as("until it is cut").isZero();

    status(quiet().orElseThrow(), "{\"readyToUse\":false,\"creationTime\":\"" + TAKEN + "\"}");
    soon().until(() -> replicas() == 2);

    assertThat(ready("quiet")).isEqualTo("Unknown Progressing");
    ready(quiet().orElseThrow());
    soon().until(() -> copies().size() == 1);
    bind();
    soon().until(() -> ready("quiet").equals("True Succeeded"));
  }

  /** It holds still for as long as a snapshot takes to cut, and not until the copy is read. */
  @Test
  void hooksAreTakenBackOnceItIsCut() {
    var web = heldStill();
    here.operator();
    soon().until(() -> quiet().isPresent());
    assertThat(web.still).as("until it is cut").containsExactly("web-0");

    status(quiet().orElseThrow(), "{\"readyToUse\":false,\"creationTime\":\"" + TAKEN + "\"}");
    soon().until(web::isAsBefore);

    assertThat(ready("quiet")).isEqualTo("Unknown Progressing");
    ready(quiet().orElseThrow());
    soon().until(() -> copies().size() == 1);
    bind();
    soon().until(() -> ready("quiet").equals("True Succeeded"));
    assertThat(web.commands).containsExactly("web-0/main: freeze", "web-0/main: thaw");
  }

  /** Who leads next finds all of it done, and lets go and resumes in one look: at once. */
  @Test
  void whatIsCutAndCopiedIsLetGoAndReadInOneLook() {
    var web = heldStill();
    var writes = new JobWrites();
    here.through(writes);
    soon().until(() -> quiet().isPresent());
    writes.isCutOff.set(true);
    ready(quiet().orElseThrow());
    soon().until(() -> copies().size() == 1);
    bind();

    writes.isCutOff.set(false);

    soon().until(() -> ready("quiet").equals("True Succeeded"));
    soon().until(web::isAsBefore);
    assertThat(writes.conflicts).hasValue(0);
  }

  /** Those of one operator to one Job. */
  private static final class JobWrites implements Interceptor {
    private final AtomicBoolean isCutOff = new AtomicBoolean();
    private final AtomicInteger conflicts = new AtomicInteger();

    private static boolean is(HttpRequest request) {
      return request.method().equals("PATCH")
          && request.uri().getPath().contains("/jobs/quiet-backup-");
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
      if (is(request) && isCutOff.get()) {
        throw new KubernetesClientException("cut off");
      }
    }

    @Override
    public void after(
        HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> body) {
      if (is(request) && response.code() == HttpURLConnection.HTTP_CONFLICT) {
        conflicts.incrementAndGet();
      }
    }
  }

  private HookedApplication heldStill() {
    var web = new HookedApplication(here);
    web.pod("web-0", "web", "Running");
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: quiet, namespace: %s}
        spec:
          source:
            volume:
              claims: {names: [uploads]}
              mode: Snapshot
              hooks: [{matchLabels: {app: web}, before: [freeze], after: [thaw]}]
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(here.namespace));
    here.backupRequest("quiet", "quiet");
    return web;
  }

  private void isNoBackup(HookedApplication web) {
    soon().until(() -> ready("quiet").equals("False HookFailed"));
    soon().until(web::isAsBefore);
    assertThat(here.fakeJobs.started()).noneMatch(run -> run.startsWith("quiet-backup-"));
    assertThat(web.commands).containsExactly("web-0/main: freeze", "web-0/main: thaw");
  }

  /** It may have been cut while nothing held: the next attempt begins with all of it anew. */
  @Test
  void aPodThatIsStartedAnewBeforeItIsCutIsNoBackup() {
    var web = heldStill();
    here.operator();
    soon().until(() -> quiet().isPresent());

    web.restart("web-0");
    ready(quiet().orElseThrow());

    isNoBackup(web);
  }

  /** Between the look at the pods and the one at the snapshot. */
  @Test
  void whatHoldsIsLookedAtAfterItIsCut() {
    var web = heldStill();
    var isToCome = new AtomicBoolean();
    here.through(
        new Interceptor() {
          @Override
          public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            var isLook =
                request.method().equals("GET")
                    && request.uri().getPath().contains("/volumesnapshots/quiet-");
            if (isLook && isToCome.getAndSet(false)) {
              web.restart("web-0");
              ready(quiet().orElseThrow());
            }
          }
        });
    soon().until(() -> quiet().isPresent());

    isToCome.set(true);

    isNoBackup(web);
    assertThat(isToCome).isFalse();
  }

  private Optional<GenericKubernetesResource> quiet() {
    return snapshots(here).stream()
        .filter(it -> it.getMetadata().getName().startsWith("quiet-"))
        .findFirst();
  }

  private int replicas() {
    return here.client
        .apps()
        .statefulSets()
        .inNamespace(here.namespace)
        .withName("web")
        .get()
        .getSpec()
        .getReplicas();
  }

  /** What one person does to one Job is that Job's matter. */
  @Test
  void aJobThatSomebodyChangedHoldsUpNobodyElse() {
    here.operator();
    soon().until(() -> snapshots(here).size() == 1);
    here.client
        .resource(backup())
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"" + JobLabels.COPIES + "\":\"[null]\"}}}");

    soon().until(() -> ready("now").equals("False SnapshotFailed"));
    assertThat(failure()).contains(JobLabels.COPIES, "was changed");
    here.backupRequest("again", "files");
    soon().until(() -> snapshots(here).size() == 2);
    answerUntil("again");
  }

  private void answerUntil(String request) {
    soon()
        .until(
            () -> {
              snapshots(here).forEach(this::ready);
              bind();
              return ready(request).equals("True Succeeded");
            });
  }

  /** A quota may have room in a while: what it says is seen meanwhile. */
  @Test
  void aQuotaIsWaitedForInItsOwnWords() {
    here.create(
        """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: few, namespace: %s}
        spec: {hard: {persistentvolumeclaims: "1"}}
        """
            .formatted(here.namespace));
    var quotas = here.client.resourceQuotas().inNamespace(here.namespace).withName("few");
    quotas
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"status\":{\"hard\":{\"persistentvolumeclaims\":\"1\"},"
                + "\"used\":{\"persistentvolumeclaims\":\"1\"}}}");
    here.operator();
    soon().until(() -> snapshots(here).size() == 1);
    ready();
    soon().untilAsserted(() -> assertThat(waitsFor()).contains("exceeded quota: few"));

    quotas.delete();
    answerUntil("now");
  }

  private static ConditionFactory soon() {
    return await().atMost(LONG).pollInterval(Duration.ofMillis(100));
  }
}
