package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.BucketWriter;
import dev.salvor.engine.objectstore.ObjectBucket;
import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.plan.restore.BucketState;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Brings the stored tree of Storage into its bucket: marker, objects, comparison, only then the
 * removal of what the tree does not hold, and the marker's end. Whoever is killed in between leaves
 * the marker, and the next attempt goes on.
 */
final class BucketRestore {
  /** Differences that are written out; the others are counted. */
  private static final int WRITTEN_OUT = 20;

  private static final int AT_ONCE = 5;

  private final WorkerContext context;
  private final PlannedProject.Bucket objects;
  private final TargetBucket target;
  private final StorageKeys keys;

  /** Whether some type or cache control could not be given. */
  private boolean isBare;

  BucketRestore(WorkerContext context, PlannedProject.Bucket objects) {
    this.context = context;
    this.objects = objects;
    this.target = objects.target();
    this.keys = objects.keys();
  }

  /**
   * What was made.
   *
   * @param found all that is there now, in the order of the tree
   */
  record Made(VerdictOutcome outcome, String coverage, Path found) {}

  /**
   * Carries it out.
   *
   * @param before what was there and may go, in the order of the tree: of that a safety point was
   *     taken, or losing it was acknowledged; null: nothing may go
   * @param safetyPoint holds it; null: none does
   * @throws EngineException RESTORE_FAILED, STORE_DAMAGED, as {@link BucketWriter}. What could be
   *     put is left there: it may be all that there is.
   */
  Made carryOut(@Nullable Path before, @Nullable String safetyPoint) {
    try (var bucket = target.open()) {
      var writer = new BucketWriter(bucket);
      var hold = begin(writer, safetyPoint);
      context.warnings().writesOver(safetyPoint);
      try {
        context.progress().step(Step.RESTORE, target.text());
        var made = put(writer, hold);
        context.progress().step(Step.COMPARE, target.text());
        var compared = compare(made);
        var extras = hold(bucket, made);
        if (extras > 0 && objects.seen().state().manner() == BucketState.Manner.MIRRORED) {
          remove(writer, hold, before);
          requireNoOthers(bucket, made);
        }
        context.progress().step(Step.SWITCH);
        hold.end();
        return compared;
      } catch (IOException | UncheckedIOException e) {
        throw left(TargetBucket.unnotable(e), safetyPoint);
      } catch (EngineException e) {
        if (e.reason() == Reason.TARGET_NOT_EMPTY) {
          // Only where objects are added: what was added harms nobody, a marker does.
          hold.end();
        }
        throw left(e, safetyPoint);
      }
    }
  }

  /** Of an upload that was cut off, whosever it was, the marker tells until it is taken back. */
  private BucketHold begin(BucketWriter writer, @Nullable String safetyPoint) {
    var found = objects.seen().found();
    var before = found.map(BucketMarker.Found::marker);
    if (found.isPresent() && before.isEmpty()) {
      context
          .warnings()
          .add(
              "who began to restore to "
                  + target.text()
                  + " could not be read: parts of an upload that was cut off may be left there, and"
                  + " take room");
    }
    var key = before.map(BucketMarker::key).orElse(null);
    var upload = before.map(BucketMarker::upload).orElse(null);
    var hold =
        BucketHold.take(
            writer,
            target,
            found,
            objects
                .seen()
                .marker()
                .orElseGet(() -> BucketMarker.of(target.task().requestUid(), safetyPoint))
                .by(context.header().run())
                .during(key, upload));
    if (key != null && upload != null) {
      takeBack(writer, key, upload);
      hold.during(null, null);
    }
    return hold;
  }

  /** What a killed attempt was putting in parts takes room that nobody sees. */
  private void takeBack(BucketWriter writer, String key, String upload) {
    try {
      writer.abort(key, upload);
    } catch (EngineException e) {
      context.warnings().add("parts of an earlier attempt are left: " + e.failure().message());
    }
  }

  private EngineException left(EngineException e, @Nullable String safetyPoint) {
    var reason =
        switch (e.reason()) {
          case ENGINE_FAILED, CORRUPT_RECOVERY_POINT -> Reason.RESTORE_FAILED;
          default -> e.reason();
        };
    return new EngineException(
        reason.failure(
            e.failure().messageAnd("What could be restored lies in " + target.text() + ".")
                + (safetyPoint == null
                    ? ""
                    : " What was there before is recovery point " + safetyPoint + "."),
            e.failure().logTail()),
        e);
  }

  private Path put(BucketWriter writer, BucketHold hold) throws IOException {
    if (objects.seen().state().fitting() == 0) {
      return TargetBucket.sorted(context, TargetBucket.sort(context));
    }
    try (var upload =
        new BucketUpload(
            context,
            objects.tree(),
            ObjectPlaces.in(writer, keys, objects.seen().state().manner()),
            objects.isEmpty(),
            hold::during)) {
      var made = upload.run();
      isBare = upload.isBare();
      return made;
    }
  }

  /** Beside what was noted of the tree. */
  private Made compare(Path made) throws IOException {
    var comparison =
        BucketComparison.of(objects.tree(), keys, made, (object, noted) -> object.entry(noted));
    var judgement = Verdicts.judge(Findings.ofFiles(List.of(comparison), List.of(), List.of()));
    if (!comparison.differences().isEmpty()) {
      throw new EngineException(Reason.RESTORE_FAILED, Objects.requireNonNull(judgement.message()));
    }
    if (judgement.outcome() != VerdictOutcome.VERIFIED) {
      context.warnings().add(Objects.requireNonNull(judgement.message()));
    }
    return new Made(
        isBare || objects.seen().state().unfitting() > 0
            ? VerdictOutcome.UNPROVEN
            : judgement.outcome(),
        comparison.coverage().text(),
        made);
  }

  /**
   * Holds the bucket's list to what was put.
   *
   * @return how many others are there; they are written down
   * @throws EngineException RESTORE_FAILED where it is not so; nothing was removed
   */
  private long hold(ObjectBucket bucket, Path made) throws IOException {
    var differences = new Differences();
    var others = new Others(bucket, made, differences);
    differences.refuse("what was put into it is not what it lists");
    return others.count;
  }

  private Path others() {
    return context.scratch().resolve("objects-that-go.jsonl");
  }

  private final class Others implements PathJoin.Outcome<TargetObject, TargetObject> {
    private final BucketWriter writer;
    private final Differences differences;
    private final ObjectFile.Writer<TargetObject> output;
    private long count;

    Others(ObjectBucket bucket, Path made, Differences differences) throws IOException {
      this.writer = new BucketWriter(bucket);
      this.differences = differences;
      this.output = new ObjectFile.Writer<>(others());
      try (output;
          var put = TargetObject.read(made);
          var listed = TargetObject.read(target.list(bucket, keys).file())) {
        PathJoin.join(put, TargetObject::path, listed, TargetObject::path, this);
      }
    }

    @Override
    public void one(TargetObject put) {
      differences.add(put, "is not listed");
    }

    @Override
    public void other(TargetObject listed) {
      count++;
      output.write(listed);
    }

    @Override
    public void both(TargetObject put, TargetObject listed) {
      if (put.size() != listed.size()) {
        differences.add(put, "has " + listed.size() + " bytes, not " + put.size());
      } else if (!put.etag().equals(listed.etag()) && !isThere(put)) {
        differences.add(put, "has become another");
      }
    }

    /** Some servers list another ETag than they give with the object. */
    private boolean isThere(TargetObject put) {
      return writer.find(put.key()).filter(there -> there.etag().equals(put.etag())).isPresent();
    }
  }

  /**
   * Takes away what the tree does not hold: of each it is known that it is in the safety point.
   *
   * @throws EngineException RESTORE_FAILED where one is not; nothing was removed then
   */
  private void remove(BucketWriter writer, BucketHold hold, @Nullable Path before)
      throws IOException {
    var differences = new Differences();
    if (before == null) {
      try (var go = TargetObject.read(others())) {
        go.forEachRemaining(object -> differences.add(object, "is not of the recovery point"));
      }
    } else {
      try (var go = TargetObject.read(others());
          var kept = TargetObject.read(before)) {
        PathJoin.join(
            go,
            TargetObject::path,
            kept,
            TargetObject::path,
            new PathJoin.Outcome<>() {
              @Override
              public void one(TargetObject object) {
                differences.add(object, "came to be there");
              }

              @Override
              public void other(TargetObject object) {
                // It is in the tree, too, or gone.
              }

              @Override
              public void both(TargetObject object, TargetObject was) {
                if (!object.isStill(was)) {
                  differences.add(object, "became another");
                }
              }
            });
      }
    }
    differences.refuse(
        "there are objects in it that no safety point holds, and which are left as they are");
    delete(writer, hold);
  }

  private void delete(BucketWriter writer, BucketHold hold) throws IOException {
    try (var going = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory());
        var go = TargetObject.read(others())) {
      var asked = new ArrayList<Future<?>>();
      while (go.hasNext()) {
        if (asked.isEmpty()) {
          hold.require();
        }
        var key = go.next().key();
        asked.add(going.submit(() -> writer.delete(key)));
        if (asked.size() == 1_000 || !go.hasNext()) {
          await(asked);
          asked.clear();
        }
      }
    }
  }

  private static void await(List<Future<?>> asked) {
    for (var each : asked) {
      try {
        each.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new EngineException(Reason.INTERRUPTED, "the run was ended from outside", e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof EngineException failed
            ? failed
            : new IllegalStateException(e.getCause());
      }
    }
  }

  private void requireNoOthers(ObjectBucket bucket, Path made) throws IOException {
    if (hold(bucket, made) > 0) {
      var differences = new Differences();
      try (var others = TargetObject.read(others())) {
        others.forEachRemaining(object -> differences.add(object, "is still there"));
      }
      differences.refuse("what the recovery point does not hold could not be removed");
    }
  }

  /** The first few, and how many there are. */
  private final class Differences {
    private final List<String> some = new ArrayList<>();
    private long count;

    void add(TargetObject object, String what) {
      count++;
      if (some.size() < WRITTEN_OUT) {
        some.add("'" + object.key() + "' " + what);
      }
    }

    void refuse(String what) {
      if (count > 0) {
        throw new EngineException(
            Reason.RESTORE_FAILED,
            "Of "
                + target.text()
                + " "
                + what
                + ": "
                + TreesBackup.some(some)
                + " ("
                + count
                + " in all).");
      }
    }
  }
}
