package dev.salvor.plan.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.StorageObjects;
import dev.salvor.api.StorageVersions;
import dev.salvor.task.FileEntry;
import dev.salvor.task.FileEntry.Unsteady;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import dev.salvor.task.StoredObject.Fate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows beside files: who is whole, when both are kept and when both are back. */
@NullUnmarked
class ObjectCensusTest {
  private static final Instant DUMPED = Instant.parse("2026-11-22T18:00:00Z");
  private static final long OLD = (DUMPED.getEpochSecond() - 90_000) * 1_000_000_000;
  private static final long YOUNG = (DUMPED.getEpochSecond() - 3_600) * 1_000_000_000;
  private static final Map<String, String> TYPED = Map.of(FoundBytes.TYPE, "0123");
  private static final String PATH = "s/t/docs/a/v";

  private final List<StoredObject> noted = new ArrayList<>();

  private static StoredObject object(String path) {
    return new StoredObject(path, 5L, "0".repeat(32), true, null, "id of " + path, null, null);
  }

  private static FileEntry entry(
      String path,
      FileEntry.Type type,
      Long size,
      long modified,
      Map<String, String> x,
      Unsteady became) {
    return new FileEntry(path, type, 0644, 0, 0, size, modified, null, null, null, x, became, null);
  }

  private static FileEntry file(String path, long size, Map<String, String> x) {
    return entry(path, FileEntry.Type.FILE, size, OLD, x, null);
  }

  private ObjectCensus census(Set<StoredObject> overtaken) {
    return census(overtaken, ObjectCensus.Way.BY_FILES, 0);
  }

  private ObjectCensus census(Set<StoredObject> overtaken, ObjectCensus.Way way, long unread) {
    return new ObjectCensus(
        new StorageLayout("s", "t", StorageVersions.FOLDER),
        DUMPED,
        overtaken,
        noted::add,
        way,
        unread);
  }

  static Stream<Arguments> beside() {
    var whole = file(PATH, 5, TYPED);
    var old = object(PATH);
    return Stream.of(
        Arguments.of("whole", old, whole, null),
        Arguments.of("no file", old, null, Fate.LOST),
        Arguments.of(
            "a folder", old, entry(PATH, FileEntry.Type.FOLDER, null, OLD, TYPED, null), Fate.LOST),
        Arguments.of(
            "a link", old, entry(PATH, FileEntry.Type.LINK, null, OLD, TYPED, null), Fate.LOST),
        Arguments.of("shorter", old, file(PATH, 4, TYPED), Fate.WRONG_SIZE),
        Arguments.of("untyped", old, file(PATH, 5, null), Fate.NO_TYPE),
        Arguments.of("typed otherwise", old, file(PATH, 5, Map.of("user.x", "1")), Fate.NO_TYPE),
        Arguments.of(
            "needs no type",
            new StoredObject(PATH, 5L, null, null, null, "i", null, null),
            file(PATH, 5, null),
            null),
        Arguments.of(
            "of any size",
            new StoredObject(PATH, null, null, null, null, "i", null, null),
            file(PATH, 9, null),
            null),
        Arguments.of(
            "came meanwhile",
            old,
            entry(PATH, FileEntry.Type.FILE, 1L, OLD, null, Unsteady.APPEARED),
            Fate.UNSTEADY),
        Arguments.of(
            "written meanwhile",
            old,
            entry(PATH, FileEntry.Type.FILE, 1L, OLD, null, Unsteady.CHANGED),
            Fate.UNSTEADY),
        Arguments.of(
            "went meanwhile",
            old,
            entry(PATH, FileEntry.Type.FILE, 5L, OLD, TYPED, Unsteady.VANISHED),
            Fate.LOST),
        Arguments.of(
            "not uploaded yet",
            new StoredObject(PATH, null, null, null, Fate.PENDING, "i", null, null),
            null,
            Fate.PENDING));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("beside")
  void eachIsCalledWhatItIs(String name, StoredObject object, FileEntry entry, Fate fate) {
    var census = census(Set.of());
    if (entry == null) {
      census.missing(object);
    } else {
      census.both(object, entry);
    }

    assertThat(noted).containsExactly(object.stored(fate));
    assertThat(census.facts().notWhole()).isEqualTo(fate != null && fate.isOfTheSource() ? 1 : 0);
    assertThat(census.complaint().isPresent()).isEqualTo(fate != null && fate.isOfTheSource());
  }

  /** It is the row that went; only what is not whole is asked about. */
  @Test
  void whatWasOvertakenIsNoComplaint() {
    var gone = object("s/t/docs/gone/v");
    var census = census(Set.of(gone));
    census.missing(gone);
    census.both(object(PATH), file(PATH, 5, TYPED));

    assertThat(noted).extracting(StoredObject::fate).containsExactly(Fate.OVERTAKEN, null);
    assertThat(census.complaint()).isEmpty();
    assertThat(census.remarks()).singleElement().asString().contains("docs/gone/v");
    assertThat(census.facts().inShort()).isEqualTo(new StorageObjects(2, 0, 1, 0));
  }

  @Test
  void aComplaintNamesThreeAndTheFigureToSet() {
    var census = census(Set.of());
    for (var n = 0; n < 20; n++) {
      var path = "s/t/docs/" + n + "/v";
      census.both(object(path), file(path, n < 5 ? 1 : 5, TYPED));
    }

    assertThat(census.complaint().orElseThrow())
        .contains("5 of 20 objects")
        .contains("storage.tolerateMissing: 5")
        .endsWith("docs/0/v; docs/1/v; docs/2/v; and others");
  }

  @Test
  void whereNearlyAllAreLostTheLayoutIsAskedFor() {
    var census = census(Set.of());
    census.orphan(entry("stub", FileEntry.Type.FOLDER, null, OLD, null, null));
    census.orphan(entry("stub/stub", FileEntry.Type.FOLDER, null, OLD, null, null));
    census.orphan(entry("stub/stub/docs", FileEntry.Type.FOLDER, null, OLD, null, null));
    census.missing(object(PATH));

    assertThat(census.complaint().orElseThrow())
        .contains("Are bucket, tenant and versions of the policy right?")
        .contains("[stub/stub]");
  }

  @Test
  void whereNoFileHasItsTypeTheFileSystemIsAskedFor() {
    var census = census(Set.of());
    census.both(object(PATH), file(PATH, 5, null));

    assertThat(census.complaint().orElseThrow()).contains("extended attributes");
  }

  /** An upload's bytes come before its row. */
  @Test
  void onlyOldFilesOfStorageAreOrphans() {
    var census = census(Set.of());
    census.orphan(file("s/t/docs/old", 7, null));
    census.orphan(entry("s/t/docs/young", FileEntry.Type.FILE, 7L, YOUNG, null, null));
    census.orphan(entry("s/t/docs/new", FileEntry.Type.FILE, 7L, OLD, null, Unsteady.APPEARED));
    census.orphan(entry("s/t/docs", FileEntry.Type.FOLDER, null, OLD, null, null));
    census.orphan(file("elsewhere", 7, null));

    assertThat(census.facts().orphans()).isEqualTo(1);
    assertThat(census.facts().orphanBytes()).isEqualTo(7);
    assertThat(census.complaint()).isEmpty();
    assertThat(census.remarks()).singleElement().asString().endsWith("docs/old");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("beside")
  void theCopyDiffersInWhatWasWholeAlone(
      String name, StoredObject object, FileEntry entry, Fate fate) {
    if (entry != null && entry.unsteady() != null) {
      return; // Of a copy nothing is.
    }
    var whole = new ObjectComparison();
    var marked = new ObjectComparison();
    for (var comparison : List.of(whole, marked)) {
      var noted =
          object.stored(comparison == marked && fate == null ? Fate.OVERTAKEN : object.fate());
      if (comparison == marked && fate != null) {
        noted = object.stored(fate);
      }
      if (entry == null) {
        comparison.missing(noted);
      } else {
        comparison.both(noted, entry);
      }
    }

    assertThat(whole.differences().isEmpty()).isEqualTo(fate == null || fate == Fate.PENDING);
    assertThat(whole.coverage().everything()).isEqualTo(fate == null);
    assertThat(marked.differences()).isEmpty();
    assertThat(marked.excused()).isPresent();
    assertThat(marked.coverage().everything()).isFalse();
  }

  @Test
  void aRowOfTheCopyIsTheOneThatWasNoted() {
    var comparison = new ObjectComparison();
    var noted = object(PATH).stored(Fate.LOST);

    assertThat(comparison.row(noted, object(PATH))).isEqualTo(noted);
    assertThat(comparison.differences()).isEmpty();

    comparison.row(noted, new StoredObject(PATH, 6L, "0".repeat(32), true, null, "i", null, null));
    comparison.row(
        noted, new StoredObject(PATH, 5L, "0".repeat(32), true, Fate.PENDING, "i", null, null));
    // Its bytes were there nevertheless.
    var fetched = new StoredObject(PATH, null, null, null, null, "i", null, null);
    comparison.row(
        fetched, new StoredObject(PATH, null, null, null, Fate.PENDING, "i", null, null));
    comparison.rowMissing(object("s/t/docs/b/v"));
    comparison.rowExtra(object("s/t/docs/c/v"));
    assertThat(comparison.differences()).hasSize(4);
  }

  @Test
  void otherBytesThanTheEtagSays() {
    var comparison = new ObjectComparison();
    comparison.hashed(object(PATH), "0".repeat(32));
    assertThat(comparison.differences()).isEmpty();

    comparison.hashed(object(PATH), "1".repeat(32));
    assertThat(comparison.differences()).singleElement().asString().contains("ETag");

    assertThat(comparison.isHashed(object(PATH), file(PATH, 5, TYPED))).isTrue();
    assertThat(comparison.isHashed(object(PATH), file(PATH, 4, TYPED))).isFalse();
    assertThat(comparison.isHashed(object(PATH).stored(Fate.LOST), file(PATH, 5, TYPED))).isFalse();
  }

  @Test
  void ofObjectsThatAreFetchedByTheirRowsNoPlaceIsAskedFor() {
    var census = census(Set.of(), ObjectCensus.Way.BY_ROWS, 0);
    census.missing(object(PATH));

    assertThat(census.complaint().orElseThrow())
        .contains("Delete none of them before", "earlier points", "storage.tolerateMissing: 1")
        .doesNotContain("tenant");
  }

  /** An upload that ended without its metadata; a file may be one that is still written. */
  @Test
  void whatWasFetchedWithoutMetadataIsItsObjects() {
    var pending = new StoredObject(PATH, null, null, null, Fate.PENDING, "i", null, null);

    census(Set.of(), ObjectCensus.Way.BY_ROWS, 0).both(pending, file(PATH, 5, null));
    census(Set.of(), ObjectCensus.Way.BY_FILES, 0).both(pending, file(PATH, 5, null));
    census(Set.of(), ObjectCensus.Way.BY_ROWS, 0).missing(pending);

    assertThat(noted)
        .extracting(StoredObject::fate)
        .containsExactly(null, Fate.PENDING, Fate.PENDING);
  }

  @Test
  void nobodyIsToldToDeleteWhatCouldNotBeFetched() {
    for (var way : ObjectCensus.Way.values()) {
      var census = census(Set.of(), way, 1);
      census.missing(object(PATH));

      assertThat(census.complaint().orElseThrow())
          .contains("1 could not be fetched, and may well be there")
          .doesNotContain("delete");
      census.missing(object(PATH + "2"));
      assertThat(census.complaint().orElseThrow()).contains("1 could not be fetched", "The others");
    }
  }
}
