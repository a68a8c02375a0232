package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.api.Run;
import dev.salvor.api.Verdict;
import dev.salvor.api.VerdictOutcome;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnnouncementTest {
  private static final Instant NOW = Instant.parse("2026-11-22T02:00:00Z");
  private static final Failure UNREACHABLE = Reason.STORE_UNREACHABLE.failure("Nobody answers.");

  @Test
  void aRunThatEndedIsToldOnce() {
    var before = status(List.of(run("a", "Succeeded", null)), null, null);
    var after =
        status(
            List.of(
                run("b", "Succeeded", null),
                run("c", "Failed", Reason.STORE_UNREACHABLE),
                run("a", "Succeeded", null)),
            UNREACHABLE,
            null);

    assertThat(Announcement.ofPolicy(before, after))
        .extracting(Announcement::type, Announcement::reason, Announcement::note)
        .containsExactly(
            tuple(Announcement.Type.NORMAL, "Succeeded", "Run b succeeded. Recovery point p."),
            tuple(
                Announcement.Type.WARNING,
                "StoreUnreachable",
                "Run c failed. Nobody answers. Recovery point p."));
    assertThat(Announcement.ofPolicy(after, after)).isEmpty();
  }

  @Test
  void whatBecomesOfAKeptDatabaseIsToldOnce() {
    var kept = restored(null, null);
    var left = restored(null, "It is in use.");
    var gone = restored(NOW, "It was dropped.");

    assertThat(Announcement.ofRestore(kept, left))
        .extracting(Announcement::type, Announcement::reason, Announcement::note)
        .containsExactly(
            tuple(Announcement.Type.WARNING, "KeptDatabaseLeft", "Database kept: It is in use."));
    assertThat(Announcement.ofRestore(left, left)).isEmpty();
    assertThat(Announcement.ofRestore(left, gone))
        .extracting(Announcement::type, Announcement::reason)
        .containsExactly(tuple(Announcement.Type.NORMAL, "KeptDatabaseGone"));
  }

  private static RestoreRequestStatus restored(@Nullable Instant dropped, @Nullable String note) {
    return new RestoreRequestStatus(
        1L,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        new RestoreRequestStatus.UndoPath("kept", NOW, null, null, null, dropped, note),
        null,
        null);
  }

  @Test
  void aPartialRunIsNoSuccess() {
    assertThat(Announcement.ofPolicy(null, status(List.of(run("a", "Partial", null)), null, null)))
        .singleElement()
        .satisfies(told -> assertThat(told.type()).isEqualTo(Announcement.Type.WARNING));
  }

  @Test
  void aRefutedPointIsToldOnceForEachVerdict() {
    var refuted = status(List.of(), null, verdict(VerdictOutcome.REFUTED, NOW));
    var again = status(List.of(), null, verdict(VerdictOutcome.REFUTED, NOW.plusSeconds(60)));

    assertThat(Announcement.ofPolicy(null, refuted))
        .singleElement()
        .satisfies(
            told -> {
              assertThat(told.type()).isEqualTo(Announcement.Type.WARNING);
              assertThat(told.reason()).isEqualTo("Refuted");
              assertThat(told.note()).contains("p").contains("differs");
            });
    assertThat(Announcement.ofPolicy(refuted, refuted)).isEmpty();
    assertThat(Announcement.ofPolicy(refuted, again)).hasSize(1);
    assertThat(
            Announcement.ofPolicy(
                null, status(List.of(), null, verdict(VerdictOutcome.VERIFIED, NOW))))
        .isEmpty();
  }

  @Test
  void stalledIsToldWhenItBegins() {
    var stalled =
        new Conditions(null, 1L, NOW).stalled(Reason.WRONG_PASSWORD, "It does not open.").list();
    var ready = new Conditions(null, 1L, NOW).ready(Reason.ACCEPTED, "Fine.").list();

    assertThat(Announcement.ofConditions(ready, stalled))
        .singleElement()
        .satisfies(
            told -> {
              assertThat(told.reason()).isEqualTo("WrongPassword");
              assertThat(told.note()).isEqualTo("It does not open.");
            });
    assertThat(Announcement.ofConditions(stalled, stalled)).isEmpty();
    assertThat(Announcement.ofConditions(stalled, ready)).isEmpty();
  }

  @Test
  void aRequestTellsThatItIsDoneAndAPolicyThatItIsReadyDoesNot() {
    var progressing = new Conditions(null, 1L, NOW).progressing(Reason.QUEUED, "Waits.").list();
    var done = new Conditions(null, 1L, NOW).ready(Reason.SUCCEEDED, "Done.").list();

    assertThat(Announcement.ofRequest(progressing, done))
        .singleElement()
        .satisfies(told -> assertThat(told.type()).isEqualTo(Announcement.Type.NORMAL));
    assertThat(Announcement.ofConditions(progressing, done)).isEmpty();
  }

  private static Run run(String name, String outcome, @Nullable Reason reason) {
    return new Run(name, "backup", NOW, NOW, outcome, reason, "p", 1, NOW, null);
  }

  private static Verdict verdict(VerdictOutcome outcome, Instant time) {
    return new Verdict(outcome, "p", NOW, time, null, "It differs.", null, null, null, null);
  }

  private static BackupPolicyStatus status(
      List<Run> runs, @Nullable Failure failure, @Nullable Verdict verdict) {
    List<Condition> none = List.of();
    return new BackupPolicyStatus(
        1L, none, null, null, verdict, null, null, null, null, null, null, runs, failure, null,
        null, null, null, null);
  }
}
