package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.VolumeSource.Hook;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HookChoiceTest {
  private static final Instant NOW = Instant.parse("2026-11-27T02:00:00Z");
  private static final Hook WEB = hook(Map.of("app", "web"), null);

  private static Hook hook(Map<String, String> labels, @Nullable String container) {
    return new Hook(labels, container, List.of("freeze"), List.of("thaw"), null);
  }

  private static Pod pod(String name, String app, String phase) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("app", app)
        .addToLabels("tier", "front")
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("main")
        .endContainer()
        .addNewContainer()
        .withName("second")
        .endContainer()
        .endSpec()
        .withNewStatus()
        .withPhase(phase)
        .endStatus()
        .build();
  }

  private static String refused(HookChoice choice) {
    assertThat(choice).isInstanceOf(HookChoice.Unsuitable.class);
    return ((HookChoice.Unsuitable) choice).why();
  }

  @ParameterizedTest
  @CsvSource({
    "web, Running, true",
    "web, Pending, false",
    "web, Succeeded, false",
    "web, Failed, false",
    "mail, Running, false"
  })
  void podsThatRunAndBearTheLabelsAreChosen(String app, String phase, boolean expected) {
    var choice = HookChoice.of(List.of(WEB), List.of(pod("web-0", app, phase)));

    assertThat(choice instanceof HookChoice.Chosen).isEqualTo(expected);
  }

  /** What is begun first may write before the pod counts as running. */
  @ParameterizedTest
  @CsvSource({"web, true, true", "web, false, false", "mail, true, false"})
  void aPodWhoseInitContainersAreAtWorkIsWaitedFor(String app, boolean runs, boolean expected) {
    var pending = pod("web-1", app, "Pending");
    var state = new ContainerStateBuilder();
    pending
        .getStatus()
        .setInitContainerStatuses(
            List.of(
                new ContainerStatusBuilder()
                    .withName("first")
                    .withState(
                        runs
                            ? state.withNewRunning().endRunning().build()
                            : state.withNewWaiting().endWaiting().build())
                    .build()));
    var choice = HookChoice.of(List.of(WEB), List.of(pod("web-0", "web", "Running"), pending));

    assertThat(choice).isInstanceOf(expected ? HookChoice.Awaited.class : HookChoice.Chosen.class);
  }

  @Test
  void eachPodHasTheHooksThatSelectIt() {
    var web = pod("web-0", "web", "Running");
    var mail = pod("mail-0", "mail", "Running");

    assertThat(HookChoice.of(List.of(WEB, hook(Map.of("tier", "front"), null)), List.of(web, mail)))
        .isEqualTo(new HookChoice.Chosen(Map.of(web, List.of(0, 1), mail, List.of(1))));
  }

  @Test
  void aHookThatSelectsNoneIsNamed() {
    var both = Map.of("tier", "front", "app", "mail");

    assertThat(
            refused(
                HookChoice.of(
                    List.of(WEB, hook(both, null)), List.of(pod("web-0", "web", "Running")))))
        .isEqualTo("No pod runs that has the labels app=mail,tier=front.");
  }

  @Test
  void aPodOfSalvorsOwnIsNone() {
    var ours = pod("web-1", "web", "Running");
    ours.getMetadata().setLabels(Map.of("app", "web", JobLabels.MANAGED, "backup"));

    assertThat(refused(HookChoice.of(List.of(WEB), List.of(ours)))).contains("app=web");
  }

  /** It may write until it has ended. */
  @ParameterizedTest
  @CsvSource({"web, Running, true", "web, Succeeded, false", "mail, Running, false"})
  void aPodThatIsEndingIsWaitedFor(String app, String phase, boolean expected) {
    var ending = pod("web-0", app, phase);
    ending.getMetadata().setDeletionTimestamp("2026-11-27T02:00:00Z");
    var choice = HookChoice.of(List.of(WEB), List.of(pod("web-1", "web", "Running"), ending));

    assertThat(choice.equals(new HookChoice.Awaited("pod web-0 is ending."))).isEqualTo(expected);
  }

  /** Nothing could ever be taken back there. */
  @ParameterizedTest
  @CsvSource({", true", "main, true", "second, true", "first, true", "third, false"})
  void aContainerThatIsNotThereIsNamed(@Nullable String container, boolean expected) {
    var pod = pod("web-0", "web", "Running");
    pod.getSpec().setInitContainers(List.of(new ContainerBuilder().withName("first").build()));
    var choice = HookChoice.of(List.of(hook(Map.of("app", "web"), container)), List.of(pod));

    assertThat(choice instanceof HookChoice.Chosen).isEqualTo(expected);
    if (!expected) {
      assertThat(refused(choice))
          .isEqualTo("Pod web-0 has no container 'third', in which a hook is to run its commands.");
    }
  }

  @ParameterizedTest
  @CsvSource({"32, true", "33, false"})
  void tooManyAreNone(int count, boolean expected) {
    var pods = IntStream.range(0, count).mapToObj(number -> pod("web-" + number, "web", "Running"));

    assertThat(HookChoice.of(List.of(WEB), pods.toList()) instanceof HookChoice.Chosen)
        .isEqualTo(expected);
  }

  @Test
  void aHookGoesToItsContainerOrTheFirst() {
    var pod = pod("web-0", "web", "Running");

    assertThat(HookChoice.container(WEB, pod)).isEqualTo("main");
    assertThat(HookChoice.container(hook(Map.of("app", "web"), "second"), pod)).isEqualTo("second");
    assertThat(WEB.seconds()).isEqualTo(30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "nothing", "[null]", "null", ""})
  void hooksOfAJobThatSomebodyChangedAreNone(String hooks) {
    assertThat(HookChoice.hooks(job(hooks))).isEmpty();
  }

  /** Who holds still. */
  private static Pod holding(String name, String containerId) {
    var pod = pod(name, "web", "Running");
    pod.getMetadata().setUid("uid of " + name);
    pod.getStatus()
        .setContainerStatuses(
            List.of(
                new ContainerStatusBuilder()
                    .withName("main")
                    .withContainerID(containerId)
                    .build()));
    var mark =
        HookMark.of(job("[]"), List.of(WEB), NOW)
            .begin(0, WEB, pod, NOW)
            .before(0, new HookOutcome.Succeeded(), NOW);
    pod.getMetadata().getLabels().put(HookMark.MARK, "true");
    pod.getMetadata().setAnnotations(Map.of(HookMark.MARK, text(mark)));
    return pod;
  }

  private static String text(HookMark mark) {
    try {
      return Json.mapper().writeValueAsString(mark);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HookChoice.Chosen chosen(Pod... pods) {
    return (HookChoice.Chosen) HookChoice.of(List.of(WEB), List.of(pods));
  }

  private static Job held(HookChoice.Chosen chosen) {
    var job = job("[]");
    job.getMetadata()
        .setAnnotations(
            Map.of(JobLabels.HOOKS, "[]", JobLabels.HELD, String.join(",", chosen.held())));
    return job;
  }

  @Test
  void theFirstThatDoesNotHoldIsNamed() {
    var loose = pod("web-1", "web", "Running");

    assertThat(chosen(holding("web-0", "c-1")).loose()).isEmpty();
    assertThat(chosen(holding("web-0", "c-1"), loose).loose()).contains(loose);
  }

  /** A point that was read meanwhile must not say that all held. */
  @Test
  void whatHoldsNoMoreIsNamed() {
    var zero = holding("web-0", "c-1");
    var one = holding("web-1", "c-1");
    var job = held(chosen(zero, one));
    assertThat(HookChoice.change(job, chosen(one, zero))).isEmpty();

    var gone = "pod web-1, or its container, is not the one any more.";
    assertThat(HookChoice.change(job, chosen(zero))).contains(gone);
    var restarted = holding("web-1", "c-1");
    restarted.getStatus().getContainerStatuses().getFirst().setContainerID("c-2");
    assertThat(HookChoice.change(job, chosen(zero, restarted))).contains(gone);
    var another = holding("web-1", "c-1");
    another.getMetadata().setUid("another");
    assertThat(HookChoice.change(job, chosen(zero, another))).contains(gone);
    assertThat(HookChoice.change(job, chosen(zero, holding("web-1", "c-2")))).contains(gone);
    assertThat(HookChoice.change(job, chosen(zero, pod("web-1", "web", "Running")))).contains(gone);

    assertThat(HookChoice.change(job, chosen(zero, one, holding("web-2", "c-1"))))
        .contains("pod web-2 has come.");
    assertThat(HookChoice.change(job, new HookChoice.Awaited("pod web-0 is ending.")))
        .contains("pod web-0 is ending.");
    assertThat(HookChoice.change(job, new HookChoice.Unsuitable("None."))).contains("None.");
  }

  @Test
  void aJobBearsThem() {
    assertThat(HookChoice.hooks(job(HookChoice.write(List.of(WEB))))).contains(List.of(WEB));
  }

  private static Job job(String hooks) {
    var job = new Job();
    job.setMetadata(
        new ObjectMetaBuilder()
            .withName("files-backup-x")
            .withUid("uid-1")
            .withAnnotations(Map.of(JobLabels.HOOKS, hooks))
            .build());
    return job;
  }
}
