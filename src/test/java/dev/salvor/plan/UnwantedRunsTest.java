package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UnwantedRunsTest {
  private static final Instant NOW = Instant.parse("2026-11-22T01:00:00Z");
  private static final UnwantedRuns.Living LIVING =
      new UnwantedRuns.Living(
          Set.of("policy"),
          Set.of("request", "settled"),
          Set.of("request"),
          Set.of("shop/offsite"));

  @Test
  void aRunStaysAsLongAsSomeoneCanRecordIt() {
    assertThat(
            unwanted(
                run("of-a-policy", Purpose.BACKUP, "policy", null),
                run("asked-for-once", Purpose.BACKUP, "policy", "settled"),
                run("asked-for-now", Purpose.RESTORE, "gone", "request"),
                run("probe", Purpose.PROBE, null, "uid-of-the-store")))
        .isEmpty();
  }

  @Test
  void aRunGoesWhenNobodyCan() {
    assertThat(
            unwanted(
                run("policy-gone", Purpose.BACKUP, "gone", null),
                run("both-gone", Purpose.RESTORE, "gone", "settled"),
                run("request-settled", Purpose.RESTORE, null, "settled")))
        .containsExactly("policy-gone", "both-gone", "request-settled");
  }

  @Test
  void aProbeGoesWithItsStore() {
    var living = new UnwantedRuns.Living(Set.of("policy"), Set.of(), Set.of(), Set.of());

    assertThat(
            UnwantedRuns.of(List.of(run("probe", Purpose.PROBE, null, "uid-of-the-store")), living))
        .containsExactly("probe");
  }

  @Test
  void whatHasNotBegunGoesWithWhoAsked() {
    assertThat(
            unwanted(
                run("deleted", Purpose.RESTORE, "policy", "gone", RunView.State.QUEUED),
                run("wanted", Purpose.RESTORE, "policy", "request", RunView.State.QUEUED),
                run("on-schedule", Purpose.BACKUP, "policy", null, RunView.State.QUEUED)))
        .containsExactly("deleted");
  }

  @Test
  void whatDropsAKeptDatabaseGoesWithItsRequestThoughThatIsDone() {
    assertThat(
            unwanted(
                run("recorded-next", Purpose.DROP, null, "settled"),
                run("queued", Purpose.DROP, null, "settled", RunView.State.QUEUED),
                run("deleted", Purpose.DROP, null, "gone"),
                run("deleted-before", Purpose.DROP, null, "gone", RunView.State.QUEUED)))
        .containsExactly("deleted", "deleted-before");
  }

  @Test
  void whatWorksIsLeftToEnd() {
    var running = run("r", Purpose.BACKUP, "gone", null, RunView.State.RUNNING);

    assertThat(unwanted(running)).isEmpty();
  }

  private static List<String> unwanted(RunView... runs) {
    return UnwantedRuns.of(List.of(runs), LIVING);
  }

  private static RunView run(
      String name, Purpose purpose, @Nullable String policy, @Nullable String request) {
    return run(name, purpose, policy, request, RunView.State.ENDED);
  }

  private static RunView run(
      String name,
      Purpose purpose,
      @Nullable String policy,
      @Nullable String request,
      RunView.State state) {
    return new RunView(
        new RunLabels(name, purpose, "shop/offsite", null, policy, request, null, NOW, 1),
        state,
        NOW,
        state == RunView.State.ENDED ? NOW : null,
        List.of(),
        null,
        null);
  }
}
