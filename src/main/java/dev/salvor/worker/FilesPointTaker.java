package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.ProjectDatabase;
import dev.salvor.engine.volume.RawDevice;
import dev.salvor.plan.FileContent;
import dev.salvor.plan.StableHash;
import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.Span;
import dev.salvor.task.Step;
import dev.salvor.task.TaskResult;
import dev.salvor.task.TreeFacts;
import dev.salvor.worker.FirstLook.Noted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes one recovery point of file trees and devices: a look at all trees, one call of the engine
 * for their bytes, one for each device, a second look, the manifest. What changed between the looks
 * is known to have changed (ADR 12).
 */
final class FilesPointTaker {
  private static final int OF_TREES = 1;
  private static final int WITH_DEVICES = 2;

  /** Letters of a lineage: enough to tell one folder of a policy from another. */
  private static final int LINEAGE_LENGTH = 16;

  private static final Share NOTHING = new Share(List.of(), List.of(), true, 0, List.of());

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final Owner owner;
  private final FileTrees source;
  private final @Nullable Baseline baseline;
  private final Manifest.Origin origin;
  private final @Nullable Span span;

  /** Where a Storage's objects are kept with them; null: there is none. */
  private final @Nullable BucketBackup bucket;

  /** All trees, and the folder in which those objects are laid out. */
  private final FileTrees trees;

  /** For a safety point of trees and of a Storage's bucket. */
  FilesPointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      FileTrees source,
      @Nullable BucketBackup bucket,
      Manifest.Origin origin) {
    this(context, points, owner, source, bucket, null, origin, null);
  }

  /**
   * For one point.
   *
   * @param baseline the last complete point; null: none, or nothing is to be compared
   * @param span what of it is this worker's; null: all
   */
  FilesPointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      FileTrees source,
      @Nullable Baseline baseline,
      Manifest.Origin origin,
      @Nullable Span span) {
    this(context, points, owner, source, null, baseline, origin, span);
  }

  private FilesPointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      FileTrees source,
      @Nullable BucketBackup bucket,
      @Nullable Baseline baseline,
      Manifest.Origin origin,
      @Nullable Span span) {
    this.context = context;
    this.points = points;
    this.owner = owner;
    this.source = source;
    this.bucket = bucket;
    this.trees = bucket == null ? source : bucket.among(source);
    this.baseline = baseline;
    this.origin = origin;
    this.span = span;
  }

  /**
   * Takes it. Where entries cannot be read, all others are stored, and the point is not complete.
   *
   * @param look that was begun at the same trees
   * @throws EngineException SOURCE_MISSING, EMPTY_SOURCE; whatever concerns the repository. No
   *     manifest is there then.
   */
  TaskResult.BackedUp take(FirstLook look) {
    return take(look, Quiet.unasked(context));
  }

  /**
   * Takes it in a quiet that has begun, and ends it as soon as all is read: what was not quiet all
   * the time has no manifest.
   *
   * @throws EngineException as {@link #take(FirstLook)}, and what the host says
   */
  TaskResult.BackedUp take(FirstLook look, Quiet quiet) {
    preflight(look);
    var devices = devices();
    var folder = folder("manifest");
    var shares = OtherNodes.shares(context, points, span, folder);
    OtherNodes.requireAll(
        Stream.concat(
            source.trees().stream().map(FileTrees.Tree::name),
            source.devices().stream().map(FileTrees.Device::name)),
        Stream.concat(
            look.trees().stream().map(FileTrees.Tree::name),
            devices.stream().map(DeviceBackup::name)),
        shares);
    var paths = paths(look);
    var lineage = lineage(paths);
    warnOfAnother(lineage, paths);
    var noted = note(look, devices);
    refuseEmpty(extent(noted, devices, shares), lineage);
    var point = span == null ? points.newId() : span.point();
    var own = read(point, noted, devices, look, folder);
    quiet.end();
    return commit(point, shares.stream().reduce(own, Share::with), lineage, folder);
  }

  /**
   * Reads what is this worker's, and keeps what was noted of them for whoever closes the point.
   *
   * @throws EngineException as {@link #take(FirstLook)}
   */
  TaskResult.ShareKept keep(FirstLook look, String point) {
    return keep(look, point, share -> share);
  }

  /**
   * The same.
   *
   * @param more what else is to be known of it, asked when all was read
   */
  TaskResult.ShareKept keep(FirstLook look, String point, UnaryOperator<Share> more) {
    preflight(look);
    var devices = devices();
    var folder = folder("share");
    var share = more.apply(read(point, note(look, devices), devices, look, folder));
    return new TaskResult.ShareKept(points.keep(point, share, folder));
  }

  private void preflight(FirstLook look) {
    context.progress().step(Step.PREFLIGHT);
    look.roots().forEach(root -> TreesBackup.refuseStoreBelow(points, root));
    look.roots().forEach(root -> TreesBackup.warnOfOneDisk(context, points, root));
    TreesBackup.warnOfMountsWithin(context, look);
  }

  /** Those of this worker. */
  private List<DeviceBackup> devices() {
    return source.devices().stream()
        .filter(device -> span == null || span.own().contains(device.name()))
        .map(DeviceBackup::of)
        .toList();
  }

  /** By which the engine knows all that is in the point. */
  private List<String> paths(FirstLook look) {
    return Stream.concat(
            source.trees().stream().map(tree -> root(tree, look).toString()),
            source.devices().stream().map(device -> PartPath.device(device.name())))
        .toList();
  }

  /** As it is stored: of another node's as the host says, which mounts it there. */
  private static Path root(FileTrees.Tree tree, FirstLook look) {
    return look.rootOf(tree).orElseGet(() -> Path.of(tree.path()));
  }

  private List<Noted> note(FirstLook look, List<DeviceBackup> devices) {
    context.progress().step(Step.NOTE);
    var noted = look.await();
    noted.forEach(this::refuseWithoutFiles);
    refuseUnfinished(look, devices);
    return noted;
  }

  private Share read(
      String point, List<Noted> noted, List<DeviceBackup> devices, FirstLook look, Path folder) {
    context.progress().step(Step.STORE);
    var backup = new TreesBackup(context, points, trees, point);
    var objects =
        bucket == null
            ? NOTHING
            : bucket.take(points, trees, point, folder, ProjectDatabase.UNASKED).share();
    var kept = backup.store(noted, look.excludes());
    var streams = devices.stream().map(device -> store(point, device, look.times())).toList();
    if (span == null || span.shares() != null) {
      // All parts are there: what is listed now has their trees.
      points.listAhead();
    }
    context.progress().step(Step.SETTLE);
    var settled = objects.with(backup.settle(kept, look.times(), folder));
    refuseTornSafetyPoint(settled);
    // A restore may have begun meanwhile: nothing of one repository keeps it from that.
    refuseUnfinished(look, devices);
    return settled.with(share(streams, look.times()));
  }

  private void refuseUnfinished(FirstLook look, List<DeviceBackup> devices) {
    if (origin != Manifest.Origin.SAFETY) {
      look.roots().forEach(TreesBackup::refuseUnfinished);
      devices.forEach(DeviceBackup::refuseUnfinished);
    }
  }

  /** What is about to be written over must be kept as it is. */
  private void refuseTornSafetyPoint(Share settled) {
    var unsteady = settled.facts().stream().mapToLong(TreeFacts::unsteady).sum();
    if (origin == Manifest.Origin.SAFETY && unsteady > 0) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP, unsteady + " entries changed while they were kept.");
    }
  }

  /**
   * As before where no tree of the last complete point is missing: one that is new loses nothing.
   * Else one that no point has had: fewer trees may be what there was once.
   */
  private String lineage(List<String> paths) {
    var identity = new ArrayList<>(paths);
    var before = lastBackup();
    if (before.isPresent()) {
      if (identity.containsAll(pathsOf(before.get()))) {
        return before.get().lineage();
      }
      identity.add(before.get().id());
    }
    return "files-" + StableHash.of(identity.toArray(String[]::new)).letters(LINEAGE_LENGTH);
  }

  private Optional<RecoverySet> lastBackup() {
    return points.sets().stream()
        .filter(set -> set.complete() && set.origin() != Manifest.Origin.SAFETY)
        .max(Comparator.comparing(RecoverySet::time));
  }

  private static List<String> pathsOf(RecoverySet set) {
    return set.parts().stream().flatMap(part -> part.paths().stream()).distinct().toList();
  }

  private void warnOfAnother(String lineage, List<String> paths) {
    if (baseline != null && !baseline.lineage().equals(lineage)) {
      var missing = new ArrayList<>(lastBackup().map(FilesPointTaker::pathsOf).orElse(List.of()));
      missing.removeAll(paths);
      context
          .warnings()
          .add(
              "SourceChanged: "
                  + baseline.recoveryPoint()
                  + " was taken of "
                  + TreesBackup.some(missing));
    }
  }

  /** A volume that was made anew under its old name. */
  private void refuseWithoutFiles(Noted noted) {
    if (!source.allowEmpty() && noted.look().files() == 0) {
      throw new EngineException(Reason.EMPTY_SOURCE, noted.root() + " holds no files");
    }
  }

  private static Extent.Files extent(
      List<Noted> noted, List<DeviceBackup> devices, List<Share> shares) {
    return Stream.of(
            noted.stream().map(each -> new Extent.Files(each.look().files(), each.look().bytes())),
            devices.stream().map(device -> new Extent.Files(1, device.sizeBytes())),
            shares.stream().map(Share::extent))
        .flatMap(extents -> extents)
        .reduce(
            new Extent.Files(0, 0),
            (one, other) ->
                new Extent.Files(one.files() + other.files(), one.bytes() + other.bytes()));
  }

  private void refuseEmpty(Extent.Files extent, String lineage) {
    if (source.allowEmpty()) {
      return;
    }
    // Of another folder it says nothing.
    var before = baseline != null && baseline.lineage().equals(lineage) ? baseline : null;
    FileContent.emptiness(extent, before)
        .ifPresent(
            what -> {
              throw new EngineException(Reason.EMPTY_SOURCE, what);
            });
  }

  private DeviceBackup.Made store(String point, DeviceBackup device, SourceTimes times) {
    context.progress().step(Step.STORE, device.name());
    var made =
        device.store(
            points,
            point,
            times.of(device.name()),
            source.allowEmpty(),
            done -> context.progress().bytes(done, device.sizeBytes()));
    if (!isStill(made, times)) {
      context
          .warnings()
          .add(
              "not known to be whole: device "
                  + device.name()
                  + ". The kernel of its node does not count what is written to it"
                  + " (/sys/block/*/queue/iostats), so nobody can say that it was still while it"
                  + " was read: have it count, or read a snapshot (mode: Snapshot).");
    }
    return made;
  }

  /** A copy that was made of a snapshot is nobody else's. */
  private static boolean isStill(DeviceBackup.Made made, SourceTimes times) {
    return made.stillness() == RawDevice.Stillness.STILL || times.isSnapped(made.part().name());
  }

  /** The devices, and what was warned of so far. */
  private Share share(List<DeviceBackup.Made> streams, SourceTimes times) {
    return new Share(
        streams.stream().map(DeviceBackup.Made::part).toList(),
        List.of(),
        streams.stream().allMatch(made -> isStill(made, times)),
        streams.stream().mapToLong(DeviceBackup.Made::addedBytes).sum(),
        context.warnings().texts());
  }

  private TaskResult.BackedUp commit(String point, Share all, String lineage, Path folder) {
    // Nothing later than this is in any of them for sure.
    var time =
        all.parts().stream().map(Manifest.Part::time).min(Comparator.naturalOrder()).orElseThrow();
    var extent = all.extent();
    var parts = all.parts().stream().sorted(Comparator.comparing(part -> !part.isTree())).toList();
    var committed =
        points.commit(
            new Manifest(
                parts.stream().allMatch(Manifest.Part::isTree) ? OF_TREES : WITH_DEVICES,
                point,
                origin,
                owner,
                context.header().run(),
                context.header().tick(),
                time,
                lineage,
                points.repository().version() + ", Salvor " + WorkerVersion.text(),
                all.complete(),
                parts,
                new Manifest.Files(all.facts())),
            folder,
            all.files());
    return new TaskResult.BackedUp(
        point,
        committed.snapshot(),
        time,
        all.complete(),
        extent.bytes(),
        all.addedBytes() + committed.addedBytes(),
        extent,
        lineage,
        points.repositoryId(),
        String.valueOf(points.storeId()),
        null,
        null,
        null);
  }

  /** On disk: a tree of a million entries has some hundred megabytes of notes. */
  private Path folder(String name) {
    try {
      return Files.createDirectory(context.scratch().resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
