package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.plan.Admission.Candidate;
import dev.salvor.plan.Admission.Limits;
import dev.salvor.plan.Admission.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final Instant START = Instant.parse("2026-03-01T02:00:00Z");
  private static final Duration PATIENCE = Duration.ofHours(6);
  private static final Limits WIDE = new Limits(100, 100, 100, PATIENCE);

  @Test
  void readersOfOneRepositoryGoTogether() {
    assertThat(
            admitted(
                queue(
                    run("b", Purpose.BACKUP, "r"),
                    run("v", Purpose.VERIFY, "r"),
                    run("e", Purpose.RESTORE, "r"),
                    run("i", Purpose.INSPECT, "r")),
                List.of(),
                WIDE,
                START))
        .containsExactlyInAnyOrder("b", "v", "e", "i");
  }

  @Test
  void maintenanceNeverGoesBesideAnyoneInItsRepository() {
    for (var purpose : List.of(Purpose.BACKUP, Purpose.VERIFY, Purpose.RESTORE, Purpose.INSPECT)) {
      var maintain = run("m", Purpose.MAINTAIN, "r");
      var reader = run("x", purpose, "r");
      assertThat(admitted(List.of(maintain), List.of(reader), WIDE, START)).isEmpty();
      assertThat(admitted(List.of(reader), List.of(maintain), WIDE, START)).isEmpty();
      assertThat(admitted(List.of(maintain, reader), List.of(), WIDE, START)).hasSize(1);
    }
    var first = run("m1", Purpose.MAINTAIN, "r");
    var second = run("m2", Purpose.MAINTAIN, "r");
    assertThat(admitted(List.of(second, first), List.of(), WIDE, START)).containsExactly("m1");
  }

  @Test
  void repositoriesOfTheSamePathInDifferentStoresHaveNothingToDoWithEachOther() {
    var maintain = new Candidate("m", Purpose.MAINTAIN, "one", "shop/db", Set.of(), START);
    var backup = new Candidate("b", Purpose.BACKUP, "two", "shop/db", Set.of(), START);

    assertThat(admitted(List.of(maintain), List.of(backup), WIDE, START)).containsExactly("m");
  }

  @Test
  void aProbeOpensNoRepository() {
    var probe = new Candidate("p", Purpose.PROBE, "store", null, Set.of(), START);
    var other = new Candidate("q", Purpose.PROBE, "store", null, Set.of(), START);

    assertThat(
            admitted(List.of(probe, other), List.of(run("m", Purpose.MAINTAIN, "r")), WIDE, START))
        .containsExactly("p", "q");
  }

  @Test
  void countsInAllOnAStoreAndOnANode() {
    var all =
        List.of(
            on("1", "s1", "n1", 1),
            on("2", "s1", "n2", 2),
            on("3", "s1", "n3", 3),
            on("4", "s2", "n1", 4),
            on("5", "s2", "n2", 5),
            on("6", "s3", null, 6),
            on("7", "s4", null, 7));

    assertThat(admitted(all, List.of(), new Limits(3, 100, 100, PATIENCE), START))
        .containsExactly("1", "2", "3");
    assertThat(admitted(all, List.of(), new Limits(100, 1, 100, PATIENCE), START))
        .containsExactly("1", "4", "6", "7");
    assertThat(admitted(all, List.of(), new Limits(100, 100, 1, PATIENCE), START))
        .containsExactly("1", "2", "3", "6", "7");
    assertThat(admitted(all, List.of(), new Limits(4, 2, 1, PATIENCE), START))
        .containsExactly("1", "2", "6", "7");
    assertThat(admitted(all.subList(2, 7), all.subList(0, 2), new Limits(4, 2, 1, PATIENCE), START))
        .containsExactly("6", "7");
  }

  /** Claims that several nodes have are read on each of them. */
  @Test
  void aRunCountsOnEachOfItsNodes() {
    var both = new Candidate("both", Purpose.BACKUP, "s", "r", Set.of("n1", "n2"), START);
    var second = on("second", "s", "n2", 1);
    var third = on("third", "s", "n3", 2);
    var limits = new Limits(100, 100, 1, PATIENCE);

    assertThat(admitted(List.of(both, second, third), List.of(), limits, START))
        .containsExactly("both", "third");
    assertThat(Admission.admit(List.of(both), List.of(second), limits, START))
        .containsExactly(new Place.Waiting(both, "at most 1 run at once on node n2"));
  }

  @Test
  void firstComeFirstServedAndRestoresBeforeAll() {
    var queue =
        List.of(
            at("late", Purpose.BACKUP, 30),
            at("restore", Purpose.RESTORE, 40),
            at("b-early", Purpose.VERIFY, 10),
            at("a-early", Purpose.BACKUP, 10));

    assertThat(admitted(queue, List.of(), new Limits(3, 100, 100, PATIENCE), START))
        .containsExactly("restore", "a-early", "b-early");
  }

  @Test
  void whoWaitsForAStoreHoldsUpNobodyElse() {
    var limits = new Limits(3, 1, 100, PATIENCE);
    var running = List.of(on("r", "s1", null, 0));

    assertThat(
            admitted(
                List.of(on("1", "s1", null, 1), on("2", "s1", null, 2), on("3", "s2", null, 3)),
                running,
                limits,
                START))
        .containsExactly("3");
  }

  @Test
  void newerReadersPassMaintenanceUntilItsPatienceIsOver() {
    var verify = at("verify", Purpose.VERIFY, -60);
    var maintain = at("maintain", Purpose.MAINTAIN, 0);
    var backup = at("backup", Purpose.BACKUP, 600);
    var restore = at("restore", Purpose.RESTORE, 600);
    var elsewhere = new Candidate("else", Purpose.BACKUP, "store", "q", Set.of(), START);
    var queue = List.of(backup, maintain, restore, elsewhere);
    var patient = START.plus(PATIENCE).minusSeconds(1);
    var impatient = START.plus(PATIENCE);

    assertThat(admitted(queue, List.of(verify), WIDE, patient))
        .containsExactlyInAnyOrder("backup", "restore", "else");
    assertThat(admitted(queue, List.of(verify), WIDE, impatient))
        .containsExactlyInAnyOrder("restore", "else");
    assertThat(admitted(List.of(backup, maintain), List.of(), WIDE, impatient))
        .containsExactly("maintain");
  }

  @Test
  void saysWhyOneWaits() {
    var places =
        Admission.admit(
            List.of(at("b", Purpose.BACKUP, 0), at("c", Purpose.BACKUP, 1)),
            List.of(on("x", "elsewhere", null, 0)),
            new Limits(2, 9, 9, PATIENCE),
            START);

    assertThat(places)
        .containsExactly(
            new Place.Admitted(at("b", Purpose.BACKUP, 0)),
            new Place.Waiting(at("c", Purpose.BACKUP, 1), "at most 2 run at once in all"));
  }

  @Test
  void theSameNameRunsOnce() {
    var run = at("b", Purpose.BACKUP, 0);

    assertThat(Admission.admit(List.of(run), List.of(run), WIDE, START)).isEmpty();
    assertThat(admitted(List.of(run, run), List.of(), WIDE, START)).containsExactly("b");
  }

  @Test
  void theOrderOfTheListsDoesNotMatter() {
    var random = new Random(7);
    var queue = new ArrayList<Candidate>();
    for (int nr = 0; nr < 60; nr++) {
      queue.add(anyone(random, "q" + nr, random.nextInt(600)));
    }
    var limits = new Limits(9, 4, 3, PATIENCE);
    var answer = Admission.admit(queue, List.of(), limits, START);
    for (int nr = 0; nr < 20; nr++) {
      Collections.shuffle(queue, random);
      assertThat(Admission.admit(queue, List.of(), limits, START)).isEqualTo(answer);
    }
  }

  /**
   * Whatever comes, no bound is broken, nobody stands beside maintenance, and all get their turn.
   */
  @Test
  void everyoneIsServedAndNoBoundIsBroken() {
    var limits = new Limits(6, 3, 2, Duration.ofMinutes(30));
    for (int seed = 0; seed < 20; seed++) {
      simulate(new Random(seed), limits);
    }
  }

  private static void simulate(Random random, Limits limits) {
    var queue = new ArrayList<Candidate>();
    var running = new ArrayList<Candidate>();
    var ends = new HashMap<String, Integer>();
    for (int minute = 0; minute < 2000; minute++) {
      int time = minute;
      running.removeIf(run -> ends.getOrDefault(run.name(), 0) <= time);
      if (minute < 1500) {
        // One repository is never left alone by readers.
        queue.add(
            new Candidate(
                "busy" + minute,
                Purpose.BACKUP,
                "s0",
                "r0",
                Set.of(),
                START.plusSeconds(60L * minute)));
        if (minute % 3 == 0) {
          queue.add(anyone(random, "any" + minute, minute));
        }
        if (minute % 400 == 0) {
          queue.add(
              new Candidate(
                  "m" + minute,
                  Purpose.MAINTAIN,
                  "s0",
                  "r0",
                  Set.of(),
                  START.plusSeconds(60L * minute)));
        }
      }
      var now = START.plusSeconds(60L * minute);
      for (var place : Admission.admit(queue, running, limits, now)) {
        if (place instanceof Place.Admitted(var run)) {
          queue.remove(run);
          running.add(run);
          ends.put(run.name(), minute + 1 + random.nextInt(3));
          if (run.name().startsWith("m")) {
            assertThat(Duration.between(run.asked(), now)).isLessThan(Duration.ofMinutes(45));
          }
        }
      }
      assertBounds(running, limits);
    }
    assertThat(queue).isEmpty();
  }

  private static void assertBounds(List<Candidate> running, Limits limits) {
    assertThat(running).hasSizeLessThanOrEqualTo(limits.perOperator());
    for (var run : running) {
      assertThat(running.stream().filter(other -> other.store().equals(run.store())).count())
          .isLessThanOrEqualTo(limits.perStore());
      for (var node : run.nodes()) {
        assertThat(running.stream().filter(other -> other.nodes().contains(node)).count())
            .isLessThanOrEqualTo(limits.perNode());
      }
      if (run.purpose() == Purpose.MAINTAIN) {
        assertThat(running)
            .filteredOn(other -> other.store().equals(run.store()))
            .filteredOn(other -> Objects.equals(run.repository(), other.repository()))
            .containsExactly(run);
      }
    }
  }

  @Test
  void aStoreThatNamesALimitItselfIsHeldToThatOne() {
    var limits = new Limits(100, 1, Map.of("wide", 2), 100, PATIENCE);
    var queue =
        List.of(
            new Candidate("a", Purpose.BACKUP, "wide", "a", Set.of(), START),
            new Candidate("b", Purpose.BACKUP, "wide", "b", Set.of(), START),
            new Candidate("c", Purpose.BACKUP, "wide", "c", Set.of(), START),
            new Candidate("d", Purpose.BACKUP, "other", "d", Set.of(), START),
            new Candidate("e", Purpose.BACKUP, "other", "e", Set.of(), START));

    assertThat(admitted(queue, List.of(), limits, START)).containsExactly("a", "b", "d");
  }

  /** A policy that names a node which is not there must not stop all others for half an hour. */
  @Test
  void whatIsStuckTakesNoPlaceButKeepsItsRepository() {
    var limits = new Limits(100, 2, 100, PATIENCE);
    var stuck = List.of(stuck("1"), stuck("2"));

    assertThat(admitted(queue(backup("a"), backup("b"), backup("c")), stuck, limits, START))
        .containsExactly("a", "b");
    assertThat(admitted(queue(run("m", Purpose.MAINTAIN, "r-1")), stuck, WIDE, START))
        .as("it may begin at any moment")
        .isEmpty();
  }

  @Test
  void onlyAsManyAsThereArePlacesMayBeStuck() {
    var limits = new Limits(100, 2, 100, PATIENCE);

    assertThat(
            admitted(
                queue(backup("a"), backup("b")),
                List.of(stuck("1"), stuck("2"), stuck("3")),
                limits,
                START))
        .containsExactly("a");
    assertThat(
            admitted(
                queue(backup("a")),
                List.of(stuck("1"), stuck("2"), stuck("3"), stuck("4")),
                limits,
                START))
        .isEmpty();
  }

  private static Candidate backup(String name) {
    return run(name, Purpose.BACKUP, "r-" + name);
  }

  private static Candidate stuck(String name) {
    return new Candidate(name, Purpose.BACKUP, "store", "r-" + name, Set.of(), START, true);
  }

  @Test
  void aRunIsKnownByItsLabels() {
    var labels =
        new RunLabels("b", Purpose.BACKUP, "shop/offsite", "shop/db", "uid", null, null, START, 2);

    assertThat(Candidate.of(labels, Set.of("n1")))
        .isEqualTo(
            new Candidate("b", Purpose.BACKUP, "shop/offsite", "shop/db", Set.of("n1"), START));
  }

  @Test
  void limitsBelowOneAreRefused() {
    assertThatThrownBy(() -> new Limits(1, 0, 1, PATIENCE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Candidate anyone(Random random, String name, int minute) {
    var purposes = Purpose.values();
    var purpose = purposes[random.nextInt(purposes.length)];
    return new Candidate(
        name,
        purpose,
        "s" + random.nextInt(3),
        purpose == Purpose.PROBE ? null : "r" + random.nextInt(4),
        random
            .ints(random.nextInt(4), 0, 4)
            .mapToObj(node -> "n" + node)
            .collect(Collectors.toSet()),
        START.plusSeconds(60L * minute));
  }

  private static List<String> admitted(
      List<Candidate> queue, List<Candidate> running, Limits limits, Instant now) {
    return Admission.admit(queue, running, limits, now).stream()
        .filter(Place.Admitted.class::isInstance)
        .map(place -> place.run().name())
        .toList();
  }

  private static List<Candidate> queue(Candidate... runs) {
    return Arrays.asList(runs);
  }

  private static Candidate run(String name, Purpose purpose, String repository) {
    return new Candidate(name, purpose, "store", repository, Set.of(), START);
  }

  private static Candidate at(String name, Purpose purpose, int second) {
    return new Candidate(name, purpose, "store", "r", Set.of(), START.plusSeconds(second));
  }

  private static Candidate on(String name, String store, @Nullable String node, int second) {
    return new Candidate(
        name,
        Purpose.BACKUP,
        store,
        "r-" + name,
        node == null ? Set.of() : Set.of(node),
        START.plusSeconds(second));
  }
}
