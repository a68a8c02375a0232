package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.S3Checksums;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.ObjectBucket;
import dev.salvor.engine.objectstore.S3Access;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.restic.StoredTrees;
import dev.salvor.engine.supabase.ProjectDatabase;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.FileTrees;
import dev.salvor.task.HostedProject;
import dev.salvor.task.Manifest;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.Step;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseProject;
import dev.salvor.worker.FirstLook.Noted;
import dev.salvor.worker.StagedStorage.Staged;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps Storage's objects of a bucket as the tree of files that they would be with its file
 * backend: whatever reads a point finds no difference.
 *
 * @param access to the backend's bucket, or to Storage's own protocol, where its own are
 * @param isServed whether Storage itself gives them, by their rows
 */
record BucketBackup(
    WorkerContext context,
    S3Access access,
    StorageLayout layout,
    boolean allowEmpty,
    boolean isServed) {
  /** Accepts that objects which can be no file are not kept. */
  private static final String STORAGE_NAMES = "storage-names";

  /** What keeps objects that are served out of a point, and nothing else of it. */
  private static final Set<Reason> NOT_KEPT =
      EnumSet.of(Reason.SOURCE_UNREACHABLE, Reason.EMPTY_SOURCE, Reason.SCRATCH_FULL);

  /**
   * Of a project that has one; empty: its objects are in a place, or not kept.
   *
   * @throws EngineException CREDENTIALS_MISSING
   */
  static Optional<BucketBackup> of(WorkerContext context, SupabaseProject project) {
    return bucket(project)
        .map(
            bucket ->
                new BucketBackup(
                    context,
                    StoreAccess.storage(context.credentials(), bucket),
                    Objects.requireNonNull(project.layout()),
                    project.trees().allowEmpty(),
                    served(project) != null));
  }

  private static Optional<StoreTarget.Bucket> bucket(SupabaseProject project) {
    var storage = served(project);
    return Optional.ofNullable(
        storage == null
            ? project.bucket()
            : new StoreTarget.Bucket(
                "", null, storage.endpoint(), storage.region(), true, S3Checksums.WHEN_REQUIRED));
  }

  private static @Nullable StorageEndpoint served(SupabaseProject project) {
    return project.hosted() == null ? null : project.hosted().storage();
  }

  /**
   * All trees of a project's points, also for who reads none of its objects: that needs no keys.
   */
  static FileTrees trees(WorkerContext context, SupabaseProject project) {
    return bucket(project).map(_ -> among(context, project.trees())).orElse(project.trees());
  }

  /**
   * What is kept.
   *
   * @param share without parts where nothing is
   * @param unread so many objects are perhaps there, and could not be fetched
   * @param accepted of them so many can be no file, and somebody accepted it
   */
  record Kept(Share share, long unread, long accepted) {
    /** No part of the point. */
    static final Kept NOTHING =
        new Kept(new Share(List.of(), List.of(), false, 0, List.of()), 0, 0);

    boolean isPart() {
      return !share.parts().isEmpty();
    }
  }

  /** The folder in which its objects are laid out, before all others. */
  FileTrees among(FileTrees places) {
    return among(context, places);
  }

  private static FileTrees among(WorkerContext context, FileTrees places) {
    return new FileTrees(
        Stream.concat(Stream.of(tree(context)), places.trees().stream()).toList(),
        places.devices(),
        places.exclude(),
        places.excludeIfPresent(),
        places.allowEmpty());
  }

  private static FileTrees.Tree tree(WorkerContext context) {
    return new FileTrees.Tree(
        SupabaseSource.STORAGE, staging(context).resolve(StagedStorage.ROOT).toString());
  }

  private static Path staging(WorkerContext context) {
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
    if (target.store().place() instanceof StoreTarget.Bucket store
        && ((objects != null
                && layout != null
                && store.hasWithin(target.path(), objects, layout.tenant()))
            || isOf(project.hosted(), store))) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "the store lies among the objects of Storage: each backup would hold all backups before"
              + " it.");
    }
  }

  /** Whether a store is in the project's own Storage, which has two host names. */
  private static boolean isOf(@Nullable HostedProject project, StoreTarget.Bucket store) {
    return project != null
        && project.storage() != null
        && (store.url().equals(project.storage().endpoint())
            || store.url().startsWith("https://" + project.project() + "."));
  }

  /**
   * Sees to it that it can be listed, before a dump is made in vain, and that nobody restores to
   * it. Of what is served nothing is in vain: the database is kept without it.
   *
   * @throws EngineException as {@link ObjectBucket}; INCOMPLETE_BACKUP
   */
  void requireThere(Manifest.Origin origin) {
    if (isServed) {
      return;
    }
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
   * @param snapshot of the rows
   * @param server that has them
   * @param acknowledged tokens that a person accepted
   * @throws EngineException EMPTY_SOURCE; as {@link StagedStorage#store}
   */
  Kept take(
      RecoveryPoints points,
      FileTrees trees,
      String point,
      Path notes,
      ProjectDatabase database,
      ProjectSnapshot snapshot,
      ServerConnection server,
      List<String> acknowledged) {
    var place = new Place(points, trees, point, notes, acknowledged.contains(STORAGE_NAMES));
    if (!isServed) {
      return take(place, database);
    }
    context.progress().step(Step.FETCH);
    try (var bucket = new ObjectBucket(access)) {
      return snapshot.served().map(rows -> take(place, bucket, rows, server)).orElse(Kept.NOTHING);
    }
  }

  /** The backend's own, whatever rows there are. */
  Kept take(
      RecoveryPoints points, FileTrees trees, String point, Path notes, ProjectDatabase database) {
    return take(new Place(points, trees, point, notes, false), database);
  }

  private Kept take(Place place, ProjectDatabase database) {
    context.progress().step(Step.FETCH);
    try (var bucket = new ObjectBucket(access)) {
      var list = new StagingList.OfBackend(bucket, layout);
      var kept =
          take(
              place,
              list,
              database.hasObjects()
                  ? ", and the database knows of objects in Storage. Are bucket and tenant of the"
                      + " policy right?"
                  : "");
      if (kept.staged().gone() > 0) {
        context
            .warnings()
            .add(
                kept.staged().gone()
                    + " objects were deleted between the list of objects and their turn");
      }
      return kept(place, kept.share(), kept.staged());
    }
  }

  private static Kept kept(Place place, Share share, Staged staged) {
    return new Kept(share, staged.leftOut(), place.acceptsNames() ? staged.unfit() : 0);
  }

  /** Nothing that Storage answers, nor room, may keep the database from being kept. */
  private Kept take(Place place, ObjectBucket bucket, ServedRows rows, ServerConnection server) {
    try {
      return served(place, bucket, rows, server);
    } catch (IOException e) {
      return notKept(place, StagingRoom.unusable(staging(context), e));
    } catch (EngineException e) {
      if (!NOT_KEPT.contains(e.reason())) {
        throw e;
      }
      return notKept(place, e);
    }
  }

  private Kept served(Place place, ObjectBucket bucket, ServedRows rows, ServerConnection server)
      throws IOException {
    try (var list =
        new ServedObjects(context, bucket, access.bucket().url(), rows, layout, server)) {
      var kept =
          take(
              place,
              list,
              rows.expected() > 0 ? ", and the database knows of " + rows.expected() : "");
      // Other bytes than the row says, as Storage itself gives them.
      return kept(
          place,
          kept.staged().otherwiseNamed() == 0 ? kept.share() : incomplete(kept.share()),
          kept.staged());
    }
  }

  private Kept notKept(Place place, EngineException why) {
    context
        .warnings()
        .addFirst("objects of Storage are not in this point: " + why.failure().message());
    Folders.delete(staging(context));
    Folders.delete(place.notes().resolve(StagedObject.FILE));
    return Kept.NOTHING;
  }

  /**
   * Where it goes.
   *
   * @param acceptsNames whether it need not have what can be no file
   */
  private record Place(
      RecoveryPoints points, FileTrees trees, String point, Path notes, boolean acceptsNames) {}

  private record StagedShare(Share share, Staged staged) {}

  /**
   * Of any list.
   *
   * @param expected in words what speaks against an empty one; empty: nothing does
   */
  private StagedShare take(Place place, StagingList list, String expected) {
    var times = SourceTimes.read(context.environment(), context.clock().instant());
    var staged =
        new StagedStorage(context, place.points(), list, staging(context))
            .store(place.point(), place.notes().resolve(StagedObject.FILE));
    refuseEmpty(staged, list.text() + " holds no objects", expected);
    var settled = settle(place, staged, times);
    if (staged.leftOut() == 0) {
      return new StagedShare(settled, staged);
    }
    if (staged.unfit() > 0 && !place.acceptsNames()) {
      context.warnings().addFirst(remedy(staged));
    }
    context
        .warnings()
        .addFirst(
            staged.leftOut()
                + " objects of "
                + list.text()
                + " are not kept: "
                + TreesBackup.some(staged.named()));
    var isAccepted = place.acceptsNames() && staged.leftOut() == staged.unfit();
    return new StagedShare(isAccepted ? settled : incomplete(settled), staged);
  }

  private static String remedy(Staged staged) {
    return staged.unfit()
        + " objects can be no files (a name with '..' or with a part longer than 255 bytes, an"
        + " object that is a folder of others, a content type or cache control of more than 1,000"
        + " characters): move them in Storage, or keep them by other means and accept it. Token: "
        + STORAGE_NAMES;
  }

  private static Share incomplete(Share share) {
    return new Share(share.parts(), share.facts(), false, share.addedBytes(), share.warnings());
  }

  private void refuseEmpty(Staged staged, String what, String expected) {
    if (staged.files() > 0) {
      return;
    }
    if (!expected.isEmpty() && !allowEmpty) {
      throw new EngineException(Reason.EMPTY_SOURCE, what + expected);
    }
    context.warnings().add(what);
  }

  /** Nobody but this run writes there: the two looks differ in nothing. */
  private Share settle(Place place, Staged staged, SourceTimes times) {
    var tree = tree(context);
    var root = Path.of(tree.path());
    var files = new FileTree(root, _ -> false);
    var noted = context.scratch().resolve("notes-of-staging");
    try {
      var look = files.note(noted, context.scratch().resolve("excludes-of-staging"));
      var kept =
          new TreesBackup.Kept(
              List.of(new Noted(0, tree, root, files, noted, look)),
              new StoredTrees(staged.stored(), List.of()));
      return new TreesBackup(context, place.points(), place.trees(), place.point())
          .settle(kept, times, place.notes());
    } catch (IOException e) {
      throw FirstLook.unreadable(root, e);
    } finally {
      Folders.delete(staging(context));
    }
  }
}
