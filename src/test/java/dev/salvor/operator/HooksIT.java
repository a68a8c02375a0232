package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.BackupPolicy;
import dev.salvor.operator.jobs.HookMark;
import dev.salvor.operator.jobs.HookMark.State;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.Conditions;
import dev.salvor.testing.JumpingClock;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Commands around a backup, on a real API server; there is no kubelet that would run them, so that
 * they are played.
 */
class HooksIT {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final String FREEZE =
      "[{matchLabels: {app: web}, before: [freeze], after: [thaw], timeoutSeconds: 1}]";

  /** What may go on in a pod: 25 s to begin in, and twice its own second. */
  private static final Duration HAD_ITS_TIME = Duration.ofMinutes(1);

  private final Installation here = new Installation();
  private final HookedApplication web = new HookedApplication(here);

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

  private void requested(String hooks) {
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

  private Stream<Job> backups() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().startsWith("files-backup-"));
  }

  private boolean isLetGo() {
    return backups().anyMatch(job -> !Admitter.isSuspended(job));
  }

  private String ready() {
    return ready("now");
  }

  private String ready(String request) {
    return says(here.backupRequest(request).getStatus().conditions(), Conditions.READY);
  }

  private String failure() {
    return Objects.requireNonNull(here.backupRequest("now").getStatus().failure()).message();
  }

  private static ConditionFactory soon() {
    return await().atMost(LONG).pollInterval(Duration.ofMillis(100));
  }

  private void fails(String message) {
    soon().until(() -> ready().equals("False HookFailed"));
    assertThat(failure()).matches(message);
    assertThat(here.fakeJobs.started()).noneMatch(run -> run.contains("-backup-"));
  }

  /** A run that reads is suspended, and asked what it did. */
  private void isGivenUp(String message) {
    soon().until(() -> !isLetGo());
    here.fakeJobs.goOn();
    fails(message);
  }

  @Test
  void theApplicationHoldsStillWhileItIsRead() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);
    assertThat(web.commands).containsExactlyInAnyOrder("web-0/main: freeze", "web-1/main: freeze");
    assertThat(web.marks())
        .hasSize(2)
        .allSatisfy(mark -> assertThat(mark.releasing()).isFalse())
        .allSatisfy(mark -> assertThat(mark.begun().getFirst().state()).isEqualTo(State.HELD));
    here.fakeJobs.goOn();

    soon().until(() -> ready().equals("True Succeeded"));
    soon().until(web::isAsBefore);
    assertThat(web.commands)
        .containsExactlyInAnyOrder(
            "web-0/main: freeze", "web-1/main: freeze", "web-0/main: thaw", "web-1/main: thaw");
  }

  /** One container of both pods after the other, and back the other way round. */
  @Test
  void severalHooksAreBegunInOrderAndTakenBackFromTheLast() {
    web.delete("web-1");
    requested(
        """
        [{matchLabels: {app: web}, before: [lock, -e, a, -e, b], after: [unlock]},
         {matchLabels: {app: web}, container: second, before: [freeze], after: [thaw]},
         {matchLabels: {app: web}, after: [rotate]}]\
        """);
    here.operator();

    soon().until(() -> ready().equals("True Succeeded"));
    soon().until(web::isAsBefore);
    assertThat(web.commands)
        .containsExactly(
            "web-0/main: lock -e a -e b",
            "web-0/second: freeze",
            "web-0/main: rotate",
            "web-0/second: thaw",
            "web-0/main: unlock");
  }

  /** One write more each time, and dead; another takes over. */
  @Test
  void theApplicationGoesOnWhicheverWriteWasTheLast() {
    var clock = new JumpingClock();
    requested(FREEZE);
    var first = here.operator();
    soon().until(() -> isDone("now"));
    first.close();
    var succeeded = 1;
    var writes = 0;
    var isReached = true;
    while (isReached) {
      assertThat(writes).isLessThan(60);
      var request = "after-" + writes;
      here.backupRequest(request, "files");
      var cutOff = new CutOff(writes++);
      var mortal = here.through(cutOff, clock);
      soon().until(() -> cutOff.isReached() || isDone(request));
      isReached = cutOff.isReached();
      mortal.close();
      // What may go on in a pod has had its time.
      clock.jump(Duration.ofMinutes(writes));
      var heir = here.operator(clock);
      soon().until(() -> isDone(request));
      heir.close();
      succeeded += ready(request).equals("True Succeeded") ? 1 : 0;
    }
    assertThat(writes).isGreaterThan(8);
    assertThat(succeeded).isBetween(2, writes);
    assertThat(here.fakeJobs.started())
        .filteredOn(run -> run.contains("-backup-"))
        .hasSize(succeeded);
  }

  private boolean isDone(String request) {
    return ready(request).matches("True Succeeded|False HookFailed") && web.isAsBefore();
  }

  /** Nobody knows whether it was frozen: that is no ground for a point. */
  @Test
  void anotherLeaderTakesBackWhatItDoesNotKnow() {
    requested(FREEZE);
    web.gate = new CountDownLatch(1);
    var first = here.operator();
    soon().until(() -> web.commands.size() == 2);
    first.close();
    web.gate.countDown();
    soon().until(() -> web.still.size() == 2);

    var clock = new JumpingClock();
    here.operator(clock);

    fails("The operator ended while hooks ran in pod web-[01]; what they began is taken back\\.");
    clock.jump(HAD_ITS_TIME);
    soon().until(web::isAsBefore);
    assertThat(web.count("web-0/main: freeze")).isEqualTo(1);
    here.backupRequest("again", "files");
    soon().until(() -> ready("again").equals("True Succeeded"));
  }

  /** What it held is taken over, not begun anew. */
  @Test
  void anotherLeaderGoesOnWithWhatIsHeld() {
    requested(FREEZE);
    here.fakeJobs.pause();
    var first = here.operator();
    soon().until(this::isLetGo);
    first.close();
    here.operator();
    here.fakeJobs.goOn();

    soon().until(() -> ready().equals("True Succeeded"));
    soon().until(web::isAsBefore);
    assertThat(web.count("web-0/main: freeze")).isEqualTo(1);
  }

  @Test
  void aCommandThatFailsIsNoBackupAndIsTakenBackForAWhile() {
    var clock = new JumpingClock();
    web.frozen = pod -> new HookOutcome.Failed("exit code 1: the disk is busy");
    web.thawed = pod -> new HookOutcome.Failed("exit code 1: not frozen");
    requested(FREEZE);
    here.operator(clock);

    fails("'freeze' in pod web-[01]: exit code 1: the disk is busy");
    clock.jump(HAD_ITS_TIME);
    soon().until(() -> web.count("web-0/main: thaw") > 1);
    assertThat(web.marks()).hasSize(2);

    clock.jump(Duration.ofMinutes(11));

    soon().until(() -> web.marked().isEmpty());
  }

  /** An application that stays frozen is worse than a backup that is missing. */
  @Test
  void whatIsNotTakenBackIsTriedUntilItIsByWhoeverLeads() {
    web.thawed = pod -> new HookOutcome.Failed("exit code 1: not yet");
    requested(FREEZE);
    var first = here.operator();
    soon().until(() -> ready().equals("True Succeeded"));
    soon().until(() -> web.count("web-0/main: thaw") > 1);
    soon()
        .until(
            () ->
                here.events("HookFailed").stream()
                    .anyMatch(event -> event.matches("Pod: .*'thaw' in pod web-.*: .*not yet")));
    assertThat(web.marks()).hasSize(2).allMatch(HookMark::releasing);
    first.close();
    web.thawed = pod -> HookedApplication.DONE;
    here.operator();

    soon().until(web::isAsBefore);
  }

  @Test
  void oneThatFailsKeepsNoOtherFromBeingTakenBack() {
    requested(
        """
        [{matchLabels: {app: web}, before: [lock], after: [unlock]},
         {matchLabels: {app: web}, before: [freeze], after: [thaw]}]\
        """);
    web.thawed = pod -> new HookOutcome.Failed("exit code 1: not yet");
    here.operator();
    soon().until(() -> ready().equals("True Succeeded"));

    soon()
        .until(
            () ->
                web.marks().stream()
                    .allMatch(mark -> mark.begun().size() == 1 && mark.begun().get(0).hook() == 1));
    assertThat(web.commands).contains("web-0/main: unlock", "web-1/main: unlock");
    web.thawed = pod -> HookedApplication.DONE;
    soon().until(web::isAsBefore);
    assertThat(web.count("web-0/main: unlock")).isEqualTo(1);
  }

  /** It began to hold after it was taken back: nothing knows when a lost command is done. */
  @Test
  void whatGoesOnAfterItWasGivenUpIsTakenBackOnceMore() {
    web.delete("web-1");
    web.frozen = pod -> new HookOutcome.Lost("no end within 5 s; it may go on");
    var clock = new JumpingClock();
    requested(FREEZE.replace("timeoutSeconds: 1", "timeoutSeconds: 5"));
    here.operator(clock);
    fails("'freeze' in pod web-0: no end within 5 s; it may go on");
    soon().until(() -> web.count("web-0/main: thaw") == 1);
    assertThat(web.marks()).hasSize(1);

    web.still.add("web-0");
    clock.jump(Duration.ofSeconds(40));

    soon().until(web::isAsBefore);
    assertThat(web.count("web-0/main: thaw")).isEqualTo(2);
  }

  @Test
  void anAnswerThatIsThrownIsALostEnd() {
    var clock = new JumpingClock();
    web.frozen =
        pod -> {
          throw new IllegalStateException("the connection was reset");
        };
    requested(FREEZE);
    here.operator(clock);

    fails("'freeze' in pod web-[01]: the connection was reset");
    clock.jump(HAD_ITS_TIME);
    soon().until(web::isAsBefore);
    assertThat(web.commands).contains("web-0/main: thaw", "web-1/main: thaw");
  }

  /** There may be nothing to take back, and other backups wait for this. */
  @Test
  void whatIsNotKnownToHoldIsLeftAfterAWhile() {
    var clock = new JumpingClock();
    web.delete("web-1");
    web.frozen = pod -> new HookOutcome.Lost("the connection ended");
    web.thawed = pod -> new HookOutcome.Failed("exit code 1: not frozen");
    requested(FREEZE);
    here.operator(clock);
    fails("'freeze' in pod web-0: the connection ended");
    clock.jump(HAD_ITS_TIME);
    soon().until(() -> web.count("web-0/main: thaw") > 1);
    assertThat(web.marks()).hasSize(1);

    clock.jump(Duration.ofMinutes(11));

    soon().until(() -> web.marked().isEmpty());
    soon().until(() -> here.events("HookFailed").stream().anyMatch(it -> it.contains("not known")));
  }

  private Job backup() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().contains("-backup-"))
        .findFirst()
        .orElseThrow();
  }

  /** Kueue lets Jobs go by itself, and so can a person. */
  @Test
  void whatSomebodyElseLetsGoIsNoBackup() {
    web.gate = new CountDownLatch(1);
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(() -> web.commands.size() == 2);

    here.client
        .resource(backup())
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"suspend\":false}}");

    soon().until(() -> JobLabels.isGivenUp(backup()));
    here.fakeJobs.goOn(); // the repository is asked what the run did
    fails("Its Job was let go by somebody else, before what it reads was held still\\.");
    web.gate.countDown();
    soon().until(web::isAsBefore);
  }

  @Test
  void theLimitPassesWhateverACommandDoes() {
    var clock = new JumpingClock();
    web.gate = new CountDownLatch(1);
    requested(FREEZE.replace("timeoutSeconds: 1", "timeoutSeconds: 60"));
    here.operator(clock);
    soon().until(() -> web.commands.size() == 2);

    clock.jump(Duration.ofMinutes(12));

    fails(".* and 10 minutes\\. Last it waited: hooks run in pod web-[01]\\. .*");
    assertThat(web.commands).doesNotContain("web-0/main: thaw");
    web.gate.countDown();
    soon().until(web::isAsBefore);
    assertThat(web.commands).contains("web-0/main: thaw", "web-1/main: thaw");
  }

  /** To freeze a pod is to change its status, and others annotate it. */
  @Test
  void aPodThatChangesMeanwhileIsStillMarked() {
    web.frozen =
        pod -> {
          here.client
              .pods()
              .inNamespace(here.namespace)
              .withName(pod)
              .patch(
                  PatchContext.of(PatchType.JSON_MERGE),
                  "{\"metadata\":{\"annotations\":{\"changed\":\"true\"}}}");
          return HookedApplication.DONE;
        };
    requested(FREEZE);
    here.operator();

    soon().until(() -> ready().equals("True Succeeded"));
    soon().until(web::isAsBefore);
    assertThat(web.count("web-0/main: freeze")).isEqualTo(1);
  }

  /** Its point would say that all held still. */
  @Test
  void aBackupWhosePodIsReplacedIsGivenUpAndTheNewPodLeftAlone() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);
    web.delete("web-0");
    web.still.remove("web-0");
    web.pod("web-0", "web", "Running");

    // It may have been looked at in the middle of that.
    isGivenUp(".* did not until all was read: pod web-0(, or its container,| is ending).*");
    soon().until(web::isAsBefore);
    assertThat(web.commands)
        .containsExactlyInAnyOrder("web-0/main: freeze", "web-1/main: freeze", "web-1/main: thaw");
  }

  @Test
  void aBackupWhoseContainerIsStartedAnewIsGivenUp() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);
    web.restart("web-1");

    isGivenUp(".* did not until all was read: pod web-1, or its container, is not the one any.*");
    soon().until(web::isAsBefore);
    assertThat(web.commands).contains("web-0/main: thaw", "web-1/main: thaw");
  }

  @Test
  void aBackupBesideANewPodIsGivenUp() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);
    web.pod("web-2", "web", "Running");

    isGivenUp(".* did not until all was read: pod web-2 has come\\.");
    soon().until(web::isAsBefore);
    assertThat(web.commands).noneMatch(command -> command.startsWith("web-2/"));
  }

  /** The others are still asked meanwhile. */
  @Test
  void aContainerThatIsStartedAnewBeforeAllHoldIsNoBackup() {
    web.gate = new CountDownLatch(1);
    web.frozen =
        pod -> {
          if (pod.equals("web-1")) {
            web.restart("web-0");
          }
          return HookedApplication.DONE;
        };
    requested(FREEZE.replace("timeoutSeconds: 1", "timeoutSeconds: 60"));
    here.operator();
    soon().until(() -> web.commands.size() == 2);
    web.gate.countDown();

    fails("A container of pod web-0 was started anew, and holds nothing any more\\.");
    soon().until(web::isAsBefore);
  }

  /** A pod that ends for hours keeps the run from beginning. */
  @Test
  void whatIsHeldForTooLongIsTakenBack() {
    var clock = new JumpingClock();
    requested(FREEZE);
    web.gate = new CountDownLatch(1);
    here.operator(clock);
    soon().until(() -> web.commands.size() == 2);
    web.finalizer("web-1", "[\"test/holds\"]");
    web.delete("web-1");
    web.gate.countDown();
    soon().until(() -> web.still.size() == 2);
    clock.jump(Duration.ofMinutes(9));
    soon().until(() -> waiting().contains("pod web-1 is ending."));
    assertThat(web.commands).doesNotContain("web-0/main: thaw");

    clock.jump(Duration.ofMinutes(11));

    fails(
        "What its hooks held still is taken back: it could not begin within their own time and 10"
            + " minutes\\. Last it waited: pod web-1 is ending\\. See to that .*");
    soon().until(() -> web.still.isEmpty());
    web.finalizer("web-1", "null");
  }

  private String waiting() {
    return Conditions.find(here.backupRequest("now").getStatus().conditions(), "Reconciling")
        .map(it -> String.valueOf(it.message()))
        .orElse("");
  }

  @Test
  void aMarkThatIsRefusedIsNoBackup() {
    requested(FREEZE);
    here.refuseChanges("web-1", "nobody touches it");
    here.operator();

    fails("The cluster refuses to mark pod web-1: .*nobody touches it");
    soon().until(web::isAsBefore);
    assertThat(web.commands).noneMatch(command -> command.startsWith("web-1/"));
  }

  /** That it goes on is worth more than a mark that says so. */
  @Test
  void whatCannotBeMarkedAnyMoreIsTakenBackAllTheSame() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);
    here.refuseChanges("web-1", "nobody touches it");
    here.fakeJobs.goOn();

    soon().until(() -> ready().equals("True Succeeded"));
    soon().until(() -> web.still.isEmpty());
    soon()
        .until(
            () ->
                here.events("RefusedByCluster").stream()
                    .anyMatch(event -> event.matches("Pod: .*nobody touches it")));
    assertThat(web.marked()).extracting(pod -> pod.getMetadata().getName()).contains("web-1");
    here.allow();
    soon().until(web::isAsBefore);
  }

  /** Whoever may create Jobs does not choose by that what is run in pods. */
  @Test
  void hooksThatNoPolicyAsksForAreNotRun() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);
    var forged = backups().findFirst().orElseThrow();
    var metadata = forged.getMetadata();
    metadata.setName("forged-backup-x");
    metadata.setResourceVersion(null);
    metadata.setUid(null);
    metadata
        .getAnnotations()
        .putAll(
            Map.of(
                JobLabels.PREPARING,
                Instant.now().toString(),
                JobLabels.HOOKS,
                "[{\"matchLabels\":{\"app\":\"other\"},\"before\":[\"evil\"],"
                    + "\"timeoutSeconds\":30}]"));
    metadata.getAnnotations().remove(JobLabels.HELD);
    forged.getSpec().setSuspend(true);
    forged.getSpec().setSelector(null);
    forged
        .getSpec()
        .getTemplate()
        .getMetadata()
        .getLabels()
        .keySet()
        .removeIf(key -> key.contains("job-name") || key.contains("controller-uid"));
    here.client.resource(forged).create();

    soon()
        .until(
            () ->
                here.fakeJobs.jobs().stream()
                    .map(job -> job.getMetadata().getAnnotations().get(JobLabels.GAVE_UP))
                    .anyMatch(why -> why != null && why.contains("of policy files is not what")));
    assertThat(web.commands).noneMatch(command -> command.contains("evil"));
  }

  @Test
  void whatWasDeletedIsTakenBack() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);

    here.client.resources(BackupPolicy.class).inNamespace(here.namespace).delete();
    // As the garbage collector does.
    backups().forEach(job -> here.client.resource(job).delete());

    soon().until(web::isAsBefore);
    assertThat(web.commands).contains("web-0/main: thaw", "web-1/main: thaw");
  }

  @Test
  void aHookWithoutAPodIsNoBackup() {
    web.delete("web-0");
    web.delete("web-1");
    requested(FREEZE);
    here.operator();

    fails("No pod runs that has the labels app=web\\.");
  }

  @Test
  void labelsThatSelectTooMuchAreNoBackup() {
    for (var number = 2; number < 33; number++) {
      web.pod("web-" + number, "web", "Running");
    }
    requested(FREEZE);
    here.operator();

    fails("The labels of its hooks select 33 pods; at most 32 are taken\\.");
    assertThat(web.commands).isEmpty();
  }

  @Test
  void aMarkOfAnotherVersionIsToldAndStays() {
    requested(FREEZE);
    here.client
        .pods()
        .inNamespace(here.namespace)
        .withName("web-0")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"metadata": {"labels": {"salvor.dev/in-hook": "true"},
              "annotations": {"salvor.dev/in-hook": "{\\"version\\": 2}"}}}\
            """);
    here.operator();

    fails("Pod web-0 bears a mark salvor.dev/in-hook that cannot be read here: .*");
    soon()
        .until(
            () ->
                here.events("HookFailed").stream()
                    .anyMatch(event -> event.startsWith("Pod: Pod web-0 bears a mark")));
    assertThat(web.marked()).hasSize(1);
    assertThat(web.commands).isEmpty();
  }

  @Test
  void twoRunsDoNotHoldOnePod() {
    requested(FREEZE);
    here.fakeJobs.pause();
    here.operator();
    soon().until(this::isLetGo);
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: more, namespace: %s}
        spec:
          source: {volume: {claims: {names: [uploads]}, hooks: %s}}
          storeRef: {name: offsite}
        """
            .formatted(here.namespace, FREEZE));
    here.backupRequest("other", "more");
    soon()
        .until(
            () ->
                Conditions.find(
                        here.backupRequest("other").getStatus().conditions(),
                        Conditions.RECONCILING)
                    .filter(it -> it.message() != null && it.message().contains("hooks of run"))
                    .isPresent());
    here.fakeJobs.goOn();

    soon().until(() -> isDone("other"));
  }

  /** It was not begun, so that there is nothing to take back. */
  @Test
  void aRefusedCommandSaysWhy() {
    web.frozen = pod -> new HookOutcome.Refused("name it in hooks.namespaces");
    requested(FREEZE);
    here.operator();

    fails("'freeze' in pod web-[01]: name it in hooks.namespaces");
    soon().until(() -> web.marked().isEmpty());
    assertThat(web.commands).noneMatch(command -> command.contains("thaw"));
  }

  @Test
  void withoutTheRightNothingIsRunInAPodThatIsMarked() {
    here.client
        .pods()
        .inNamespace(here.namespace)
        .withName("web-0")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"metadata": {"labels": {"salvor.dev/in-hook": "true"},
              "annotations": {"salvor.dev/in-hook": "{\\"version\\": 1, \\"run\\": \\"gone\\",
                \\"uid\\": \\"gone\\", \\"limit\\": \\"2026-11-27T02:00:00Z\\", \\"releasing\\": true, \\"begun\\": [{\\"hook\\": 0,
                \\"container\\": \\"main\\", \\"after\\": [\\"thaw\\"], \\"timeoutSeconds\\": 1,
                \\"state\\": \\"HELD\\", \\"until\\": \\"2026-11-27T02:00:00Z\\"}]}"}}}\
            """
                .replaceAll("\\n *", " "));
    here.withoutHooks();

    soon()
        .until(
            () ->
                here.events("HookFailed").stream()
                    .anyMatch(event -> event.contains("may not run commands")));
    assertThat(web.marked()).hasSize(1);
    assertThat(web.commands).isEmpty();
  }

  @Test
  void withoutTheRightNothingIsTouched() {
    requested(FREEZE);
    here.withoutHooks();

    fails(".* may not run commands in pods of namespace " + here.namespace + ": install .*");
    assertThat(web.commands).isEmpty();
    assertThat(web.marked()).isEmpty();
  }
}
