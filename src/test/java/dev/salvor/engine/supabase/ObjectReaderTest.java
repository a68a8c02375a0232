package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.StorageVersions;
import dev.salvor.task.StorageLayout;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where an object's bytes lie, as text. */
@NullUnmarked
class ObjectReaderTest {
  @ParameterizedTest
  @CsvSource({
    "FOLDER, a/b.png, v1, s/t/docs/a/b.png/v1",
    "SUFFIX, a/b.png, v1, s/t/docs/a/b.png-$v-v1",
    "FOLDER, a/b.png,   , s/t/docs/a/b.png",
    "SUFFIX, a/b.png,   , s/t/docs/a/b.png",
    "FOLDER, 100%ü,   v1, s/t/docs/100%25%C3%BC/v1",
    // As path.join of the service brings it down.
    "FOLDER, a//./b,  v1, s/t/docs/a/b/v1",
    "FOLDER, ../o,    v1, s/t/o/v1",
    // It leads out of the tree, and so to nothing that is in it.
    "FOLDER, ../../../../etc/passwd, , ../etc/passwd"
  })
  void isFoundByItsRow(StorageVersions versions, String name, String version, String path) {
    var layout = new StorageLayout("s", "t", versions);

    assertThat(ObjectReader.path(layout, "docs", name, version)).isEqualTo(path);
  }

  /** What leaves its bucket's folder is no file of it, and is refused by its dots. */
  @ParameterizedTest
  @CsvSource({
    "a//./b/, s/t/docs/a/b/v1",
    "/a, s/t/docs/a/v1",
    "a/../b, s/t/docs/b/v1",
    "../docs2/a, s/t/docs/../docs2/a/v1",
    "../o, s/t/docs/../o/v1"
  })
  void isLaidWhereTheFileBackendWould(String name, String path) {
    var layout = new StorageLayout("s", "t", StorageVersions.FOLDER);

    assertThat(ObjectReader.served(layout, "docs", name, "v1")).isEqualTo(path);
  }
}
