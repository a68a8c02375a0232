package dev.salvor.worker;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Streams;
import dev.salvor.engine.restic.TreeRestore;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.engine.volume.LeftOut;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.task.FileEntry;
import dev.salvor.task.Manifest;
import dev.salvor.task.PointReference;
import dev.salvor.task.Step;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.TreeFacts;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One file tree of a recovery point, and how it is brought into a folder.
 *
 * @param entries what was noted of it, in the scratch folder
 * @param over what is laid over it; null: nothing
 * @param chosen which of its objects are meant; null: all that is in it
 */
record StoredTree(
    WorkerContext context,
    RecoveryPoints points,
    Manifest manifest,
    Manifest.Part part,
    TreeFacts facts,
    String snapshot,
    Path entries,
    @Nullable Over over,
    @Nullable ChosenObjects chosen) {
  private static final Set<FileEntry.Type> WITH_BYTES =
      EnumSet.of(FileEntry.Type.FILE, FileEntry.Type.FOLDER);

  /** A second tree, and those entries that the first one has not. */
  record Over(Layer layer, Path entries) {}

  /**
   * Finds it, and reads what was noted of it.
   *
   * @param name of the tree; null: the only one
   * @throws EngineException NO_MATCHING_RECOVERY_POINT, CORRUPT_RECOVERY_POINT; INVALID_SPEC where
   *     the point holds databases, or not that tree
   */
  static StoredTree find(
      WorkerContext context,
      RecoveryPoints points,
      PointReference reference,
      @Nullable String name) {
    var set = points.require(reference);
    var manifest = points.manifest(set);
    if (!manifest.holdsFiles()) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "recovery point " + set.id() + " holds databases: its target must be postgres.");
    }
    var part = part(manifest, name);
    if (!part.isTree()) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          part.name()
              + " of recovery point "
              + set.id()
              + " is a raw block device: it is restored whole, to a claim of volumeMode Block.");
    }
    var facts = manifest.treeFacts(part);
    var entries = context.scratch().resolve(facts.file());
    points.notes(
        set, manifest, facts.file(), stream -> Files.copy(stream, entries, REPLACE_EXISTING));
    return new StoredTree(
        context,
        points,
        manifest,
        part,
        facts,
        points.snapshotOf(set, part),
        entries,
        manifest.laidOver(part).map(it -> over(context, points, set, manifest, it)).orElse(null),
        null);
  }

  private static Over over(
      WorkerContext context,
      RecoveryPoints points,
      RecoverySet set,
      Manifest manifest,
      Manifest.Part part) {
    var entries = context.scratch().resolve(StorageFacts.EARLIER);
    points.notes(
        set,
        manifest,
        StorageFacts.EARLIER,
        stream -> Files.copy(stream, entries, REPLACE_EXISTING));
    return new Over(new Layer(points.snapshotOf(set, part), part.path()), entries);
  }

  /** Of which it is made: what a later one has is laid over those before. */
  List<Layer> layers() {
    var own = new Layer(snapshot, part.path());
    return over == null ? List.of(own) : List.of(own, over.layer());
  }

  /**
   * The same, of which only some objects are meant, and folders above them.
   *
   * @throws EngineException INVALID_SPEC naming what is not in it
   */
  StoredTree only(ChosenObjects objects) {
    var kept = entries.resolveSibling(entries.getFileName() + ".chosen");
    try {
      var look = FileTree.choose(entries, entry -> Optional.of(entry).filter(objects::look), kept);
      objects
          .absent()
          .ifPresent(
              absent -> {
                throw new EngineException(
                    Reason.INVALID_SPEC,
                    "recovery point "
                        + manifest.recoveryPoint()
                        + " holds no objects "
                        + absent
                        + " of Storage.");
              });
      return new StoredTree(
          context, points, manifest, part, Share.of(look, facts), snapshot, kept, over, objects);
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  /**
   * What of the last layer is in no other, or is to be had there whatever another has: files, or
   * folders.
   */
  Set<String> laidOver(FileEntry.Type type) {
    var found = new HashSet<String>();
    if (over != null) {
      try {
        FileTree.showStored(
            over.entries(),
            entry -> {
              if (entry.type() == type) {
                found.add(entry.path());
              }
            });
      } catch (IOException e) {
        throw damaged(e);
      }
    }
    return found;
  }

  /** Which of a point's trees and devices is asked for. */
  static Manifest.Part part(Manifest manifest, @Nullable String name) {
    var parts = manifest.parts().stream().filter(part -> !part.isDump()).toList();
    return parts.stream()
        .filter(part -> name == null ? parts.size() == 1 : part.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.INVALID_SPEC,
                    "recovery point "
                        + manifest.recoveryPoint()
                        + " holds "
                        + parts.stream().map(Manifest.Part::name).toList()
                        + (name == null ? ": name one." : ", not " + name + ".")));
  }

  /**
   * Sees to it that what is selected is in it.
   *
   * @throws EngineException INVALID_SPEC naming what is not
   */
  void require(List<String> select) {
    var absent = new TreeSet<>(select.stream().map(FileTree::written).toList());
    absent.removeAll(types(entries, select).keySet());
    if (!absent.isEmpty()) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "recovery point " + manifest.recoveryPoint() + " does not hold " + absent + ".");
    }
  }

  /**
   * Reads the bytes of what is selected from the store and writes nothing: what a folder holds is
   * not given up for what cannot be had. Restic holds each piece of them to its hash.
   *
   * @throws EngineException STORE_DAMAGED, CORRUPT_RECOVERY_POINT
   */
  void requireReadable(List<String> select) {
    context.progress().step(Step.READ_BACK, part.name());
    SafetyRepository.beforeAnythingIsTouched(
        () -> {
          var fitsTar = fitsTar();
          withBytes(select).forEach(path -> readThrough(snapshot, part.path() + path, fitsTar));
          if (over != null) {
            readThrough(over.layer().snapshot(), over.layer().path(), fitsTar);
          }
        });
  }

  private void readThrough(String snapshot, String path, boolean fitsTar) {
    Streams.Output output =
        stream ->
            Fingerprint.of(
                stream,
                OutputStream.nullOutputStream(),
                read -> context.progress().bytes(read, null));
    if (fitsTar) {
      points.repository().dump(snapshot, path, output);
    } else {
      points.repository().dumpZipped(snapshot, path, output);
    }
  }

  /** A record of a tar archive ends its name with that (pax(1), Extended Header). */
  private boolean fitsTar() {
    try {
      return !FileTree.hasAttribute(entries, name -> name.contains("="));
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  /** Behind the tree's root; what is no file and no folder has no bytes. */
  private List<String> withBytes(List<String> select) {
    if (select.isEmpty()) {
      return List.of("");
    }
    var types = types(entries, select);
    if (over != null) {
      types.keySet().removeAll(types(over.entries(), select).keySet());
    }
    return select.stream()
        .filter(path -> WITH_BYTES.contains(types.get(FileTree.written(path))))
        .map(path -> "/" + path)
        .toList();
  }

  private static Map<String, FileEntry.Type> types(Path entries, List<String> select) {
    try {
      return FileTree.types(entries, select.stream().map(FileTree::written).toList());
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private static EngineException damaged(IOException e) {
    return new EngineException(
        Reason.CORRUPT_RECOVERY_POINT, "what was noted of the files cannot be read", e);
  }

  /**
   * Writes it out, and reads its bytes back.
   *
   * @param select paths below its root; empty: all
   * @throws EngineException RESTORE_FAILED; the folder then holds a part
   */
  void restore(List<String> select, TreeRestore.Extras extras, Path folder) {
    Folders.delete(folder.resolve(LeftOut.RESTORE_LAYER));
    if (extras == TreeRestore.Extras.REMOVED && facts.entries() - ofOver() <= 1) {
      // Of a folder in which it restores nothing, the engine removes nothing either.
      Folders.empty(folder, LeftOut.ALWAYS);
    }
    points
        .repository()
        .restoreTree(
            new TreeRestore(snapshot, part.path(), select, extras, LeftOut.ALWAYS, folder),
            (done, total) -> context.progress().bytes(done, total));
    if (over != null) {
      over.layer().lay(points.repository(), select, entries, folder);
    }
  }

  private long ofOver() {
    return Stream.of(FileEntry.Type.FILE, FileEntry.Type.FOLDER)
        .mapToLong(type -> laidOver(type).size())
        .sum();
  }

  /** Makes the folder itself what the tree's root was. */
  void dress(Path folder) {
    FilesProof.dress(folder, entries, facts);
  }

  FileComparison compare(Path folder, FileScope scope) {
    return FilesProof.compare(folder, entries, facts, scope, LeftOut.ALWAYS);
  }
}
