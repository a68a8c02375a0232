package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.plan.restore.DeviceRestorePlanning.Decision;
import dev.salvor.plan.restore.DeviceState.Presence;
import dev.salvor.task.Header;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DeviceRestorePlanningTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");
  private static final long BYTES = 1_000;

  @ParameterizedTest
  @CsvSource({
    "BLANK,     REFUSE,  1000, FILL",
    "BLANK,     REPLACE, 1000, FILL",
    "BEGUN,     REFUSE,  1000, FILL",
    "BEGUN,     REPLACE, 1000, FILL",
    "DONE,      REFUSE,  1000, KEEP",
    "DONE,      REPLACE, 1000, KEEP",
    "BEGUN_BY_OTHER, REFUSE,  1000, TargetNotEmpty",
    "BEGUN_BY_OTHER, REPLACE, 1000, AcknowledgementNeeded",
    "FULL,      REFUSE,  1000, TargetNotEmpty",
    "FULL,      REPLACE, 1000, REPLACE",
    "NO_DEVICE, REFUSE,  1000, TargetUnusable",
    "NO_DEVICE, REPLACE, 1000, TargetUnusable",
    "BLANK,     REFUSE,  999,  TargetUnusable",
    "FULL,      REPLACE, 999,  TargetUnusable",
    "BEGUN,     REFUSE,  999,  TargetUnusable"
  })
  void whatIsThereDecides(Presence presence, Task.Existing existing, long size, String decision) {
    assertThat(word(decide(task(existing, null), new DeviceState(presence, size))))
        .isEqualTo(decision);
  }

  @ParameterizedTest
  @EnumSource(Presence.class)
  void whatIsTooLateTouchesNothing(Presence presence) {
    var task = task(Task.Existing.REPLACE, NOW.minusSeconds(1));

    assertThat(word(decide(task, new DeviceState(presence, BYTES)))).isEqualTo("Expired");
  }

  @Test
  void aTokenLetsOverWhatAnotherBegan() {
    var state = new DeviceState(Presence.BEGUN_BY_OTHER, BYTES);
    var asked = ((Decision.Refused) decide(task(Task.Existing.REPLACE, null), state)).failure();
    var token = asked.message().substring(asked.message().lastIndexOf(' ') + 1);

    assertThat(word(decide(task(Task.Existing.REPLACE, null, token), state))).isEqualTo("REPLACE");
  }

  @Test
  void withoutASafetyPointATokenIsAskedFor() {
    var task = task(Task.Existing.REPLACE, null);
    var failure = DeviceRestorePlanning.withoutSafety(task, "the store is full.").orElseThrow();
    var token = failure.message().substring(failure.message().lastIndexOf(' ') + 1);

    assertThat(failure.reason()).isEqualTo(Reason.SAFETY_COPY_FAILED);
    assertThat(DeviceRestorePlanning.withoutSafety(task(Task.Existing.REPLACE, null, token), "why"))
        .isEmpty();
  }

  @Test
  void theStepsSayWhatIsWrittenAndWhatIsLeft() {
    var steps =
        ((Decision.CarriedOut)
                decide(
                    task(Task.Existing.REPLACE, null), new DeviceState(Presence.FULL, BYTES + 24)))
            .steps();

    assertThat(steps)
        .containsExactly(
            "read all of it from the store and compare its SHA-256 with what was noted",
            "take a safety point of /devices/disk as it is, and read it back",
            "write all of p (1000 bytes) to /devices/disk",
            "leave the 24 bytes behind it as they are",
            "read it back and compare its SHA-256 with what was noted");
  }

  private static Decision decide(Task.RestoreDevice task, DeviceState state) {
    return DeviceRestorePlanning.decide(task, state, BYTES, NOW);
  }

  private static String word(Decision decision) {
    return switch (decision) {
      case Decision.Refused(var failure) -> failure.reason().text();
      case Decision.CarriedOut(var method, var steps) -> method.name();
    };
  }

  private static Task.RestoreDevice task(
      Task.Existing existing, @Nullable Instant notAfter, String... acknowledged) {
    return new Task.RestoreDevice(
        new Header("run", 1, NOW, 60, List.of()),
        new RepositoryTarget(
            new StoreTarget(
                "offsite", new StoreTarget.Directory("/store"), Initialize.NEVER, null, null),
            "shop/machines",
            new Owner("c", "shop", "machines"),
            null,
            List.of()),
        new PointReference("p", null),
        "disk",
        "/devices/disk",
        existing,
        Task.Effect.CARRY_OUT,
        notAfter,
        "uid",
        List.of(acknowledged));
  }
}
