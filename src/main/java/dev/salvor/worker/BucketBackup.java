package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.ObjectBucket;
import dev.salvor.engine.objectstore.S3Access;
import dev.salvor.engine.restic.StoredTrees;
import dev.salvor.engine.supabase.ProjectDatabase;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.Step;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseProject;
import dev.salvor.worker.FirstLook.Noted;
import dev.salvor.worker.StagedStorage.Staged;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Keeps Storage's objects of a bucket as the tree of files that they would be with its file
 * backend: whatever reads a point finds no difference.
 */
record BucketBackup(
    WorkerContext context, S3Access access, StorageLayout layout, boolean allowEmpty) {
  /**
   * Of a project that has one.
   *
   * @throws EngineException CREDENTIALS_MISSING
   */
  static BucketBackup of(WorkerContext context, SupabaseProject project) {
    return new BucketBackup(
        context,
        StoreAccess.storage(context.credentials(), Objects.requireNonNull(project.bucket())),
        Objects.requireNonNull(project.layout()),
        project.trees().allowEmpty());
  }

  /** The folder in which its objects are laid out, before all others. */
  FileTrees among(FileTrees places) {
    return new FileTrees(
        Stream.concat(Stream.of(tree()), places.trees().stream()).toList(),
        places.devices(),
        places.exclude(),
        places.excludeIfPresent(),
        places.allowEmpty());
  }

  private FileTrees.Tree tree() {
    return new FileTrees.Tree(
        SupabaseSource.STORAGE, staging().resolve(StagedStorage.ROOT).toString());
  }

  private Path staging() {
    return context.scratch().resolve("staging");
  }

  /**
   * Sees to it that no store lies in what it would keep, before one is made there.
   *
   * @throws EngineException INVALID_SPEC
   */
  static void refuseStoreWithin(SupabaseProject project, RepositoryTarget target) {
    var objects = project.bucket();
    var layout = project.layout();
    if (objects != null
        && layout != null
        && target.store().place() instanceof StoreTarget.Bucket store
        && store.hasWithin(target.path(), objects, layout.tenant())) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "the store lies among the objects of Storage: each backup would hold all backups before"
              + " it.");
    }
  }

  /**
   * Sees to it that it can be listed, before a dump is made in vain, and that nobody restores to
   * it.
   *
   * @throws EngineException as {@link ObjectBucket}; INCOMPLETE_BACKUP
   */
  void requireThere(Manifest.Origin origin) {
    try (var bucket = new ObjectBucket(access)) {
      bucket.requireListed(layout.tenant() + "/");
      if (origin != Manifest.Origin.SAFETY) {
        TargetBucket.refuseUnfinished(bucket, layout.tenant());
      }
    }
  }

  /**
   * Fetches and stores it.
   *
   * @param trees of which it is one
   * @param notes the folder for what is noted
   * @throws EngineException EMPTY_SOURCE; as {@link StagedStorage#store}
   */
  Share take(
      RecoveryPoints points, FileTrees trees, String point, Path notes, ProjectDatabase database) {
    context.progress().step(Step.FETCH);
    try (var bucket = new ObjectBucket(access)) {
      var times = SourceTimes.read(context.environment(), context.clock().instant());
      var list = new StagingList.OfBackend(bucket, layout);
      var staged =
          new StagedStorage(context, points, list, staging())
              .store(point, notes.resolve(StagedObject.FILE));
      refuseEmpty(staged, list, database);
      var settled = settle(points, trees, point, staged, times, notes);
      if (staged.leftOut().isEmpty()) {
        return settled;
      }
      context
          .warnings()
          .addFirst(
              staged.leftOut().size()
                  + " objects of "
                  + list.text()
                  + " are not kept: "
                  + TreesBackup.some(staged.leftOut()));
      return new Share(
          settled.parts(), settled.facts(), false, settled.addedBytes(), settled.warnings());
    }
  }

  private void refuseEmpty(Staged staged, StagingList list, ProjectDatabase database) {
    if (staged.files() > 0) {
      return;
    }
    var what = list.text() + " holds no objects";
    if (database.hasObjects() && !allowEmpty) {
      throw new EngineException(
          Reason.EMPTY_SOURCE,
          what
              + ", and the database knows of objects in Storage. Are bucket and tenant of the"
              + " policy right?");
    }
    context.warnings().add(what);
  }

  /** Nobody but this run writes there: the two looks differ in nothing. */
  private Share settle(
      RecoveryPoints points,
      FileTrees trees,
      String point,
      Staged staged,
      SourceTimes times,
      Path notes) {
    var tree = tree();
    var root = Path.of(tree.path());
    var files = new FileTree(root, _ -> false);
    var noted = context.scratch().resolve("notes-of-staging");
    try {
      var look = files.note(noted, context.scratch().resolve("excludes-of-staging"));
      var kept =
          new TreesBackup.Kept(
              List.of(new Noted(0, tree, root, files, noted, look)),
              new StoredTrees(staged.stored(), List.of()));
      return new TreesBackup(context, points, trees, point).settle(kept, times, notes);
    } catch (IOException e) {
      throw FirstLook.unreadable(root, e);
    } finally {
      Folders.delete(staging());
    }
  }
}
