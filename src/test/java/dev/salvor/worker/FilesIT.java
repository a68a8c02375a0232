package dev.salvor.worker;

import static dev.salvor.engine.volume.OddTree.listing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification.Check;
import dev.salvor.api.Verification.FileCheck;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.volume.OddTree;
import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import dev.salvor.task.Span;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder is backed up, proven, lost and had back, by the worker and real restic. */
@NullUnmarked
@NeedsRoot
class FilesIT {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh run( files)?\n.*?^```$");

  private Path folder;
  private FilesWorld world;

  @BeforeEach
  void make() throws IOException {
    // Not in memory: attributes of namespace user are not to be had in every tmpfs.
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "files");
    world = new FilesWorld(folder);
  }

  @AfterEach
  void remove() throws IOException, InterruptedException {
    Script.run("rm -rf \"$1\"", folder);
  }

  private void sh(String script) throws IOException, InterruptedException {
    Script.run("cd \"$1\"; " + script, world.source);
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  private static TaskResult.Restored restored(TaskReport report) {
    assertThat(report.failure()).isNull();
    return (TaskResult.Restored) report.result();
  }

  @Test
  void theOddTreeIsProvenLostAndHadBackAsItWas() throws Exception {
    OddTree.make(world.source);
    var before = listing(world.source);

    var made = world.succeed();
    var proof = world.prove(made.recoveryPoint());
    Script.run("rm -rf \"$1\"", world.source);
    var report = world.restore(made.recoveryPoint(), world.source, new FilesWorld.Wish());

    assertThat(made.complete()).isTrue();
    assertThat(proof.message()).startsWith("Restored and equal to the source");
    assertThat(proof.outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored(report).comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(listing(world.source)).isEqualTo(before);
    assertThat(folder.resolve("data"))
        .isDirectoryNotContaining(child -> child.getFileName().toString().contains("salvor"));
  }

  @Test
  void whatIsUnchangedIsNotReadAgain() throws Exception {
    sh("for i in $(seq 50); do head -c 20000 /dev/urandom > f$i; done");
    world.succeed();

    var again = world.succeed();

    assertThat(again.addedBytes()).isLessThan(100_000);
    assertThat(again.sizeBytes()).isEqualTo(50 * 20_000);
  }

  /** What is read may be a copy that was made a while ago. */
  @Test
  void aPointOfASnapshotIsAsOldAsTheSnapshot() throws Exception {
    sh("echo 1 > a");
    world.stores.environment.put(
        WorkerEnvironment.SOURCE_TIMES,
        "{\"%s\": \"2026-11-22T02:00:00Z\"}".formatted(world.source.getFileName()));

    assertThat(world.succeed().time()).isEqualTo("2026-11-22T02:00:00Z");
  }

  /** But not of what is of the same file system, and kept, nor of what was to be left out. */
  @Test
  void whatIsMountedInAFolderIsSaidNotToBeKept() throws Exception {
    sh("echo 1 > a; mkdir disk from same left");
    world.exclude = List.of("left");
    sh("mount -t tmpfs a disk; mount --bind from same; mount -t tmpfs b left");
    try {
      var report = world.backup();

      assertThat(report.failure()).isNull();
      assertThat(report.warnings())
          .filteredOn(text -> text.contains("is not kept"))
          .singleElement()
          .asString()
          .startsWith("what is mounted at " + world.source.resolve("disk") + " is not kept");
    } finally {
      sh("umount disk same left");
    }
  }

  @Test
  void whatIsLeftOutIsInNoCopyAndNoDifference() throws Exception {
    sh(
        "mkdir -p cache/deep keep lost+found no; touch a.tmp keep/b.tmp keep/c cache/deep/d"
            + " lost+found/e no/f no/.nobackup cache/.salvor-restore.json"
            + " .salvor-restore.json.draft");
    world.exclude = List.of("*.tmp", "cache/*");
    world.excludeIfPresent = ".nobackup";

    var made = world.succeed();
    var proof = world.prove(made.recoveryPoint());
    var copy = folder.resolve("copy");
    restored(world.restore(made.recoveryPoint(), copy, new FilesWorld.Wish()));

    assertThat(proof.outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(Script.run("cd \"$1\"; find . | sort", copy).strip())
        .isEqualTo(".\n./cache\n./keep\n./keep/c\n./no");
  }

  @Test
  void anEmptiedOrShrunkenSourceIsNoBackup() throws Exception {
    assertThat(reason(world.backup())).isEqualTo(Reason.EMPTY_SOURCE);
    sh("mkdir folders; ln -s nothing link");
    assertThat(reason(world.backup())).isEqualTo(Reason.EMPTY_SOURCE);
    sh("for i in 1 2 3 4; do echo text > $i; done");
    var made = world.succeed();
    sh("mv 1 2 3 ..");
    assertThat(world.backup().failure().message()).contains("1 files", "held 4");
    sh("mv ../[123] .");
    world.baseline = new Baseline(made.recoveryPoint(), made.extent(), made.lineage());
    sh("rm 1 2");
    assertThat(world.succeed().extent()).isEqualTo(new Extent.Files(2, 10));
    sh("rm 3");
    assertThat(world.backup().failure().message()).contains("1 files", "held 4");
    world.allowEmpty = true;
    assertThat(world.succeed().extent()).isEqualTo(new Extent.Files(1, 5));
  }

  /**
   * As the claims of a policy: one that was made anew under its old name is no reason to be green.
   */
  @Test
  void oneEmptyTreeOfSeveralIsNoBackup() throws Exception {
    sh("echo 1 > a; mkdir ../avatars; echo 2 > ../avatars/b");
    world.trees = List.of("shop", "avatars");
    var made = world.succeed();
    assertThat(world.prove(made.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);

    sh("rm ../avatars/b");

    var refused = world.backup();
    assertThat(reason(refused)).isEqualTo(Reason.EMPTY_SOURCE);
    assertThat(refused.failure().message()).contains("/avatars holds no files");
  }

  /** Read by three workers of which none sees all: what the last closes is as if one had. */
  @Test
  void whatSeveralNodesReadIsOnePoint() throws Exception {
    sh("echo 1 > a; mkdir ../avatars ../notes; echo 22 > ../avatars/b; echo 333 > ../notes/c");
    world.trees = List.of("shop", "avatars", "notes");
    var whole = world.succeed();
    var point = "20261122t020000z-abcdef";
    var shares = List.of(keep(point, "avatars"), keep(point, "notes"));

    span(new Span(point, List.of("shop"), shares));
    var made = world.succeed();

    assertThat(made.recoveryPoint()).isEqualTo(point);
    assertThat(made.extent()).isEqualTo(whole.extent());
    assertThat(made.lineage()).isEqualTo(whole.lineage());
    assertThat(world.prove(point).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    sh("echo other > ../avatars/b");
    assertThat(world.prove(point).outcome())
        .as("the copy, not the source")
        .isEqualTo(VerdictOutcome.VERIFIED);
  }

  private void span(Span span) {
    world.stores.environment.put(WorkerEnvironment.SPAN, span.text());
  }

  private String keep(String point, String tree) {
    span(new Span(point, List.of(tree), null));
    var report = world.backup();
    assertThat(report.failure()).isNull();
    return ((TaskResult.ShareKept) report.result()).share();
  }

  @Test
  void aPointThatANodeHasNotReadIsNotClosed() throws Exception {
    sh("echo 1 > a; mkdir ../avatars ../notes; echo 22 > ../avatars/b; echo 333 > ../notes/c");
    world.trees = List.of("shop", "avatars", "notes");
    var point = "20261122t020000z-abcdef";
    var share = keep(point, "avatars");

    span(new Span(point, List.of("shop"), List.of(share)));
    assertThat(reason(world.backup())).isEqualTo(Reason.INCOMPLETE_BACKUP);
    span(new Span(point, List.of("shop"), List.of(share, share)));
    assertThat(reason(world.backup())).isEqualTo(Reason.INCOMPLETE_BACKUP);
    span(new Span(point, List.of("shop"), List.of(share, "0123abcd")));
    assertThat(world.backup().outcome()).isEqualTo(TaskReport.Outcome.FAILED);
    var others = keep("20261122t010000z-ghijkl", "notes");
    span(new Span(point, List.of("shop"), List.of(share, others)));
    assertThat(world.backup().failure().message()).contains("no share of recovery point " + point);
    assertThat(closed(point, share).recoveryPoint()).isEqualTo(point);
    assertThat(reason(world.backup())).as("closed already").isEqualTo(Reason.INTERRUPTED);
  }

  private TaskResult.BackedUp closed(String point, String share) {
    span(new Span(point, List.of("shop"), List.of(share, keep(point, "notes"))));
    return world.succeed();
  }

  /** Each node has seen some of it only, and cannot say. */
  @Test
  void whetherThePointShrankIsAskedOfAllNodesTogether() throws Exception {
    sh("echo 1 > a; mkdir ../avatars; echo 22 > ../avatars/b");
    world.trees = List.of("shop", "avatars");
    var lineage = world.succeed().lineage();
    var point = "20261122t020000z-abcdef";
    world.baseline = new Baseline("before", new Extent.Files(200, 1_000_000), lineage);
    var share = keep(point, "avatars");

    span(new Span(point, List.of("shop"), List.of(share)));
    var refused = world.backup();

    assertThat(reason(refused)).isEqualTo(Reason.EMPTY_SOURCE);
    assertThat(refused.failure().message()).contains("2 files");
  }

  /** Another lineage freezes forgetting: what is not stored any more must not be thinned out. */
  @Test
  void aTreeThatIsMissingIsAnotherLineageAndANewOneIsNot() throws Exception {
    sh("echo 1 > a; mkdir ../avatars; echo 2 > ../avatars/b");
    var one = world.succeed();
    world.trees = List.of("shop", "avatars");
    var two = world.succeed();
    world.baseline = new Baseline(two.recoveryPoint(), two.extent(), two.lineage());
    world.trees = List.of("shop");
    var less = world.backup();

    assertThat(two.lineage()).isEqualTo(one.lineage());
    assertThat(((TaskResult.BackedUp) less.result()).lineage()).isNotEqualTo(two.lineage());
    assertThat(less.warnings())
        .anyMatch(text -> text.startsWith("SourceChanged") && text.endsWith("/avatars"));
  }

  @Test
  void aPointThatTheSandboxCannotHoldIsNotFetched() throws Exception {
    sh("head -c 100000 /dev/urandom > large");
    var made = world.succeed();
    world.stores.environment.put(WorkerEnvironment.SANDBOX_BYTES, "99999");

    var refused = world.fetch(made.recoveryPoint());

    assertThat(reason(refused)).isEqualTo(Reason.SCRATCH_FULL);
    assertThat(refused.failure().message()).contains("100000", "99999", "scratchSize");
    world.stores.environment.put(WorkerEnvironment.SANDBOX_BYTES, "100000");
    assertThat(world.prove(made.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void aMissingOrWrongFolderIsNamed() throws Exception {
    Files.delete(world.source);
    assertThat(reason(world.backup())).isEqualTo(Reason.SOURCE_MISSING);
    Files.writeString(world.source, "a file");
    assertThat(reason(world.backup())).isEqualTo(Reason.SOURCE_MISSING);
  }

  @Test
  void aStoreInsideItsOwnSourceIsRefused() throws Exception {
    Files.delete(world.source);
    Files.createSymbolicLink(world.source, folder);

    assertThat(reason(world.backup())).isEqualTo(Reason.INVALID_SPEC);
  }

  /** In the end the verdict is about that folder, whatever the link is called. */
  @Test
  void aLinkToAFolderIsFollowed() throws Exception {
    var real = Files.createDirectories(folder.resolve("real"));
    Files.writeString(real.resolve("file"), "text");
    Files.delete(world.source);
    Files.createSymbolicLink(world.source, real);

    var made = world.succeed();

    assertThat(world.prove(made.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a.jpg   |   | 1h | VERIFIED | agree
          **.jpg  | 2 | 1h | VERIFIED | agree
          *.jpg   | 2 |    | REFUTED  | at least 2 of *.jpg
          no.jpg  |   |    | REFUTED  | at least 1 of no.jpg
          old     |   | 1d | REFUTED  | newer than 1d
          """)
  void theUsersRulesAreAsked(
      String path, Long count, String within, VerdictOutcome outcome, String says)
      throws Exception {
    sh("mkdir b; echo x > a.jpg; echo y > b/c.jpg; echo z > old; touch -d '3 days ago' old");
    var made = world.succeed();
    world.checks =
        List.of(new Check("rule", null, null, new FileCheck(path, count, within), null, null));

    var proof = world.prove(made.recoveryPoint());

    assertThat(proof.outcome()).isEqualTo(outcome);
    assertThat(proof.message()).contains(says);
  }

  @Test
  void aFolderAndAFileAreHadBackAlone() throws Exception {
    sh(
        "mkdir -p a/b 'odd [x]*'; echo 1 > a/b/f; echo 2 > 'odd [x]*/f'; echo 3 > 'odd x'; echo 4 >"
            + " top; ln a/b/f outside; chmod 750 a");
    var made = world.succeed();
    var copy = folder.resolve("copy");
    var wish = new FilesWorld.Wish();
    wish.select = List.of("a/b", "odd [x]*", "top");

    var report = restored(world.restore(made.recoveryPoint(), copy, wish));

    assertThat(Script.run("cd \"$1\"; find . -type f | LC_ALL=C sort", copy).strip())
        .isEqualTo("./a/b/f\n./odd [x]*/f\n./top");
    assertThat(report.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(report.coverage()).contains("not selected");
  }

  @Test
  void aPathThatTheBackupDoesNotHoldIsNoSuccess() throws Exception {
    sh("echo 1 > a");
    var made = world.succeed();
    var wish = new FilesWorld.Wish();
    wish.select = List.of("b");

    var report = world.restore(made.recoveryPoint(), folder.resolve("copy"), wish);

    assertThat(reason(report)).isEqualTo(Reason.INVALID_SPEC);
    assertThat(folder.resolve("copy")).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(names = {"MERGE", "MIRROR"})
  void whatIsReplacedIsKeptFirst(RestoreMode mode) throws Exception {
    sh("echo old > changed; echo same > same; mkdir gone; echo x > gone/x; chmod 751 .");
    var made = world.succeed();
    sh("echo newer > changed; rm -r gone; echo more > more; mkdir lost+found; chmod 700 .");
    var now = listing(world.source);
    var wish = new FilesWorld.Wish();
    wish.existing = Task.Existing.REPLACE;
    wish.mode = mode;

    var report = restored(world.restore(made.recoveryPoint(), world.source, wish));

    assertThat(world.source.resolve("changed")).hasContent("old");
    assertThat(world.source.resolve("gone/x")).hasContent("x");
    assertThat(Files.exists(world.source.resolve("more"))).isEqualTo(mode == RestoreMode.MERGE);
    assertThat(world.source.resolve("lost+found")).exists();
    assertThat(world.source.resolve(".salvor-restore.json")).doesNotExist();
    assertThat(Script.run("stat -c %a \"$1\"", world.source).strip()).isEqualTo("751");

    // Taking it back is a restore of the safety point.
    wish.mode = RestoreMode.MIRROR;
    wish.request = "another";
    restored(world.restore(report.safetyPoint(), world.source, wish));
    assertThat(listing(world.source)).isEqualTo(now);
  }

  @Test
  void whatIsThereIsNotTouchedUnasked() throws Exception {
    sh("echo 1 > a");
    var made = world.succeed();
    sh("echo 2 > a");

    assertThat(reason(world.restore(made.recoveryPoint(), world.source, new FilesWorld.Wish())))
        .isEqualTo(Reason.TARGET_NOT_EMPTY);
    var late = new FilesWorld.Wish();
    late.existing = Task.Existing.REPLACE;
    late.notAfter = Instant.now().minusSeconds(1);
    assertThat(reason(world.restore(made.recoveryPoint(), world.source, late)))
        .isEqualTo(Reason.EXPIRED);
    var planned = new FilesWorld.Wish();
    planned.existing = Task.Existing.REPLACE;
    planned.effect = Task.Effect.PLAN_ONLY;
    assertThat(restored(world.restore(made.recoveryPoint(), world.source, planned)).plan())
        .anyMatch(step -> step.startsWith("take a safety point"));
    assertThat(world.source.resolve("a")).hasContent("2");
  }

  /** All that a tree can hold is read through before anything is written over it. */
  @ParameterizedTest
  @ValueSource(strings = {"user:fits-tar", "user:fits=none"})
  void theOddTreeIsHadBackInPlace(String attribute) throws Exception {
    OddTree.make(world.source);
    Files.setAttribute(world.source.resolve("owned"), attribute, new byte[] {1});
    var before = listing(world.source);
    var point = world.succeed().recoveryPoint();
    sh("echo changed > owned; rm -r one; touch -h -d @0 link");

    restored(world.restore(point, world.source, replacing()));

    assertThat(listing(world.source)).isEqualTo(before);
  }

  /** What is selected is what must be readable. */
  @Test
  void whatCannotBeReadFromTheStoreReplacesNothing() throws Exception {
    sh("echo old > kept; ln -s kept link");
    world.succeed();
    sh("head -c 1000000 /dev/urandom > lost");
    var point = world.succeed().recoveryPoint();
    Script.run(
        "rm \"$(ls -S \"$1\"/*/* | head -1)\"", world.stores.store().resolve("shop/db/data"));
    sh("echo newer > kept; ln -sf newer link; echo newer > lost");
    var before = listing(world.source);

    for (var select : List.of(List.<String>of(), List.of("kept", "lost"))) {
      var wish = replacing();
      wish.select = select;
      var refused = world.restore(point, world.source, wish);

      assertThat(reason(refused)).isEqualTo(Reason.STORE_DAMAGED);
      assertThat(refused.failure().message()).contains("Nothing was touched");
      assertThat(listing(world.source)).isEqualTo(before);
    }
    var wish = replacing();
    wish.select = List.of("kept", "link");
    restored(world.restore(point, world.source, wish));
    assertThat(world.source.resolve("kept")).hasContent("old");
    assertThat(world.source.resolve("link")).hasContent("old");
    assertThat(world.source.resolve("lost")).hasContent("newer");
  }

  /** The only way back must not get lost with the words of what failed. */
  @Test
  void aRestoreThatIsEndedSaysWhereThatIsWhatItWroteOver() throws Exception {
    sh("echo old > a");
    var point = world.succeed().recoveryPoint();
    sh("echo new > a");
    var draft = new ArrayList<String>();
    world.stores.at(
        "\"step\":\"RESTORE\"",
        () -> {
          draft.add(Script.run("cat report.json", world.stores.folder));
          world.stores.interrupt();
        });

    var ended = world.restore(point, world.source, replacing());

    assertThat(reason(ended)).isEqualTo(Reason.INTERRUPTED);
    var message = ended.failure().message();
    assertThat(message).contains("ended from outside", "What was there before is recovery point ");
    var kept = message.replaceFirst("(?s).*recovery point (\\S+)[.]", "$1");
    assertThat(((TaskResult.Restored) ended.result()).safetyPoint()).isEqualTo(kept);
    assertThat(draft.getFirst())
        .as("what a kill would have left")
        .contains("\"ReportMissing\"", "\"safetyPoint\":\"" + kept + "\"");
    var copy = world.source.resolveSibling("copy");
    restored(world.restore(kept, copy, new FilesWorld.Wish()));
    assertThat(copy.resolve("a")).hasContent("new");
  }

  /** Containers and pods run between two attempts, and write. */
  @Test
  void whatIsWrittenBetweenTwoAttemptsIsKeptBesideWhatWasThereFirst() throws Exception {
    sh("echo old > a");
    var point = world.succeed().recoveryPoint();
    sh("echo new > a");
    var wish = replacing();
    wish.mode = RestoreMode.MIRROR;
    world.stores.at("\"step\":\"RESTORE\"", world.stores::interrupt);
    var ended = world.restore(point, world.source, wish).failure().message();
    var first = ended.replaceFirst("(?s).*recovery point (\\S+)[.]", "$1");

    sh("echo between > b");
    world.attempt = 2;
    var report = world.restore(point, world.source, wish);

    assertThat(restored(report).safetyPoint()).isEqualTo(first);
    assertThat(world.source.resolve("b")).doesNotExist();
    var warning =
        report.warnings().stream().filter(text -> text.contains("further attempt")).findFirst();
    var second = warning.orElseThrow().replaceFirst(".* ", "");
    var copy = world.source.resolveSibling("copy");
    world.attempt = 1;
    restored(world.restore(second, copy, new FilesWorld.Wish()));
    assertThat(copy.resolve("b")).hasContent("between");

    // The report was lost, and it is all there: what was first stays what undo brings back.
    world.attempt = 3;
    var last = world.restore(point, world.source, wish);
    assertThat(restored(last).safetyPoint()).isEqualTo(first);
    assertThat(last.warnings())
        .as("the second attempt may have been killed before it could say so")
        .anyMatch(
            text ->
                text.endsWith(
                    "earlier attempt kept what was there then as recovery point " + second));
  }

  /** It had kept something, and people went on with what it had not touched. */
  @Test
  void undoBringsBackWhatWasReplacedAndNotWhatAnAttemptThatReplacedNothingKept() throws Exception {
    sh("echo old > a");
    var point = world.succeed().recoveryPoint();
    sh("echo new > a");
    var wish = replacing();
    wish.mode = RestoreMode.MIRROR;
    world.stores.at("\"step\":\"RESTORE\"", world.stores::interrupt);
    var ended = world.restore(point, world.source, wish);
    var first = ((TaskResult.Restored) ended.result()).safetyPoint();
    sh("rm .salvor-restore.json; echo between > b; echo newer > a");
    world.attempt = 2;
    world.stores.at("\"step\":\"READ_BACK\"", world.stores::interrupt);
    assertThat(world.restore(point, world.source, wish).result()).as("nothing was begun").isNull();

    var second = restored(world.restore(point, world.source, wish)).safetyPoint();

    assertThat(second).isNotEqualTo(first);
    var copy = world.source.resolveSibling("copy");
    world.attempt = 1;
    restored(world.restore(second, copy, new FilesWorld.Wish()));
    assertThat(copy.resolve("b")).hasContent("between");
    assertThat(copy.resolve("a")).hasContent("newer");
  }

  /** Made in one second, by one kubectl apply. */
  @Test
  void whatAnotherRequestKeptIsNotWhatThisOneWroteOver() throws Exception {
    sh("echo old > a");
    var point = world.succeed().recoveryPoint();
    assertThat(restored(world.restore(point, world.source, replacing())).safetyPoint()).isNotNull();

    var other = new FilesWorld.Wish();
    other.request = "another";
    world.attempt = 2;
    var copy = Files.createDirectories(folder.resolve("copy"));
    assertThat(restored(world.restore(point, copy, other)).safetyPoint()).isNull();
  }

  private static FilesWorld.Wish replacing() {
    var wish = new FilesWorld.Wish();
    wish.existing = Task.Existing.REPLACE;
    return wish;
  }

  /** Nobody knows who restores there, nor whether. */
  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}", "null", "padded"})
  void aMarkerThatWasAlteredCountsAsAnothers(String text) throws Exception {
    sh("echo old > a");
    var point = world.succeed().recoveryPoint();
    sh("echo new > a");
    Files.writeString(
        world.source.resolve(".salvor-restore.json"),
        text.equals("padded") ? " ".repeat(1 << 13) + "{\"request\": \"request-1\"}" : text);

    var refused = world.restore(point, world.source, replacing());

    assertThat(reason(refused)).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    var message = refused.failure().message();
    assertThat(message)
        .contains(".salvor-restore.json in it says which, and was altered: remove it if");
    assertThat(reason(world.backup())).isEqualTo(Reason.INCOMPLETE_BACKUP);
    world.acknowledge = List.of(message.substring(message.lastIndexOf(' ') + 1));
    var safe = restored(world.restore(point, world.source, replacing())).safetyPoint();
    assertThat(safe).isNotNull();
    assertThat(world.source.resolve("a")).hasContent("old");
    assertThat(world.source.resolve(".salvor-restore.json")).doesNotExist();
  }

  @Test
  void aFolderInUseIsNotWrittenUnder() throws Exception {
    sh("echo 1 > a");
    var made = world.succeed();
    var wish = new FilesWorld.Wish();
    wish.existing = Task.Existing.REPLACE;
    var user = new ProcessBuilder("sleep", "60").directory(world.source.toFile()).start();
    try {
      var refused = world.restore(made.recoveryPoint(), world.source, wish);

      assertThat(reason(refused)).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
      var message = refused.failure().message();
      assertThat(message).contains("sleep (" + user.pid() + ")");
      world.acknowledge = List.of(message.substring(message.lastIndexOf(' ') + 1));
      restored(world.restore(made.recoveryPoint(), world.source, wish));
    } finally {
      user.destroy();
    }
  }

  /** A mount point, say: its own mode and times come back too. */
  @Test
  void anEmptyFolderIsFilled() throws Exception {
    OddTree.make(world.source);
    var before = listing(world.source);
    var made = world.succeed();
    var copy = Files.createDirectories(folder.resolve("mounted/lost+found")).getParent();

    restored(world.restore(made.recoveryPoint(), copy, new FilesWorld.Wish()));

    assertThat(listing(copy).replaceAll("(?m)^[.]/lost.*\n", "")).isEqualTo(before);
  }

  @Test
  void whatCannotBeReadMakesThePointIncomplete() throws Exception {
    sh("echo 1 > a; echo 2 > b; chmod 0 a; chown 5 a");
    // Root as a container has it that may not read all.
    var restic = folder.resolve("restic");
    Files.writeString(
        restic,
        """
        #!/bin/sh
        exec setpriv --inh-caps=-dac_override,-dac_read_search \\
          --bounding-set=-dac_override,-dac_read_search %s "$@"
        """
            .formatted(Programs.here().restic()));
    restic.toFile().setExecutable(true);
    world.stores.environment.put(Programs.RESTIC, restic.toString());

    var report = world.backup();

    assertThat(report.outcome()).isEqualTo(TaskReport.Outcome.PARTIAL);
    assertThat(report.warnings()).anyMatch(text -> text.contains("/a"));
    assertThat(((TaskResult.BackedUp) report.result()).complete()).isFalse();
  }

  /** The page, to the letter: its first two steps, and what it says of files. */
  @Test
  void aPersonHasItBackWithoutSalvor() throws Exception {
    OddTree.make(world.source);
    world.succeed();
    var page = Files.readString(Path.of("docs/recover-without-salvor.md"));
    var blocks = BLOCK.matcher(page).results().map(MatchResult::group).toList();
    var files = blocks.stream().filter(block -> block.startsWith("```sh run files")).toList();
    assertThat(files).hasSize(1);
    var script = String.join("\n", blocks.get(0), blocks.get(1), files.getFirst());
    Files.writeString(folder.resolve("password"), StoreWorld.PASSWORD);
    var work = Files.createDirectories(folder.resolve("work"));

    Script.run(
        """
        set -euo pipefail
        restic() { %s "$@"; }
        export RESTIC_REPOSITORY=%s/store/shop/db RESTIC_PASSWORD_FILE=%s/password WORK=$1
        """
                .formatted(Programs.here().restic(), folder, folder)
            + script.replaceAll("(?m)^```.*$", ""),
        work);

    assertThat(listing(work.resolve("files/shop"))).isEqualTo(listing(world.source));
  }

  @Test
  void aPointOfFilesIsNoPointOfDatabases() throws Exception {
    sh("echo 1 > a");
    var made = world.succeed();
    var database = world.stores.backup(StoreWorld.TICK, StoreWorld.text("a dump"));

    assertThat(reason(world.restore(database, folder.resolve("copy"), new FilesWorld.Wish())))
        .isEqualTo(Reason.INVALID_SPEC);
    assertThat(made.serverVersion()).isNull();
  }
}
