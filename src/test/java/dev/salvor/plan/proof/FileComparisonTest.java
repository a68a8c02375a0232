package dev.salvor.plan.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.FileEntry;
import dev.salvor.task.FileEntry.Device;
import dev.salvor.task.FileEntry.Unsteady;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FileComparisonTest {
  private static final FileEntry FILE = attributes(Map.of("user.k", "00"));

  static Stream<Arguments> pairs() {
    return Stream.of(
        Arguments.of(of(FileEntry.Type.FIFO, 0644, 1, 2, null, 3L), "is a FIFO, was a file"),
        Arguments.of(of(FileEntry.Type.FILE, 0644, 1, 2, 11L, 3L), "has 11 bytes, had 12"),
        Arguments.of(of(FileEntry.Type.FILE, 0644, 7, 2, 12L, 3L), "belongs to 7:2, did to 1:2"),
        Arguments.of(of(FileEntry.Type.FILE, 0644, 1, 7, 12L, 3L), "belongs to 1:7, did to 1:2"),
        Arguments.of(of(FileEntry.Type.FILE, 04644, 1, 2, 12L, 3L), "has mode 4644, had 0644"),
        Arguments.of(
            of(FileEntry.Type.FILE, 0644, 1, 2, 12L, 3L),
            "was modified at 3 ns, had been at 3000000000 ns"),
        Arguments.of(attributes(null), "has lost attribute user.k"),
        Arguments.of(attributes(Map.of("user.k", "01")), "has another value in attribute user.k"),
        Arguments.of(
            attributes(Map.of("user.k", "00", "user.l", "00")), "has attribute user.l, had not"));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void whatSetsTwoApartIsSaid(FileEntry found, String difference) {
    assertThat(FileComparison.difference(FILE, found)).contains(difference);
  }

  @Test
  void whatIsEqualIsCounted() {
    var comparison = whole();
    comparison.both(FILE, FILE);

    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.coverage().text()).isEqualTo("1 of 1 entries, 12 bytes");
  }

  @Test
  void theModeOfALinkIsNobodys() {
    assertThat(
            FileComparison.difference(
                of(FileEntry.Type.LINK, 0777, 1, 2, null, 3L),
                of(FileEntry.Type.LINK, 0755, 1, 2, null, 3L)))
        .isEmpty();
  }

  /** It was torn, or it was not: nobody knows. */
  @ParameterizedTest
  @EnumSource(Unsteady.class)
  void whatChangedWhileItWasReadProvesNothing(Unsteady unsteady) {
    var comparison = whole();
    comparison.both(FILE.stored(unsteady), of(FileEntry.Type.FILE, 0, 0, 0, 0L, 0L));
    comparison.missing(FILE.stored(unsteady));

    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.coverage().compared()).isZero();
    assertThat(comparison.coverage().text())
        .isEqualTo("0 of 2 entries, 0 bytes; 2 changed while they were read");
  }

  /** A temporary file: in neither look, and in the snapshot all the same. */
  @Test
  void whatWasThereBetweenBothLooksAloneIsNoDifference() {
    var comparison = whole();
    comparison.both(folder("a").stored(Unsteady.CHANGED), folder("a"));
    comparison.extra(folder("a/passing"));
    comparison.extra(folder("a/passing/in it"));
    comparison.both(folder("b"), folder("b"));
    comparison.extra(folder("b/more"));

    assertThat(comparison.differences()).containsExactly("b/more was not there");
    assertThat(comparison.coverage().compared()).isEqualTo(1);
  }

  private static FileEntry folder(String path) {
    return new FileEntry(
        path, FileEntry.Type.FOLDER, 0755, 0, 0, null, 0, null, null, null, null, null, null);
  }

  @Test
  void manyDifferencesAreCounted() {
    var comparison = whole();
    IntStream.range(0, 60).forEach(number -> comparison.missing(FILE));

    assertThat(comparison.differences())
        .hasSize(51)
        .startsWith("a/b is missing")
        .endsWith("and 10 more");
  }

  @Test
  void aDeviceIsItsNumbers() {
    var one = device(1, 3);

    assertThat(FileComparison.difference(one, device(1, 5)).orElseThrow()).startsWith("is device");
    assertThat(FileComparison.difference(one, device(1, 3))).isEmpty();
  }

  private static FileEntry device(int major, int minor) {
    return new FileEntry(
        "d",
        FileEntry.Type.CHARACTER_DEVICE,
        0600,
        0,
        0,
        null,
        0,
        null,
        new Device(major, minor),
        null,
        null,
        null,
        null);
  }

  private static FileEntry attributes(@Nullable Map<String, String> attributes) {
    return new FileEntry(
        "a/b",
        FileEntry.Type.FILE,
        0644,
        1,
        2,
        12L,
        3_000_000_000L,
        null,
        null,
        null,
        attributes,
        null,
        null);
  }

  private static FileEntry of(
      FileEntry.Type type, int mode, long uid, long gid, @Nullable Long size, long modified) {
    return new FileEntry(
        "a/b",
        type,
        mode,
        uid,
        gid,
        size,
        modified,
        null,
        null,
        null,
        type == FileEntry.Type.FILE ? Map.of("user.k", "00") : null,
        null,
        null);
  }

  private static FileComparison whole() {
    return new FileComparison(FileScope.whole(FileScope.Privilege.ROOT));
  }

  private static FileComparison in(FileScope.Privilege privilege) {
    return new FileComparison(FileScope.whole(privilege));
  }

  /** What nobody but root can set proves nothing where nobody was root. */
  @ParameterizedTest
  @CsvSource({
    "1001, 2, 0644, ,            UNKNOWABLE",
    "1,    9, 0644, ,            UNKNOWABLE",
    "1,    2, 0644, trusted.a,   UNKNOWABLE",
    "1,    2, 0644, user.a,      DIFFERENT",
    "1,    2, 0600, ,            DIFFERENT",
    "1001, 2, 0600, ,            DIFFERENT",
    "1,    2, 0644, ,            EQUAL"
  })
  void whatOnlyRootSetsIsUnknowableToOthers(
      long uid, long gid, String mode, String lost, String outcome) {
    var noted = FILE.as(1, 2, 0644, null, lost == null ? null : Map.of(lost, "0"));
    var found = FILE.as(uid, gid, Integer.parseInt(mode, 8), null, null);
    var user = in(FileScope.Privilege.USER);
    user.both(noted, found);
    var root = in(FileScope.Privilege.ROOT);
    root.both(noted, found);

    assertThat(user.unknowable()).hasSize(outcome.equals("UNKNOWABLE") ? 1 : 0);
    assertThat(user.differences()).hasSize(outcome.equals("DIFFERENT") ? 1 : 0);
    assertThat(root.differences()).hasSize(outcome.equals("EQUAL") ? 0 : 1);
  }

  @Test
  void whatWasNotSelectedIsNoDifference() {
    var comparison =
        new FileComparison(
            new FileScope(List.of("a"), FileScope.Extras.REFUSED, FileScope.Privilege.ROOT));
    comparison.missing(folder("b"));
    comparison.extra(folder("ab"));
    comparison.both(folder("a"), folder("a"));
    comparison.missing(folder("a/b"));
    comparison.extra(folder("a/c"));

    assertThat(comparison.differences()).containsExactly("a/b is missing", "a/c was not there");
    assertThat(comparison.coverage().outside()).isEqualTo(1);
  }

  /** Its other path was not restored: it is a file of its own. */
  @Test
  void aHardLinkToWhatWasNotSelectedIsAFileOfItsOwn() {
    var scope = new FileScope(List.of("a"), FileScope.Extras.REFUSED, FileScope.Privilege.ROOT);
    var linked = FILE.as(1, 2, 0644, null, null);
    var comparison = new FileComparison(scope);
    comparison.both(at("a/x", linked.as(1, 2, 0644, "b/x", null)), at("a/x", linked));
    comparison.both(at("a/y", linked.as(1, 2, 0644, "a/z", null)), at("a/y", linked));

    assertThat(comparison.differences())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("a/y is the same");
  }

  @Test
  void whatAMergeLeavesIsNoDifference() {
    var comparison =
        new FileComparison(
            new FileScope(List.of(), FileScope.Extras.ALLOWED, FileScope.Privilege.ROOT));
    comparison.extra(folder("more"));

    assertThat(comparison.differences()).isEmpty();
  }

  private static FileEntry at(String path, FileEntry entry) {
    return new FileEntry(
        path,
        entry.type(),
        entry.mode(),
        entry.uid(),
        entry.gid(),
        entry.size(),
        entry.modified(),
        entry.link(),
        entry.device(),
        entry.sameAs(),
        entry.attributes(),
        null,
        null);
  }

  @Test
  void whatCameAndWentInAFolderOfItsOwnIsExcusedWithThat() {
    var comparison = whole();
    var docs = folder("stub/stub/docs").stored(Unsteady.CHANGED);
    comparison.both(docs, docs);
    comparison.extra(folder("stub/stub/docs/new.txt"));
    comparison.extra(at("stub/stub/docs/new.txt/1", FILE));
    assertThat(comparison.differences()).isEmpty();
  }
}
