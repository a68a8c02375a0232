package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.StorageVersions;
import dev.salvor.task.StorageLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which file of Storage's tree becomes which object. */
class StorageKeysTest {
  private static final String VERSION = "/00000000-0000-4000-8000-000000000001";
  private static final String SUFFIX = "-$v-00000000-0000-4000-8000-000000000001";

  private static StorageKeys keys(StorageVersions of, StorageVersions at) {
    return new StorageKeys(
        new StorageLayout("stub", "stub", of), new StorageLayout("prod-files", "acme", at));
  }

  @ParameterizedTest
  @CsvSource({
    "FOLDER, FOLDER, stub/stub/docs/a b.png@, acme/docs/a b.png@",
    "FOLDER, SUFFIX, stub/stub/docs/a b.png@, acme/docs/a b.png#",
    "SUFFIX, FOLDER, stub/stub/docs/a b.png#, acme/docs/a b.png@",
    "SUFFIX, SUFFIX, stub/stub/docs/a b.png#, acme/docs/a b.png#",
    // As the tree's entries are written, and as the key is.
    "FOLDER, FOLDER, stub/stub/docs/%C3%BC %25/1, acme/docs/ü %/1",
    "FOLDER, SUFFIX, stub/stub/docs/a%0Ab@, acme/docs/a\\nb#",
    // An object of before there were versions, or none of Storage's: as it is.
    "FOLDER, SUFFIX, stub/stub/docs/old.txt, acme/docs/old.txt",
    "SUFFIX, FOLDER, stub/stub/docs/old.txt, acme/docs/old.txt",
    // The last is the version.
    "SUFFIX, FOLDER, stub/stub/docs/a##, acme/docs/a#@"
  })
  void aFileHasAKeyAndTheKeyAFile(StorageVersions of, StorageVersions at, String path, String key) {
    var written = path.replace("@", VERSION).replace("#", SUFFIX);
    var expected = key.replace("@", VERSION).replace("#", SUFFIX).replace("\\n", "\n");
    var keys = keys(of, at);

    assertThat(keys.key(written)).isEqualTo(new StorageKeys.Key.Fits(expected));
    assertThat(keys.path(expected)).isEqualTo(written);
  }

  @ParameterizedTest
  @CsvSource({
    "FOLDER, FOLDER, stub/other/docs/a, lies outside of stub/stub/",
    "FOLDER, FOLDER, stub/stubs/docs/a, lies outside of stub/stub/",
    "FOLDER, FOLDER, other/stub/docs/a, lies outside of stub/stub/",
    "FOLDER, FOLDER, stub/stub/docs/%FF, has a name that is no UTF-8",
    // Both would be one object.
    "FOLDER, SUFFIX, stub/stub/docs/a#, would have the key of another object",
    "SUFFIX, FOLDER, stub/stub/docs/a@, would have the key of another object"
  })
  void whatCanBeNoObjectIsNamed(StorageVersions of, StorageVersions at, String path, String why) {
    assertThat(keys(of, at).key(path.replace("@", VERSION).replace("#", SUFFIX)))
        .isEqualTo(new StorageKeys.Key.Unfit(why));
  }

  @Test
  void aKeyHasAtMost1024Bytes() {
    var keys = keys(StorageVersions.FOLDER, StorageVersions.FOLDER);
    var longest = "%C3%BC".repeat((1024 - "acme/".length() - 1) / 2);

    assertThat(keys.key("stub/stub/x" + longest)).isInstanceOf(StorageKeys.Key.Fits.class);
    assertThat(keys.key("stub/stub/xy" + longest))
        .isEqualTo(new StorageKeys.Key.Unfit("would have a key longer than 1024 bytes"));
  }

  /** What lies in the bucket itself is a name. */
  @Test
  void aNameThatLooksLikeAVersionIsNone() {
    assertThat(
            keys(StorageVersions.FOLDER, StorageVersions.SUFFIX).key("stub/stub/avatars" + VERSION))
        .isEqualTo(new StorageKeys.Key.Fits("acme/avatars" + VERSION));
  }
}
