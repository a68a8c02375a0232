package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.volume.RawDevice;
import dev.salvor.task.Extent;
import dev.salvor.task.Manifest;
import dev.salvor.task.PointReference;
import dev.salvor.task.Span;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.Script;
import dev.salvor.worker.FilesWorld.Wish;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device is backed up, proven, lost and had back, by the worker and real restic. */
@NullUnmarked
class DevicesIT {
  /** No multiple of what is read at once, nor of a block. */
  private static final int SIZE = (5 << 20) + 512;

  private static final int MIDDLE = 3 << 20;

  @TempDir Path folder;
  private FilesWorld world;
  private Path disk;
  private byte[] content;

  @BeforeEach
  void make() throws IOException {
    world = new FilesWorld(folder);
    world.trees = List.of();
    disk = world.device("disk");
    content = new byte[SIZE];
    new Random(7).nextBytes(content);
    Arrays.fill(content, 1 << 20, MIDDLE, (byte) 0);
    Files.write(disk, content);
  }

  private Path blank(String name, int size) throws IOException {
    return Files.write(folder.resolve(name), new byte[size]);
  }

  private static void flip(Path file, long offset) {
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(offset);
      var before = access.read();
      access.seek(offset);
      access.write(before ^ 1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  private static String message(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).message();
  }

  private static TaskResult.Restored restored(TaskReport report) {
    assertThat(report.failure()).isNull();
    return (TaskResult.Restored) report.result();
  }

  private static Wish replacing() {
    var wish = new Wish();
    wish.existing = Task.Existing.REPLACE;
    return wish;
  }

  private static boolean isMarked(Path device) throws IOException {
    return DeviceMarker.read(RawDevice.at(device)).isPresent();
  }

  @Test
  void aDeviceIsProvenLostAndHadBackAsItWas() throws Exception {
    var made = world.succeed();
    var proof = world.prove(made.recoveryPoint());
    var other = new byte[SIZE];
    new Random(8).nextBytes(other);
    Files.write(disk, other);

    var over = restored(world.restoreDevice(made.recoveryPoint(), "disk", disk, replacing()));
    assertThat(Files.readAllBytes(disk)).isEqualTo(content);
    restored(
        world.restoreDevice(Objects.requireNonNull(over.safetyPoint()), "disk", disk, replacing()));

    assertThat(Files.readAllBytes(disk)).as("taken back").isEqualTo(other);
    assertThat(made.extent()).isEqualTo(new Extent.Files(1, SIZE));
    assertThat(proof.outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(proof.message()).startsWith("Restored and equal to the source");
    assertThat(proof.coverage()).isEqualTo("1 of 1 entries, " + SIZE + " bytes");
    assertThat(over.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void whatIsUnchangedOrZeroTakesNoRoom() throws Exception {
    assertThat(world.succeed().addedBytes()).isBetween(2L << 20, 4L << 20);
    flip(disk, MIDDLE);

    assertThat(world.succeed().addedBytes()).isLessThan(3 << 20);
  }

  @Test
  void treesAndDevicesAreOnePoint() throws Exception {
    world.trees = List.of("shop");
    Files.writeString(world.source.resolve("note"), "kept\n");
    var made = world.succeed();
    var point = made.recoveryPoint();

    assertThat(world.prove(point).coverage()).startsWith("3 of 3 entries");
    assertThat(made.extent()).isEqualTo(new Extent.Files(2, SIZE + 5));
    try (var points = world.stores.open(RecoveryPoints.Access.READ)) {
      var manifest = points.manifest(points.require(new PointReference(point, null)));
      assertThat(manifest.format()).isEqualTo(2);
      assertThat(manifest.parts()).extracting(Manifest.Part::name).containsExactly("shop", "disk");
      assertThat(manifest.parts().getLast().sha256())
          .isEqualTo(Script.run("sha256sum disk | cut -d' ' -f1", disk.getParent()).strip());
    }

    var blank = blank("blank", SIZE);
    restored(world.restoreDevice(point, "disk", blank, new Wish()));
    assertThat(blank).hasBinaryContent(content);
    world.tree = "shop";
    restored(world.restore(point, folder.resolve("copy"), new Wish()));
    assertThat(folder.resolve("copy/note")).hasContent("kept\n");

    assertThat(message(world.restoreDevice(point, "shop", blank, replacing())))
        .contains("shop of recovery point", "is no raw block device");
    world.tree = "disk";
    assertThat(message(world.restore(point, folder.resolve("other"), new Wish())))
        .contains("disk of recovery point", "restored whole", "volumeMode Block");
    assertThat(folder.resolve("other")).doesNotExist();
  }

  /** Read by two workers, the device by the one that does not close the point. */
  @Test
  void whatAnotherNodeReadIsInThePointToo() throws Exception {
    world.trees = List.of("shop");
    world.device("other");
    Files.write(world.source.resolveSibling("other"), content);
    Files.writeString(world.source.resolve("note"), "kept\n");
    var whole = world.succeed();
    var point = "20261122t020000z-abcdef";
    span(new Span(point, List.of("disk"), null));
    var share = ((TaskResult.ShareKept) world.backup().result()).share();

    span(new Span(point, List.of("shop", "other"), List.of(share)));
    var made = world.succeed();

    assertThat(made.extent()).isEqualTo(whole.extent());
    assertThat(made.lineage()).isEqualTo(whole.lineage());
    assertThat(world.prove(point).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    var target = blank("target", SIZE);
    restored(world.restoreDevice(point, "disk", target, new Wish()));
    assertThat(target).hasBinaryContent(content);
  }

  private void span(Span span) {
    world.stores.environment.put(WorkerEnvironment.SPAN, span.text());
  }

  /** A point without devices is one of the form that was before them. */
  @Test
  void onlyPointsWithDevicesAreOfTheNewForm() throws Exception {
    world.trees = List.of("shop");
    world.devices = List.of();
    Files.writeString(world.source.resolve("note"), "kept\n");
    var point = world.succeed().recoveryPoint();

    try (var points = world.stores.open(RecoveryPoints.Access.READ)) {
      assertThat(points.manifest(points.require(new PointReference(point, null))).format())
          .isEqualTo(1);
    }
  }

  @Test
  void aDeviceOfZerosIsNoBackupUnlessThatIsRight() throws Exception {
    Files.write(disk, new byte[SIZE]);

    assertThat(reason(world.backup())).isEqualTo(Reason.EMPTY_SOURCE);
    world.allowEmpty = true;
    assertThat(world.succeed().complete()).isTrue();
  }

  @Test
  void whatIsNoDeviceIsNoSource() throws Exception {
    Files.delete(disk);
    assertThat(reason(world.backup())).isEqualTo(Reason.SOURCE_MISSING);
    Files.createDirectory(disk);
    assertThat(message(world.backup())).contains("disk", "is no block device");
  }

  @Test
  void aTargetThatIsTooSmallFullOrNoDeviceIsNotTouched() throws Exception {
    var point = world.succeed().recoveryPoint();
    var small = blank("small", SIZE - 512);
    var full = blank("full", SIZE + 4096);
    flip(full, SIZE + 100);
    var before = Files.readAllBytes(full);

    assertThat(message(world.restoreDevice(point, "disk", small, replacing())))
        .contains("has " + (SIZE - 512) + " bytes; the recovery point needs " + SIZE)
        .contains("Nothing was touched");
    assertThat(small).hasBinaryContent(new byte[SIZE - 512]);
    assertThat(reason(world.restoreDevice(point, "disk", full, new Wish())))
        .isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(full).hasBinaryContent(before);
    assertThat(reason(world.restoreDevice(point, "disk", folder, replacing())))
        .isEqualTo(Reason.TARGET_UNUSABLE);
  }

  @Test
  void whatWasBlankAndIsNotAnyMoreIsNotTouched() throws Exception {
    var point = world.succeed().recoveryPoint();
    var target = blank("target", SIZE);
    // So every piece of the look is told.
    world.stores.clock = new Hurrying();
    world.stores.at("\"doneBytes\":" + SIZE, () -> flip(target, MIDDLE));

    var refused = world.restoreDevice(point, "disk", target, new Wish());

    assertThat(reason(refused)).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(message(refused)).contains("was blank and has been written to since");
    assertThat(isMarked(target)).isFalse();
  }

  /** Two seconds later at each look. */
  private static final class Hurrying extends Clock {
    private Instant now = Instant.now();

    @Override
    public synchronized Instant instant() {
      now = now.plusSeconds(2);
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @Test
  void whatLiesBehindThePointStays() throws Exception {
    var point = world.succeed().recoveryPoint();
    var large = blank("large", SIZE + 8192);
    flip(large, SIZE + 8000);
    var plan = new Wish();
    plan.existing = Task.Existing.REPLACE;
    plan.effect = Task.Effect.PLAN_ONLY;

    assertThat(restored(world.restoreDevice(point, "disk", large, plan)).plan())
        .contains("leave the 8192 bytes behind it as they are");
    restored(world.restoreDevice(point, "disk", large, replacing()));

    var there = Files.readAllBytes(large);
    assertThat(Arrays.copyOf(there, SIZE)).isEqualTo(content);
    assertThat(there[SIZE + 8000]).isEqualTo((byte) 1);
  }

  @Test
  void aPlanForAClaimThatIsNotThereLooksAtNothing() throws Exception {
    var point = world.succeed().recoveryPoint();
    var plan = new Wish();
    plan.effect = Task.Effect.PLAN_WITHOUT_TARGET;

    assertThat(restored(world.restoreDevice(point, "disk", folder.resolve("none"), plan)).plan())
        .hasSize(2);
  }

  @Test
  void itIsHadBackByHandAsThePageSays() throws Exception {
    world.trees = List.of("shop");
    Files.writeString(world.source.resolve("note"), "kept\n");
    world.succeed();
    var page = Files.readString(Path.of("docs/recover-without-salvor.md"));
    var script =
        Pattern.compile("(?ms)^```sh run( device)?\n(.*?)^```$")
            .matcher(page)
            .results()
            .filter(block -> block.group(1) != null || block.group(2).startsWith("POINT="))
            .map(block -> block.group(2))
            .collect(Collectors.joining());
    Files.writeString(folder.resolve("password"), StoreWorld.PASSWORD);
    blank("target", SIZE);

    Script.run(
        """
        set -euo pipefail
        restic() { %s "$@"; }
        export RESTIC_REPOSITORY=$1/store/shop/db RESTIC_PASSWORD_FILE=$1/password
        CLAIM=disk DEVICE=$1/target
        """
                .formatted(Programs.here().restic())
            + script,
        folder);

    assertThat(folder.resolve("target")).hasBinaryContent(content);
  }

  // --- damage -----------------------------------------------------------------------------------

  @Test
  void aFlippedByteInTheRepositoryIsRefusedByProofAndRestore() throws Exception {
    var point = world.succeed().recoveryPoint();
    var packs = world.stores.store().resolve("shop/db/data");
    var pack = Path.of(Script.run("ls -S \"$1\"/*/* | head -1", packs).strip());
    pack.toFile().setWritable(true);
    flip(pack, 1000);
    var target = blank("target", SIZE);

    assertThat(reason(world.fetch(point))).isEqualTo(Reason.STORE_DAMAGED);
    assertThat(reason(world.restoreDevice(point, "disk", target, new Wish())))
        .isEqualTo(Reason.STORE_DAMAGED);
    assertThat(isMarked(target)).isTrue();
  }

  /** What a safety point shares with other points is not stored again, and may be lost. */
  @Test
  void whatTheSafetyPointCannotGiveBackIsNotWrittenOver() throws Exception {
    var point = world.succeed().recoveryPoint();
    var other = new byte[SIZE];
    new Random(9).nextBytes(other);
    Files.write(disk, other);
    world.succeed();
    Script.run(
        "rm \"$(find . -type f -size +1000k -printf '%T@ %p\\n"
            + "' | sort -n | tail -1 | cut -d' ' -f2)\"",
        world.stores.store().resolve("shop/db/data"));

    var refused = world.restoreDevice(point, "disk", disk, replacing());

    assertThat(reason(refused)).isEqualTo(Reason.SAFETY_COPY_FAILED);
    assertThat(message(refused))
        .contains("does not read back: restic dump: ", "It was not touched. Token: ");
    assertThat(Files.readAllBytes(disk)).isEqualTo(other);
    world.acknowledge = List.of(message(refused).substring(message(refused).lastIndexOf(' ') + 1));
    assertThat(restored(world.restoreDevice(point, "disk", disk, replacing())).safetyPoint())
        .isNull();
    assertThat(Files.readAllBytes(disk)).isEqualTo(content);
  }

  /** All that restic says is right, and it is not what was noted. */
  @Test
  void otherBytesThanWereNotedAreRefused() throws Exception {
    var point = world.succeed().recoveryPoint();
    world.fetch(point);
    var seen = folder.resolve("sandbox/part-0");
    Files.writeString(seen, Files.readString(seen).replaceFirst("[0-9a-f]{64}", "0".repeat(64)));

    var proof = world.compare(point);

    assertThat(proof.outcome()).isEqualTo(VerdictOutcome.REFUTED);
    assertThat(proof.reason()).isEqualTo(Reason.FACTS_DIFFER);
    Files.delete(seen);
    assertThat(world.tryToCompare(point).failure()).isNotNull();
  }

  /** A device that does not keep what it was given. */
  @Test
  void aByteThatIsReadBackAsAnotherIsRefusedAndTheDeviceIsNotTakenForWhole() throws Exception {
    var point = world.succeed().recoveryPoint();
    var target = blank("target", SIZE);
    world.stores.at("\"COMPARE\"", () -> flip(target, MIDDLE));

    var report = world.restoreDevice(point, "disk", target, new Wish());

    assertThat(reason(report)).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(message(report)).contains("reads back other than it was written");
    assertThat(isMarked(target)).isTrue();
    assertThat(Arrays.copyOf(Files.readAllBytes(target), 64))
        .isNotEqualTo(Arrays.copyOf(content, 64));
  }

  @Test
  void anAttemptThatWasKilledIsGoneOnWithByItsOwnRequestAlone() throws Exception {
    var point = world.succeed().recoveryPoint();
    var target = blank("target", SIZE);
    var half = new DeviceMarker("somebody-else", "20261101t000000z-aaaaaa").block();
    Files.write(target, content);
    try (var access = new RandomAccessFile(target.toFile(), "rw")) {
      access.write(half);
    }

    assertThat(reason(world.restoreDevice(point, "disk", target, new Wish())))
        .isEqualTo(Reason.TARGET_NOT_EMPTY);
    var asked = world.restoreDevice(point, "disk", target, replacing());
    assertThat(reason(asked)).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(message(asked)).contains("unfinished-");

    var own = new Wish();
    own.request = "somebody-else";
    world.attempt = 2;
    assertThat(restored(world.restoreDevice(point, "disk", target, own)).safetyPoint())
        .isEqualTo("20261101t000000z-aaaaaa");
    assertThat(target).hasBinaryContent(content);
    assertThat(isMarked(target)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{}", "null"})
  void aMarkerThatWasAlteredCountsAsAnothers(String text) throws Exception {
    var point = world.succeed().recoveryPoint();
    var target = blank("target", SIZE);
    var block = new String(new DeviceMarker("request", null).block(), StandardCharsets.UTF_8);
    try (var access = new RandomAccessFile(target.toFile(), "rw")) {
      access.write(
          (block.substring(0, block.indexOf('{')) + text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    var asked = world.restoreDevice(point, "disk", target, replacing());

    assertThat(reason(asked)).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(message(asked)).contains("its first bytes say which", "unfinished-");
  }

  @Test
  void whatIsHalfRestoredIsNoBackup() throws Exception {
    world.succeed();
    try (var access = new RandomAccessFile(disk.toFile(), "rw")) {
      access.write(new DeviceMarker("request", null).block());
    }

    var report = world.backup();

    assertThat(reason(report)).isEqualTo(Reason.INCOMPLETE_BACKUP);
    assertThat(message(report)).contains("left unfinished");
  }

  /** It ended and lost its report. */
  @Test
  void anAttemptThatDidAllIsKnownByTheBytes() throws Exception {
    var point = world.succeed().recoveryPoint();
    var target = blank("target", SIZE);
    restored(world.restoreDevice(point, "disk", target, new Wish()));
    world.attempt = 2;
    target.toFile().setWritable(false);
    var written = Files.getLastModifiedTime(target);

    var again = restored(world.restoreDevice(point, "disk", target, new Wish()));
    assertThat(again.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(Files.getLastModifiedTime(target)).as("not written again").isEqualTo(written);
    target.toFile().setWritable(true);
    flip(target, MIDDLE);
    assertThat(reason(world.restoreDevice(point, "disk", target, new Wish())))
        .isEqualTo(Reason.TARGET_NOT_EMPTY);
  }

  // --- proof ------------------------------------------------------------------------------------

  @Test
  void aProofOfADeviceNeedsNoRoomForIt() throws Exception {
    world.stores.environment.put(WorkerEnvironment.SANDBOX_BYTES, "4096");
    var point = world.succeed().recoveryPoint();

    assertThat(world.prove(point).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(Files.size(folder.resolve("sandbox/part-0"))).isLessThan(200);
  }

  @Test
  void aCheckOfFilesSaysNothingOfDevices() throws Exception {
    var point = world.succeed().recoveryPoint();
    world.checks =
        List.of(
            new Verification.Check(
                "there", null, null, new Verification.FileCheck("*", null, null), null, null));

    var proof = world.prove(point);

    assertThat(proof.outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(proof.reason()).isEqualTo(Reason.CHECK_ERRORED);
    assertThat(proof.message()).contains("raw block devices alone");
  }
}
