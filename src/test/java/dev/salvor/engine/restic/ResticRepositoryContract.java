package dev.salvor.engine.restic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Streams;
import dev.salvor.task.Task.CheckTurn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every driver of a repository holds to. */
abstract class ResticRepositoryContract {
  static final NewSnapshot ABOUT =
      new NewSnapshot("shop/db", List.of("rp=1", "kind=database", "time=2026-11-22T18:00:00Z"));

  @TempDir Path folder;

  /** One that is initialised and empty; the same for one test. */
  abstract ResticRepository repository();

  /** One that is not there. */
  abstract ResticRepository absent();

  static Command shell(String script) {
    return Command.of(Path.of("/bin/sh"), "-c", script);
  }

  static EngineException fails(Runnable work) {
    return Objects.requireNonNull(catchThrowableOfType(EngineException.class, work::run));
  }

  byte[] dumped(String snapshot, String path) {
    var bytes = new ByteArrayOutputStream();
    repository().dump(snapshot, path, stream -> stream.transferTo(bytes));
    return bytes.toByteArray();
  }

  @Test
  void whatIsNotThereIsMissing() {
    assertThat(fails(() -> absent().snapshots()).reason()).isEqualTo(Reason.REPOSITORY_MISSING);
    assertThat(fails(() -> absent().id()).reason()).isEqualTo(Reason.REPOSITORY_MISSING);
  }

  @Test
  void isMadeOnceAndReadBack() {
    var repository = absent();

    var id = repository.initialize();

    assertThat(id).isEqualTo(repository.id()).matches("[0-9a-f]{64}");
    fails(repository::initialize);
    assertThat(repository.id()).isEqualTo(id);
  }

  @Test
  void aStreamIsStoredAndReadsBack() {
    var stored =
        repository().backupStream(ABOUT, "/pg/a b.dump", shell("echo hello"), ByteProgress.NONE);

    assertThat(stored.sizeBytes()).isEqualTo(6);
    assertThat(dumped(stored.snapshot(), "/pg/a b.dump")).asString().isEqualTo("hello\n");
    var snapshot = repository().snapshots().getFirst();
    assertThat(snapshot.id()).isEqualTo(stored.snapshot());
    assertThat(snapshot.host()).isEqualTo("shop/db");
    assertThat(snapshot.tag("kind")).contains("database");
    assertThat(snapshot.tag("time")).contains("2026-11-22T18:00:00Z");
    assertThat(snapshot.tree()).matches("[0-9a-f]{64}");
  }

  @Test
  void aStreamThatBreaksLeavesNoSnapshot() {
    for (var script : List.of("echo half; exit 3", "echo half; kill -9 $$", "exit 0", "exit 1")) {
      var thrown =
          fails(
              () ->
                  repository().backupStream(ABOUT, "/pg/a.dump", shell(script), ByteProgress.NONE));

      assertThat(thrown.reason()).as(script).isEqualTo(Reason.INCOMPLETE_BACKUP);
      assertThat(repository().snapshots()).as(script).isEmpty();
    }
  }

  @Test
  void inputIsStoredAndReadsBack() {
    var stored =
        repository()
            .backupInput(
                ABOUT,
                "/devices/a",
                stream -> stream.write(new byte[3_000_000]),
                ByteProgress.NONE);

    assertThat(stored.sizeBytes()).isEqualTo(3_000_000);
    assertThat(dumped(stored.snapshot(), "/devices/a")).isEqualTo(new byte[3_000_000]);
  }

  /** What came before it broke would be taken for all that there is. */
  @Test
  void inputThatBreaksLeavesNoSnapshot() {
    for (var broken :
        List.<Streams.Input>of(
            stream -> {
              stream.write(new byte[3_000_000]);
              throw new IOException("sector 7 is bad");
            },
            stream -> {})) {
      var thrown =
          fails(() -> repository().backupInput(ABOUT, "/devices/a", broken, ByteProgress.NONE));

      assertThat(thrown.reason()).isEqualTo(Reason.INCOMPLETE_BACKUP);
      assertThat(repository().snapshots()).isEmpty();
    }
  }

  /** A hollow file holds zeros: they must be in no snapshot. */
  @Test
  void whatIsHollowIsTakenFromTheParentOrNothingIsStored() throws IOException {
    var tree = Files.createDirectories(folder.resolve("staged/storage"));
    Files.writeString(tree.resolve("one"), "first");
    var all = Set.of("/storage/one");
    var parent = staged(null, all, 0).snapshot();
    var modified = Files.getLastModifiedTime(tree.resolve("one"));
    Files.delete(tree.resolve("one"));
    Files.write(tree.resolve("one"), new byte[5]);
    Files.setLastModifiedTime(tree.resolve("one"), modified);
    Files.writeString(tree.resolve("two"), "second");

    var stored = staged(parent, Set.of("/storage/two"), 1);

    assertThat(dumped(stored.snapshot(), "/storage/one")).asString().isEqualTo("first");
    assertThat(dumped(stored.snapshot(), "/storage/two")).asString().isEqualTo("second");
    for (var wrong :
        List.<Runnable>of(
            () -> staged(null, Set.of("/storage/two"), 1),
            () -> staged(parent, Set.of("/storage/two"), 2),
            () -> staged(parent, Set.of("/storage/two", "/storage/three"), 1))) {
      assertThat(fails(wrong).reason()).isEqualTo(Reason.INCOMPLETE_BACKUP);
      assertThat(repository().snapshots()).hasSize(2);
    }
  }

  private Stored staged(@Nullable String parent, Set<String> full, long hollow) {
    return repository()
        .backupStaged(
            new NewSnapshot("shop/db", List.of("kind=files"), parent),
            folder.resolve("staged"),
            "storage",
            new StagedFiles(full, hollow),
            ByteProgress.NONE);
  }

  @Test
  void whatTheProducerSaidIsKept() {
    var thrown =
        fails(
            () ->
                repository()
                    .backupStream(
                        ABOUT,
                        "/pg/a.dump",
                        shell("echo 'pg_dump: error: no right' >&2; exit 1"),
                        ByteProgress.NONE));

    assertThat(thrown.failure().logTail())
        .as("as it was said, not by way of restic, which may end before it hands it on")
        .containsPattern("(?m)^pg_dump: error: no right$");
  }

  @Test
  void aFolderIsStoredAndRestored() throws IOException {
    var source = folder.resolve("source");
    var dump = Files.createDirectories(source.resolve("pg/x.directory"));
    Files.writeString(dump.resolve("toc.dat"), "toc");
    Files.writeString(dump.resolve("1.dat"), "rows");

    var stored = repository().backupFolder(ABOUT, source, List.of("pg"), ByteProgress.NONE);
    var target = folder.resolve("target");
    repository().restore(stored.snapshot(), "/pg/x.directory", target, ByteProgress.NONE);

    assertThat(target.resolve("toc.dat")).hasContent("toc");
    assertThat(target.resolve("1.dat")).hasContent("rows");
    assertThat(repository().list(stored.snapshot()))
        .filteredOn(node -> node.type().equals("file"))
        .extracting(Node::path)
        .containsExactlyInAnyOrder("/pg/x.directory/1.dat", "/pg/x.directory/toc.dat");
  }

  @Test
  void treesAreStoredAndWhatCannotBeReadIsTold() throws IOException {
    var data = Files.createDirectories(folder.resolve("data"));
    Files.writeString(Files.createDirectories(data.resolve("one/a")).resolve("f"), "one");
    Files.writeString(Files.createDirectories(data.resolve("two")).resolve("f"), "two");
    var excludes = Files.createFile(folder.resolve("excludes"));

    var whole =
        repository().backupTrees(ABOUT, data, List.of("one", "two"), excludes, ByteProgress.NONE);
    var part =
        repository().backupTrees(ABOUT, data, List.of("one", "gone"), excludes, ByteProgress.NONE);

    assertThat(whole.unread()).isEmpty();
    assertThat(dumped(whole.stored().snapshot(), "/one/a/f")).asString().isEqualTo("one");
    assertThat(dumped(whole.stored().snapshot(), "/two/f")).asString().isEqualTo("two");
    assertThat(part.unread()).anyMatch(line -> line.contains("gone"));
    assertThat(dumped(part.stored().snapshot(), "/one/a/f")).asString().isEqualTo("one");
  }

  @Test
  void treesOfWhichNothingIsThereAreNotStored() throws IOException {
    var excludes = Files.createFile(folder.resolve("excludes"));

    fails(
        () ->
            repository().backupTrees(ABOUT, folder, List.of("gone"), excludes, ByteProgress.NONE));

    assertThat(repository().snapshots()).isEmpty();
  }

  @Test
  void whatIsNotInItIsNamed() {
    var stored = repository().backupStream(ABOUT, "/pg/a.dump", shell("echo x"), ByteProgress.NONE);

    assertThat(repository().read(stored.snapshot(), "/pg/a.dump")).asString().isEqualTo("x\n");
    for (var reader : List.<BiConsumer<String, String>>of(this::dumped, repository()::read)) {
      assertThat(fails(() -> reader.accept("00000000", "/pg/a.dump")).reason())
          .isEqualTo(Reason.NO_MATCHING_RECOVERY_POINT);
      assertThat(fails(() -> reader.accept(stored.snapshot(), "/pg/b.dump")).reason())
          .isEqualTo(Reason.CORRUPT_RECOVERY_POINT);
    }
  }

  @Test
  void aFileIsReadIntoAProgram() {
    var stored =
        repository().backupStream(ABOUT, "/pg/a.dump", shell("echo hello"), ByteProgress.NONE);

    var piped =
        repository()
            .dumpInto(stored.snapshot(), "/pg/a.dump", shell("cat; exit 4"), Streams.captured());

    assertThat(piped.consumer().output()).isEqualTo("hello\n");
    assertThat(piped.consumer().exitCode()).isEqualTo(4);
    assertThat(piped.bytes()).isEqualTo(6);
  }

  @Test
  void aProgramThatGetsNothingNeverSeesAnEnd() {
    var trace = folder.resolve("trace");
    var consumer = shell("cat > /dev/null && echo whole > " + trace);

    var thrown =
        fails(() -> repository().dumpInto("00000000", "/pg/a", consumer, Streams.captured()));

    assertThat(thrown.reason()).isEqualTo(Reason.NO_MATCHING_RECOVERY_POINT);
    assertThat(trace).doesNotExist();
  }

  @Test
  void forgettingIsIdempotent() {
    var one = repository().backupStream(ABOUT, "/pg/a", shell("echo 1"), ByteProgress.NONE);
    var two = repository().backupStream(ABOUT, "/pg/a", shell("echo 2"), ByteProgress.NONE);

    repository().forget(List.of(one.snapshot()));
    repository().forget(List.of(one.snapshot()));
    repository().forget(List.of());
    repository().prune();

    assertThat(repository().snapshots()).extracting(Snapshot::id).containsExactly(two.snapshot());
    assertThat(dumped(two.snapshot(), "/pg/a")).asString().isEqualTo("2\n");
  }

  @Test
  void aSoundRepositoryIsFoundSound() {
    repository().backupStream(ABOUT, "/pg/a", shell("echo 1"), ByteProgress.NONE);

    assertThat(repository().check(new CheckTurn(1, 1)).sound()).isTrue();
    assertThat(repository().sizeBytes()).isPositive();
    repository().repairIndex();
    assertThat(repository().damagedSnapshots()).isEmpty();
    assertThat(repository().version()).startsWith("restic ");
  }
}
