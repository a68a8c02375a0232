package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.operator.OperatorSettings.Concurrency;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.Conditions;
import dev.salvor.task.Span;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.JumpingClock;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claims that three nodes have, in one point, on a real API server; the nodes are played. */
class LegsIT {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final String CORDONED = "node.kubernetes.io/unschedulable";

  private final Installation here = new Installation();

  @BeforeEach
  void threeClaimsOnThreeNodes() {
    for (var claim : List.of("avatars", "notes", "uploads")) {
      node("node-of-" + claim);
      here.create(
          """
          apiVersion: v1
          kind: PersistentVolumeClaim
          metadata: {name: %1$s, namespace: %2$s}
          spec:
            accessModes: [ReadWriteOnce]
            storageClassName: ""
            resources: {requests: {storage: 1Gi}}
          ---
          apiVersion: v1
          kind: Pod
          metadata: {name: web-%1$s, namespace: %2$s}
          spec:
            nodeName: node-of-%1$s
            containers: [{name: web, image: web}]
            volumes: [{name: data, persistentVolumeClaim: {claimName: %1$s}}]
          """
              .formatted(claim, here.namespace));
      here.phase(claim, "Bound");
    }
    here.usableStore("offsite");
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files, namespace: %s}
        spec:
          source: {volume: {claims: {names: [avatars, notes, uploads]}}}
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(here.namespace));
    here.backupRequest("now", "files");
  }

  /** New ones are tainted as not ready by the API server. */
  private void node(String name) {
    here.client
        .resource(new NodeBuilder().withNewMetadata().withName(name).endMetadata().build())
        .createOr(NonDeletingOperation::update);
    taints(name, "[]");
  }

  private void taints(String node, String taints) {
    here.client
        .nodes()
        .withName(node)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"taints\":" + taints + "}}");
  }

  @AfterEach
  void end() {
    here.client.nodes().withName("node-of-avatars").delete();
    here.client.nodes().withName("node-of-notes").delete();
    here.client.nodes().withName("node-of-uploads").delete();
    here.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(LONG);
  }

  private String ready() {
    return says(here.backupRequest("now").getStatus().conditions(), Conditions.READY);
  }

  private List<Job> jobs(String kind) {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().contains("-" + kind))
        .toList();
  }

  private String waitsFor() {
    return Conditions.find(
            here.backupRequest("now").getStatus().conditions(), Conditions.RECONCILING)
        .map(condition -> Objects.requireNonNull(condition.message()))
        .orElse("");
  }

  private static String node(Job job) {
    return job.getSpec()
        .getTemplate()
        .getSpec()
        .getAffinity()
        .getNodeAffinity()
        .getRequiredDuringSchedulingIgnoredDuringExecution()
        .getNodeSelectorTerms()
        .getFirst()
        .getMatchFields()
        .getFirst()
        .getValues()
        .getFirst();
  }

  /** One after the other: limits, and whoever makes the repository, know of one pod. */
  @Test
  void theRunClosesThePointWithWhatTheOtherNodesKept() {
    here.fakeJobs.pause();
    here.operator();
    soon().until(() -> jobs("leg").size() == 1);
    var run = jobs("backup-").getFirst();
    assertThat(node(jobs("leg").getFirst())).isEqualTo("node-of-notes");
    assertThat(node(run)).isEqualTo("node-of-avatars");
    assertThat(Admitter.isSuspended(run)).isTrue();
    soon()
        .untilAsserted(
            () -> assertThat(waitsFor()).contains("node node-of-notes reads its claims"));

    here.fakeJobs.goOn();
    soon().until(() -> ready().equals("True Succeeded"));

    assertThat(here.fakeJobs.started())
        .filteredOn(name -> !name.contains("-inspect-"))
        .hasSize(3)
        .satisfies(names -> assertThat(names.get(0)).contains("-leg0-"))
        .satisfies(names -> assertThat(names.get(1)).contains("-leg1-"))
        .endsWith(run.getMetadata().getName());
    soon().until(() -> jobs("leg").isEmpty());
  }

  /** A node that is done may be drained while another one reads for hours. */
  @Test
  void whatANodeKeptIsKnownWhenItsPodIsGone() {
    here.fakeJobs.legs(
        task -> {
          here.fakeJobs.pause();
          return FakeJobs.kept(task);
        });
    here.operator();
    soon().until(() -> shares().equals("feed"));
    here.client.pods().inNamespace(here.namespace).withLabel(JobLabels.LEG_OF).delete();

    here.fakeJobs.goOn();
    soon().until(() -> shares().equals("feed,feed"));
    here.fakeJobs.goOn();
    soon().until(() -> !Admitter.isSuspended(jobs("backup-").getFirst()));

    var told =
        jobs("backup-")
            .getFirst()
            .getSpec()
            .getTemplate()
            .getMetadata()
            .getAnnotations()
            .get(JobLabels.SPAN);
    var span = Objects.requireNonNull(Span.read(Map.of(WorkerEnvironment.SPAN, told)));
    assertThat(span.own()).containsExactly("avatars");
    assertThat(span.shares()).containsExactly("feed", "feed");
  }

  private String shares() {
    return jobs("backup-").stream()
        .findFirst()
        .map(run -> String.join(",", JobLabels.shares(run)))
        .orElse("");
  }

  /** Nothing is closed without it; what it stored is left for maintenance. */
  @Test
  void aNodeThatFailsFailsTheRun() {
    here.fakeJobs.legs(
        task -> failed(task, Reason.EMPTY_SOURCE.failure("/data/notes holds no files")));
    here.operator();

    soon().until(() -> ready().equals("False EmptySource"));
    assertThat(Objects.requireNonNull(here.backupRequest("now").getStatus().failure()).message())
        .isEqualTo("On node node-of-notes: /data/notes holds no files");
    assertThat(here.fakeJobs.started())
        .noneMatch(name -> name.contains("-backup-") || name.contains("-leg1-"));
    soon().until(() -> jobs("leg").isEmpty());
  }

  private static TaskReport failed(Task task, Failure why) {
    var now = Instant.now();
    return new TaskReport(
        task.header().run(), TaskReport.Outcome.FAILED, now, now, why, null, null);
  }

  @Test
  void nothingGoesOnForARunThatWasGivenUp() {
    here.fakeJobs.pause();
    here.operator();
    soon().until(() -> jobs("leg").size() == 1);
    var why = JobLabels.gaveUp(Reason.HOOK_FAILED.failure("It did not hold."), Instant.now());
    here.client
        .resource(jobs("backup-").getFirst())
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            Json.mapper()
                .createObjectNode()
                .set("metadata", Json.mapper().createObjectNode().putPOJO("annotations", why))
                .toString());

    soon().until(() -> ready().equals("False HookFailed"));
    soon().until(() -> jobs("leg").isEmpty());
    assertThat(here.fakeJobs.started()).noneMatch(name -> name.contains("-backup-"));
  }

  /** Hours later would be too late to learn it. */
  @Test
  void noNodeReadsBeforeAllCanBegin() {
    taints("node-of-avatars", "[{\"key\":\"" + CORDONED + "\",\"effect\":\"NoSchedule\"}]");
    var clock = new JumpingClock();
    here.operator(clock);
    soon().until(() -> waitsFor().contains("node-of-avatars, which has claims of it, takes no"));
    assertThat(jobs("leg")).isEmpty();

    taints("node-of-avatars", "[]");
    soon().until(() -> ready().equals("True Succeeded"));

    here.client.nodes().withName("node-of-uploads").delete();
    here.backupRequest("later", "files");
    soon().until(() -> jobs("backup-").stream().anyMatch(LegsIT::isPreparing));
    clock.jump(Duration.ofMinutes(31));
    soon()
        .until(
            () ->
                says(here.backupRequest("later").getStatus().conditions(), Conditions.READY)
                    .equals("False Unschedulable"));
    assertThat(here.fakeJobs.started()).filteredOn(name -> name.contains("-leg")).hasSize(2);
  }

  private static boolean isPreparing(Job job) {
    return JobLabels.preparingSince(job) != null;
  }

  /** While it waits for the others, its own node has a place of it too. */
  @Test
  void aRunCountsOnEachNodeThatHasYetToRead() {
    here.fakeJobs.pause();
    here.operator(new Concurrency(20, 20, 1));
    soon().until(() -> jobs("leg").size() == 1);
    for (var claim : List.of("avatars", "uploads")) {
      here.create(
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupPolicy
          metadata: {name: %1$s, namespace: %2$s}
          spec:
            source: {volume: {claims: {names: [%1$s]}}}
            storeRef: {name: offsite}
          """
              .formatted(claim, here.namespace));
      here.backupRequest(claim, claim);
    }

    soon().until(() -> isQueuedOn("avatars") && isQueuedOn("uploads"));

    here.fakeJobs.goOn();
    for (var claim : List.of("avatars", "uploads")) {
      soon()
          .until(
              () ->
                  says(here.backupRequest(claim).getStatus().conditions(), Conditions.READY)
                      .equals("True Succeeded"));
    }
  }

  private boolean isQueuedOn(String claim) {
    return jobs("backup-").stream()
        .filter(job -> job.getMetadata().getName().startsWith(claim))
        .anyMatch(
            job ->
                ("at most 1 run at once on node node-of-" + claim).equals(JobLabels.waiting(job)));
  }

  private HookedApplication heldStill() {
    var shop = new HookedApplication(here);
    shop.pod("shop-0", "shop", "Running");
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: quiet, namespace: %s}
        spec:
          source:
            volume:
              claims: {names: [avatars, uploads]}
              hooks: [{matchLabels: {app: shop}, before: [freeze], after: [thaw]}]
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(here.namespace));
    here.backupRequest("quiet", "quiet");
    here.fakeJobs.readForLong();
    return shop;
  }

  private boolean isReadElsewhere() {
    return jobs("leg").stream().anyMatch(job -> job.getMetadata().getName().startsWith("quiet-"));
  }

  private boolean hasBegunElsewhere() {
    return here
        .client
        .pods()
        .inNamespace(here.namespace)
        .withLabel(JobLabels.LEG_OF)
        .list()
        .getItems()
        .stream()
        .anyMatch(
            pod ->
                pod.getMetadata().getName().startsWith("quiet-")
                    && "Running".equals(pod.getStatus().getPhase()));
  }

  private static void awaitLooks(AtomicInteger looks) {
    var before = looks.get();
    soon().until(() -> looks.get() > before + 2);
  }

  private String quiet() {
    return says(here.backupRequest("quiet").getStatus().conditions(), Conditions.READY);
  }

  /** Hours of reading are no preparation, of which there is little. */
  @Test
  void anApplicationHoldsStillUntilAllNodesHaveRead() {
    var shop = heldStill();
    var clock = new JumpingClock();
    var looks = new AtomicInteger();
    here.through(
        new Interceptor() {
          @Override
          public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            if (request.uri().getPath().contains("/jobs/quiet-leg")) {
              looks.incrementAndGet();
            }
          }
        },
        clock);
    soon().until(this::hasBegunElsewhere);
    awaitLooks(looks);
    assertThat(shop.still).containsExactly("shop-0");
    clock.jump(Duration.ofMinutes(12));
    awaitLooks(looks);
    assertThat(shop.still).containsExactly("shop-0");
    here.fakeJobs.goOn();

    soon().until(() -> quiet().equals("True Succeeded"));
    soon().until(shop::isAsBefore);
    assertThat(shop.commands).containsExactly("shop-0/main: freeze", "shop-0/main: thaw");
  }

  @Test
  void anApplicationDoesNotHoldStillForANodeThatCannotBegin() {
    var shop = heldStill();
    here.fakeJobs.pause();
    var clock = new JumpingClock();
    here.operator(clock);
    soon().until(this::isReadElsewhere);
    assertThat(shop.still).containsExactly("shop-0");

    clock.jump(Duration.ofMinutes(12));

    soon().until(shop::isAsBefore);
    here.fakeJobs.goOn(); // the repository is asked what the run did
    soon().until(() -> quiet().equals("False HookFailed"));
    soon()
        .until(
            () ->
                jobs("leg").stream()
                    .noneMatch(job -> job.getMetadata().getName().startsWith("quiet-")));
  }

  @Test
  void whatHoldsNoMoreWhileAnotherNodeReadsIsNoBackup() {
    var shop = heldStill();
    here.operator();
    soon().until(this::isReadElsewhere);

    shop.restart("shop-0");
    soon().until(() -> jobs("backup-").stream().anyMatch(JobLabels::isGivenUp));
    here.fakeJobs.goOn(); // the repository is asked what the run did

    soon().until(() -> quiet().equals("False HookFailed"));
    soon().until(shop::isAsBefore);
    assertThat(here.fakeJobs.started()).noneMatch(name -> name.startsWith("quiet-backup-"));
  }

  /** Each does one write and is dead. */
  @Test
  void eachNodeReadsOnceWhoeverDies() {
    var lives = 0;
    while (!ready().equals("True Succeeded")) {
      assertThat(lives++).as("lives").isLessThan(40);
      var cutOff = new CutOff(1);
      var mortal = here.through(cutOff);
      soon().until(() -> cutOff.isReached() || ready().equals("True Succeeded"));
      mortal.close();
    }

    assertThat(lives).isGreaterThan(4);
    assertThat(here.fakeJobs.started()).filteredOn(name -> name.contains("-leg")).hasSize(2);
    assertThat(here.policy("files").getStatus().recoveryPointsTotal()).isEqualTo(1);
  }

  /** A row that has no bytes would be worse than a key that is read a minute early. */
  @Test
  void storageOfAProjectIsReadByTheRunAndAllElseWhereItIs() {
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: project, namespace: %s}
        spec:
          source:
            supabase:
              selfHosted:
                database: {connection: {host: db, user: supabase_admin}}
                storage: {place: {claim: {name: uploads}}}
                key: {place: {claim: {name: avatars, subPath: custom}}}
                files:
                - {name: functions, place: {claim: {name: avatars, subPath: functions}}}
                - {name: snippets, place: {claim: {name: notes}}}
          storeRef: {name: offsite}
          retries: 0
        """
            .formatted(here.namespace));
    here.fakeJobs.pause();
    here.backupRequest("whole", "project");
    here.operator();
    soon().until(() -> !jobsOf("project-leg").isEmpty() && !jobsOf("project-backup-").isEmpty());
    var run = jobsOf("project-backup-").getFirst();
    assertThat(node(run)).isEqualTo("node-of-uploads");
    var leg = jobsOf("project-leg").getFirst();
    assertThat(node(leg)).isEqualTo("node-of-avatars");
    assertThat(leg.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv())
        .filteredOn(variable -> variable.getName().equals(WorkerEnvironment.SPAN))
        .singleElement()
        .satisfies(variable -> assertThat(variable.getValue()).contains("key", "functions"));

    here.fakeJobs.goOn();
    soon()
        .until(
            () ->
                says(here.backupRequest("whole").getStatus().conditions(), Conditions.READY)
                    .equals("True Succeeded"));
    assertThat(here.fakeJobs.started())
        .filteredOn(name -> name.startsWith("project-leg") || name.startsWith("project-backup-"))
        .hasSize(3)
        .endsWith(run.getMetadata().getName());
  }

  private List<Job> jobsOf(String name) {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().startsWith(name))
        .toList();
  }
}
