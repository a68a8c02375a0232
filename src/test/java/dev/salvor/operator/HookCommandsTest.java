package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.operator.HookCommands.Side;
import dev.salvor.operator.jobs.HookMark.Tried;
import dev.salvor.operator.jobs.HookOutcome;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HookCommandsTest {
  private static final Instant NOW = Instant.parse("2026-11-27T02:00:00Z");

  private final Semaphore woken = new Semaphore(0);
  private final AtomicBoolean leading = new AtomicBoolean(true);
  private Instant decided = NOW;

  private HookCommands running(PodCommands commands) {
    return new HookCommands(
        commands, leading::get, woken::release, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static Pod pod(String uid) {
    return new PodBuilder().withNewMetadata().withName("web-0").withUid(uid).endMetadata().build();
  }

  private void start(HookCommands commands, Side side) {
    commands.start(side, pod("one"), 0, "main", List.of("thaw"), 5, decided);
    woken.acquireUninterruptibly();
  }

  @Test
  void theLeaderIsWokenWhenACommandHasEnded() {
    var commands = running((pod, container, command, timeout) -> new HookOutcome.Failed("no"));
    start(commands, Side.BEFORE);

    var going = Objects.requireNonNull(commands.find(pod("one")));
    assertThat(going.isDone()).isTrue();
    assertThat(going.end().join()).isEqualTo(new HookOutcome.Failed("no"));
    assertThat(commands.find(pod("two"))).isNull();
    assertThat(commands.tried(pod("one"))).isEmpty();
  }

  @Test
  void whatIsThrownIsALostEnd() {
    var commands =
        running(
            (pod, container, command, timeout) -> {
              throw new IllegalStateException("reset");
            });
    start(commands, Side.BEFORE);

    assertThat(Objects.requireNonNull(commands.find(pod("one"))).end().join())
        .isEqualTo(new HookOutcome.Lost("reset"));
  }

  /** Another leader may have taken back what this one had marked, and begun what it would end. */
  @ParameterizedTest
  @CsvSource({
    "BEFORE, 5, true, true",
    "BEFORE, 6, true, false",
    "BEFORE, 0, false, false",
    "AFTER, 5, true, true",
    "AFTER, 6, true, false",
    "AFTER, 0, false, false"
  })
  void nothingIsBegunLate(Side side, int late, boolean isLeading, boolean isBegun) {
    decided = NOW.minusSeconds(late);
    leading.set(isLeading);
    var commands = running((pod, container, command, timeout) -> new HookOutcome.Succeeded());
    start(commands, side);

    var outcome = Objects.requireNonNull(commands.find(pod("one"))).end().join();
    assertThat(outcome instanceof HookOutcome.Succeeded).isEqualTo(isBegun);
    assertThat(outcome instanceof HookOutcome.Refused).isEqualTo(!isBegun);
  }

  /** Or the next run's would wait for its turn. */
  @Test
  void whatComesNextInAPodHasNotBeenTried() {
    var commands = running((pod, container, command, timeout) -> new HookOutcome.Succeeded());
    start(commands, Side.AFTER);
    assertThat(commands.tried(pod("one"))).isEqualTo(Map.of(0, new Tried(NOW, 1)));
    commands.forget(pod("one"));
    assertThat(commands.tried(pod("one"))).isEqualTo(Map.of(0, new Tried(NOW, 1)));

    commands.end(pod("one"));

    assertThat(commands.tried(pod("one"))).isEmpty();
    assertThat(commands.find(pod("one"))).isNull();
  }

  @Test
  void podsThatAreGoneAreForgotten() {
    var commands = running((pod, container, command, timeout) -> new HookOutcome.Succeeded());
    start(commands, Side.AFTER);

    commands.forgetAllBut(List.of(pod("one")));
    assertThat(commands.find(pod("one"))).isNotNull();
    commands.forgetAllBut(List.of(pod("two")));

    assertThat(commands.find(pod("one"))).isNull();
    assertThat(commands.tried(pod("one"))).isEmpty();
  }
}
