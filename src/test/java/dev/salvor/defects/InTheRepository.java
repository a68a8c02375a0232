package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;
import static dev.salvor.defects.PlantedDefect.fresh;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.task.Owner;
import dev.salvor.task.TaskResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What was stored is lost or altered, or somebody else works on it (SAFETY 21 to 26, 32). */
final class InTheRepository {
  private static final Harmless HEALED =
      new Harmless("named in the report, Refuted in the store; the next backup is Verified");
  private static final Harmless WHOLE_ONE_STAYS =
      new Harmless("the check comes first: the whole point is kept, and is Verified");
  private static final Harmless UNLOCKED =
      new Harmless("the dead run's lock is removed, the run succeeds");

  private InTheRepository() {}

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "FlippedByteInAPack",
            "one bit of the stored data",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(scene -> damaged(scene, InTheRepository::flipByte))),
        new PlantedDefect(
            "DeletedPack",
            "a pack of data is gone",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(scene -> damaged(scene, it -> FolderCopy.delete(largestPack(it))))),
        new PlantedDefect(
            "TruncatedPack",
            "a pack of data ends half-way",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(scene -> damaged(scene, InTheRepository::truncatePack))),
        new PlantedDefect(
            "DeletedIndex",
            "all index files are gone",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(
                scene ->
                    damaged(
                        scene,
                        it ->
                            FolderCopy.files(it.repository().resolve("index"))
                                .forEach(FolderCopy::delete)))),
        new PlantedDefect(
            "LostPackWithWarmCache",
            "the pack of trees is gone from the store, and all of it is in restic's cache",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(InTheRepository::lostPackWithWarmCache)),
        new PlantedDefect(
            "LostPackThenBackup",
            "a pack is gone, and the same data are backed up again",
            HEALED,
            backedUp(InTheRepository::lostPackThenBackup)),
        new PlantedDefect(
            "DamageFoundTooLate",
            "the newest points share a pack that is gone, and retention keeps as many as there are"
                + " of them",
            WHOLE_ONE_STAYS,
            fresh(InTheRepository::damageFoundTooLate)),
        new PlantedDefect(
            "ManifestMissing",
            "the snapshot of the manifest is gone",
            new Failed(Reason.NO_MATCHING_RECOVERY_POINT),
            backedUp(InTheRepository::manifestMissing)),
        new PlantedDefect(
            "ManifestSnapshotUnreadable",
            "the file of a manifest's snapshot is garbage, and its parts are as old as orphans that"
                + " go",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(InTheRepository::manifestUnreadable)),
        new PlantedDefect(
            "PartMissing",
            "the snapshot of the database is gone, its manifest is there",
            new Failed(Reason.CORRUPT_RECOVERY_POINT),
            backedUp(InTheRepository::partMissing)),
        new PlantedDefect(
            "ManifestAltered",
            "the manifest names another tree than the one stored",
            new Failed(Reason.CORRUPT_RECOVERY_POINT),
            backedUp(
                scene ->
                    forgedManifest(
                        scene,
                        manifest ->
                            ((ObjectNode) manifest.get("parts").get(0)).put("tree", "0".repeat(64)),
                        "globals.sql"))),
        new PlantedDefect(
            "ManifestOfAnotherPoint",
            "the manifest is that of another point",
            new Failed(Reason.CORRUPT_RECOVERY_POINT),
            backedUp(
                scene ->
                    forgedManifest(
                        scene,
                        manifest -> manifest.put("recoveryPoint", "another-point"),
                        "globals.sql"))),
        new PlantedDefect(
            "PartReplaced",
            "the database's snapshot is replaced by one with the same tags and other content",
            new Failed(Reason.CORRUPT_RECOVERY_POINT),
            backedUp(InTheRepository::partReplaced)),
        new PlantedDefect(
            "OtherOwner",
            "the newest point was written by another cluster",
            new Failed(Reason.OWNED_BY_OTHER),
            backedUp(
                scene -> {
                  scene.wishes().owner = new Owner("another-cluster", "shop", "shop-db");
                  return Outcome.of(scene.backup());
                })),
        new PlantedDefect(
            "OtherOwnerForgets",
            "maintenance of a repository whose newest point was written by another cluster",
            new Failed(Reason.OWNED_BY_OTHER),
            backedUp(
                scene -> {
                  scene.wishes().owner = new Owner("another-cluster", "shop", "shop-db");
                  return Outcome.of(scene.maintain());
                })),
        new PlantedDefect(
            "LiveLockSameHost",
            "a living restic in another PID namespace bears our hostname and holds a lock",
            new Failed(Reason.DEADLINE_EXCEEDED),
            backedUp(InTheRepository::liveLock)),
        new PlantedDefect(
            "LockOfADeadRun",
            "a killed restic left its lock",
            UNLOCKED,
            backedUp(InTheRepository::deadLock)),
        new PlantedDefect(
            "SingleFlight",
            "another run of this machine is at work while maintenance begins",
            new Failed(Reason.DEADLINE_EXCEEDED),
            backedUp(InTheRepository::secondRun)));
  }

  private static Outcome damaged(Scene scene, Consumer<Scene> damage) {
    var point = scene.newest();
    damage.accept(scene);
    return Outcome.of(scene.verify(point));
  }

  /** Packs of data are the large ones here; those of trees have less than a kilobyte. */
  static Path largestPack(Scene scene) {
    return packs(scene).getLast();
  }

  private static List<Path> packs(Scene scene) {
    return FolderCopy.files(scene.repository().resolve("data")).stream()
        .sorted(Comparator.comparingLong(InTheRepository::size))
        .toList();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void flipByte(Scene scene) {
    var pack = largestPack(scene);
    try {
      writable(pack);
      var bytes = Files.readAllBytes(pack);
      bytes[bytes.length / 2] ^= 1;
      Files.write(pack, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void truncatePack(Scene scene) {
    var pack = largestPack(scene);
    try {
      writable(pack);
      var bytes = Files.readAllBytes(pack);
      Files.write(pack, Arrays.copyOf(bytes, bytes.length / 2));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** restic makes its files read-only, which binds all but root. */
  private static void writable(Path file) throws IOException {
    if (!file.toFile().setWritable(true)) {
      throw new IOException(file + " cannot be made writable");
    }
  }

  private static Outcome lostPackWithWarmCache(Scene scene) {
    // Its manifest is read back, which brings the pack of its tree into the cache.
    scene.require(scene.backup());
    var point = scene.newest();
    var cached = FolderCopy.files(scene.folder().resolve("cache"));
    var trees = new ArrayList<Path>();
    for (var pack : packs(scene)) {
      if (cached.stream().anyMatch(it -> it.getFileName().equals(pack.getFileName()))) {
        trees.add(pack);
      }
    }
    if (trees.isEmpty()) {
      throw new AssertionError("the cache is not warm");
    }
    trees.forEach(FolderCopy::delete);
    return Outcome.of(scene.verify(point));
  }

  private static Outcome lostPackThenBackup(Scene scene) {
    var lost = scene.newest();
    FolderCopy.delete(largestPack(scene));
    if (!(scene.require(scene.maintain()).result() instanceof TaskResult.Maintained maintained)
        || maintained.touched() == null
        || !maintained.touched().contains(lost)) {
      return new Green("maintenance named no point that the lost pack touched");
    }
    scene.require(scene.backup());
    var healed = Outcome.of(scene.verify(scene.newest()));
    return healed instanceof Green ? HEALED : healed;
  }

  private static Outcome damageFoundTooLate(Scene scene) {
    scene.require(scene.backup());
    var whole = scene.newest();
    var before = packs(scene);
    scene.sql(
        "CREATE TABLE later AS SELECT repeat(md5(n::text), 9) FROM generate_series(1, 999) n");
    scene.require(scene.backup());
    var lost = packs(scene).stream().filter(pack -> !before.contains(pack)).toList().getLast();
    scene.require(scene.backup());
    FolderCopy.delete(lost);
    scene.wishes().retention = InRetention.keepLast(2, 100);
    scene.require(scene.maintain());
    var verified = Outcome.of(scene.verify(whole));
    return verified instanceof Green ? WHOLE_ONE_STAYS : verified;
  }

  private static Outcome manifestMissing(Scene scene) {
    var point = scene.newest();
    forget(scene, "kind=manifest");
    return Outcome.of(scene.verify(point));
  }

  private static Outcome manifestUnreadable(Scene scene) throws IOException {
    var id = snapshot(scene, "kind=manifest").get("id").asText();
    var file = scene.repository().resolve("snapshots").resolve(id);
    scene.require(scene.backup());
    writable(file);
    Files.write(file, new byte[362]);
    var before = FolderCopy.files(scene.repository().resolve("snapshots"));
    // The store's times are those of this machine.
    scene.pass(Duration.ofDays(36_500));
    scene.wishes().retention = InRetention.keepLast(10, 100);
    var report = scene.maintain();
    return FolderCopy.files(scene.repository().resolve("snapshots")).equals(before)
        ? Outcome.of(report)
        : new Green("parts of a point were forgotten");
  }

  private static Outcome partMissing(Scene scene) {
    var point = scene.newest();
    forget(scene, "kind=database");
    return Outcome.of(scene.verify(point));
  }

  private static Outcome partReplaced(Scene scene) throws IOException {
    var point = scene.newest();
    var old = snapshot(scene, "kind=database");
    var other = scene.folder().resolve("other");
    var dump = Scene.made(other.resolve("pg")).resolve(Shop.DATABASE + ".dump");
    Files.writeString(dump, "not a dump");
    store(scene, other, old, "pg");
    new ResticByHand(scene).run("forget", old.get("id").asText());
    return Outcome.of(scene.verify(point));
  }

  static Outcome forgedManifest(Scene scene, Consumer<ObjectNode> alteration, String... beside)
      throws IOException {
    var point = scene.newest();
    var by = new ResticByHand(scene);
    var old = snapshot(scene, "kind=manifest");
    var id = old.get("id").asText();
    var manifest = (ObjectNode) Json.mapper().readTree(by.run("dump", id, "/manifest.json"));
    alteration.accept(manifest);
    var folder = Scene.made(scene.folder().resolve("forged"));
    Files.write(folder.resolve("manifest.json"), Json.mapper().writeValueAsBytes(manifest));
    for (var name : beside) {
      Files.writeString(folder.resolve(name), by.run("dump", id, "/" + name));
    }
    store(
        scene,
        folder,
        old,
        Stream.concat(Stream.of("manifest.json"), Stream.of(beside)).toArray(String[]::new));
    by.run("forget", id);
    return Outcome.of(scene.verify(point));
  }

  /** Stores files under the tags of another snapshot. */
  static void store(Scene scene, Path folder, JsonNode like, String... names) {
    var arguments = new ArrayList<String>(List.of("backup"));
    arguments.add("--host=" + like.get("hostname").asText());
    like.get("tags").forEach(tag -> arguments.add("--tag=" + tag.asText()));
    arguments.addAll(List.of(names));
    new ResticByHand(scene).runIn(folder, arguments.toArray(String[]::new));
  }

  static JsonNode snapshot(Scene scene, String tag) throws IOException {
    var all = Json.mapper().readTree(new ResticByHand(scene).run("snapshots", "--json"));
    return StreamSupport.stream(all.spliterator(), false)
        .filter(each -> each.get("tags").toString().contains(tag))
        .findFirst()
        .orElseThrow();
  }

  static void forget(Scene scene, String tag) {
    try {
      new ResticByHand(scene).run("forget", snapshot(scene, tag).get("id").asText());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Outcome liveLock(Scene scene) throws InterruptedException {
    var user = System.getProperty("user.name").equals("root") ? "--pid" : "--map-root-user";
    var other =
        new ResticByHand(scene)
            .start(
                List.of("unshare", user, "--pid", "--fork", "--kill-child"),
                "backup",
                "--stdin-from-command",
                "--",
                "sleep",
                "60");
    try {
      var lock = awaitLock(scene);
      scene.wishes().deadlineSeconds = 8;
      var outcome = Outcome.of(scene.maintain());
      return Files.exists(lock) ? outcome : new Green("the living lock was removed");
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  private static Outcome deadLock(Scene scene) throws InterruptedException {
    var other =
        new ResticByHand(scene)
            .start(List.of(), "backup", "--stdin-from-command", "--", "sleep", "5");
    awaitLock(scene);
    other.destroyForcibly().waitFor();
    var outcome = Outcome.of(scene.maintain());
    return outcome instanceof Green ? UNLOCKED : outcome;
  }

  private static Path awaitLock(Scene scene) {
    var locks = scene.repository().resolve("locks");
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(20))
        .until(() -> !written(locks).isEmpty());
    return written(locks).getFirst();
  }

  /** Not those that are still being written, under other names. */
  private static List<Path> written(Path locks) {
    try (var files = Files.list(locks)) {
      return files.filter(file -> file.getFileName().toString().matches("[0-9a-f]{64}")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Outcome secondRun(Scene scene) throws IOException {
    try (var channel =
            FileChannel.open(
                scene.folder().resolve("lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        var held = channel.lock(0, Long.MAX_VALUE, true)) {
      if (!held.isShared()) {
        throw new AssertionError("not what a reader holds");
      }
      scene.wishes().deadlineSeconds = 4;
      return Outcome.of(scene.maintain());
    }
  }
}
