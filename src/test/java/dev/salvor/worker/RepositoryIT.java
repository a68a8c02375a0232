package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.api.Retention;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.DirectoryObjectStore;
import dev.salvor.engine.objectstore.StoreRoot;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.Credential;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.worker.RecoveryPoints.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of a store, with restic and a directory. */
@NullUnmarked
class RepositoryIT {
  private static final int PACK = 2_000_000;

  @TempDir Path folder;
  private StoreWorld world;

  @BeforeEach
  void setUp() {
    world = new StoreWorld(folder);
  }

  @Test
  void aPointIsClosedByItsManifestAndReadsBack() {
    var content = StoreWorld.random(1, PACK);

    var id = world.backup(StoreWorld.TICK, content);

    assertThat(id).matches("^20261122t180000z-[a-z0-9]{6}$");
    assertThat(world.restored(id, Access.PROVE)).isEqualTo(content);
    try (var points = world.open(Access.READ)) {
      var set = points.sets().getFirst();
      assertThat(points.globals(set)).isEqualTo("-- globals of " + id);
      var part = points.manifest(set).parts().getFirst();
      assertThat(part.tree()).isEqualTo(set.parts().getFirst().tree());
      assertThat(set.sizeBytes()).isEqualTo(PACK);
      assertThat(set.manifest().host()).isEqualTo("shop/db");
    }
  }

  /** Each call derives a key, half a second long; another point's is another. */
  @Test
  void aManifestThatWasJustReadIsNotReadAgain() throws IOException {
    var first = world.backup(StoreWorld.TICK, StoreWorld.text("a"));
    var second = world.backup(StoreWorld.TICK.plusSeconds(1), StoreWorld.text("b"));
    var calls = folder.resolve("calls");
    var restic = folder.resolve("restic");
    Files.writeString(
        restic,
        "#!/bin/sh\necho \"$*\" >> %s\nexec %s \"$@\"\n"
            .formatted(calls, Programs.here().restic()));
    restic.toFile().setExecutable(true);
    world.environment.put(Programs.RESTIC, restic.toString());

    try (var points = world.open(Access.READ)) {
      for (var id : List.of(first, first, second, second, first)) {
        assertThat(points.manifest(points.require(new PointReference(id, null))).recoveryPoint())
            .isEqualTo(id);
      }
    }

    assertThat(calls).content().containsPattern("(?s)(manifest.json.*){3}");
    assertThat(calls).content().doesNotContainPattern("(?s)(manifest.json.*){4}");
  }

  @Test
  void withoutAManifestThereIsNoPoint() {
    world.withRepository();
    var context = world.context(world.header());
    try (var points = RecoveryPoints.open(context, world.target(), Access.WRITE)) {
      world.store(points, context, points.newId(), StoreWorld.text("half"));
    }

    try (var points = world.open(Access.READ)) {
      assertThat(points.sets()).isEmpty();
      assertThat(points.catalogue().unclosed()).hasSize(1);
    }
  }

  @Test
  void anEmptyPlaceIsNoStoreUnlessAllowed() {
    world.initialize = Initialize.NEVER;

    fails(() -> world.backup(StoreWorld.TICK, StoreWorld.text("a")), Reason.STORE_NOT_INITIALIZED);

    assertThat(world.store()).isEmptyDirectory();
  }

  @Test
  void aPlaceWithOtherThingsIsNotMadeAStore() throws IOException {
    Files.writeString(world.store().resolve("photo.jpg"), "mine");

    fails(() -> world.backup(StoreWorld.TICK, StoreWorld.text("a")), Reason.STORE_UNKNOWN);

    assertThat(world.store()).isDirectoryNotContaining("glob:**salvor*");
  }

  @Test
  void aPlaceThatWasAnotherStoreIsRefusedEvenWhenEmpty() {
    world.storeId = "11111111-2222-3333-4444-555555555555";

    fails(() -> world.backup(StoreWorld.TICK, StoreWorld.text("a")), Reason.STORE_UNKNOWN);

    assertThat(world.store()).isEmptyDirectory();
  }

  @Test
  void aLostRepositoryIsMissedAndNotMadeAnew() {
    world.withRepository();
    world.backup(StoreWorld.TICK, StoreWorld.text("a"));
    Folders.delete(world.store().resolve(world.path));

    // The host knows nothing of it; the store does.
    fails(() -> world.backup(StoreWorld.TICK, StoreWorld.text("b")), Reason.REPOSITORY_MISSING);

    assertThat(world.store().resolve(world.path)).doesNotExist();
  }

  /** restic writes the key first, and makes nothing where there is one. */
  @Test
  void aRepositoryWhoseInitWasKilledIsMadeByTheNextRun() throws IOException {
    new StoreRoot(new DirectoryObjectStore(world.store()), Clock.systemUTC())
        .requireOrMake(null, Initialize.IF_EMPTY);
    var keys = Files.createDirectories(world.store().resolve(world.path).resolve("keys"));
    var left = Files.writeString(keys.resolve("1cfa53fc".repeat(8)), "half");

    var id = world.backup(StoreWorld.TICK, StoreWorld.text("a"));

    assertThat(world.restored(id, Access.PROVE)).isEqualTo(StoreWorld.text("a"));
    assertThat(left).doesNotExist();
  }

  @Test
  void aRepositoryThatTheHostKnewIsNotMadeInAnotherPlace() {
    world.repositoryId = "f".repeat(64);

    fails(() -> world.backup(StoreWorld.TICK, StoreWorld.text("a")), Reason.STORE_NOT_INITIALIZED);
  }

  @Test
  void anotherRepositoryInItsPlaceIsRefused() throws IOException {
    world.withRepository();
    world.backup(StoreWorld.TICK, StoreWorld.text("a"));
    var first = world.store().resolve(world.path);
    var other = new StoreWorld(Files.createDirectory(folder.resolve("other")));
    other.withRepository();
    other.backup(StoreWorld.TICK, StoreWorld.text("b"));
    Folders.delete(first);
    Files.move(other.store().resolve(other.path), first);

    fails(() -> world.restored("20261122t180000z-aaaaaa", Access.READ), Reason.REPOSITORY_MISSING);
  }

  @Test
  void readingMakesNothing() {
    fails(() -> world.open(Access.READ), Reason.REPOSITORY_MISSING);

    assertThat(world.store()).isEmptyDirectory();
  }

  @Test
  void aWrongPasswordIsNamed() {
    world.withRepository();
    world.backup(StoreWorld.TICK, StoreWorld.text("a"));
    world.credential(Credential.STORE_PASSWORD, "value", "another one");

    fails(() -> world.open(Access.READ), Reason.WRONG_PASSWORD);
  }

  @Test
  void anotherOwnerMayReadAndMustAskToWrite() {
    world.withRepository();
    var first = world.backup(StoreWorld.TICK, StoreWorld.text("a"));
    world.owner = StoreWorld.OTHER;

    assertThat(world.restored(first, Access.READ)).isEqualTo(StoreWorld.text("a"));
    var refused = fails(() -> world.open(Access.WRITE), Reason.OWNED_BY_OTHER);
    fails(() -> world.open(Access.MAINTAIN), Reason.OWNED_BY_OTHER);

    var message = refused.failure().message();
    world.acknowledge = List.of(message.substring(message.indexOf("take-over-")));
    world.backup(StoreWorld.TICK.plusSeconds(60), StoreWorld.text("b"));
    world.backup(StoreWorld.TICK.plusSeconds(120), StoreWorld.text("c"));

    world.owner = StoreWorld.OWNER;
    fails(() -> world.open(Access.WRITE), Reason.OWNED_BY_OTHER);
  }

  @Test
  void anOwnerThatAppearsDuringABackupStopsItsCommit() {
    world.withRepository();
    var context = world.context(world.header());
    try (var points = RecoveryPoints.open(context, world.target(), Access.WRITE)) {
      var id = points.newId();
      var part = world.store(points, context, id, StoreWorld.text("a"));
      var manifest = world.manifest(context.header(), id, List.of(part));
      world.owner = StoreWorld.OTHER;
      // Of another machine.
      world.lockFile = "another.lock";
      world.backup(StoreWorld.TICK.plusSeconds(60), StoreWorld.text("b"));

      fails(() -> points.commit(manifest, ""), Reason.OWNED_BY_OTHER);
      assertThat(points.repository().snapshots())
          .noneMatch(it -> it.has("kind", "manifest") && it.has("rp", id));
    }
  }

  @Test
  void aWarmCacheDoesNotProveALostStore() throws IOException {
    world.withRepository();
    var id = world.backup(StoreWorld.TICK, StoreWorld.random(1, PACK));
    world.restored(id, Access.READ);
    removeTreePacks();

    // The warm cache still knows the trees.
    assertThat(world.restored(id, Access.READ)).hasSize(PACK);
    assertThatThrownBy(() -> world.restored(id, Access.PROVE)).isInstanceOf(EngineException.class);
  }

  /** The cache holds trees and no data. */
  private void removeTreePacks() throws IOException {
    try (var files = Files.walk(folder.resolve("cache"))) {
      var cached =
          files
              .filter(file -> file.getParent().getParent().endsWith("data"))
              .filter(Files::isRegularFile)
              .map(file -> file.getFileName().toString())
              .toList();
      assertThat(cached).isNotEmpty();
      for (var name : cached) {
        Files.delete(
            world
                .store()
                .resolve(world.path)
                .resolve("data")
                .resolve(name.substring(0, 2))
                .resolve(name));
      }
    }
  }

  @Test
  void aLostPackIsFoundHealedAndUploadedAgain() throws IOException {
    world.withRepository();
    var content = StoreWorld.random(1, PACK);
    var untouched = world.backup(StoreWorld.TICK, StoreWorld.random(2, PACK));
    var before = packs();
    var damaged = world.backup(StoreWorld.TICK.plusSeconds(60), content);
    var poisoned = world.backup(StoreWorld.TICK.plusSeconds(120), content);
    var lost = packs();
    lost.removeAll(before);
    Files.delete(lost.stream().max((one, other) -> size(one) - size(other)).orElseThrow());

    var report = world.run(maintain(null, Task.Forgetting.ALLOWED));

    assertThat(report.outcome()).as("%s", report).isEqualTo(TaskReport.Outcome.SUCCEEDED);
    var result = (TaskResult.Maintained) report.result();
    assertThat(result.touched()).containsExactly(poisoned, damaged);
    assertThat(report.warnings()).anyMatch(it -> it.contains("lost or altered"));
    try (var points = world.open(Access.READ)) {
      assertThat(points.catalogue().find(damaged).orElseThrow().verdict().outcome())
          .isEqualTo(VerdictOutcome.REFUTED);
      assertThat(points.catalogue().find(untouched).orElseThrow().verdict()).isNull();
    }
    var healed = world.backup(StoreWorld.TICK.plusSeconds(180), content);
    assertThat(world.restored(healed, Access.PROVE)).isEqualTo(content);
    assertThat(world.restored(damaged, Access.PROVE)).isEqualTo(content);
  }

  @Test
  void aFlippedByteIsFoundWhenReadBack() throws IOException {
    world.withRepository();
    var content = StoreWorld.random(1, PACK);
    var id = world.backup(StoreWorld.TICK, content);
    var pack = world.largestPack();
    var bytes = Files.readAllBytes(pack);
    bytes[1000] ^= 1;
    pack.toFile().setWritable(true);
    Files.write(pack, bytes);

    assertThatThrownBy(() -> world.restored(id, Access.PROVE))
        .satisfies(e -> assertThat(((EngineException) e).reason()).isEqualTo(Reason.STORE_DAMAGED));
    var report = world.run(maintain(null, Task.Forgetting.ALLOWED));

    assertThat(((TaskResult.Maintained) report.result()).touched()).containsExactly(id);
    var healed = world.backup(StoreWorld.TICK.plusSeconds(180), content);
    assertThat(world.restored(healed, Access.PROVE)).isEqualTo(content);
  }

  /** The source has other data by now, so nothing heals it: its points go as all others do. */
  @Test
  void damageThatIsKnownHoldsUpForgettingNoLonger() throws IOException {
    world.withRepository();
    var whole = world.backup(StoreWorld.TICK, StoreWorld.random(2, PACK));
    var before = packs();
    var older = world.backup(StoreWorld.TICK.plusSeconds(60), StoreWorld.random(1, PACK));
    var damaged = world.backup(StoreWorld.TICK.plusSeconds(120), StoreWorld.random(1, PACK));
    var lost = packs();
    lost.removeAll(before);
    Files.delete(lost.stream().max((one, other) -> size(one) - size(other)).orElseThrow());

    var first = world.run(maintain(keepLast(1), Task.Forgetting.ALLOWED));
    var second = world.run(maintain(keepLast(1), Task.Forgetting.ALLOWED));

    var found = (TaskResult.Maintained) first.result();
    assertThat(found.touched()).containsExactly(damaged, older);
    assertThat(found.removed()).isEmpty();
    assertThat(found.wouldRemove()).containsExactly(older);
    assertThat(first.warnings()).anyMatch(it -> it.contains("nothing was forgotten"));
    assertThat(((TaskResult.Maintained) second.result()).removed()).containsExactly(older);
    assertThat(world.restored(whole, Access.PROVE)).isEqualTo(StoreWorld.random(2, PACK));
  }

  private static int size(Path file) {
    return (int) file.toFile().length();
  }

  private Set<Path> packs() throws IOException {
    try (var files = Files.walk(world.store().resolve(world.path).resolve("data"))) {
      return files.filter(Files::isRegularFile).collect(Collectors.toSet());
    }
  }

  @Test
  void maintenanceForgetsWholeSetsAndKeepsTheNewestProof() {
    world.withRepository();
    var days = new String[6];
    for (var day = 0; day < days.length; day++) {
      days[day] =
          world.backup(StoreWorld.TICK.plus(Duration.ofDays(day)), StoreWorld.random(day, 10_000));
    }
    var verdict =
        new Task.KnownVerdict(
            days[1], VerdictOutcome.VERIFIED, StoreWorld.TICK.plusSeconds(9), "abc");
    var now = StoreWorld.TICK.plus(Duration.ofDays(6));

    var report = world.run(maintain(keepLast(3), Task.Forgetting.ALLOWED, now, List.of(verdict)));

    var result = (TaskResult.Maintained) report.result();
    assertThat(report.failure()).isNull();
    assertThat(result.removed()).containsExactlyInAnyOrder(days[0], days[2]);
    assertThat(result.kept()).isEqualTo(4);
    assertThat(result.sizeBytes()).isPositive();
    try (var points = world.open(Access.READ)) {
      assertThat(points.sets())
          .extracting(RecoverySet::id)
          .containsExactly(days[5], days[4], days[3], days[1]);
      // Nothing is left of those that went.
      assertThat(points.repository().snapshots()).hasSize(4 * 2 + 1);
      assertThat(points.sets().getLast().verdict().outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    }
    assertThat(world.restored(days[1], Access.PROVE)).isEqualTo(StoreWorld.random(1, 10_000));
  }

  @Test
  void theBreakerStopsAndNamesItsToken() {
    world.withRepository();
    for (var day = 0; day < 5; day++) {
      world.backup(StoreWorld.TICK.plus(Duration.ofDays(day)), StoreWorld.text("day " + day));
    }
    var now = StoreWorld.TICK.plus(Duration.ofDays(5));

    var stopped =
        (TaskResult.Maintained)
            world.run(maintain(keepLast(1), Task.Forgetting.ALLOWED, now, List.of())).result();

    assertThat(stopped.removed()).isEmpty();
    assertThat(stopped.wouldRemove()).hasSize(4);
    assertThat(stopped.acknowledge()).isNotNull();
    world.acknowledge = List.of(stopped.acknowledge());
    var accepted =
        (TaskResult.Maintained)
            world.run(maintain(keepLast(1), Task.Forgetting.ALLOWED, now, List.of())).result();
    assertThat(accepted.removed()).hasSize(4);
  }

  @Test
  void frozenAndPreviewRemoveNothing() {
    world.withRepository();
    for (var day = 0; day < 3; day++) {
      world.backup(StoreWorld.TICK.plus(Duration.ofDays(day)), StoreWorld.text("day " + day));
    }
    var now = StoreWorld.TICK.plus(Duration.ofDays(5));

    for (var forgetting : List.of(Task.Forgetting.FROZEN, Task.Forgetting.PREVIEW)) {
      var result =
          (TaskResult.Maintained)
              world.run(maintain(keepLast(2), forgetting, now, List.of())).result();
      assertThat(result.removed()).isEmpty();
      assertThat(result.wouldRemove()).hasSize(1);
    }
    try (var points = world.open(Access.READ)) {
      assertThat(points.sets()).hasSize(3);
    }
  }

  /** Whatever the Task says: a status may be lost, and the Task may be older than the backup. */
  @Test
  void anotherSourceFreezesForgettingUntilItIsProvenAndAccepted() {
    world.withRepository();
    for (var minute = 0; minute < 2; minute++) {
      world.backup(StoreWorld.TICK.plusSeconds(60L * minute), StoreWorld.text("m " + minute));
    }
    world.lineage = "7999999999999999999";
    var rebuilt = world.backup(StoreWorld.TICK.plusSeconds(120), StoreWorld.text("empty"));
    var now = StoreWorld.TICK.plus(Duration.ofDays(1));
    var verified = List.of(new Task.KnownVerdict(rebuilt, VerdictOutcome.VERIFIED, now, "abc"));

    var report = world.run(maintain(keepLast(1), Task.Forgetting.ALLOWED, now, List.of()));
    world.acknowledge = List.of("lineage-7999999999999999999");
    var acceptedOnly = removed(maintain(keepLast(1), Task.Forgetting.ALLOWED, now, List.of()));
    world.acknowledge = List.of("lineage-7312345678901234567");
    var provenOnly = removed(maintain(keepLast(1), Task.Forgetting.ALLOWED, now, verified));
    world.acknowledge = List.of("lineage-7999999999999999999");
    var both = removed(maintain(keepLast(1), Task.Forgetting.ALLOWED, now, List.of()));

    var frozen = (TaskResult.Maintained) report.result();
    assertThat(frozen.removed()).isEmpty();
    assertThat(frozen.changedLineage()).isEqualTo("7999999999999999999");
    assertThat(report.warnings()).anyMatch(it -> it.contains("another source"));
    assertThat(acceptedOnly).isEmpty();
    assertThat(provenOnly).isEmpty();
    assertThat(both).as("by the verdict that is in the store since").hasSize(2);
  }

  @Test
  void whoeverTookOverForgetsNothingBeforeABackupOfItsOwn() {
    world.withRepository();
    for (var minute = 0; minute < 3; minute++) {
      world.backup(StoreWorld.TICK.plusSeconds(60L * minute), StoreWorld.text("m " + minute));
    }
    var now = StoreWorld.TICK.plus(Duration.ofHours(1));
    world.owner = new Owner("other-cluster", "shop", "db");
    try (var points = world.open(Access.READ)) {
      world.acknowledge = List.of(Ownership.token(points.sets().getFirst()));
    }

    var before = removed(maintain(keepLast(1), Task.Forgetting.ALLOWED, now, List.of()));
    world.backup(now, StoreWorld.text("ours"));
    var after =
        removed(maintain(keepLast(1), Task.Forgetting.ALLOWED, now.plusSeconds(60), List.of()));

    assertThat(before).isEmpty();
    assertThat(after).hasSize(3);
  }

  private List<String> removed(Task.Maintain task) {
    return ((TaskResult.Maintained) world.run(task).result()).removed();
  }

  @Test
  void orphansGoByAgeAndNeverYoungerThanADay() {
    world.withRepository();
    world.backup(StoreWorld.TICK, StoreWorld.text("whole"));
    var context = world.context(world.header());
    try (var points = RecoveryPoints.open(context, world.target(), Access.WRITE)) {
      world.store(points, context, points.newId(), StoreWorld.text("half"));
    }
    var soon = Instant.now().plus(Duration.ofHours(20));
    var late = Instant.now().plus(Duration.ofHours(25));

    var early =
        (TaskResult.Maintained)
            world.run(maintain(null, Task.Forgetting.ALLOWED, soon, List.of())).result();
    assertThat(early.orphansRemoved()).isZero();
    var after =
        (TaskResult.Maintained)
            world.run(maintain(null, Task.Forgetting.ALLOWED, late, List.of())).result();
    assertThat(after.orphansRemoved()).isEqualTo(1);
    try (var points = world.open(Access.READ)) {
      assertThat(points.catalogue().unclosed()).isEmpty();
      assertThat(points.sets()).hasSize(1);
    }
  }

  /** Its parts look like those of a run that never ended, and would go. */
  @Test
  void aManifestThatCannotBeReadHoldsUpForgetting() throws IOException {
    world.withRepository();
    var id = world.backup(StoreWorld.TICK, StoreWorld.text("whole"));
    world.backup(StoreWorld.TICK.plusSeconds(60), StoreWorld.text("newer"));
    Path manifest;
    int snapshots;
    try (var points = world.open(Access.READ)) {
      var set = points.catalogue().find(id).orElseThrow();
      snapshots = points.repository().snapshots().size();
      manifest =
          world.store().resolve(world.path).resolve("snapshots").resolve(set.manifest().id());
    }
    var bytes = Files.readAllBytes(manifest);
    manifest.toFile().setWritable(true);
    Files.write(manifest, new byte[bytes.length]);
    var late = Instant.now().plus(Duration.ofHours(25));

    var report = world.run(maintain(keepLast(9), Task.Forgetting.ALLOWED, late, List.of()));

    assertThat(report.failure()).isNotNull();
    assertThat(report.failure().reason()).isEqualTo(Reason.STORE_DAMAGED);
    assertThat(report.failure().message())
        .contains(manifest.getFileName().toString().substring(0, 8));
    try (var points = world.open(Access.PROVE)) {
      assertThat(points.repository().snapshots()).hasSize(snapshots - 1);
      assertThat(points.catalogue().unreadable()).hasSize(1);
    }
    Files.write(manifest, bytes);
    try (var points = world.open(Access.READ)) {
      assertThat(points.catalogue().find(id)).isPresent();
    }
  }

  @Test
  void inspectSaysWhatIsThere() {
    world.withRepository();
    var ids = new ArrayList<String>();
    for (var day = 0; day < 3; day++) {
      ids.addFirst(
          world.backup(StoreWorld.TICK.plus(Duration.ofDays(day)), StoreWorld.text("d" + day)));
    }

    var first =
        (TaskResult.Inspected)
            world.run(new Task.Inspect(world.header(), world.target(), null, null, 2)).result();
    var second =
        (TaskResult.Inspected)
            world
                .run(new Task.Inspect(world.header(), world.target(), first.next(), null, 2))
                .result();

    assertThat(first.points()).extracting(TaskResult.Point::id).isEqualTo(ids.subList(0, 2));
    assertThat(second.points()).extracting(TaskResult.Point::id).isEqualTo(ids.subList(2, 3));
    assertThat(second.next()).isNull();
    assertThat(first.total()).isEqualTo(3);
    assertThat(first.owner()).isEqualTo("c1f0/shop/db");
    assertThat(first.repositoryId()).hasSize(64);
    assertThat(first.storeId()).isNotNull();
  }

  private Task.Maintain maintain(Retention retention, Task.Forgetting forgetting) {
    return maintain(retention, forgetting, StoreWorld.TICK.plusSeconds(150), List.of());
  }

  private Task.Maintain maintain(
      Retention retention,
      Task.Forgetting forgetting,
      Instant now,
      List<Task.KnownVerdict> verdicts) {
    return new Task.Maintain(
        world.header(now),
        world.target(),
        retention,
        verdicts,
        60,
        forgetting,
        new Task.CheckTurn(1, 1));
  }

  private static Retention keepLast(int count) {
    return new Retention(
        count, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
  }

  private static EngineException fails(ThrowingCallable work, Reason reason) {
    var thrown = catchThrowableOfType(EngineException.class, work);
    assertThat(thrown).isNotNull();
    assertThat(thrown.reason()).as(thrown.getMessage()).isEqualTo(reason);
    return thrown;
  }
}
