package dev.salvor.defects;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.defects.Outcome.Judged;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Damage to folders, their copies, and what is restored to them. */
final class InAFolder {
  private static final Outcome DIFFERS = new Judged(VerdictOutcome.REFUTED, Reason.FACTS_DIFFER);
  private static final Outcome DAMAGED = new Failed(Reason.STORE_DAMAGED);
  private static final Outcome UNSTEADY =
      new Harmless("it is counted as changed and proves nothing; all else is proven");
  private static final Outcome PARTIAL =
      new Harmless("the point is Partial, names the file, and all else is in it");
  private static final Outcome BACKED_UP =
      new Harmless("no point is listed that was not committed; the next backup succeeds");
  private static final Outcome RESTORED =
      new Harmless("the next attempt ends what was begun; what was there is in a safety point");

  private InAFolder() {}

  /** On a folder of its own. */
  private interface OnFolder {
    Outcome plant(FolderScene folder) throws Exception;
  }

  static List<PlantedDefect> all() {
    var all = new ArrayList<PlantedDefect>();
    all.addAll(inTheSource());
    all.addAll(inTheStore());
    all.addAll(inTheCopy());
    all.addAll(inTheRestore());
    all.addAll(killed());
    return all;
  }

  private static PlantedDefect fresh(String name, String breaks, Outcome expected, OnFolder what) {
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          try (var folder = FolderScene.fresh()) {
            return what.plant(folder);
          }
        });
  }

  private static PlantedDefect backedUp(
      String name, String breaks, Outcome expected, OnFolder what) {
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          try (var folder = FolderScene.backedUp()) {
            return what.plant(folder);
          }
        });
  }

  // --- the source ---

  private static List<PlantedDefect> inTheSource() {
    return List.of(
        fresh(
            "FolderNotMounted",
            "the folder is not there",
            new Failed(Reason.SOURCE_MISSING),
            folder -> {
              Script.run("rm -r shop", folder.scene.folder());
              return Outcome.of(folder.backup());
            }),
        fresh(
            "FolderIsEmpty",
            "the folder holds folders and links, and no file",
            new Failed(Reason.EMPTY_SOURCE),
            folder -> {
              folder.sh("find . -type f -delete");
              return Outcome.of(folder.backup());
            }),
        fresh(
            "HalfTheFilesGone",
            "less than half of the files of the last complete point",
            new Failed(Reason.EMPTY_SOURCE),
            folder -> {
              folder.remember(folder.scene.require(folder.backup()));
              folder.sh("rm uploads/2026/[2-8]");
              return Outcome.of(folder.backup());
            }),
        fresh(
            "HalfTheBytesGone",
            "all files are there, and most of their bytes are not",
            new Failed(Reason.EMPTY_SOURCE),
            folder -> {
              folder.remember(folder.scene.require(folder.backup()));
              folder.sh(": > large");
              return Outcome.of(folder.backup());
            }),
        fresh(
            "StoreInItsOwnSource",
            "the store lies in the folder that is backed up",
            new Failed(Reason.INVALID_SPEC),
            folder -> {
              Script.run("rm -r shop; ln -s . shop", folder.scene.folder());
              return Outcome.of(folder.backup());
            }),
        fresh(
            "FileChangedWhileRead",
            "a file is written between the first look and the engine",
            UNSTEADY,
            folder -> unsteady(folder, "echo changed >> config")),
        fresh(
            "FileWrittenAndSetBack",
            "a file is written while it is read, and its time and size are put back",
            UNSTEADY,
            folder ->
                unsteady(
                    folder, "touch -r config t; echo CONFIG > config; touch -r t config; rm t")),
        fresh(
            "FolderVanishedWhileRead",
            "a folder is removed between the first look and the engine",
            UNSTEADY,
            folder -> unsteady(folder, "rm -r uploads")),
        fresh(
            "FilesAppearedWhileRead",
            "files are made between the first look and the engine",
            UNSTEADY,
            folder -> unsteady(folder, "mkdir more; echo 1 > more/1; echo 2 > uploads/2")),
        fresh(
            "RootVanishedWhileRead",
            "the whole folder goes between the first look and the engine",
            new Failed(Reason.SOURCE_MISSING),
            folder ->
                Outcome.of(
                    folder.scene.run(
                        folder.backupTask(),
                        Step.STORE,
                        () -> Script.run("rm -r shop", folder.scene.folder())))),
        fresh(
            "UnreadableFile",
            "the engine may not read one file",
            PARTIAL,
            InAFolder::unreadableFile));
  }

  private static Outcome unsteady(FolderScene folder, String change) {
    var report =
        folder.scene.require(
            folder.scene.run(folder.backupTask(), Step.STORE, () -> folder.sh(change)));
    if (report.warnings() == null
        || report.warnings().stream().noneMatch(text -> text.contains("changed while"))) {
      return new Green("the report does not say that something changed");
    }
    var verdict = folder.scene.verify(folder.scene.newest());
    if (!(verdict.result() instanceof TaskResult.Compared compared)
        || compared.outcome() != VerdictOutcome.VERIFIED) {
      return Outcome.of(verdict);
    }
    return Objects.requireNonNull(compared.message()).contains("as far as it was compared")
            && compared.coverage().contains("changed while they were read")
        ? UNSTEADY
        : new Green("the verdict claims too much: " + compared);
  }

  /** Root reads all, unless it lacks the capabilities for it, as in a container. */
  private static Outcome unreadableFile(FolderScene folder) {
    folder.sh("chmod 000 large");
    if (System.getProperty("user.name").equals("root")) {
      folder.sh("chown 5 large");
      folder.scene.wrapRestic(
          "exec setpriv --inh-caps=-dac_override,-dac_read_search"
              + " --bounding-set=-dac_override,-dac_read_search \"$REAL\" \"$@\"");
    }
    var report = folder.backup();
    var names =
        report.warnings() != null
            && report.warnings().stream().anyMatch(text -> text.contains("large"));
    return report.outcome() == TaskReport.Outcome.PARTIAL && names
        ? PARTIAL
        : new Green(report.toString());
  }

  // --- the store ---

  private static List<PlantedDefect> inTheStore() {
    return List.of(
        backedUp(
            "FlippedByteOfAFile",
            "one bit of the stored files",
            DAMAGED,
            folder -> damaged(folder, () -> InTheRepository.flipByte(folder.scene))),
        backedUp(
            "DeletedPackOfFiles",
            "a pack of files is gone",
            DAMAGED,
            folder ->
                damaged(
                    folder, () -> FolderCopy.delete(InTheRepository.largestPack(folder.scene)))),
        backedUp(
            "TruncatedPackOfFiles",
            "a pack of files ends half-way",
            DAMAGED,
            folder -> damaged(folder, () -> InTheRepository.truncatePack(folder.scene))),
        backedUp(
            "TreeMissing",
            "the snapshot of the files is gone, its manifest is there",
            new Failed(Reason.CORRUPT_RECOVERY_POINT),
            folder -> damaged(folder, () -> InTheRepository.forget(folder.scene, "kind=files"))),
        backedUp(
            "NotesCutShort",
            "of what was noted of the files the last lines are gone",
            new Failed(Reason.CORRUPT_RECOVERY_POINT),
            folder ->
                forgedNotes(folder, notes -> notes.substring(0, notes.indexOf('\n', 900) + 1))),
        backedUp(
            "NotesAltered",
            "what was noted of a file is not what it was",
            DIFFERS,
            folder -> forgedNotes(folder, notes -> notes.replace("\"m\":416", "\"m\":384"))));
  }

  private static Outcome damaged(FolderScene folder, Runnable damage) {
    var point = folder.scene.newest();
    damage.run();
    return Outcome.of(folder.scene.verify(point));
  }

  private static Outcome forgedNotes(FolderScene folder, UnaryOperator<String> change)
      throws IOException {
    var scene = folder.scene;
    var point = scene.newest();
    var by = new ResticByHand(scene);
    var old = InTheRepository.snapshot(scene, "kind=manifest");
    var id = old.get("id").asText();
    var forged = Scene.made(scene.folder().resolve("forged"));
    var notes = by.run("dump", id, "/entries-0.jsonl");
    var altered = change.apply(notes);
    if (altered.equals(notes)) {
      throw new AssertionError("nothing was altered in " + notes);
    }
    Files.writeString(forged.resolve("manifest.json"), by.run("dump", id, "/manifest.json"));
    Files.writeString(forged.resolve("entries-0.jsonl"), altered);
    InTheRepository.store(scene, forged, old, "manifest.json", "entries-0.jsonl");
    by.run("forget", id);
    return Outcome.of(scene.verify(point));
  }

  // --- the copy ---

  private static List<PlantedDefect> inTheCopy() {
    return List.of(
        copied("CopyLacksAFile", "a file is not in the copy", "rm uploads/2026/3"),
        copied("CopyLacksAnEmptyFolder", "an empty folder is not in the copy", "rmdir empty"),
        copied("CopyHoldsMore", "a file is in the copy that was not backed up", ": > more"),
        copied("CopyIsShorter", "a file of the copy ends early", "truncate -s 100 large"),
        copied("CopyHasAnotherMode", "a file of the copy may be read by all", "chmod 644 config"),
        copied("CopyHasAnotherTime", "a file of the copy is of today", "touch config"),
        copied("CopyLinksElsewhere", "a link of the copy leads elsewhere", "ln -sfn large link"),
        copied(
            "CopyLostAHardLink",
            "two paths of one file are two files in the copy",
            "cp -p uploads/linked t; mv t uploads/linked"),
        copied("CopyHasNoFifo", "a FIFO of the copy is a file", "rm fifo; : > fifo"));
  }

  private static PlantedDefect copied(String name, String breaks, String damage) {
    return backedUp(
        name,
        breaks,
        DIFFERS,
        folder -> {
          var point = folder.scene.newest();
          folder.scene.require(folder.scene.run(folder.scene.fetchTask(point)));
          // Times of folders are no part of the question.
          Script.run("touch -r . ../t; " + damage + "; touch -r ../t .", folder.copy());
          return Outcome.of(folder.scene.run(folder.scene.compareTask(point)));
        });
  }

  // --- a restore ---

  private static List<PlantedDefect> inTheRestore() {
    return List.of(
        backedUp(
            "FolderReplacedUnasked",
            "the target holds files, and nobody said replace",
            new Failed(Reason.TARGET_NOT_EMPTY),
            folder -> {
              folder.existing = Task.Existing.REFUSE;
              return unchanged(folder);
            }),
        backedUp(
            "FolderInUse",
            "a program works in the folder that is to be replaced",
            new Failed(Reason.ACKNOWLEDGEMENT_NEEDED),
            InAFolder::inUse),
        backedUp(
            "FolderHoldsAMount",
            "another file system is mounted in the folder that is to be replaced",
            new Failed(Reason.TARGET_UNUSABLE),
            folder -> {
              var mounted = Scene.made(folder.source().resolve("uploads/disk"));
              var task = folder.restoreTask(folder.source());
              return Outcome.of(
                  folder.scene.runAfter(
                      "mount -t tmpfs none %1$s; echo 1 > %1$s/precious".formatted(mounted), task));
            }),
        backedUp(
            "FolderHoldsTheStore",
            "the store lies in the folder that is to be replaced",
            new Failed(Reason.TARGET_UNUSABLE),
            folder -> Outcome.of(folder.scene.run(folder.restoreTask(folder.scene.folder())))),
        backedUp(
            "FolderInTheStore",
            "the target lies in the store",
            new Failed(Reason.TARGET_UNUSABLE),
            folder ->
                Outcome.of(
                    folder.scene.run(folder.restoreTask(folder.scene.store().resolve("x"))))),
        backedUp(
            "LinkAboveASelectedPath",
            "a folder above what is selected is a link to elsewhere",
            new Failed(Reason.TARGET_UNUSABLE),
            folder -> {
              folder.sh(
                  "mv uploads ../elsewhere; ln -s ../elsewhere uploads; echo 2 > uploads/2026/1");
              folder.select = List.of("uploads/2026");
              var outcome = unchanged(folder);
              return Script.run("cat elsewhere/2026/1", folder.scene.folder()).strip().equals("2")
                  ? outcome
                  : new Green("a file outside of the target was written over");
            }),
        backedUp(
            "FolderOfAnotherRestore",
            "another restore to the folder has not ended",
            new Failed(Reason.ACKNOWLEDGEMENT_NEEDED),
            folder -> {
              folder.sh("echo '{\"note\":\"\",\"request\":\"another\"}' > .salvor-restore.json");
              return unchanged(folder);
            }),
        backedUp(
            "BackupOfAHalfRestoredFolder",
            "a restore to the folder was left unfinished, and it is backed up",
            new Failed(Reason.INCOMPLETE_BACKUP),
            folder -> {
              folder.sh("echo '{\"note\":\"\",\"request\":\"another\"}' > .salvor-restore.json");
              return Outcome.of(folder.backup());
            }),
        backedUp(
            "MarkerIsALink",
            "where a restore notes its progress lies a link to a file elsewhere",
            new Harmless("the link is replaced, the file is untouched, the restore succeeds"),
            folder -> {
              var victim = Files.writeString(folder.scene.folder().resolve("victim"), "precious");
              var target = Scene.made(folder.scene.folder().resolve("restored"));
              for (var name : List.of(".salvor-restore.json", ".salvor-restore.json.draft")) {
                Files.createSymbolicLink(target.resolve(name), victim);
              }
              folder.scene.require(folder.scene.run(folder.restoreTask(target)));
              return Files.readString(victim).equals("precious")
                  ? new Harmless(
                      "the link is replaced, the file is untouched, the restore succeeds")
                  : new Green("a file elsewhere was written over");
            }),
        backedUp(
            "FolderChangesWhileKept",
            "a file is written while the safety point is taken",
            new Failed(Reason.SAFETY_COPY_FAILED),
            folder ->
                Outcome.of(
                    folder.scene.run(
                        folder.restoreTask(folder.source()),
                        Step.STORE,
                        () -> folder.sh("echo changed > config")))),
        backedUp(
            "FolderNotKept",
            "the store takes no safety point of what is to be replaced",
            new Failed(Reason.SAFETY_COPY_FAILED),
            folder -> {
              folder.sh("echo newer > config");
              var before = FolderScene.listing(folder.source());
              var store = folder.scene.store();
              var task = folder.restoreTask(folder.source());
              var outcome =
                  Outcome.of(
                      folder.scene.runAfter(
                          "mount --bind %1$s %1$s && mount -o remount,bind,ro %1$s"
                              .formatted(store),
                          task));
              return same(folder, before, outcome);
            }),
        backedUp(
            "FolderFromADamagedStore",
            "a pack is gone, and the files are restored",
            DAMAGED,
            folder -> {
              var task = folder.restoreTask(beside(folder));
              FolderCopy.delete(InTheRepository.largestPack(folder.scene));
              return absent(folder, Outcome.of(folder.scene.run(task)));
            }),
        backedUp(
            "FolderInPlaceFromADamagedStore",
            "a pack is gone, and the files are restored in place",
            DAMAGED,
            folder -> {
              FolderCopy.delete(InTheRepository.largestPack(folder.scene));
              folder.sh("echo newer > config; rm -r uploads");
              var before = FolderScene.listing(folder.source());
              var task = folder.restoreTask(folder.source());
              return same(folder, before, Outcome.of(folder.scene.run(task)));
            }),
        backedUp(
            "FolderTooSmall",
            "there is less room than the recovery point needs",
            new Failed(Reason.TARGET_UNUSABLE),
            folder -> {
              var small = Scene.made(folder.scene.folder().resolve("small"));
              var task = folder.restoreTask(small.resolve("shop"));
              return Outcome.of(
                  folder.scene.runAfter("mount -t tmpfs -o size=128k none " + small, task));
            }),
        backedUp(
            "RestoredFileIsAnother",
            "what the engine restored is altered before it is compared",
            new Failed(Reason.RESTORE_FAILED),
            folder -> {
              folder.scene.wrapRestic(
                  """
                  "$REAL" "$@" || exit
                  for it in "$@"; do case $it in --target=*) chmod 600 "${it#*=}/config" ;; esac; done
                  """);
              var outcome = Outcome.of(folder.scene.run(folder.restoreTask(beside(folder))));
              return absent(folder, outcome);
            }));
  }

  private static Path beside(FolderScene folder) {
    return folder.scene.folder().resolve("restored");
  }

  private static Outcome absent(FolderScene folder, Outcome outcome) {
    return Files.exists(beside(folder)) ? new Green("the target is there") : outcome;
  }

  private static Outcome unchanged(FolderScene folder) {
    folder.sh("echo newer > config");
    var before = FolderScene.listing(folder.source());
    var outcome = Outcome.of(folder.scene.run(folder.restoreTask(folder.source())));
    return same(folder, before, outcome);
  }

  private static Outcome same(FolderScene folder, String before, Outcome outcome) {
    return FolderScene.listing(folder.source()).equals(before)
        ? outcome
        : new Green("the folder was touched");
  }

  private static Outcome inUse(FolderScene folder) throws IOException, InterruptedException {
    var user = new ProcessBuilder("sleep", "60").directory(folder.source().toFile()).start();
    try {
      return unchanged(folder);
    } finally {
      user.destroyForcibly().waitFor();
    }
  }

  // --- kills ---

  private static List<PlantedDefect> killed() {
    var all = new ArrayList<PlantedDefect>();
    try (var like = FolderScene.imagined()) {
      for (var step : like.backupTask().steps()) {
        all.add(
            backedUp(
                "KilledFolderBackupAt" + KilledAtAStep.camelCase(step),
                "kill -9 of a backup of files as it begins " + step,
                BACKED_UP,
                folder -> killedBackup(folder, step)));
      }
      for (var step : like.restoreTask("any", Path.of("/nowhere")).steps()) {
        all.add(
            backedUp(
                "KilledFolderRestoreAt" + KilledAtAStep.camelCase(step),
                "kill -9 of a restore of files in place as it begins " + step,
                RESTORED,
                folder -> killedRestore(folder, step)));
      }
    }
    return all;
  }

  private static Outcome killedBackup(FolderScene folder, Step step) {
    folder.scene.kill(folder.backupTask(), step);
    var listed = folder.scene.points().size();
    if (listed != 1 && !(listed == 2 && KilledAtAStep.COMMITTED.contains(step))) {
      return new Green(listed + " points are listed");
    }
    folder.scene.require(folder.backup());
    new ResticByHand(folder.scene).run("check", "--read-data");
    return folder.scene.points().size() == listed + 1
        ? BACKED_UP
        : new Green("listed are " + folder.scene.points());
  }

  private static Outcome killedRestore(FolderScene folder, Step step) {
    var good = FolderScene.listing(folder.source());
    folder.sh("echo newer > config; rm -r uploads; echo more > more");
    var worse = FolderScene.listing(folder.source());
    var task = folder.restoreTask(folder.source());
    folder.scene.kill(task, step);
    var next = folder.scene.run(folder.again(task));
    if (next.failure() != null) {
      return Outcome.of(next);
    }
    if (!FolderScene.listing(folder.source()).equals(good)) {
      return new Green("the folder is not what was backed up");
    }
    if (Files.exists(folder.source().resolve(".salvor-restore.json"))) {
      return new Green("the marker is left");
    }
    var safety = ((TaskResult.Restored) Objects.requireNonNull(next.result())).safetyPoint();
    if (safety == null) {
      return new Green("no safety point is named");
    }
    folder.scene.require(folder.scene.run(folder.scene.fetchTask(safety)));
    folder.scene.require(folder.scene.run(folder.scene.compareTask(safety)));
    return FolderScene.listing(folder.copy()).equals(worse)
        ? RESTORED
        : new Green("the safety point is not what was there");
  }
}
