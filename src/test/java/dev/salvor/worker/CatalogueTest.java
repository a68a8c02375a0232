package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.restic.Snapshot;
import dev.salvor.task.Header;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a list of snapshots means. */
@NullUnmarked
class CatalogueTest {
  private static final Instant TIME = Instant.parse("2026-11-22T18:00:00Z");

  private int number;

  private Snapshot snapshot(String... tags) {
    number++;
    return new Snapshot(
        String.format("%064d", number),
        TIME.plusSeconds(number),
        String.format("%064x", number),
        "shop/db",
        List.of("/pg/shop.dump"),
        List.of(tags),
        null);
  }

  private Snapshot part(String id) {
    return snapshot("rp=" + id, "kind=database");
  }

  private Snapshot manifest(String id, Instant tick, int parts) {
    return manifest(id, tick, parts, "schedule");
  }

  private Snapshot manifest(String id, Instant tick, int parts, String origin) {
    return snapshot(
        "rp=" + id,
        "kind=manifest",
        "owner=c/shop/db",
        "run=run-" + id,
        "origin=" + origin,
        "tick=" + tick,
        "time=" + tick,
        "complete=true",
        "size=123456789012",
        "parts=" + parts,
        "lineage=73");
  }

  private Snapshot verdict(String id, String outcome, Instant time) {
    return snapshot("rp=" + id, "kind=verdict", "outcome=" + outcome, "verified=" + time);
  }

  @Test
  void aSetNeedsItsManifestAndEveryPart() {
    var catalogue =
        Catalogue.of(
            List.of(
                part("a"),
                manifest("a", TIME, 1),
                part("b"),
                part("c"),
                manifest("c", TIME, 2),
                snapshot("mine")));

    assertThat(catalogue.sets()).extracting(RecoverySet::id).containsExactly("a");
    assertThat(catalogue.unclosed()).hasSize(1);
    assertThat(catalogue.broken()).containsExactly("c");
  }

  /** What a node told of its part is none itself, and goes with its point or without one. */
  @Test
  void aShareIsNoPart() {
    var share = snapshot("rp=a", "kind=share");
    var lost = snapshot("rp=b", "kind=share");
    var catalogue =
        Catalogue.of(
            List.of(
                part("a"),
                share,
                manifest("a", TIME, 1),
                lost,
                part("c"),
                snapshot("rp=c", "kind=share"),
                manifest("c", TIME, 2)));

    assertThat(catalogue.sets())
        .singleElement()
        .satisfies(set -> assertThat(set.shares()).containsExactly(share))
        .satisfies(set -> assertThat(set.parts()).hasSize(1));
    assertThat(catalogue.unclosed()).containsExactly(lost);
    assertThat(catalogue.broken()).containsExactly("c");
  }

  @Test
  void theHostsTickOrdersAndNotTheWorkersClock() {
    var older = manifest("a", TIME, 0);
    var newer = manifest("b", TIME.plusSeconds(60), 0);

    assertThat(Catalogue.of(List.of(newer, older)).sets())
        .extracting(RecoverySet::id)
        .containsExactly("b", "a");
  }

  @Test
  void unprovenNeverHidesAProof() {
    var catalogue =
        Catalogue.of(
            List.of(
                manifest("a", TIME, 0),
                verdict("a", "unproven", TIME.plusSeconds(30)),
                verdict("a", "verified", TIME.plusSeconds(20)),
                verdict("a", "of-a-newer-version", TIME.plusSeconds(40))));

    assertThat(catalogue.sets().getFirst().verdict().outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void aLaterRefutedReplacesAProof() {
    var catalogue =
        Catalogue.of(
            List.of(
                manifest("a", TIME, 0),
                verdict("a", "refuted", TIME.plusSeconds(30)),
                verdict("a", "verified", TIME.plusSeconds(20))));

    assertThat(catalogue.sets().getFirst().verdict().outcome()).isEqualTo(VerdictOutcome.REFUTED);
  }

  @Test
  void aVerdictAloneIsStray() {
    assertThat(Catalogue.of(List.of(verdict("a", "verified", TIME))).stray()).hasSize(1);
  }

  @Test
  void pagesFitAndTogetherHoldEveryPointOnce() {
    var snapshots = new ArrayList<Snapshot>();
    for (var hour = 0; hour < 100; hour++) {
      var tick = TIME.plus(Duration.ofHours(hour));
      var id = String.format("20261122t1800%02dz-abcdef", hour);
      snapshots.add(manifest(id, tick, 0));
      snapshots.add(verdict(id, "verified", tick));
    }
    var sets = Catalogue.of(snapshots).sets();
    var seen = new ArrayList<String>();
    String after = null;
    do {
      var page =
          InspectCarrier.page(
              inspect(after, 50), sets, "r".repeat(64), "s".repeat(36), "c/shop/db");
      assertThat(page.points()).hasSizeGreaterThan(8);
      page.points().forEach(point -> seen.add(point.id()));
      after = page.next();
    } while (after != null);

    assertThat(seen).hasSize(100).doesNotHaveDuplicates();
    assertThat(seen.getFirst()).isEqualTo(sets.getFirst().id());
  }

  @Test
  void aPageGoesOnAfterAPointThatIsGone() {
    var sets =
        Catalogue.of(
                List.of(
                    manifest("20261122t180000z-aaaaaa", TIME, 0),
                    manifest("20261122t200000z-aaaaaa", TIME.plusSeconds(7200), 0)))
            .sets();

    var page = InspectCarrier.page(inspect("20261122t190000z-bbbbbb", 5), sets, null, null, null);

    assertThat(page.points()).extracting(it -> it.id()).containsExactly("20261122t180000z-aaaaaa");
  }

  /** Who has nothing but the repository must not take it for the latest backup. */
  @Test
  void aSafetyPointIsShownAsOne() {
    var sets =
        Catalogue.of(
                List.of(
                    manifest("20261122t180000z-aaaaaa", TIME, 0),
                    manifest("20261122t200000z-aaaaaa", TIME.plusSeconds(7200), 0, "safety")))
            .sets();

    var page = InspectCarrier.page(inspect(null, 5), sets, null, null, null);

    assertThat(page.points()).extracting(it -> it.safety()).containsExactly(true, null);
  }

  /** Of several that were made in one second the request tells; before, nothing else did. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          safety,   mine,   0,  true
          safety,   others, 0,  false
          safety,   mine,   60, true
          safety,   -,      0,  true
          safety,   -,      60, false
          schedule, mine,   0,  false
          schedule, -,      0,  false
          """)
  void aRestoreKnowsItsSafetyPoints(String origin, String request, int late, boolean isKnown) {
    var manifest = manifest("a", TIME.plusSeconds(late), 0, origin);
    if (request != null) {
      var tags = new ArrayList<>(manifest.tags());
      tags.add("request=" + request);
      manifest =
          new Snapshot(
              manifest.id(),
              manifest.time(),
              manifest.tree(),
              manifest.host(),
              manifest.paths(),
              tags,
              null);
    }

    var set = Catalogue.of(List.of(manifest)).sets().getFirst();

    assertThat(set.isSafetyPointOf("mine", TIME)).isEqualTo(isKnown);
  }

  private static Task.Inspect inspect(String after, int limit) {
    var store =
        new StoreTarget(
            "offsite",
            new StoreTarget.Directory("/s"),
            dev.salvor.api.Initialize.NEVER,
            null,
            null);
    return new Task.Inspect(
        new Header("r".repeat(63), 1, TIME, 60, List.of()),
        new RepositoryTarget(store, "shop/db", StoreWorld.OWNER, null, List.of()),
        after,
        null,
        limit);
  }

  @Test
  void namesThatAreNotSafeInAPathAreEncoded() {
    assertThat(PartPath.stream("shop")).isEqualTo("/pg/shop.dump");
    assertThat(PartPath.stream("../a b")).isEqualTo("/pg/%2E.%2Fa%20b.dump");
    assertThat(PartPath.directory("größe")).isEqualTo("/pg/gr%C3%B6%C3%9Fe.directory");
  }

  @Test
  void resticGetsWhatTheOthersLeave() {
    var gibibyte = 1L << 30;

    assertThat(MemoryShare.of(gibibyte, gibibyte / 4)).isBetween(gibibyte / 3, gibibyte * 3 / 4);
    assertThat(MemoryShare.of(gibibyte / 8, gibibyte)).isEqualTo(96L << 20);
  }

  @Test
  void aFingerprintTellsKeysApartAndStores() {
    var one = KeyFingerprint.of("password\n", "store-1");

    assertThat(one).matches("[0-9a-f]{16}").isEqualTo(KeyFingerprint.of("password", "store-1"));
    assertThat(one).isNotEqualTo(KeyFingerprint.of("passwore", "store-1"));
    assertThat(one).isNotEqualTo(KeyFingerprint.of("password", "store-2"));
  }
}
