package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.operator.jobs.HookMark.State;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.Conditions;
import dev.salvor.testing.JumpingClock;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** An application is brought to hold still before it is read, or there is no backup. */
class HooksIT extends HookedBackups {
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

  @Test
  void aMarkThatIsRefusedIsNoBackup() {
    requested(FREEZE);
    here.refuseChanges("web-1", "nobody touches it");
    here.operator();

    fails("The cluster refuses to mark pod web-1: .*nobody touches it");
    soon().until(web::isAsBefore);
    assertThat(web.commands).noneMatch(command -> command.startsWith("web-1/"));
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
  void withoutTheRightNothingIsTouched() {
    requested(FREEZE);
    here.withoutHooks();

    fails(".* may not run commands in pods of namespace " + here.namespace + ": install .*");
    assertThat(web.commands).isEmpty();
    assertThat(web.marked()).isEmpty();
  }
}
