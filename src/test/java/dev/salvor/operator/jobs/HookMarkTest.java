package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.VolumeSource.Hook;
import dev.salvor.operator.jobs.HookMark.Begun;
import dev.salvor.operator.jobs.HookMark.State;
import dev.salvor.operator.jobs.HookMark.Tried;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HookMarkTest {
  private static final Instant NOW = Instant.parse("2026-11-27T02:00:00Z");
  private static final String LIMIT = "\"limit\":\"2026-11-27T02:10:00Z\"";
  private static final Hook FREEZE = hook(List.of("fsfreeze", "-f"), List.of("fsfreeze", "-u"));
  private static final Hook LOCK = hook(List.of("lock"), List.of("unlock"));

  private static Hook hook(@Nullable List<String> before, @Nullable List<String> after) {
    return new Hook(Map.of("app", "web"), null, before, after, 30);
  }

  private static Job job() {
    var job = new Job();
    job.setMetadata(new ObjectMetaBuilder().withName("files-backup-x").withUid("uid-1").build());
    return job;
  }

  private static Pod pod(@Nullable String annotation) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("web-0")
            .withUid("pod-1")
            .withResourceVersion("7")
            .addToLabels(HookMark.MARK, "true")
            .endMetadata()
            .build();
    if (annotation != null) {
      pod.getMetadata().setAnnotations(Map.of(HookMark.MARK, annotation));
    }
    return pod;
  }

  /** Whose container has this id. */
  private static Pod running(@Nullable String containerId) {
    return new PodBuilder(pod(null))
        .withNewSpec()
        .addNewContainer()
        .withName("main")
        .endContainer()
        .endSpec()
        .withNewStatus()
        .addNewContainerStatus()
        .withName("main")
        .withContainerID(containerId)
        .endContainerStatus()
        .endStatus()
        .build();
  }

  private static HookMark begun(Hook... hooks) {
    var mark = HookMark.of(job(), List.of(hooks), NOW);
    for (var number = 0; number < hooks.length; number++) {
      mark = mark.begin(number, hooks[number], running("c-1"), NOW);
    }
    return mark;
  }

  private static HookMark with(HookMark mark, Begun one) {
    return new HookMark(1, mark.run(), mark.uid(), mark.limit(), mark.releasing(), List.of(one));
  }

  private static HookOutcome outcome(String name) {
    return switch (name) {
      case "Succeeded" -> new HookOutcome.Succeeded();
      case "Failed" -> new HookOutcome.Failed("exit code 1");
      case "Refused" -> new HookOutcome.Refused("no");
      case "Broken" -> new HookOutcome.Broken("no such program");
      case "Lost" -> new HookOutcome.Lost("no end");
      default -> throw new IllegalArgumentException(name);
    };
  }

  @Test
  void itSaysAllThatItTakesToTakeBack() {
    assertThat(begun(FREEZE).marking(pod(null)))
        .isEqualTo(
            "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"pod-1\"},"
                + "{\"op\":\"test\",\"path\":\"/metadata/labels/salvor.dev~1in-hook\","
                + "\"value\":\"true\"},"
                + "{\"op\":\"add\",\"path\":\"/metadata/labels/salvor.dev~1in-hook\","
                + "\"value\":\"true\"},"
                + "{\"op\":\"test\",\"path\":\"/metadata/annotations\",\"value\":null},"
                + "{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":"
                + "{\"salvor.dev/in-hook\":\"{\\\"version\\\":1,"
                + "\\\"run\\\":\\\"files-backup-x\\\",\\\"uid\\\":\\\"uid-1\\\","
                + "\\\"limit\\\":\\\"2026-11-27T02:10:30Z\\\","
                + "\\\"releasing\\\":false,\\\"begun\\\":[{\\\"hook\\\":0,"
                + "\\\"container\\\":\\\"main\\\",\\\"containerId\\\":\\\"c-1\\\","
                + "\\\"after\\\":[\\\"fsfreeze\\\",\\\"-u\\\"],"
                + "\\\"timeoutSeconds\\\":30,\\\"state\\\":\\\"BEGUN\\\","
                + "\\\"until\\\":\\\"2026-11-27T02:01:25Z\\\"}]}\"}}]");
    assertThat(HookMark.unmarking(pod("old")))
        .isEqualTo(
            "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"pod-1\"},"
                + "{\"op\":\"test\",\"path\":\"/metadata/labels/salvor.dev~1in-hook\","
                + "\"value\":\"true\"},"
                + "{\"op\":\"remove\",\"path\":\"/metadata/labels/salvor.dev~1in-hook\"},"
                + "{\"op\":\"test\",\"path\":\"/metadata/annotations/salvor.dev~1in-hook\","
                + "\"value\":\"old\"},"
                + "{\"op\":\"remove\",\"path\":\"/metadata/annotations/salvor.dev~1in-hook\"}]");
  }

  @Test
  void itIsReadAsItWasWritten() throws Exception {
    var mark = begun(FREEZE, hook(List.of("sync"), null), LOCK).release();
    var written = dev.salvor.api.Json.mapper().readTree(mark.marking(pod(null)));
    var annotation = written.get(4).path("value").path(HookMark.MARK).asText();

    assertThat(HookMark.read(pod(annotation))).contains(mark);
    assertThat(mark.isFor(job())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nothing",
        "{}",
        "[]",
        "null",
        "{\"version\":2,\"run\":\"a\",\"uid\":\"b\"," + LIMIT + ",\"begun\":[]}",
        "{\"version\":1,\"uid\":\"b\"," + LIMIT + ",\"begun\":[]}",
        "{\"version\":1,\"run\":\"a\",\"uid\":\"b\",\"begun\":[]}",
        "{\"version\":1,\"run\":\"a\",\"uid\":\"b\"," + LIMIT + "}",
        "{\"version\":1,\"run\":\"a\",\"uid\":\"b\"," + LIMIT + ",\"begun\":[null]}",
        "{\"version\":1,\"run\":\"a\",\"uid\":\"b\","
            + LIMIT
            + ",\"begun\":[{\"hook\":0,\"container\":\"a\"}]}",
        "{\"version\":1,\"run\":\"a\",\"uid\":\"b\","
            + LIMIT
            + ",\"begun\":[{\"hook\":0,\"container\":\"a\","
            + "\"state\":\"PAUSED\",\"until\":\"2026-11-27T02:00:30Z\"}]}"
      })
  void whatAnotherVersionWroteIsNotRead(String annotation) {
    assertThat(HookMark.read(pod(annotation))).isEmpty();
    assertThat(HookMark.isMarked(pod(annotation))).isTrue();
  }

  /** As a person takes it away. */
  @Test
  void anAnnotationWithoutTheLabelSaysNothing() {
    var pod = pod("{\"version\":1,\"run\":\"a\",\"uid\":\"b\"," + LIMIT + ",\"begun\":[]}");
    assertThat(HookMark.read(pod)).isPresent();

    pod.getMetadata().setLabels(Map.of());

    assertThat(HookMark.isMarked(pod)).isFalse();
    assertThat(HookMark.read(pod)).isEmpty();
  }

  /** What is given up at its end has its time of 30 seconds once more. */
  @ParameterizedTest
  @CsvSource({
    "Succeeded, 20, HELD, 20",
    "Failed, 20, BEGUN, 20",
    "Refused, 20, , ",
    "Broken, 20, BEGUN, 85",
    "Broken, 60, BEGUN, 90",
    "Lost, 20, BEGUN, 85",
    "Lost, 60, BEGUN, 90"
  })
  void whatABeforeCommandCameToIsRemembered(
      String outcome, int ended, @Nullable State expected, @Nullable Integer until) {
    var mark = begun(FREEZE).before(0, outcome(outcome), NOW.plusSeconds(ended));

    assertThat(mark.begun().stream().map(Begun::state).toList())
        .isEqualTo(expected == null ? List.of() : List.of(expected));
    assertThat(mark.begun().stream().map(Begun::until).toList())
        .isEqualTo(until == null ? List.of() : List.of(NOW.plusSeconds(until)));
    assertThat(mark.holds(running("c-1"), List.of(0))).isEqualTo(expected == State.HELD);
    assertThat(mark.hasOpen()).isEqualTo(expected == State.BEGUN);
    assertThat(mark.release().holds(running("c-1"), List.of(0))).isFalse();
  }

  /** One that was started anew has lost what it held. */
  @ParameterizedTest
  @CsvSource({"c-1, true", "c-2, false", ", false"})
  void onlyTheContainerThatWasAskedHolds(@Nullable String containerId, boolean isHeld) {
    var mark = begun(FREEZE).before(0, outcome("Succeeded"), NOW);

    assertThat(mark.holds(running(containerId), List.of(0))).isEqualTo(isHeld);
    assertThat(mark.holds(pod(null), List.of(0))).isFalse();
  }

  @Test
  void whatHasNoBeforeCommandHoldsAtOnce() {
    var mark = begun(hook(null, List.of("rotate")));

    assertThat(mark.holds(running("c-1"), List.of(0))).isTrue();
    assertThat(mark.holds(running("c-1"), List.of(0, 1))).isFalse();
    assertThat(mark.release().begun()).hasSize(1);
  }

  /** Another time, another pod of that name, or nothing: all read differently. */
  @Test
  void whatIsBegunAnewIsNotTheSame() {
    var pod = pod("{}");
    var other = pod("{}");
    other.getMetadata().setUid("pod-2");

    assertThat(HookMark.print(pod)).isEqualTo(HookMark.print(pod("{}")));
    assertThat(
            List.of(HookMark.print(pod("{ }")), HookMark.print(other), HookMark.print(pod(null))))
        .doesNotContain(HookMark.print(pod))
        .doesNotHaveDuplicates();
  }

  /** All of the run's hooks count, also those of other pods. */
  @Test
  void itIsTakenBackAfterTheTimeOfAllHooksAndTenMinutes() {
    assertThat(HookMark.of(job(), List.of(FREEZE, LOCK), NOW).limit())
        .isEqualTo(NOW.plusSeconds(660));
  }

  @Test
  void whatHasNoAfterCommandIsNotTakenBack() {
    var mark = begun(FREEZE, hook(List.of("sync"), null));

    assertThat(mark.release().begun()).extracting(Begun::hook).containsExactly(0);
    assertThat(mark.release().releasing()).isTrue();
  }

  /**
   * Seconds are those since the before command was begun, which has 30, as many again, and 25 to
   * begin, or ended at once. The limit is at 630.
   */
  @ParameterizedTest
  @CsvSource({
    // It succeeded: insisted on.
    "HELD, 0, Succeeded, 1, ",
    "HELD, 0, Failed, 1, HELD",
    "HELD, 0, Failed, 100000, HELD",
    "HELD, 0, Broken, 100000, HELD",
    "HELD, 0, Refused, 100000, HELD",
    "HELD, 0, Lost, 100000, HELD",
    // An earlier one goes on, and would free what the next run holds: once more when it has ended.
    "HELD, 85, Succeeded, 84, BEGUN",
    "HELD, 85, Succeeded, 85, ",
    // It failed: it may hold all the same, so not at once, and not for ever.
    "BEGUN, 0, Succeeded, 1, ",
    "BEGUN, 0, Failed, 629, BEGUN",
    "BEGUN, 0, Failed, 630, ",
    "BEGUN, 0, Broken, 629, BEGUN",
    "BEGUN, 0, Broken, 630, ",
    "BEGUN, 0, Lost, 629, BEGUN",
    "BEGUN, 0, Lost, 630, ",
    "BEGUN, 0, Refused, 100000, BEGUN",
    // It may go on: only what began later counts, also after the limit.
    "BEGUN, 85, Succeeded, 84, BEGUN",
    "BEGUN, 85, Succeeded, 85, ",
    "BEGUN, 700, Failed, 699, BEGUN",
    "BEGUN, 700, Failed, 700, ",
    "BEGUN, 700, Lost, 699, BEGUN",
    "BEGUN, 700, Lost, 700, "
  })
  void whatIsTakenBackIsForgotten(
      State state, int until, String outcome, int seconds, @Nullable State expected) {
    var one = begun(LOCK).begun().getFirst().in(state, NOW.plusSeconds(until));
    var mark = with(begun(LOCK).release(), one);
    var tried = NOW.plusSeconds(seconds);

    assertThat(
            mark.after(0, outcome(outcome), tried, tried).begun().stream()
                .map(Begun::state)
                .toList())
        .isEqualTo(expected == null ? List.of() : List.of(expected));
    assertThat(mark.after(1, outcome(outcome), tried, tried)).isEqualTo(mark);
  }

  @Test
  void anAfterCommandThatIsGivenUpHasItsTimeOnceMore() {
    var mark = begun(LOCK).before(0, outcome("Succeeded"), NOW).release();
    var given = mark.after(0, outcome("Lost"), NOW, NOW.plusSeconds(30));

    assertThat(given.begun()).extracting(Begun::until).containsExactly(NOW.plusSeconds(60));
    assertThat(mark.after(0, outcome("Failed"), NOW, NOW.plusSeconds(30))).isEqualTo(mark);
  }

  /**
   * Seconds are those since the before command was begun, which has 30, as many again, and 25 to
   * begin.
   */
  @ParameterizedTest
  @CsvSource({
    "HELD, , 0, true",
    "HELD, 0, 9, false",
    "HELD, 0, 10, true",
    "BEGUN, , 0, true",
    "BEGUN, 0, 10, false",
    "BEGUN, 0, 84, false",
    "BEGUN, 0, 85, true",
    "BEGUN, 84, 85, true",
    "BEGUN, 85, 94, false",
    "BEGUN, 85, 95, true"
  })
  void itIsTriedAtOnceAndAgain(State state, @Nullable Integer tried, int now, boolean isDue) {
    var one = begun(LOCK).begun().getFirst().in(state, NOW.plusSeconds(85));
    var due = one.due(tried == null ? null : new Tried(NOW.plusSeconds(tried), 1));

    assertThat(!NOW.plusSeconds(now).isBefore(due)).isEqualTo(isDue);
  }

  /** One that hangs is one more process in its pod each time. */
  @ParameterizedTest
  @CsvSource({"1, 10", "2, 20", "3, 40", "4, 80", "5, 160", "6, 300", "7, 300", "1000, 300"})
  void itIsTriedLessAndLessOften(int times, int seconds) {
    var one = begun(LOCK).begun().getFirst().in(State.HELD, NOW);

    assertThat(one.due(new Tried(NOW, times))).isEqualTo(NOW.plusSeconds(seconds));
    assertThat(Tried.of(new Tried(NOW, times), NOW.plusSeconds(1)))
        .isEqualTo(new Tried(NOW.plusSeconds(1), times + 1));
  }

  @Test
  void theLastBegunGoesFirstAndKeepsNoOtherWaiting() {
    var mark = begun(FREEZE, LOCK).release();

    assertThat(mark.due(Map.of(), NOW)).map(Begun::hook).contains(1);
    var tried = Tried.of(null, NOW);
    assertThat(mark.due(Map.of(1, tried), NOW)).map(Begun::hook).contains(0);
    assertThat(mark.due(Map.of(1, tried, 0, tried), NOW)).isEmpty();
    assertThat(mark.next(Map.of(1, tried, 0, new Tried(NOW, 2)))).contains(NOW.plusSeconds(85));
  }

  @Test
  void aMarkOfAnotherVersionIsNotMade() {
    assertThatThrownBy(() -> new HookMark(2, "a", "b", NOW, false, List.of()))
        .hasMessage("a mark of version 2");
  }
}
