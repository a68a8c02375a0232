package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.StorageVersions;
import dev.salvor.engine.supabase.StorageKeys;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StorageLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChosenObjectsTest {
  private static final StorageLayout LAYOUT =
      new StorageLayout("stub", "acme", StorageVersions.FOLDER);

  private static final List<String> FOLDERS =
      List.of(
          ".",
          "stub",
          "stub/acme",
          "stub/acme/avatars",
          "stub/acme/avatars/a.png",
          "stub/acme/avatars/a.png/x",
          "stub/acme/docs",
          "stub/acme/docs/2026",
          "stub/acme/docs/2026/%C3%9Cber");

  private static final List<String> FILES =
      List.of(
          "stub/acme/avatars/a.png/v1",
          "stub/acme/avatars/a.png/x/v1",
          "stub/acme/avatars/a.png-$v-v1",
          "stub/acme/avatars/b.png-$v-v1",
          "stub/acme/avatars/b.png-$v-v2",
          "stub/acme/avatars/b.pngs-$v-v1",
          "stub/acme/docs/2026/%C3%9Cber/v1",
          "stub/acme/docs/20260/v1");

  private static FileEntry entry(String path, FileEntry.Type type) {
    return new FileEntry(path, type, 0, 0, 0, 1L, 0, null, null, null, null, null, null);
  }

  /** The entries that are kept; files must be those that are read. */
  private static List<String> kept(ChosenObjects chosen) {
    var kept = new ArrayList<String>();
    FOLDERS.stream()
        .filter(path -> chosen.look(entry(path, FileEntry.Type.FOLDER)))
        .forEach(kept::add);
    for (var file : FILES) {
      assertThat(chosen.look(entry(file, FileEntry.Type.FILE))).isEqualTo(chosen.has(file));
      if (chosen.has(file)) {
        kept.add(file);
      }
    }
    return kept;
  }

  private static ChosenObjects chosen(String... names) {
    return new ChosenObjects(new StorageKeys(LAYOUT, LAYOUT), List.of(names));
  }

  @Test
  void aNameIsItsVersionsAndWhatIsBelowIt() {
    var chosen = chosen("avatars/a.png/x");

    assertThat(kept(chosen))
        .containsExactly(
            ".",
            "stub",
            "stub/acme",
            "stub/acme/avatars",
            "stub/acme/avatars/a.png",
            "stub/acme/avatars/a.png/x",
            "stub/acme/avatars/a.png/x/v1");
    assertThat(chosen.absent()).isEmpty();
    assertThat(chosen.folders(_ -> false)).containsExactly("stub/acme/avatars/a.png/x");
  }

  /** An object whose name is a folder of others. */
  @Test
  void whatLiesBesideItsFolderIsReadToo() {
    var chosen = chosen("avatars/a.png");

    assertThat(kept(chosen))
        .contains(
            "stub/acme/avatars/a.png/v1",
            "stub/acme/avatars/a.png/x/v1",
            "stub/acme/avatars/a.png-$v-v1");
    assertThat(chosen.folders(_ -> false)).containsExactly("stub/acme/avatars");
  }

  @Test
  void versionsBesideEachOtherAreOneName() {
    var chosen = chosen("avatars/b.png");

    assertThat(kept(chosen))
        .contains("stub/acme/avatars/b.png-$v-v1", "stub/acme/avatars/b.png-$v-v2")
        .hasSize(6);
    assertThat(chosen.folders(_ -> false)).containsExactly("stub/acme/avatars");
  }

  @Test
  void namesAreNoPatternsAndThoseThatAreNotThereAreNamed() {
    var chosen = chosen("avatars/a", "docs/2026/\u00dcber", "docs/*", "docs");

    assertThat(kept(chosen))
        .contains("stub/acme/docs/2026/%C3%9Cber/v1", "stub/acme/docs/20260/v1")
        .noneMatch(path -> path.contains("a.png"));
    assertThat(chosen.absent()).isEqualTo(Optional.of(Set.of("avatars/a", "docs/*")));
  }

  /** Each file would be put twice. */
  @Test
  void aFolderWithinAnotherIsReadOnce() {
    var chosen = chosen("docs", "docs/2026", "avatars/a.png/x");
    kept(chosen);

    assertThat(chosen.folders(_ -> false))
        .containsExactly("stub/acme/avatars/a.png/x", "stub/acme/docs");
    assertThat(chosen.folders("stub/acme/avatars/a.png/x"::equals))
        .containsExactly("stub/acme/avatars/a.png", "stub/acme/docs");
  }
}
