package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.StorageVersions;
import dev.salvor.engine.supabase.ObjectFile;
import dev.salvor.engine.supabase.ObjectSort;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoredObject;
import dev.salvor.task.StoredObject.Fate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which object a file of Storage's tree becomes by the S3 protocol, and which becomes none. */
@NullUnmarked
class NamedObjectsTest {
  private static final String VERSION = "00000000-0000-4000-8000-000000000001";
  private static final long TOO_LARGE = Long.MAX_VALUE;

  @TempDir private Path folder;
  private NamedObjects named;

  @BeforeEach
  void make() throws IOException {
    named = new NamedObjects(new StorageLayout("s", "t", StorageVersions.FOLDER));
    named.to(
        new ObjectSort<>(
            Files.createDirectory(folder.resolve("sort")),
            TargetObject.class,
            TargetObject::path,
            TargetObject::letters),
        new ObjectFile.Writer<>(folder.resolve("named")));
  }

  private static FileEntry file(String path, Long size) {
    return new FileEntry(
        path, FileEntry.Type.FILE, 0644, 0, 0, size, 0, null, null, null, null, null, null);
  }

  private static StoredObject row(String path, Fate fate, String name) {
    return new StoredObject(path, null, null, null, fate, null, null, name);
  }

  @ParameterizedTest
  @CsvSource({
    "s/t/docs/a b/c.png/@, , docs/a b/c.png",
    "s/t/docs/%C3%BC %25/@, , docs/ü %",
    // As the file backend lays them, whose paths lose it.
    "s/t/docs/a/b/@, docs/a//b, docs/a//b",
    "s/t/docs/a/@, docs//a/, docs//a/"
  })
  void isTheObjectThatItsRowNames(String path, String name, String object) {
    var at = path.replace("@", VERSION);
    named.both(row(at, null, name), file(at, 5L));

    assertThat(named.split(at).map(it -> it.bucket() + "/" + it.key())).contains(object);
    assertThat(named.isUnnamed(at)).isFalse();
    assertThat(named.objects()).isEqualTo(1);
    assertThat(named.bytes()).isEqualTo(5);
    assertThat(named.buckets()).containsOnlyKeys("docs").containsValue(1L);
  }

  @Test
  void twoNamesOfOneFolderAreTwoObjects() {
    var one = "s/t/docs/a/b/" + VERSION;
    var other = one.replace("0001", "0002");
    named.both(row(one, null, null), file(one, 1L));
    named.both(row(other, null, "docs/a//b"), file(other, 1L));

    assertThat(named.split(one).orElseThrow().key()).isEqualTo("a/b");
    assertThat(named.split(other).orElseThrow().key()).isEqualTo("a//b");
    assertThat(named.place(one)).isNotEqualTo(named.place(other));
  }

  @Test
  void whatHasNoWholeBytesIsCountedAndNotPut() {
    var path = "s/t/docs/a/" + VERSION;
    named.missing(row(path, Fate.LOST, null));
    named.missing(row(path, Fate.PENDING, null));
    named.both(row(path, Fate.PENDING, null), file(path, 5L));

    assertThat(named.without()).isEqualTo(2);
    assertThat(named.isUnnamed(path)).isTrue();
    assertThat(named.objects()).isZero();
  }

  @Test
  void whatCanBeNoObjectIsNamedAndNotPut() {
    var unversioned = "s/t/docs/a";
    var large = "s/t/docs/large/" + VERSION;
    named.both(row(unversioned, null, null), file(unversioned, 5L));
    named.both(row(large, null, null), file(large, TOO_LARGE));
    named.orphan(file("s/t/docs/nobody's", 5L));

    assertThat(named.unfit()).containsExactly(unversioned, large);
    assertThat(named.isUnnamed("s/t/docs/nobody's")).isTrue();
    assertThat(named.objects()).isZero();
  }
}
