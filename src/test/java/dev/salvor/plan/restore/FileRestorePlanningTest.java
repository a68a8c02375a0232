package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreMode;
import dev.salvor.plan.restore.FileRestorePlanning.Decision;
import dev.salvor.plan.restore.FileRestorePlanning.Method;
import dev.salvor.plan.restore.FolderState.Presence;
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

class FileRestorePlanningTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");
  private static final long BYTES = 1_000;

  @ParameterizedTest
  @CsvSource({
    "MISSING,   REFUSE,  CREATE",
    "MISSING,   REPLACE, CREATE",
    "EMPTY,     REFUSE,  FILL",
    "EMPTY,     REPLACE, FILL",
    "BEGUN,     REFUSE,  FILL",
    "BEGUN,     REPLACE, GO_ON",
    "DONE,      REFUSE,  FILL",
    "DONE,      REPLACE, GO_ON",
    "BEGUN_BY_OTHER, REFUSE,  TargetNotEmpty",
    "BEGUN_BY_OTHER, REPLACE, AcknowledgementNeeded",
    "MARKED,    REFUSE,  TargetNotEmpty",
    "MARKED,    REPLACE, AcknowledgementNeeded",
    "FULL,      REFUSE,  TargetNotEmpty",
    "FULL,      REPLACE, REPLACE",
    "NO_FOLDER, REFUSE,  TargetUnusable",
    "NO_FOLDER, REPLACE, TargetUnusable"
  })
  void whatIsThereDecides(Presence presence, Task.Existing existing, String decision) {
    assertThat(word(decide(task(existing, null), there(presence)))).isEqualTo(decision);
  }

  @ParameterizedTest
  @CsvSource({
    "MISSING, false, true,  9999, TargetUnusable",
    "MISSING, true,  false, 9999, TargetUnusable",
    "FULL,    true,  false, 9999, TargetUnusable",
    "MISSING, true,  true,  999,  TargetUnusable",
    "EMPTY,   true,  true,  999,  TargetUnusable",
    "EMPTY,   true,  true,  1000, FILL",
    // What an earlier attempt wrote, or what is replaced, is part of what is needed.
    "BEGUN,   true,  true,  0,    GO_ON",
    "FULL,    true,  true,  0,    REPLACE"
  })
  void whatCannotBeWrittenIsRefused(
      Presence presence, boolean parent, boolean writable, long free, String decision) {
    var folder = new FolderState(presence, parent, writable, free, List.of(), List.of());

    assertThat(word(decide(task(Task.Existing.REPLACE, null), folder))).isEqualTo(decision);
  }

  @Test
  void nothingIsTouchedAfterItsTime() {
    var task = task(Task.Existing.REPLACE, NOW.minusSeconds(1));

    assertThat(word(decide(task, there(Presence.FULL)))).isEqualTo("Expired");
    assertThat(Expiry.of(task(Task.Existing.REPLACE, NOW).notAfter(), NOW)).isEmpty();
  }

  @Test
  void whoUsesItIsNamedAndMayBeAccepted() {
    var used =
        new FolderState(Presence.FULL, true, true, 0, List.of(), List.of("nginx (1)", "php (2)"));
    var refused = (Decision.Refused) decide(task(Task.Existing.REPLACE, null), used);

    assertThat(refused.failure().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(refused.failure().message()).contains("nginx (1), php (2)", "Nothing was touched");
    var message = refused.failure().message();
    var token = message.substring(message.lastIndexOf(' ') + 1);
    assertThat(word(decide(task(Task.Existing.REPLACE, null, token), used))).isEqualTo("REPLACE");
    assertThat(word(decide(task(Task.Existing.REPLACE, null, token + "x"), used)))
        .isEqualTo("AcknowledgementNeeded");
  }

  @ParameterizedTest
  @EnumSource(Presence.class)
  void whatStandsInTheWayRefusesEverything(Presence presence) {
    var folder =
        new FolderState(
            presence, true, true, BYTES, List.of("/srv/shop/a is mounted in it"), List.of());

    assertThat(word(decide(task(Task.Existing.REPLACE, null), folder))).isEqualTo("TargetUnusable");
  }

  @Test
  void thePlanSaysWhatBecomesOfWhatIsThere() {
    var merge =
        (Decision.CarriedOut) decide(task(Task.Existing.REPLACE, null), there(Presence.FULL));

    assertThat(merge.steps())
        .containsExactly(
            "read all of it from the store, to see that it can be had",
            "take a safety point of /srv/shop as it is",
            "restore all of 20261122t020000z-abcdef (1000 bytes) over what /srv/shop holds",
            "leave in it what the recovery point does not hold",
            "compare it with what was noted");
  }

  /** Each attempt of a request finds what the one before it left, and no other request does. */
  @Test
  void whereItIsFilledIsOfOneRequest() {
    var one = FileRestorePlanning.beside(task(Task.Existing.REFUSE, null));

    assertThat(one).startsWith("/srv/.shop.salvor-").hasSameSizeAs("/srv/.shop.salvor-12345678");
    assertThat(FileRestorePlanning.beside(task(Task.Existing.REPLACE, NOW))).isEqualTo(one);
  }

  @Test
  void losingWhatIsReplacedMustBeAccepted() {
    var refused =
        FileRestorePlanning.withoutSafety(
            task(Task.Existing.REPLACE, null), Method.REPLACE, "it is full.");

    assertThat(refused.orElseThrow().reason()).isEqualTo(Reason.SAFETY_COPY_FAILED);
    var message = refused.orElseThrow().message();
    var token = message.substring(message.lastIndexOf(' ') + 1);
    assertThat(
            FileRestorePlanning.withoutSafety(
                task(Task.Existing.REPLACE, null, token), Method.REPLACE, "it is full."))
        .isEmpty();
    assertThat(
            FileRestorePlanning.withoutSafety(
                    task(Task.Existing.REPLACE, null), Method.GO_ON, "it is full.")
                .orElseThrow()
                .message())
        .contains("An earlier attempt had begun to write to it");
  }

  private static Decision decide(Task.RestoreFiles task, FolderState folder) {
    return FileRestorePlanning.decide(task, folder, BYTES, NOW);
  }

  private static FolderState there(Presence presence) {
    return new FolderState(presence, true, true, BYTES, List.of(), List.of());
  }

  private static String word(Decision decision) {
    return switch (decision) {
      case Decision.Refused(var failure) -> failure.reason().text();
      case Decision.CarriedOut(var method, var steps) -> method.name();
    };
  }

  private static Task.RestoreFiles task(
      Task.Existing existing, @Nullable Instant notAfter, String... acknowledged) {
    var store =
        new StoreTarget("offsite", new StoreTarget.Directory("/s"), Initialize.NEVER, null, null);
    return new Task.RestoreFiles(
        new Header("run", 1, NOW, 60, List.of()),
        new RepositoryTarget(store, "shop/files", new Owner("c", "shop", "files"), null, List.of()),
        new PointReference("20261122t020000z-abcdef", null),
        null,
        "/srv/shop",
        List.of(),
        existing,
        RestoreMode.MERGE,
        Task.Effect.CARRY_OUT,
        notAfter,
        "uid-1",
        List.of(acknowledged));
  }
}
