package dev.salvor.engine.restic;

import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Piped;
import dev.salvor.engine.process.Streams;
import dev.salvor.task.Task.CheckTurn;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One restic repository. Each call derives the key anew, which takes 0.5 to 1 s: make few.
 *
 * <p>Every method fails by {@link dev.salvor.engine.EngineException}. Common to all:
 * STORE_UNREACHABLE, STORE_ACCESS_DENIED, REPOSITORY_MISSING (restic 10), REPOSITORY_LOCKED (11,
 * after waiting), WRONG_PASSWORD (12), STORE_DAMAGED, OUT_OF_MEMORY (a killed restic),
 * DEADLINE_EXCEEDED, INTERRUPTED, ENGINE_MISSING; ENGINE_FAILED is what is not known. Writing ones
 * add STORE_FULL and STORE_READ_ONLY. Locks are restic's own; a failed or ended restic removes its
 * own lock, a killed one leaves it.
 */
public interface ResticRepository {
  /**
   * Makes the repository and reads it back. To be called in one place only, for two at once may
   * leave a repository that no password opens (SAFETY 26). Not idempotent: fails where one is
   * there. On failure a key may be left behind without a config; a second call then works.
   *
   * @return the repository's id, as read back
   */
  String initialize();

  /** The repository's id. Read only. */
  String id();

  /** Everything that is there, of all hosts, and what of it cannot be read. Read only. */
  Listed listed();

  /** What of it can be read. */
  default List<Snapshot> snapshots() {
    return listed().snapshots();
  }

  /**
   * Stores what the producer writes to standard output as one file. A producer that fails, or
   * writes nothing, leaves no snapshot: where restic made one all the same (its exit 3), it is
   * forgotten. Not idempotent; on failure data without a snapshot may stay until the next prune.
   *
   * <p>INCOMPLETE_BACKUP if the producer failed or wrote nothing; the log tail has its own words.
   * REPOSITORY_LOCKED at once: what the producer reads may be held open for it; see {@link
   * #awaitLock}.
   *
   * @param path absolute in the snapshot, such as {@code /pg/shop.dump}
   * @param producer gets its own environment, none of restic's secrets
   * @param errorLines sees what restic and the producer write to standard error
   */
  Stored backupStream(
      NewSnapshot about,
      String path,
      Command producer,
      ByteProgress progress,
      Consumer<String> errorLines);

  /** The same, for a producer whose warnings nobody reads. */
  default Stored backupStream(
      NewSnapshot about, String path, Command producer, ByteProgress progress) {
    return backupStream(about, path, producer, progress, line -> {});
  }

  /**
   * Stores what is written to it as one file. Input that fails, or is empty, leaves no snapshot; it
   * is asked for anew where another restic had to be waited for. What it fails with is thrown.
   */
  Stored backupInput(NewSnapshot about, String path, Streams.Input input, ByteProgress progress);

  /**
   * Waits until no other restic has the repository for itself. Read only; REPOSITORY_LOCKED when
   * the wait is over.
   */
  void awaitLock();

  /**
   * Stores files or folders by their paths relative to a folder, so that the snapshot's tree begins
   * there. INCOMPLETE_BACKUP if any of it could not be read; that snapshot is forgotten.
   */
  Stored backupFolder(NewSnapshot about, Path folder, List<String> names, ByteProgress progress);

  /**
   * Stores trees, by their paths relative to a folder: with all that a file system knows of an
   * entry, one file system each. What cannot be read is told, and all else is stored:
   * INCOMPLETE_BACKUP only if there is no snapshot.
   *
   * @param excludes a file of paths that are left out, as {@code --exclude-file} takes them
   */
  StoredTrees backupTrees(
      NewSnapshot about, Path folder, List<String> names, Path excludes, ByteProgress progress);

  /**
   * Stores a tree that was laid out for it: some of its files are hollow and stand for what the
   * parent holds at their paths, with the same size and time. A hollow file that was read for its
   * bytes, or a full one that was not, leaves no snapshot: INCOMPLETE_BACKUP, as where any of it
   * could not be read. What is lost of the parent's data in the repository comes out so.
   *
   * @param about with its parent; without one no file may be hollow
   * @param name of the tree in the folder
   */
  Stored backupStaged(
      NewSnapshot about, Path folder, String name, StagedFiles files, ByteProgress progress);

  /**
   * Reads one file of a snapshot. Read only. What was already given to the output when it fails is
   * not to be used.
   *
   * <p>NO_MATCHING_RECOVERY_POINT if there is no such snapshot, CORRUPT_RECOVERY_POINT if there is
   * no such file in it, STORE_DAMAGED if its data is lost.
   */
  void dump(String snapshot, String path, Streams.Output output);

  /**
   * Reads all files below a folder of a snapshot, for whom only that counts: what it gives is an
   * archive without their attributes, which takes any tree. Four times the work of {@link #dump},
   * whose archive of a folder does not; else as that.
   */
  void dumpZipped(String snapshot, String path, Streams.Output output);

  /**
   * Reads one small file of a snapshot, up to some MiB, and leaves no lock unless it must: what is
   * read is checked against its hash, so that who removes it meanwhile can only make it fail. Fails
   * as {@link #dump}.
   */
  byte[] read(String snapshot, String path);

  /**
   * Reads one file of a snapshot into a program. Fails as {@link #dump} if restic fails; the
   * program is then ended without having seen the end of its input. Its own exit code is the
   * caller's to judge, and {@link Piped#closedEarly} says that it did not read everything.
   */
  Piped dumpInto(String snapshot, String path, Command consumer, Streams streams);

  /**
   * Writes a folder of a snapshot to a folder of this machine. Idempotent: what is there and equal
   * stays. On failure the target holds a part. SCRATCH_FULL if the target is full; else as {@link
   * #dump}.
   */
  void restore(String snapshot, String path, Path target, ByteProgress progress);

  /**
   * Writes a file tree, or a part of one, to a folder of this machine with all that was stored of
   * each entry but the root, and reads its bytes back. Idempotent: what is there and equal stays.
   * On failure the target holds a part; SCRATCH_FULL and others as {@link #restore}.
   */
  void restoreTree(TreeRestore what, ByteProgress progress);

  /** What a snapshot holds. Read only. */
  List<Node> list(String snapshot);

  /**
   * Removes snapshots, in no order, several at once (SAFETY 24): what must go first goes in a call
   * of its own. Idempotent: those already gone are no error.
   */
  void forget(Collection<String> snapshots);

  /** Removes data that no snapshot needs. Idempotent; safe to end at any time. */
  void prune();

  /**
   * Checks structure, and reads back one share of the data, with an empty cache (SAFETY 21). What
   * it finds wrong is returned, not thrown. Read only.
   *
   * @param turn null: structure only
   */
  Checked check(@Nullable CheckTurn turn);

  /** Bytes that the repository's data takes in the store. Read only. */
  long sizeBytes();

  /**
   * Writes an index of the packs that are really there, so that the next backup uploads what was
   * lost (SAFETY 22). Idempotent.
   */
  void repairIndex();

  /** Saves what is readable of broken packs and drops the rest. Idempotent. */
  void repairPacks(Collection<String> packs);

  /** The snapshots of which data is missing by the index, after a repair. Read only. */
  List<String> damagedSnapshots();

  /** Such as {@code restic 0.19.1}. */
  String version();
}
