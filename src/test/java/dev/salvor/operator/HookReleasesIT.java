package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupPolicy;
import dev.salvor.operator.jobs.HookMark;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.testing.JumpingClock;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What was brought to hold still is let go, whatever becomes of whom. */
class HookReleasesIT extends HookedBackups {
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

  /** Nothing is held yet, and its place in the queue is. */
  @Test
  void whatKeepsHooksFromBeginningForTooLongFailsTheRun() {
    var clock = new JumpingClock();
    web.finalizer("web-1", "[\"test/holds\"]");
    web.delete("web-1");
    requested(FREEZE);
    here.operator(clock);
    soon().until(() -> waiting().contains("pod web-1 is ending."));

    clock.jump(Duration.ofMinutes(11));

    fails("Its hooks could not begin within their own time and 10 minutes: pod web-1 is ending\\.");
    assertThat(web.commands).isEmpty();
    web.finalizer("web-1", "null");
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
}
