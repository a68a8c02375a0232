package dev.salvor.worker;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.StoreRoot;
import dev.salvor.engine.process.Streams;
import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.engine.restic.Listed;
import dev.salvor.engine.restic.NewSnapshot;
import dev.salvor.engine.restic.Restic;
import dev.salvor.engine.restic.ResticRepository;
import dev.salvor.engine.restic.Snapshot;
import dev.salvor.engine.supabase.VaultKey;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.task.Baseline;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Manifest;
import dev.salvor.task.PointId;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.Step;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One policy's repository as carriers use it: sets of snapshots, each closed by a manifest. It
 * holds the machine's lock of the repository until it is closed.
 */
public final class RecoveryPoints implements AutoCloseable {
  /** What the repository is opened for. */
  public enum Access {
    /** List and restore; makes nothing. */
    READ,
    /**
     * As {@link #READ} with an empty cache, which alone proves what the store holds (SAFETY 21).
     */
    PROVE,
    /** Back up; makes store and repository where the rules allow it, and checks the owner. */
    WRITE,
    /** Forget and prune: alone in the repository, and checks the owner. */
    MAINTAIN
  }

  static final String MANIFEST_FILE = "manifest.json";
  static final String GLOBALS_FILE = "globals.sql";
  private static final String NOTHING_NOTED = "no-trees";
  private static final String SHARE_FILE = "share.json";
  private static final String VERDICT_FILE = "verdict.json";

  /** Why a manifest tells nothing. */
  private static final Set<Reason> UNREADABLE =
      EnumSet.of(Reason.CORRUPT_RECOVERY_POINT, Reason.NEWER_THAN_OPERATOR, Reason.STORE_DAMAGED);

  private static final String ID_TAIL = "abcdefghijklmnopqrstuvwxyz0123456789";

  /** How many ids a message lists. */
  private static final int NAMED = 5;

  private final WorkerContext context;
  private final RepositoryTarget target;
  private final ResticRepository repository;
  private final RepositoryFileLock lock;
  private final OpenRepository opened;
  private Catalogue catalogue;
  private @Nullable CompletableFuture<Listed> ahead;
  private volatile @Nullable Read lastRead;

  private RecoveryPoints(
      WorkerContext context,
      RepositoryTarget target,
      ResticRepository repository,
      RepositoryFileLock lock,
      OpenRepository opened) {
    this.context = context;
    this.target = target;
    this.repository = repository;
    this.lock = lock;
    this.opened = opened;
    this.catalogue = Catalogue.of(opened.listed());
  }

  /**
   * Opens the repository of a Task.
   *
   * @throws EngineException STORE_UNKNOWN, STORE_NOT_INITIALIZED, REPOSITORY_MISSING,
   *     OWNED_BY_OTHER (to write or maintain), CREDENTIALS_MISSING, and what a {@link
   *     ResticRepository} fails with
   */
  public static RecoveryPoints open(WorkerContext context, RepositoryTarget target, Access access) {
    var store = new StoreAccess(context, target.store());
    var mode =
        access == Access.MAINTAIN ? RepositoryFileLock.Mode.ALONE : RepositoryFileLock.Mode.SHARED;
    var lock =
        RepositoryFileLock.take(context.repositoryLock(), mode, context.processes().deadline());
    try (var objects = store.objects()) {
      var repository =
          new Restic(
              context.programs().restic(),
              store.restic(target.path(), cache(context, access)),
              context.processes(),
              lock,
              context.clock());
      var opened =
          OpenRepository.open(
              new StoreRoot(objects, context.clock()),
              repository,
              target,
              access,
              context.header().run());
      var points = new RecoveryPoints(context, target, repository, lock, opened);
      for (var unreadable : points.catalogue().unreadable()) {
        context.warnings().add("a snapshot cannot be read and is not listed: " + unreadable);
      }
      if (access == Access.WRITE || access == Access.MAINTAIN) {
        store.requireWritable(target.path());
        points.checkOwner();
      }
      return points;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static Path cache(WorkerContext context, Access access) {
    var fresh = context.scratch().resolve("restic-cache");
    return access == Access.PROVE || access == Access.MAINTAIN
        ? fresh
        : context.resticCache().orElse(fresh);
  }

  private void checkOwner() {
    Ownership.check(catalogue, target.owner(), target.acknowledge());
  }

  public ResticRepository repository() {
    return repository;
  }

  public String repositoryId() {
    return opened.repositoryId();
  }

  /** Where the store is a folder of this machine. */
  Optional<Path> storeFolder() {
    return target.store().place() instanceof StoreTarget.Directory directory
        ? Optional.of(Path.of(directory.path()))
        : Optional.empty();
  }

  /** Null where a place without a marker is read. */
  public @Nullable String storeId() {
    return opened.storeId();
  }

  /** Complete and partial points, newest first; never one of which a part is not there. */
  public List<RecoverySet> sets() {
    return catalogue.sets();
  }

  /** However that attempt ended: its report may be lost, and what it kept may be the only copy. */
  void tellSafetyPointsOfEarlierAttempts() {
    safetyPointsOfEarlierAttempts()
        .map(RecoverySet::id)
        .forEach(point -> context.warnings().add(RestorePlanning.keptEarlier(point)));
  }

  /** What the first attempt that kept something kept before it wrote over it; null: none did. */
  @Nullable String safetyPointOfEarlierAttempt() {
    return safetyPointsOfEarlierAttempts().map(RecoverySet::id).findFirst().orElse(null);
  }

  /** The last that one kept, of a target that is never kept once it is begun; null: none did. */
  @Nullable String lastSafetyPoint() {
    return safetyPointsOfEarlierAttempts()
        .map(RecoverySet::id)
        .reduce((_, later) -> later)
        .orElse(null);
  }

  /**
   * What an earlier attempt of this restore kept of a database right before it dropped it, whatever
   * has its name now; null: none dropped it.
   *
   * @param oid of the database that has the name
   */
  @Nullable String safetyPointOfDropped(String database, long oid) {
    var kept =
        safetyPointsOfEarlierAttempts()
            .flatMap(
                set ->
                    databases(manifest(set)).stream()
                        .filter(facts -> facts.database().equals(database) && facts.oid() != null)
                        .map(
                            facts ->
                                new EarlierKept(set.id(), Objects.requireNonNull(facts.oid()))))
            .toList();
    return EarlierKept.lastBeforeTheDrop(kept, oid).orElse(null);
  }

  /**
   * The first complete one that an earlier attempt of this restore made: later ones may hold what
   * it had begun to write. Null: none.
   */
  @Nullable String firstSafetyPoint() {
    return safetyPointsOfEarlierAttempts()
        .filter(RecoverySet::complete)
        .map(RecoverySet::id)
        .findFirst()
        .orElse(null);
  }

  private static List<DatabaseFacts> databases(Manifest manifest) {
    return manifest.holdsDatabases() ? manifest.postgres().databases() : List.of();
  }

  /** The oldest first. By the request itself: several may be made in one second. */
  private Stream<RecoverySet> safetyPointsOfEarlierAttempts() {
    return sets().stream()
        .filter(set -> context.header().attempt() > 1)
        .filter(set -> set.isSafetyPointOf(context.request(), context.header().tick()))
        .sorted(Comparator.comparing(RecoverySet::time));
  }

  Catalogue catalogue() {
    return catalogue;
  }

  /**
   * The point that is asked for and no other.
   *
   * @throws EngineException NO_MATCHING_RECOVERY_POINT, naming what there is;
   *     CORRUPT_RECOVERY_POINT where parts of it are not there
   */
  public RecoverySet require(PointReference point) {
    if (catalogue.broken().contains(point.id())) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "parts of recovery point " + point.id() + " are not there");
    }
    return catalogue
        .find(point.id())
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.NO_MATCHING_RECOVERY_POINT,
                    "there is no recovery point "
                        + point.id()
                        + "; the newest are "
                        + sets().stream().limit(NAMED).map(RecoverySet::id).toList()));
  }

  /** A manifest, and the snapshot that holds it, which never holds another. */
  private record Read(String snapshot, Manifest manifest) {}

  /**
   * Reads the manifest of a point, in one call of restic; in none where it was the last one read.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT where it cannot be read, is another point's, or
   *     names parts that are not there; NEWER_THAN_OPERATOR where a newer version wrote it
   */
  public Manifest manifest(RecoverySet set) {
    var snapshot = set.manifest().id();
    var last = lastRead;
    var manifest =
        last != null && last.snapshot().equals(snapshot) ? last.manifest() : read(set, snapshot);
    manifest.stored().forEach(part -> snapshotOf(set, part));
    lastRead = new Read(snapshot, manifest);
    return manifest;
  }

  private Manifest read(RecoverySet set, String snapshot) {
    Manifest manifest;
    try {
      var json = Json.mapper().readTree(file(snapshot, MANIFEST_FILE));
      refuseIfNewer(set, json.path("format").asInt());
      manifest = Json.mapper().treeToValue(json, Manifest.class);
    } catch (IOException e) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "the manifest of " + set.id() + " is not readable", e);
    }
    if (!manifest.recoveryPoint().equals(set.id())) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "the manifest of " + set.id() + " is that of " + manifest.recoveryPoint());
    }
    return manifest;
  }

  /** By its number alone: what else a newer form holds is not known. */
  private static void refuseIfNewer(RecoverySet set, int format) {
    if (format > Manifest.NEWEST_FORMAT) {
      throw new EngineException(
          Reason.NEWER_THAN_OPERATOR,
          "recovery point "
              + set.id()
              + " is of form "
              + format
              + "; this version reads up to "
              + Manifest.NEWEST_FORMAT
              + ".");
    }
  }

  /**
   * What the next backup is held to: the newest complete one, whatever a status knows of it, which
   * may be lost. Null where there is none, or none that can be read, which is warned of.
   */
  @Nullable Baseline baseline() {
    var newest = catalogue.newestBackup().orElse(null);
    if (newest == null) {
      return null;
    }
    try {
      return new Baseline(newest.id(), manifest(newest).extent(), newest.lineage());
    } catch (EngineException e) {
      if (!UNREADABLE.contains(e.reason())) {
        throw e;
      }
      context
          .warnings()
          .add(
              "nobody would notice that the source has shrunk: of the last complete recovery point"
                  + " no more is known than its name. "
                  + e.getMessage());
      return null;
    }
  }

  /** The globals beside the manifest: SQL that may hold password hashes. */
  public String globals(RecoverySet set) {
    return new String(file(set.manifest().id(), GLOBALS_FILE), StandardCharsets.UTF_8);
  }

  /**
   * The snapshot that holds a part today: found by its tree, since ids change by copy.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT where it is not there
   */
  public String snapshotOf(RecoverySet set, Manifest.Part part) {
    return set.parts().stream()
        .filter(snapshot -> snapshot.tree().equals(part.tree()))
        .map(Snapshot::id)
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.CORRUPT_RECOVERY_POINT,
                    part.name()
                        + " of recovery point "
                        + set.id()
                        + " is not the one that its manifest names"));
  }

  /**
   * Reads what was noted of a tree.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT where it is not there
   */
  void notes(RecoverySet set, Manifest manifest, String name, Streams.Output output) {
    var snapshot =
        manifest.notes().map(part -> snapshotOf(set, part)).orElseGet(() -> set.manifest().id());
    repository.dump(snapshot, "/" + name, output);
  }

  /**
   * Reads what lies beside the manifest of a project and holds it to what was noted; keeps nothing.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT, STORE_DAMAGED
   */
  void requireConfiguration(RecoverySet set, SupabaseFacts facts) {
    for (var file : facts.configuration()) {
      configuration(
          set,
          file,
          stream -> {
            var seen = Fingerprint.of(stream, OutputStream.nullOutputStream(), read -> {});
            if (!seen.sha256().equals(file.sha256()) || seen.bytes() != file.sizeBytes()) {
              throw new EngineException(
                  Reason.CORRUPT_RECOVERY_POINT,
                  "what is stored of "
                      + file.name()
                      + " of the configuration is not what was noted");
            }
          });
    }
  }

  /** Reads one file of a project's configuration, which lies beside its manifest. */
  void configuration(RecoverySet set, SupabaseFacts.Configured file, Streams.Output output) {
    repository.dump(
        set.manifest().id(), "/" + ProjectConfiguration.FOLDER + "/" + file.name(), output);
  }

  /**
   * Which key of Vault the last complete point holds, shortened. That of a safety point is the key
   * of another place.
   */
  Optional<String> vaultKey() {
    return sets().stream()
        .filter(set -> set.complete() && set.origin() != Manifest.Origin.SAFETY)
        .filter(set -> set.manifest().tag(Tags.VAULT_KEY).isPresent())
        .max(Comparator.comparing(RecoverySet::time))
        .flatMap(set -> set.manifest().tag(Tags.VAULT_KEY));
  }

  private byte[] file(String snapshot, String name) {
    return repository.read(snapshot, "/" + name);
  }

  /** A new point's id: the host's tick and a random tail. */
  public String newId() {
    var random = new SecureRandom();
    var tail = new StringBuilder();
    for (var digit = 0; digit < PointId.TAIL_LENGTH; digit++) {
      tail.append(ID_TAIL.charAt(random.nextInt(ID_TAIL.length())));
    }
    return PointId.of(context.header().tick(), tail.toString());
  }

  /** What the snapshot of one database says of itself. */
  public NewSnapshot part(String point) {
    return about(point, Tags.DATABASE, List.of());
  }

  /**
   * Keeps what was read of a point that another run closes.
   *
   * @param folder in which what was noted lies; removed afterwards
   * @return the snapshot of it
   */
  String keep(String point, Share share, Path folder) {
    context.progress().step(Step.MANIFEST);
    try {
      write(folder.resolve(SHARE_FILE), json(share));
      return repository
          .backupFolder(
              about(point, Tags.SHARE, List.of()),
              folder,
              Stream.concat(Stream.of(SHARE_FILE), share.files().stream()).toList(),
              ByteProgress.NONE)
          .snapshot();
    } finally {
      Folders.delete(folder);
    }
  }

  /**
   * What another node kept of a point, with what it noted, which is written to a folder.
   *
   * @throws EngineException INCOMPLETE_BACKUP where it cannot be read, or is another point's
   */
  Share share(String point, String snapshot, Path folder) {
    try {
      var share = Json.mapper().readValue(file(snapshot, SHARE_FILE), Share.class);
      if (!share.parts().stream().allMatch(part -> part.tag().equals(partTag(point)))
          || !share.files().stream().allMatch(name -> name.matches("entries-[0-9]+[.]jsonl"))) {
        throw new EngineException(
            Reason.INCOMPLETE_BACKUP, snapshot + " is no share of recovery point " + point + ".");
      }
      for (var name : share.files()) {
        repository.dump(
            snapshot,
            "/" + name,
            stream -> Files.copy(stream, folder.resolve(name), REPLACE_EXISTING));
      }
      return share;
    } catch (IOException e) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP, "what another node read cannot be read: " + snapshot, e);
    }
  }

  /**
   * A part that was stored.
   *
   * @param addedBytes to the repository
   */
  record Kept(Manifest.Part part, long addedBytes) {}

  /**
   * Stores what was noted of trees, apart from a manifest beside which secrets are. It counts as a
   * part: without it a point is broken.
   *
   * @param folder in which it lies; removed afterwards
   * @param noted files in it; a point without trees has none
   */
  Kept keepNotes(String point, Path folder, List<String> noted, Instant time) {
    try {
      var names = noted.isEmpty() ? List.of(nothingNoted(folder)) : noted;
      var stored =
          repository.backupFolder(
              about(point, Tags.NOTES, List.of()), folder, names, ByteProgress.NONE);
      return new Kept(
          new Manifest.Part(
              Tags.NOTES,
              "/",
              partTag(point),
              stored.snapshot(),
              "",
              stored.sizeBytes(),
              time,
              null,
              null),
          stored.addedBytes());
    } finally {
      Folders.delete(folder);
    }
  }

  /** Of nothing there is no snapshot, and nor is there of an empty file. */
  private static String nothingNoted(Path folder) {
    try {
      Files.writeString(folder.resolve(NOTHING_NOTED), "\n");
      return NOTHING_NOTED;
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "the scratch folder cannot be written", e);
    }
  }

  /** What the snapshot of a point's file trees says of itself. */
  NewSnapshot trees(String point) {
    return about(point, Tags.FILES, List.of());
  }

  /** What the snapshot of one raw block device says of itself. */
  NewSnapshot device(String point) {
    return about(point, Tags.DEVICE, List.of());
  }

  /** The tag by which a manifest names its parts. */
  public static String partTag(String point) {
    return Tags.tag(Tags.POINT, point);
  }

  private NewSnapshot about(String point, String kind, List<String> more) {
    var tags =
        new ArrayList<>(
            List.of(
                Tags.tag(Tags.POINT, point),
                Tags.tag(Tags.KIND, kind),
                Tags.tag(Tags.OWNER, target.owner().text()),
                Tags.tag(Tags.RUN, context.header().run()),
                Tags.tag(Tags.FORMAT, 1)));
    tags.addAll(more);
    return new NewSnapshot(target.owner().host(), tags);
  }

  /**
   * Closes a recovery point: its trees are filled in, the owner is checked again, the manifest is
   * stored, read back and compared. Until this returns there is no recovery point.
   *
   * @param draft parts name their snapshots; their trees are not yet known
   * @param folder in which the manifest is written, removed afterwards; in memory where what lies
   *     there is secret
   * @param beside names of files in it that are stored with the manifest
   * @return the point with its manifest's snapshot
   * @throws EngineException INCOMPLETE_BACKUP where a part is not there, OWNED_BY_OTHER,
   *     MANIFEST_MISMATCH; the parts are left for maintenance
   */
  public Committed commit(Manifest draft, Path folder, List<String> beside) {
    context.progress().step(Step.MANIFEST);
    try {
      var listed = listed();
      catalogue = Catalogue.of(listed);
      checkOwner();
      var manifest = draft.withTrees(part -> tree(part, listed.snapshots()));
      var bytes = json(manifest);
      write(folder.resolve(MANIFEST_FILE), bytes);
      var names = new ArrayList<>(List.of(MANIFEST_FILE));
      names.addAll(beside);
      var stored =
          repository.backupFolder(
              about(manifest.recoveryPoint(), Tags.MANIFEST, manifestTags(manifest)),
              folder,
              names,
              ByteProgress.NONE);
      context.progress().step(Step.READ_BACK);
      if (!MessageDigest.isEqual(bytes, file(stored.snapshot(), MANIFEST_FILE))) {
        repository.forget(List.of(stored.snapshot()));
        throw new EngineException(
            Reason.MANIFEST_MISMATCH,
            "the manifest of "
                + manifest.recoveryPoint()
                + " does not read back as it was written");
      }
      return new Committed(manifest, stored.snapshot(), stored.addedBytes());
    } finally {
      Folders.delete(folder);
    }
  }

  /**
   * Begins to list what is there, for the next {@link #commit}: after all parts are stored, while
   * something else is done that takes its time.
   */
  void listAhead() {
    ahead = CompletableFuture.supplyAsync(repository::listed, Thread::startVirtualThread);
  }

  private Listed listed() {
    var begun = ahead;
    ahead = null;
    if (begun == null) {
      return repository.listed();
    }
    try {
      return begun.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof EngineException failed ? failed : e;
    }
  }

  /** Closes a point of databases, whose globals may hold hashes of passwords. */
  public Committed commit(Manifest draft, String globals) {
    var folder = memory("manifest");
    write(folder, globals);
    return commit(draft, folder, List.of(GLOBALS_FILE));
  }

  /** Lays the globals beside a manifest that is to be written. */
  void write(Path folder, String globals) {
    write(folder.resolve(GLOBALS_FILE), globals.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A point that was closed.
   *
   * @param snapshot of the manifest
   * @param addedBytes by the manifest alone
   */
  public record Committed(Manifest manifest, String snapshot, long addedBytes) {}

  private static String tree(Manifest.Part part, List<Snapshot> snapshots) {
    return snapshots.stream()
        .filter(snapshot -> snapshot.id().equals(part.snapshot()))
        .map(Snapshot::tree)
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.INCOMPLETE_BACKUP,
                    "the snapshot of " + part.name() + " is not in the repository"));
  }

  private List<String> manifestTags(Manifest manifest) {
    var size = manifest.parts().stream().mapToLong(Manifest.Part::sizeBytes).sum();
    var tags =
        new ArrayList<>(
            List.of(
                Tags.tag(Tags.ORIGIN, manifest.origin().name().toLowerCase(Locale.ROOT)),
                Tags.tag(Tags.TICK, manifest.tick()),
                Tags.tag(Tags.TIME, manifest.time()),
                Tags.tag(Tags.COMPLETE, manifest.complete()),
                Tags.tag(Tags.SIZE, size),
                Tags.tag(
                    Tags.PARTS,
                    manifest.stored().stream().map(Manifest.Part::snapshot).distinct().count()),
                Tags.tag(Tags.LINEAGE, manifest.lineage())));
    if (manifest.content() instanceof Manifest.Supabase(_, _, _, _, var facts)
        && facts.keyFingerprint() != null) {
      tags.add(Tags.tag(Tags.VAULT_KEY, new VaultKey(facts.keyFingerprint()).shortened()));
    }
    if (manifest.origin() == Manifest.Origin.SAFETY && context.request() != null) {
      tags.add(Tags.tag(Tags.REQUEST, context.request()));
    }
    return tags;
  }

  /** Stores a verdict beside its point, as a small snapshot of its own: tags are never changed. */
  void record(Task.KnownVerdict verdict) {
    var folder = memory("verdict");
    try {
      write(folder.resolve(VERDICT_FILE), json(verdict));
      repository.backupFolder(
          about(
              verdict.recoveryPoint(),
              Tags.VERDICT,
              List.of(
                  Tags.tag(Tags.OUTCOME, verdict.outcome().name().toLowerCase(Locale.ROOT)),
                  Tags.tag(Tags.VERIFIED, verdict.time()),
                  Tags.tag(Tags.CHECKS, verdict.checksHash()))),
          folder,
          List.of(VERDICT_FILE),
          ByteProgress.NONE);
    } finally {
      Folders.delete(folder);
    }
  }

  /** Reads the list again, after something was changed. */
  void refresh() {
    catalogue = Catalogue.of(repository.listed());
  }

  Instant tick() {
    return context.header().tick();
  }

  /** A folder for what is secret. */
  Path memory(String name) {
    try {
      return Files.createTempDirectory(context.memory(), name);
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "no folder can be made in memory", e);
    }
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, file + " cannot be written", e);
    }
  }

  private static byte[] json(Object value) {
    try {
      return Json.mapper().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    lock.close();
  }
}
