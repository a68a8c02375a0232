package dev.salvor.worker;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketWriter;
import dev.salvor.engine.objectstore.ObjectBucket;
import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.ObjectJoin;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.plan.restore.HostedRestorePlanning;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.FileEntry;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.StoredObject;
import dev.salvor.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Objects on their way into the Storage of a project that Supabase hosts, by its S3 protocol: each
 * of its buckets is one, a key is an object's name. Storage makes the rows; what no upload carries
 * is taken from the dump afterwards. What the rows of the point name is put, and nothing else.
 */
final class HostedStorage implements AutoCloseable {
  private static final int WRITTEN_OUT = 8;

  /** Of those that are only told of, so many are in memory. */
  private static final int MOST_TOLD = 1_000;

  private final WorkerContext context;
  private final ObjectBucket server;
  private final StoredTree tree;
  private final StorageLayout layout;
  private final NamedObjects named;
  private Path namedFile = Path.of("");
  private Path expected = Path.of("");
  private final List<String> others = new ArrayList<>();
  private Set<String> missing = Set.of();
  private boolean isEmpty = true;

  /** Whether some type or cache control could not be given. */
  private boolean isBare;

  private HostedStorage(
      WorkerContext context,
      ObjectBucket server,
      StoredTree tree,
      StorageLayout layout,
      NamedObjects named) {
    this.context = context;
    this.server = server;
    this.tree = tree;
    this.layout = layout;
    this.named = named;
  }

  /**
   * Looks at what the point has and at what is there; changes nothing.
   *
   * @throws EngineException CREDENTIALS_MISSING, TARGET_UNUSABLE; as {@link ObjectBucket}
   */
  static HostedStorage look(
      WorkerContext context,
      RecoveryPoints points,
      RecoverySet set,
      Manifest manifest,
      Task.RestoreHosted task,
      StorageEndpoint at) {
    var facts = Objects.requireNonNull(((Manifest.Supabase) manifest.content()).facts().storage());
    var tree = StoredTree.find(context, points, task.point(), SupabaseSource.STORAGE);
    var notes = context.scratch().resolve(StorageFacts.FILE);
    points.notes(
        set, manifest, StorageFacts.FILE, stream -> Files.copy(stream, notes, REPLACE_EXISTING));
    var server =
        new ObjectBucket(
            StoreAccess.storage(
                context.credentials(),
                new StoreTarget.Bucket("-", null, at.endpoint(), at.region(), true, null)));
    var storage =
        new HostedStorage(context, server, tree, facts.layout(), new NamedObjects(facts.layout()));
    try {
      storage.read(notes);
      storage.lookThere();
      return storage;
    } catch (IOException | UncheckedIOException e) {
      storage.close();
      throw TargetBucket.unnotable(e);
    } catch (EngineException e) {
      storage.close();
      throw e;
    }
  }

  private void read(Path notes) throws IOException {
    var sort = TargetBucket.sort(context);
    var file = Files.createTempFile(context.scratch(), "objects-named", ".jsonl");
    try (var rows = new ObjectFile.Reader<>(notes, StoredObject.class);
        var writer = new ObjectFile.Writer<FileEntry>(file)) {
      named.to(sort, writer);
      var join = new ObjectJoin(rows, named);
      FileTree.showStored(tree.entries(), join::entry);
      join.end();
    }
    namedFile = file;
    expected = TargetBucket.sorted(context, sort);
  }

  private void lookThere() throws IOException {
    var there = server.buckets();
    missing = new HashSet<>(named.buckets().keySet());
    missing.removeAll(there);
    var listed = list(there);
    try (var known = TargetObject.read(expected);
        var found = TargetObject.read(listed)) {
      PathJoin.join(
          known,
          TargetObject::path,
          found,
          TargetObject::path,
          new PathJoin.Outcome<>() {
            @Override
            public void one(TargetObject object) {
              // It is still to be put.
            }

            @Override
            public void other(TargetObject object) {
              isEmpty = false;
              tell(others, object.path());
            }

            @Override
            public void both(TargetObject object, TargetObject there) {
              isEmpty = false;
              // Of bytes the upload can tell, which has them.
              if (object.size() != there.size()) {
                tell(others, object.path());
              }
            }
          });
    }
  }

  /** All that is in these buckets, in the order of names. */
  private Path list(Set<String> buckets) throws IOException {
    var sort = TargetBucket.sort(context);
    for (var bucket : buckets) {
      server
          .beside(bucket)
          .list(
              "",
              object -> {
                try {
                  sort.add(TargetObject.listed(place(bucket, object.key()), object));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
    return TargetBucket.sorted(context, sort);
  }

  private static void tell(List<String> texts, String text) {
    if (texts.size() < MOST_TOLD) {
      texts.add(text);
    }
  }

  static String place(String bucket, String key) {
    return FileTree.written(bucket + "/" + key);
  }

  /** What of it is decided by. */
  HostedRestorePlanning.Storage seen() {
    return new HostedRestorePlanning.Storage(
        named.objects(),
        named.bytes(),
        named.without(),
        named.unfit(),
        missing.stream().sorted().toList(),
        List.copyOf(others));
  }

  /**
   * What came of it.
   *
   * @param leftOut for people
   * @param validated foreign keys that hold now
   */
  record Outcome(
      VerdictOutcome outcome, String coverage, List<String> leftOut, List<String> validated) {}

  /**
   * Puts what is not there, compares all, and has the rows be what they were.
   *
   * @param database that was restored with them; null: rows stay as Storage makes them
   * @throws EngineException RESTORE_FAILED, TARGET_NOT_EMPTY, STORE_DAMAGED; as {@link
   *     BucketWriter}. What could be put is left there, and is not put again.
   */
  Outcome carryOut(@Nullable HostedRestore database) {
    try {
      context.progress().step(Step.RESTORE, SupabaseSource.STORAGE);
      var made = put();
      context.progress().step(Step.COMPARE, SupabaseSource.STORAGE);
      var compared = compare(made);
      hold(made);
      var text = "storage: " + compared.coverage().text();
      var judged =
          Verdicts.judge(Findings.ofFiles(List.of(compared), List.of(), List.of())).outcome();
      var isWhole = named.without() == 0 && named.unfit().isEmpty() && !isBare;
      if (database == null) {
        return new Outcome(
            VerdictOutcome.UNPROVEN,
            text,
            List.of(
                "ids, owners, metadata and times of Storage's objects, which are in the database:"
                    + " restore both at once"),
            List.of());
      }
      var rows = database.carryObjects(named.buckets());
      return new Outcome(
          isWhole && rows.leftOut().isEmpty() ? judged : VerdictOutcome.UNPROVEN,
          text + ", and their rows",
          rows.leftOut(),
          rows.validated());
    } catch (IOException | UncheckedIOException e) {
      throw TargetBucket.unnotable(e);
    } catch (EngineException e) {
      throw e.reason() == Reason.ENGINE_FAILED
          ? new EngineException(
              Reason.RESTORE_FAILED.failure(e.failure().message(), e.failure().logTail()), e)
          : e;
    }
  }

  private Path put() throws IOException {
    if (named.objects() == 0) {
      return TargetBucket.sorted(context, TargetBucket.sort(context));
    }
    try (var upload = new BucketUpload(context, tree, new Places(), isEmpty, (_, _) -> {})) {
      var made = upload.run();
      isBare = upload.isBare();
      return made;
    }
  }

  /** Beside what was noted of the files that rows name. */
  private FileComparison compare(Path made) throws IOException {
    var comparison = new FileComparison(FileScope.whole(FileScope.Privilege.ROOT));
    try (var noted = new ObjectFile.Reader<>(namedFile, FileEntry.class);
        var there = TargetObject.read(made)) {
      PathJoin.join(
          noted,
          FileEntry::path,
          there,
          TargetObject::path,
          new PathJoin.Outcome<>() {
            @Override
            public void one(FileEntry entry) {
              comparison.missing(entry);
            }

            @Override
            public void other(TargetObject object) {
              comparison.extra(object.entry());
            }

            @Override
            public void both(FileEntry entry, TargetObject object) {
              comparison.both(entry, object.entry(entry));
            }
          });
    }
    refuse(comparison.differences().stream().map(Object::toString).toList());
    return comparison;
  }

  /** Beside a new list: that comes from the rows that Storage made. */
  private void hold(Path made) throws IOException {
    var differences = new ArrayList<String>();
    var sort = TargetBucket.sort(context);
    try (var put = TargetObject.read(made)) {
      while (put.hasNext()) {
        var object = put.next();
        sort.add(object.at(named.place(object.path()).orElseThrow()));
      }
    }
    try (var put = TargetObject.read(TargetBucket.sorted(context, sort));
        var listed = TargetObject.read(list(server.buckets()))) {
      PathJoin.join(
          put,
          TargetObject::path,
          listed,
          TargetObject::path,
          new PathJoin.Outcome<>() {
            @Override
            public void one(TargetObject object) {
              tell(differences, "'" + object.path() + "' is not listed there");
            }

            @Override
            public void other(TargetObject object) {
              tell(differences, "'" + object.path() + "' is not of the recovery point");
            }

            @Override
            public void both(TargetObject object, TargetObject there) {
              if (object.size() != there.size()
                  || !(object.etag().equals(there.etag()) || isThere(object))) {
                tell(differences, "'" + object.path() + "' has become another");
              }
            }
          });
    }
    refuse(differences);
  }

  /** Some servers list another ETag than they give with the object. */
  private boolean isThere(TargetObject put) {
    var bucket = put.path().substring(0, put.path().indexOf('/'));
    return new BucketWriter(server.beside(FileTree.text(bucket).orElseThrow()))
        .find(put.key())
        .filter(there -> there.etag().equals(put.etag()))
        .isPresent();
  }

  private static void refuse(List<String> differences) {
    if (!differences.isEmpty()) {
      throw new EngineException(
          Reason.FACTS_DIFFER,
          "Of Storage's objects "
              + String.join(", ", differences.stream().limit(WRITTEN_OUT).toList())
              + (differences.size() > WRITTEN_OUT ? " and others." : "."));
    }
  }

  @Override
  public void close() {
    server.close();
  }

  private final class Places implements ObjectPlaces {
    private final Map<String, BucketWriter> writers = new HashMap<>();

    @Override
    public String root() {
      return layout.bucket() + "/" + layout.tenant();
    }

    @Override
    public Optional<Place> of(String path) {
      return named.isUnnamed(path)
          ? Optional.empty()
          : named
              .split(path)
              .map(
                  split ->
                      new Place(
                          writers.computeIfAbsent(
                              split.bucket(), name -> new BucketWriter(server.beside(name))),
                          split.key()));
    }

    @Override
    public boolean replaces() {
      return false;
    }
  }
}
