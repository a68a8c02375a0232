package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.DumpSelection.Relation;
import dev.salvor.engine.supabase.ProjectDatabase;
import dev.salvor.engine.supabase.VaultKey;
import dev.salvor.plan.FileContent;
import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees;
import dev.salvor.task.HostedFacts;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.Span;
import dev.salvor.task.Step;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.TaskResult;
import dev.salvor.worker.BucketBackup.Kept;
import dev.salvor.worker.FirstLook.Noted;
import dev.salvor.worker.ProjectSnapshot.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes one recovery point of a Supabase project: databases first, and only when their snapshots
 * were let go are the files looked at. Storage writes an object's bytes before its row and removes
 * them after it: so no row of the dump lacks bytes but those that were about to go (ADR 24).
 */
final class SupabasePointTaker {
  private static final int FORMAT = 3;
  private static final int FORMAT_WITH_EARLIER = 4;
  private static final String STORAGE_ELSEWHERE = "storage-elsewhere";

  /** Places that a new project has nothing in; Storage is held to its rows. */
  private static final Set<String> MAY_BE_EMPTY =
      Set.of(SupabaseSource.STORAGE, SupabaseSource.SNIPPETS);

  private final WorkerContext context;
  private final RecoveryPoints points;
  private final Owner owner;
  private final SupabaseProject source;
  private final @Nullable Baseline baseline;
  private final Manifest.Origin origin;
  private final List<String> acknowledged;

  /** Storage's objects, where they are in no place; empty: they are in one, or not kept. */
  private final Optional<BucketBackup> bucket;

  /** All places, and the folder in which the objects of a bucket are laid out. */
  private final FileTrees trees;

  private final @Nullable Span span;

  /** Places that this worker reads itself. */
  private final List<FileTrees.Tree> own;

  /** Places without files. */
  private final List<String> emptied = new ArrayList<>();

  /**
   * For one point.
   *
   * @param baseline the last complete point; null: none, or nothing is to be compared
   * @param acknowledged tokens that a person accepted
   * @param span what of it is this worker's; null: all
   */
  SupabasePointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      SupabaseProject source,
      @Nullable Baseline baseline,
      Manifest.Origin origin,
      List<String> acknowledged,
      @Nullable Span span) {
    this(
        context,
        points,
        owner,
        source,
        BucketBackup.of(context, source),
        baseline,
        origin,
        acknowledged,
        span);
  }

  /** For a safety point; with Storage's bucket, where it is in one. */
  SupabasePointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      SupabaseProject source,
      Optional<BucketBackup> bucket,
      Manifest.Origin origin) {
    this(context, points, owner, source, bucket, null, origin, List.of(), null);
  }

  private SupabasePointTaker(
      WorkerContext context,
      RecoveryPoints points,
      Owner owner,
      SupabaseProject source,
      Optional<BucketBackup> bucket,
      @Nullable Baseline baseline,
      Manifest.Origin origin,
      List<String> acknowledged,
      @Nullable Span span) {
    this.context = context;
    this.points = points;
    this.owner = owner;
    this.source = source;
    this.bucket = bucket;
    this.trees = bucket.map(it -> it.among(source.trees())).orElse(source.trees());
    this.baseline = baseline;
    this.origin = origin;
    this.acknowledged = List.copyOf(acknowledged);
    this.span = span;
    this.own =
        source.trees().trees().stream()
            .filter(tree -> span == null || span.own().contains(tree.name()))
            .toList();
  }

  /**
   * Takes it. Where some of it cannot be read, all else is stored, and the point is not complete.
   *
   * @param look that was begun at its server
   * @throws EngineException INVALID_SPEC where it is no Supabase, SOURCE_MISSING, EMPTY_SOURCE, as
   *     {@link ServerDump#databases}; whatever concerns the repository. No manifest is there then.
   */
  TaskResult.BackedUp take(ServerLook look) {
    context.progress().step(Step.PREFLIGHT);
    var seen = look.await(baseline);
    var hosting =
        Optional.ofNullable(source.hosted())
            .map(it -> new HostedBackup(context, it, source.trees()));
    hosting.ifPresent(it -> it.begin(seen.server()));
    var database = look(seen);
    lookAtPlaces();
    var notes = scratch("notes");
    var shares = OtherNodes.shares(context, points, span, notes);
    OtherNodes.requireAll(
        source.trees().trees().stream().map(FileTrees.Tree::name),
        own.stream().map(FileTrees.Tree::name),
        shares);
    requireStorageOwn();
    var key = key(own).or(() -> keyOf(shares));
    // First, so that these are the warnings that a report has room for.
    var opened = hosting.isPresent() || opensSecrets(key, database);
    var stored = holdsObjects(database);
    var passedOver = passedOver(seen);
    ProjectDatabase.requireCore(passedOver);
    var project =
        new ProjectSnapshot(
            context,
            source.layout(),
            passedOver,
            source.hosted() == null ? Host.OWNER : Host.SUPABASE);
    var dump = new ServerDump(context, points, source.dump(), baseline, origin, project);
    var point = span == null ? points.newId() : span.point();
    var dumped = dump.databases(seen, point);
    var globals = dump.globals(dumped);
    var state = project.state(seen.server());
    dump.requireOneSystem(dumped);
    // Right after the dump: what is deleted meanwhile is a row without bytes.
    var objects =
        bucket.map(
            it ->
                it.take(
                    points, trees, point, notes, database, project, seen.server(), acknowledged));
    var tolerated = source.tolerateMissing() + objects.map(Kept::accepted).orElse(0L);
    var hosted = hosting.map(it -> it.take(project, database, passedOver, state));
    var read = files(point, database, notes, objects, shares);
    requireSame(key, key(own).or(() -> keyOf(shares)));
    var settled = settle(project, dumped, point, notes, objects);
    var storage = settled.map(it -> it.census().facts());
    var earlier = settled.flatMap(ObjectsBackup.Settled::earlier);
    var files = earlier.map(more -> having(read, more)).orElse(read);
    refuseShrunken(files.extent(), seen.about().lineage());
    var manifest = points.memory("manifest");
    var configuration =
        configuration(manifest, hosted.map(HostedBackup.Kept::documents).orElse(Map.of()));
    project.lookAtKeys(manifest.resolve(ProjectConfiguration.FOLDER).resolve(".env"));
    // Of one place, and last: a report has little room.
    own.stream()
        .findFirst()
        .map(FirstLook::root)
        .ifPresent(root -> TreesBackup.warnOfOneDisk(context, points, root));
    var asProject =
        configuration.leftOut().isEmpty()
            && opened
            && hosted.map(HostedBackup.Kept::complete).orElse(true)
            && stored
            && project.wasRead()
            && emptied.isEmpty()
            && storage.filter(facts -> facts.notWhole() > tolerated).isEmpty();
    var still = files.facts().stream().allMatch(facts -> facts.unsteady() == 0);
    var complete = dumped.complete() && files.complete() && (isSafety() ? still : asProject);
    context.progress().step(Step.MANIFEST);
    var noted =
        points.keepNotes(
            point,
            notes,
            Stream.of(
                    files.files().stream(),
                    storage.map(_ -> StorageFacts.FILE).stream(),
                    earlier.map(_ -> StorageFacts.EARLIER).stream(),
                    objects.filter(Kept::isPart).map(_ -> StagedObject.FILE).stream())
                .flatMap(names -> names)
                .toList(),
            dumped.time());
    points.write(manifest, globals.sql());
    var committed =
        points.commit(
            new Manifest(
                earlier.isPresent() ? FORMAT_WITH_EARLIER : FORMAT,
                point,
                origin,
                owner,
                context.header().run(),
                context.header().tick(),
                dumped.time(),
                seen.about().lineage(),
                dump.engines(seen.server()),
                complete,
                Stream.concat(dumped.parts().stream(), files.parts().stream()).toList(),
                new Manifest.Supabase(
                    dump.content(dumped, globals),
                    new Manifest.Files(files.facts()),
                    noted.part(),
                    earlier.map(EarlierObjects.Taken::part).orElse(null),
                    new SupabaseFacts(
                        key.map(VaultKey::fingerprint).orElse(null),
                        configuration.files(),
                        storage.orElse(null),
                        state,
                        source.images().isEmpty() ? null : source.images(),
                        hosted.map(HostedBackup.Kept::facts).orElse(null),
                        source.leftOut().isEmpty() ? null : source.leftOut()))),
            manifest,
            List.of(RecoveryPoints.GLOBALS_FILE, ProjectConfiguration.FOLDER));
    return new TaskResult.BackedUp(
        point,
        committed.snapshot(),
        dumped.time(),
        complete,
        dumped.sizeBytes() + files.extent().bytes(),
        dumped.addedBytes() + files.addedBytes() + noted.addedBytes() + committed.addedBytes(),
        new Extent.Both(dumped.extent(), files.extent()),
        seen.about().lineage(),
        points.repositoryId(),
        String.valueOf(points.storeId()),
        seen.server().address().text(),
        seen.server().version(),
        storage.map(StorageFacts::inShort).orElse(null),
        hosted.map(HostedBackup.Kept::facts).map(HostedFacts::inShort).orElse(null));
  }

  private static List<String> passedOver(ServerLook.Seen seen) {
    var checked = seen.checked().get(SupabaseSource.DATABASE);
    return checked == null
        ? List.of()
        : checked.selection().passedOver().stream().map(Relation::text).toList();
  }

  /** Empty where there is no Storage, or its objects were not read. */
  private Optional<ObjectsBackup.Settled> settle(
      ProjectSnapshot project,
      ServerDump.Dumped dumped,
      String point,
      Path notes,
      Optional<Kept> objects) {
    // Whatever is served is looked for in the point before by its row. A safety point is of what
    // is there, which need not be what was there when the point before was made.
    var before =
        isSafety() || source.hosted() != null ? null : new EarlierObjects(context, points, point);
    return storageEntries()
        .filter(_ -> objects.map(Kept::isPart).orElse(true))
        .map(notes::resolve)
        .flatMap(
            entries ->
                project.compare(
                    entries, notes, dumped, objects.map(Kept::unread).orElse(0L), before));
  }

  /** The file in which it is noted what there is of Storage; empty: that is not kept. */
  private Optional<String> storageEntries() {
    return trees.trees().stream()
        .filter(SupabasePointTaker::isStorage)
        .map(tree -> TreesBackup.notes(trees, tree))
        .findFirst();
  }

  private Share having(Share read, EarlierObjects.Taken more) {
    return read.having(
        SupabaseSource.STORAGE, storageEntries().orElseThrow(), more.tree(), more.addedBytes());
  }

  /** Whatever is there is kept before it goes: it need not be a whole project, nor a sound one. */
  private boolean isSafety() {
    return origin == Manifest.Origin.SAFETY;
  }

  private ProjectDatabase look(ServerLook.Seen seen) {
    if (isSafety()) {
      return ProjectDatabase.UNASKED;
    }
    try (var open = RunSession.open(seen.server(), SupabaseSource.DATABASE, context)) {
      return source.hosted() == null
          ? ProjectDatabase.read(open.session())
          : ProjectDatabase.readHosted(open.session());
    }
  }

  /** Before a dump is made in vain. */
  private void lookAtPlaces() {
    bucket.ifPresent(it -> it.requireThere(origin));
    var roots = own.stream().map(FirstLook::root).toList();
    for (var root : roots) {
      TreesBackup.refuseStoreBelow(points, root);
      refuseUnfinished(root);
      if (roots.stream().filter(root::startsWith).count() > 1) {
        throw new EngineException(
            Reason.INVALID_SPEC,
            root
                + " lies in another place of the project, or is given twice: it would be kept"
                + " twice.");
      }
    }
    configurationFolder()
        .filter(folder -> !Files.isDirectory(folder))
        .ifPresent(
            folder -> {
              throw new EngineException(Reason.SOURCE_MISSING, folder + " is not a folder.");
            });
  }

  private void refuseUnfinished(Path root) {
    if (!isSafety()) {
      TreesBackup.refuseUnfinished(root);
    }
  }

  private Optional<Path> configurationFolder() {
    return Optional.ofNullable(source.configuration()).map(Path::of);
  }

  /** Empty where it is not among these. */
  static Optional<VaultKey> key(List<FileTrees.Tree> trees) {
    return trees.stream()
        .filter(tree -> tree.name().equals(SupabaseSource.KEY))
        .findFirst()
        .map(tree -> VaultKey.read(FirstLook.root(tree)));
  }

  /** Another node reads before the dump, whose rows could lack bytes then. */
  private void requireStorageOwn() {
    if (source.trees().trees().stream().anyMatch(SupabasePointTaker::isStorage)
        && own.stream().noneMatch(SupabasePointTaker::isStorage)) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP,
          "the files of Storage were read by another node, before the databases.");
    }
  }

  private static Optional<VaultKey> keyOf(List<Share> shares) {
    return shares.stream()
        .flatMap(share -> Stream.ofNullable(share.vaultKey()))
        .findFirst()
        .map(VaultKey::new);
  }

  /** What was read is of one key, or of none. */
  static void requireSame(Optional<VaultKey> before, Optional<VaultKey> now) {
    if (!now.equals(before)) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP, "the key of Vault became another while it was kept.");
    }
  }

  private Share files(
      String point,
      ProjectDatabase database,
      Path notes,
      Optional<Kept> objects,
      List<Share> shares) {
    var places = places(point, database, notes);
    // A restore may have begun meanwhile: nothing of one repository keeps it from that.
    bucket.ifPresent(it -> it.requireThere(origin));
    shares.forEach(this::noteEmptied);
    return shares.stream()
        .reduce(objects.map(kept -> kept.share().with(places)).orElse(places), Share::with);
  }

  private Share places(String point, ProjectDatabase database, Path notes) {
    try (var look = FirstLook.begin(context, source.trees(), own)) {
      context.progress().step(Step.NOTE);
      var noted = look.await();
      noted.forEach(each -> refuseEmpty(each, database));
      context.progress().step(Step.STORE);
      var backup = new TreesBackup(context, points, trees, point);
      // Apart: restic finds what it has by the paths of a snapshot, and new places change those.
      var kept =
          Stream.of(
                  noted.stream().filter(each -> isStorage(each.tree())).toList(),
                  noted.stream().filter(each -> !isStorage(each.tree())).toList())
              .map(together -> backup.store(together, look.excludes()))
              .toList();
      context.progress().step(Step.SETTLE);
      var share =
          kept.stream()
              .map(each -> backup.settle(each, look.times(), notes))
              .reduce(Share::with)
              .orElseThrow();
      // A restore may have begun meanwhile: nothing of one repository keeps it from that.
      look.roots().forEach(this::refuseUnfinished);
      if (!look.trees().stream().map(FirstLook::root).toList().equals(look.roots())) {
        throw new EngineException(
            Reason.INCOMPLETE_BACKUP, "a place of the project became another while it was kept.");
      }
      return share;
    }
  }

  private static boolean isStorage(FileTrees.Tree tree) {
    return tree.name().equals(SupabaseSource.STORAGE);
  }

  /**
   * Whether objects that the database knows of are kept, or somebody said that they are elsewhere.
   */
  private boolean holdsObjects(ProjectDatabase database) {
    if (!database.hasObjects()
        || trees.trees().stream().anyMatch(SupabasePointTaker::isStorage)
        || acknowledged.contains(STORAGE_ELSEWHERE)) {
      return true;
    }
    if (source.hosted() != null) {
      context
          .warnings()
          .add("Storage's objects are not kept, only their rows: the policy names no storage");
      return true;
    }
    context
        .warnings()
        .add(
            "the database knows of objects in Storage, and the policy does not say where they are:"
                + " name storage, or, if they are in a bucket that is kept otherwise, accept it."
                + " Token: "
                + STORAGE_ELSEWHERE);
    return false;
  }

  /**
   * Storage without files is one that is not mounted, where the database knows of objects. Any
   * other place without files makes the point Partial: it may be one that is not mounted either.
   */
  private void refuseEmpty(Noted noted, ProjectDatabase database) {
    if (noted.look().files() > 0) {
      return;
    }
    if (isStorage(noted.tree()) && database.hasObjects() && !source.trees().allowEmpty()) {
      throw new EngineException(
          Reason.EMPTY_SOURCE,
          noted.root() + " holds no files, and the database knows of objects in Storage");
    }
    noteEmptied(noted.tree().name(), noted.root().toString());
  }

  /** What another node read, which is never Storage. */
  private void noteEmptied(Share share) {
    for (var at = 0; at < share.facts().size(); at++) {
      if (share.facts().get(at).files() == 0) {
        var part = share.parts().get(at);
        noteEmptied(part.name(), part.path());
      }
    }
  }

  private void noteEmptied(String name, String where) {
    context.warnings().add(where + " holds no files");
    if (!MAY_BE_EMPTY.contains(name) && !source.trees().allowEmpty()) {
      emptied.add(name);
    }
  }

  private void refuseShrunken(Extent.Files extent, String lineage) {
    // Of a hosted project they are functions, of which there may be fewer any day, and objects,
    // which are held to their rows.
    if (source.trees().allowEmpty() || source.hosted() != null) {
      return;
    }
    // Of another database system it says nothing.
    var before = baseline != null && baseline.lineage().equals(lineage) ? baseline : null;
    FileContent.emptiness(extent, before)
        .filter(_ -> extent.files() == 0 || before == null || hasAllPlacesOf(before))
        .ifPresent(
            what -> {
              throw new EngineException(Reason.EMPTY_SOURCE, what);
            });
  }

  /** Where a place is left out of the policy, there are fewer files by right. */
  private boolean hasAllPlacesOf(Baseline before) {
    var places = trees.trees().stream().map(FileTrees.Tree::name).toList();
    return points.sets().stream()
        .filter(set -> set.id().equals(before.recoveryPoint()))
        .map(set -> points.manifest(set).treeParts())
        .allMatch(parts -> parts.stream().map(Manifest.Part::name).allMatch(places::contains));
  }

  /** Whether the secrets of Vault can be read by what the point holds, as far as it can be told. */
  private boolean opensSecrets(Optional<VaultKey> key, ProjectDatabase database) {
    if (isSafety()) {
      return true;
    }
    if (key.isEmpty()) {
      context
          .warnings()
          .add("the key of Vault is not kept: secrets in this point cannot be read without it");
      return !database.hasSecrets();
    }
    var now = key.get().shortened();
    var before = points.vaultKey().orElse(now);
    var token = "vault-key-" + now;
    if (before.equals(now) || !database.hasSecrets() || acknowledged.contains(token)) {
      return true;
    }
    context
        .warnings()
        .add(
            "the key of Vault is another than in the last complete recovery point: secrets that"
                + " were written before cannot be read with it. Put the key of that point back, or,"
                + " if all were written anew, accept it. Token: "
                + token);
    return false;
  }

  /** A folder of its owner's, objects of a cluster, or what a hosted project was asked for. */
  private ProjectConfiguration configuration(Path manifest, Map<String, byte[]> documents) {
    try {
      var target = Files.createDirectory(manifest.resolve(ProjectConfiguration.FOLDER));
      var folder = configurationFolder();
      var copied =
          source.hosted() != null
              ? ProjectConfiguration.write(documents, target)
              : folder.isPresent()
                  ? ProjectConfiguration.copy(folder.get(), target)
                  : ProjectConfiguration.copy(source.mounted(), target);
      if (!copied.leftOut().isEmpty()) {
        context
            .warnings()
            .add("of the configuration was not kept: " + TreesBackup.some(copied.leftOut()));
      }
      return copied;
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "no folder can be made in memory", e);
    }
  }

  /** On disk: a tree of a million entries has some hundred megabytes of notes. */
  private Path scratch(String name) {
    try {
      return Files.createDirectory(context.scratch().resolve(name));
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "the scratch folder cannot be written", e);
    }
  }
}
