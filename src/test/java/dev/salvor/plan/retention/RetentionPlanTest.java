package dev.salvor.plan.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.Retention;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.retention.RetentionDecision.Cause;
import dev.salvor.plan.retention.RetentionDecision.Kept;
import dev.salvor.plan.retention.RetentionDecision.Removal;
import dev.salvor.plan.retention.RetentionDecision.Remove;
import dev.salvor.plan.retention.RetentionDecision.Stopped;
import dev.salvor.plan.retention.RetentionDecision.Unusable;
import dev.salvor.plan.retention.RetentionDecision.Withheld;
import dev.salvor.plan.retention.RetentionPlan.Activity;
import dev.salvor.plan.retention.RetentionPlan.Question;
import dev.salvor.plan.retention.StoredPoint.Standing;
import dev.salvor.task.Manifest.Origin;
import dev.salvor.task.Task.Forgetting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionPlanTest {
  private static final Instant NOW = Instant.parse("2026-03-31T12:00:00Z");
  private static final Duration ORPHAN_AGE = Duration.ofDays(1);

  @Test
  void withoutRulesAllIsKept() {
    var points = List.of(good("a", 1), good("b", 400), refuted("c", 2), partial("d", 3));

    assertThat(keptIds(ask(points, null))).containsExactly("a", "c", "d", "b");
    assertThat(keptIds(ask(points, new Rules().retention()))).containsExactly("a", "c", "d", "b");
    assertThat(keptIds(ask(points, new Rules().keepWithin("0h").retention())))
        .containsExactly("a", "c", "d", "b");
  }

  /** The case of SAFETY 27: seven broken dailies, and good ones before them. */
  @ParameterizedTest
  @ValueSource(strings = {"refuted", "partial"})
  void brokenPointsFillNoSlots(String broken) {
    var points = new ArrayList<StoredPoint>();
    for (int day = 1; day <= 7; day++) {
      points.add(broken.equals("refuted") ? refuted("bad" + day, day) : partial("bad" + day, day));
    }
    for (int day = 8; day <= 20; day++) {
      points.add(good("good" + day, day));
    }

    var kept = keptIds(ask(points, new Rules().keepDaily(7).retention()));

    assertThat(kept)
        .containsExactly(
            "bad1", "bad2", "bad3", "bad4", "bad5", "bad6", "bad7", "good8", "good9", "good10",
            "good11", "good12", "good13", "good14");
  }

  @Test
  void aBrokenPointIsKeptAsLongAsAGoodOneWouldBe() {
    var points =
        List.of(good("g1", 1), refuted("r2", 2), good("g3", 3), refuted("r4", 4), good("g5", 5));

    var decision = ask(points, new Rules().keepLast(2).retention());

    assertThat(keptIds(decision)).containsExactly("g1", "r2", "g3");
    assertThat(reasons(decision, "r2")).containsExactly("refuted, fills no slot: last snapshot");
    assertThat(removedIds(decision)).containsExactly("g5", "r4");
  }

  @Test
  void aSafetyPointDoesNotPushOutTheBackupOfItsDay() {
    var backup = good("backup", Instant.parse("2026-03-30T02:00:00Z"));
    var safety =
        new StoredPoint(
            "safety",
            Instant.parse("2026-03-30T14:00:00Z"),
            Standing.COMPLETE,
            null,
            Origin.SAFETY);
    var newer = good("newer", Instant.parse("2026-03-31T02:00:00Z"));

    assertThat(keptIds(ask(List.of(backup, safety, newer), new Rules().keepDaily(2).retention())))
        .containsExactly("newer", "safety", "backup");
  }

  /** Hourly backups go on after a restore of the wrong point: only this one brings it back. */
  @ParameterizedTest
  @CsvSource({
    "PT26H, COMPLETE, true",
    "PT26H, PARTIAL, true",
    "PT167H, COMPLETE, true",
    "PT168H, COMPLETE, false",
  })
  void whatARestoreWroteOverStaysForAWeek(Duration age, Standing standing, boolean stays) {
    var points = new ArrayList<StoredPoint>();
    for (int hour = 0; hour < 24 * 9; hour++) {
      points.add(good("h" + hour, NOW.minus(Duration.ofHours(hour))));
    }
    points.add(new StoredPoint("safety", NOW.minus(age), standing, null, Origin.SAFETY));

    var decision = ask(points, new Rules().keepDaily(14).retention());

    assertThat(keptIds(decision).contains("safety")).isEqualTo(stays);
    if (stays) {
      assertThat(reasons(decision, "safety"))
          .containsExactly("taken before a restore less than 7d ago");
    }
  }

  @Test
  void aVerdictOfANewerVersionFillsNoSlot() {
    var unknown = new StoredPoint("u", daysAgo(1), Standing.COMPLETE, VerdictOutcome.UNKNOWN, null);

    assertThat(keptIds(ask(List.of(unknown, good("g", 2)), new Rules().keepLast(1).retention())))
        .containsExactly("u", "g");
  }

  @Test
  void unprovenFillsSlots() {
    var unproven =
        new StoredPoint("u", daysAgo(1), Standing.COMPLETE, VerdictOutcome.UNPROVEN, null);

    assertThat(keptIds(ask(List.of(unproven, good("g", 2)), new Rules().keepLast(1).retention())))
        .containsExactly("u");
  }

  @Test
  void theNewestVerifiedPointStaysWhateverTheRulesSay() {
    var points =
        List.of(good("a", 1), good("b", 2), verified("c", 300), verified("d", 301), good("e", 302));

    var decision = ask(points, new Rules().keepLast(1).allowing(100).retention());

    assertThat(keptIds(decision)).containsExactly("a", "c");
    assertThat(reasons(decision, "c")).containsExactly("newest verified point");
  }

  @Test
  void aPartialPointIsNeverTheNewestVerifiedOne() {
    var partial =
        new StoredPoint("p", daysAgo(20), Standing.PARTIAL, VerdictOutcome.VERIFIED, null);

    assertThat(keptIds(ask(List.of(good("a", 1), partial), new Rules().keepLast(1).retention())))
        .containsExactly("a");
  }

  @Test
  void theNewestCompleteAndTheNewestGoodPointStay() {
    var refutedOnly = List.of(partial("p", 1), refuted("r", 30), refuted("s", 31));
    assertThat(keptIds(ask(refutedOnly, new Rules().keepWithin("1d").allowing(100).retention())))
        .containsExactly("p", "r");

    var future =
        List.of(
            good("future", Instant.parse("2027-01-01T00:00:00Z")), good("now", 1), good("old", 2));
    var decision = ask(future, new Rules().keepLast(1).retention());
    assertThat(keptIds(decision)).containsExactly("future", "now");
    assertThat(reasons(decision, "now"))
        .containsExactly("newest good point that is not in the future");
  }

  @Test
  void pinsStay() {
    var points = List.of(good("a", 1), good("b", 2), refuted("c", 3), partial("d", 4));

    var decision = ask(points, new Rules().keepLast(1).pin("b").pin("c").pin("d").retention());

    assertThat(keptIds(decision)).containsExactly("a", "b", "c", "d");
    assertThat(reasons(decision, "b")).containsExactly("pinned");
  }

  @ParameterizedTest
  @CsvSource({
    "86400, QUIET, false",
    "86401, QUIET, true",
    "86401, A_RUN_LIVES, false",
    "9999999, A_RUN_LIVES, false",
    "-86401, QUIET, false",
  })
  void partsWithoutAManifestGoWhenOldAndNoRunLives(
      long ageSeconds, Activity activity, boolean removed) {
    var orphan = new StoredPoint("o", NOW.minusSeconds(ageSeconds), Standing.UNCLOSED, null, null);
    for (var retention : new Retention[] {null, new Rules().keepLast(1).retention()}) {
      var decision =
          RetentionPlan.decide(
              new Question(
                  List.of(orphan, good("a", 1)),
                  retention,
                  NOW,
                  ORPHAN_AGE,
                  activity,
                  Forgetting.ALLOWED,
                  List.of()));

      assertThat(((Remove) decision).removals())
          .isEqualTo(removed ? List.of(new Removal("o", Cause.NEVER_CLOSED)) : List.of());
    }
  }

  @Test
  void partsWithoutAManifestNeitherFillSlotsNorCountForTheBreaker() {
    var points = new ArrayList<StoredPoint>();
    for (int nr = 0; nr < 50; nr++) {
      points.add(new StoredPoint("o" + nr, daysAgo(2 + nr), Standing.UNCLOSED, null, null));
    }
    points.add(good("a", 1));
    points.add(good("b", 60));

    var decision = ask(points, new Rules().keepLast(2).retention());

    assertThat(keptIds(decision)).containsExactly("a", "b");
    assertThat(removedIds(decision)).hasSize(50);
  }

  @Test
  void removesWhatWasNeverClosedFirstAndThenTheOldest() {
    var points =
        List.of(
            good("a", 1),
            good("b", 2),
            good("c", 3),
            good("d", 4),
            new StoredPoint("o", daysAgo(2), Standing.UNCLOSED, null, null));

    assertThat(((Remove) ask(points, new Rules().keepLast(2).retention())).removals())
        .containsExactly(
            new Removal("o", Cause.NEVER_CLOSED),
            new Removal("d", Cause.NOT_KEPT),
            new Removal("c", Cause.NOT_KEPT));
  }

  @ParameterizedTest
  @EnumSource(
      value = Forgetting.class,
      names = {"FROZEN", "PREVIEW"})
  void nothingGoesWhileForgettingIsFrozen(Forgetting forgetting) {
    var points = List.of(good("a", 1), good("b", 2), good("c", 3));

    var decision =
        RetentionPlan.decide(
            new Question(
                points,
                new Rules().keepLast(1).retention(),
                NOW,
                ORPHAN_AGE,
                Activity.QUIET,
                forgetting,
                List.of()));

    assertThat(decision)
        .isInstanceOfSatisfying(
            Withheld.class,
            withheld ->
                assertThat(withheld.wouldRemove())
                    .extracting(Removal::id)
                    .containsExactly("c", "b"));
  }

  @Test
  void theBreakerStopsBeforeMoreThanTheShareGoes() {
    var ten = goodPoints(10);

    assertThat(ask(ten, new Rules().keepLast(5).retention())).isInstanceOf(Remove.class);
    assertThat(ask(ten, new Rules().keepLast(4).retention()))
        .isInstanceOfSatisfying(
            Stopped.class,
            stopped -> {
              assertThat(stopped.failure().reason()).isEqualTo(Reason.BREAKER);
              assertThat(stopped.failure().message())
                  .contains("6 of 10 complete points", "more than 50 %", stopped.token());
              assertThat(stopped.wouldRemove()).hasSize(6);
              assertThat(stopped.kept()).hasSize(4);
            });
    assertThat(ask(ten, new Rules().keepLast(4).allowing(60).retention()))
        .isInstanceOf(Remove.class);
    assertThat(ask(ten, new Rules().keepLast(9).allowing(9).retention()))
        .isInstanceOf(Stopped.class);
    assertThat(ask(ten, new Rules().keepLast(9).allowing(10).retention()))
        .isInstanceOf(Remove.class);
  }

  /** Two days of an hourly schedule: all but the last hours and one of each day is meant to go. */
  @Test
  void thinningOutADayTripsNoBreaker() {
    var hourly = new ArrayList<StoredPoint>();
    for (int hour = 0; hour < 48; hour++) {
      hourly.add(good("h" + hour, NOW.minus(Duration.ofHours(hour))));
    }

    assertThat(ask(hourly, new Rules().keepLast(3).keepDaily(14).retention()))
        .isInstanceOfSatisfying(
            Remove.class, remove -> assertThat(remove.removals()).hasSizeGreaterThan(40));
    // The day before yesterday has no newer point that stays.
    assertThat(ask(hourly, new Rules().keepLast(3).retention())).isInstanceOf(Stopped.class);
  }

  @Test
  void losingDaysTripsTheBreakerHoweverManyHoursAreThinnedOut() {
    var points = new ArrayList<>(goodPoints(10));
    for (int minute = 1; minute <= 100; minute++) {
      points.add(good("m" + minute, NOW.minus(Duration.ofMinutes(minute))));
    }

    assertThat(ask(points, new Rules().keepLast(1).retention()))
        .isInstanceOfSatisfying(
            Stopped.class,
            stopped -> assertThat(stopped.failure().message()).contains("9 of 10 complete points"));
  }

  @Test
  void refutedPointsCountForTheBreakerAndPartialOnesDoNot() {
    var points = new ArrayList<StoredPoint>();
    for (int day = 1; day <= 4; day++) {
      points.add(good("g" + day, day));
      points.add(refuted("r" + day, 100 + day));
      points.add(partial("p" + day, 200 + day));
    }

    assertThat(ask(points, new Rules().keepLast(4).retention())).isInstanceOf(Remove.class);
    assertThat(ask(points, new Rules().keepLast(4).allowing(49).retention()))
        .isInstanceOf(Stopped.class);
  }

  @Test
  void aTokenAcceptsThatShareUnderThoseRulesOnly() {
    var rules = new Rules().keepLast(3).retention();
    var token = ((Stopped) ask(goodPoints(10), rules)).token();
    assertThat(token).matches("remove-up-to-70-percent-[a-z2-7]{8}");

    assertThat(ask(goodPoints(10), rules, token)).isInstanceOf(Remove.class);
    assertThat(ask(goodPoints(9), rules, token)).isInstanceOf(Remove.class);
    assertThat(ask(goodPoints(11), rules, token)).isInstanceOf(Stopped.class);
    assertThat(ask(goodPoints(10), new Rules().keepLast(4).retention(), token))
        .isInstanceOf(Stopped.class);
    assertThat(ask(goodPoints(10), new Rules().keepDaily(3).retention(), token))
        .isInstanceOf(Stopped.class);
    assertThat(ask(goodPoints(10), rules, "remove-up-to-70-percent")).isInstanceOf(Stopped.class);
  }

  @ParameterizedTest
  @CsvSource({
    "America/Sao_Paul, 1d, timeZone: 'America/Sao_Paul' is not in the IANA",
    "UTC, 1w, keepWithinDaily: '1w' is not a duration",
  })
  void rulesThatCannotBeReadRemoveNothing(String zone, String within, String message) {
    var retention =
        new Retention(
            1, null, null, null, null, null, null, null, within, null, null, null, zone, null,
            null);

    assertThat(ask(goodPoints(3), retention))
        .isInstanceOfSatisfying(
            Unusable.class,
            unusable -> {
              assertThat(unusable.failure().reason()).isEqualTo(Reason.INVALID_SPEC);
              assertThat(unusable.failure().message()).contains(message);
            });
  }

  @Test
  void daysAreCountedInTheRulesTimeZone() {
    var evening = good("evening", Instant.parse("2026-03-30T23:30:00Z"));
    var morning = good("morning", Instant.parse("2026-03-30T03:30:00Z"));
    var before = good("before", Instant.parse("2026-03-29T23:30:00Z"));
    var points = List.of(evening, morning, before);

    assertThat(keptIds(ask(points, new Rules().keepDaily(2).retention())))
        .containsExactly("evening", "before");
    assertThat(keptIds(ask(points, new Rules().keepDaily(2).in("Asia/Tokyo").retention())))
        .containsExactly("evening", "morning");
  }

  @Test
  void theOrderOfTheListDoesNotMatter() {
    var random = new Random(3);
    var points = new ArrayList<StoredPoint>();
    for (int nr = 0; nr < 80; nr++) {
      var standing = anyOf(Standing.values(), random);
      points.add(new StoredPoint("p" + nr, daysAgo(random.nextInt(60)), standing, null, null));
    }
    var rules = new Rules().keepLast(3).keepDaily(5).allowing(100).retention();
    var decision = ask(points, rules);
    for (int nr = 0; nr < 10; nr++) {
      Collections.shuffle(points, random);
      assertThat(ask(points, rules)).isEqualTo(decision);
    }
  }

  @Test
  void everyPointIsEitherKeptWithAReasonOrRemoved() {
    var random = new Random(11);
    for (int round = 0; round < 300; round++) {
      var points = new ArrayList<StoredPoint>();
      int count = random.nextInt(30);
      for (int nr = 0; nr < count; nr++) {
        points.add(
            new StoredPoint(
                "p" + nr,
                NOW.minusSeconds(random.nextLong(5_000_000) - 100_000),
                anyOf(Standing.values(), random),
                random.nextBoolean() ? null : anyOf(VerdictOutcome.values(), random),
                random.nextInt(4) == 0 ? Origin.SAFETY : Origin.SCHEDULE));
      }
      var rules = new Rules().keepLast(1 + random.nextInt(3)).keepDaily(1 + random.nextInt(9));
      var decision = ask(points, rules.allowing(100).retention());

      var ids = new ArrayList<>(keptIds(decision));
      ids.addAll(removedIds(decision));
      assertThat(ids)
          .containsExactlyInAnyOrderElementsOf(points.stream().map(StoredPoint::id).toList());
      assertThat(((Remove) decision).kept()).noneMatch(kept -> kept.reasons().isEmpty());
      var verified = points.stream().filter(StoredPoint::isVerified).toList();
      if (!verified.isEmpty()) {
        assertThat(keptIds(decision))
            .containsAnyElementsOf(verified.stream().map(StoredPoint::id).toList());
      }
    }
  }

  private static RetentionDecision ask(
      List<StoredPoint> points, @Nullable Retention retention, String... acknowledged) {
    return RetentionPlan.decide(
        new Question(
            points,
            retention,
            NOW,
            ORPHAN_AGE,
            Activity.QUIET,
            Forgetting.ALLOWED,
            List.of(acknowledged)));
  }

  private static List<String> keptIds(RetentionDecision decision) {
    return ((Remove) decision).kept().stream().map(Kept::id).toList();
  }

  private static List<String> removedIds(RetentionDecision decision) {
    return ((Remove) decision).removals().stream().map(Removal::id).toList();
  }

  private static List<String> reasons(RetentionDecision decision, String id) {
    return ((Remove) decision)
        .kept().stream().filter(kept -> kept.id().equals(id)).findFirst().orElseThrow().reasons();
  }

  private static List<StoredPoint> goodPoints(int count) {
    var points = new ArrayList<StoredPoint>();
    for (int day = 1; day <= count; day++) {
      points.add(good("g" + day, day));
    }
    return points;
  }

  private static StoredPoint good(String id, int daysAgo) {
    return good(id, daysAgo(daysAgo));
  }

  private static StoredPoint good(String id, Instant time) {
    return new StoredPoint(id, time, Standing.COMPLETE, null, Origin.SCHEDULE);
  }

  private static <T> T anyOf(T[] values, Random random) {
    return Arrays.asList(values).get(random.nextInt(values.length));
  }

  private static StoredPoint verified(String id, int daysAgo) {
    return new StoredPoint(
        id, daysAgo(daysAgo), Standing.COMPLETE, VerdictOutcome.VERIFIED, Origin.SCHEDULE);
  }

  private static StoredPoint refuted(String id, int daysAgo) {
    return new StoredPoint(
        id, daysAgo(daysAgo), Standing.COMPLETE, VerdictOutcome.REFUTED, Origin.SCHEDULE);
  }

  private static StoredPoint partial(String id, int daysAgo) {
    return new StoredPoint(id, daysAgo(daysAgo), Standing.PARTIAL, null, Origin.SCHEDULE);
  }

  private static Instant daysAgo(int days) {
    return NOW.minus(Duration.ofDays(days));
  }

  /** The rules that these tests need. */
  private static final class Rules {
    private @Nullable Integer last;
    private @Nullable Integer daily;
    private @Nullable String within;
    private @Nullable String zone;
    private @Nullable Integer maximumRemovalPercent;
    private final List<String> pins = new ArrayList<>();

    Rules keepLast(int count) {
      last = count;
      return this;
    }

    Rules keepDaily(int count) {
      daily = count;
      return this;
    }

    Rules keepWithin(String span) {
      within = span;
      return this;
    }

    Rules in(String timeZone) {
      zone = timeZone;
      return this;
    }

    Rules allowing(int percent) {
      maximumRemovalPercent = percent;
      return this;
    }

    Rules pin(String id) {
      pins.add(id);
      return this;
    }

    Retention retention() {
      return new Retention(
          last,
          null,
          daily,
          null,
          null,
          null,
          within,
          null,
          null,
          null,
          null,
          null,
          zone,
          pins,
          maximumRemovalPercent);
    }
  }
}
