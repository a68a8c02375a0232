package dev.salvor.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.task.FileEntry;
import dev.salvor.task.FileEntry.Unsteady;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class FileTreeTest {
  @TempDir Path folder;
  private Path root;
  private Path notes;
  private FileTree tree;

  @BeforeEach
  void tree() throws IOException {
    root = Files.createDirectories(folder.resolve("tree"));
    notes = folder.resolve("notes");
    for (var name : List.of("a", "a!/x", "a/../a.d/x", "b/c/d", "e")) {
      var file = root.resolve(name).normalize();
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
    tree =
        new FileTree(root, new LeftOut(root, List.of("*.tmp", "cache/**", "b/*/t"), ".nobackup"));
  }

  @Test
  void whatStaysAsItIsIsSteady() throws IOException {
    var before = tree.note(notes, folder.resolve("excludes"));
    var after = tree.settle(notes, folder.resolve("file"));

    assertThat(after).isEqualTo(before);
    assertThat(after.entries()).isEqualTo(10);
    assertThat(after.files()).isEqualTo(5);
    assertThat(after.bytes()).isEqualTo(1 + 4 + 10 + 5 + 1);
    assertThat(stored()).allMatch(entry -> entry.unsteady() == null && entry.stamp() == null);
  }

  @Test
  void aFolderComesBeforeWhatIsInItAndAllInOneOrder() throws IOException {
    tree.note(notes, folder.resolve("excludes"));
    tree.settle(notes, folder.resolve("file"));

    assertThat(stored())
        .extracting(FileEntry::path)
        .containsExactly(".", "a", "a!", "a!/x", "a.d", "a.d/x", "b", "b/c", "b/c/d", "e")
        .isSortedAccordingTo(ByteNames::compare);
  }

  @Test
  void whatChangesMeanwhileIsMarked() throws IOException {
    tree.note(notes, folder.resolve("excludes"));
    Files.writeString(root.resolve("a"), "A");
    Files.delete(root.resolve("b/c/d"));
    Files.writeString(root.resolve("d"), "new");

    var look = tree.settle(notes, folder.resolve("file"));

    assertThat(marked())
        .containsExactly(". changed", "a changed", "b/c changed", "b/c/d vanished", "d appeared");
    assertThat(look.unsteady()).isEqualTo(5);
  }

  /** What went while it was read may be in the engine's snapshot or not. */
  @Test
  void oneTreeIsLaidOverAnother() throws IOException {
    tree.note(notes, folder.resolve("excludes"));
    Files.delete(root.resolve("b/c/d"));
    Files.delete(root.resolve("b/c"));
    tree.settle(notes, folder.resolve("lower"));
    var upper = Files.createDirectories(folder.resolve("upper/b/c")).getParent().getParent();
    Files.writeString(upper.resolve("b/c/d"), "of before");
    Files.writeString(upper.resolve("b/new"), "of before");
    Files.createDirectories(upper.resolve("n"));
    var of = new FileTree(upper, path -> false);
    of.note(folder.resolve("n1"), folder.resolve("x1"));
    of.settle(folder.resolve("n1"), folder.resolve("over"));

    var look =
        FileTree.lay(
            folder.resolve("over"),
            folder.resolve("lower"),
            folder.resolve("file"),
            folder.resolve("own"));

    assertThat(stored())
        .extracting(FileEntry::path)
        .containsExactly(
            ".", "a", "a!", "a!/x", "a.d", "a.d/x", "b", "b/c", "b/c/d", "b/new", "e", "n");
    assertThat(marked()).containsExactly("b changed", "b/c vanished");
    assertThat(look.entries()).isEqualTo(12);
    assertThat(look.files()).isEqualTo(6);
    assertThat(look.bytes()).isEqualTo(1 + 4 + 10 + 9 + 9 + 1);
    var own = new ArrayList<String>();
    FileTree.showStored(folder.resolve("own"), entry -> own.add(entry.path()));
    assertThat(own).containsExactly("b/c", "b/c/d", "b/new", "n");
  }

  @Test
  void aFileThatChangesAndKeepsItsTimesIsFoundOutAllTheSame() throws IOException {
    var file = root.resolve("e");
    tree.note(notes, folder.resolve("excludes"));
    var time = Files.getLastModifiedTime(file);
    Files.writeString(file, "E");
    Files.setLastModifiedTime(file, time);

    tree.settle(notes, folder.resolve("file"));

    assertThat(marked()).containsExactly("e changed");
  }

  @Test
  void whatIsLeftOutIsLeftOutWithAllThatIsInIt() throws IOException {
    for (var name :
        List.of("lost+found/deep/x", "b/x.tmp", "cache/x", "b/c/t", "m/.nobackup", "m/x/y")) {
      Files.createDirectories(root.resolve(name).getParent());
      Files.writeString(root.resolve(name), name);
    }
    Files.createDirectories(root.resolve("b/lost+found"));

    tree.note(notes, folder.resolve("excludes"));
    tree.settle(notes, folder.resolve("file"));

    assertThat(stored())
        .extracting(FileEntry::path)
        .as("lost+found is fsck's at the root alone; a marked folder itself is kept")
        .containsExactly(
            ".",
            "a",
            "a!",
            "a!/x",
            "a.d",
            "a.d/x",
            "b",
            "b/c",
            "b/c/d",
            "b/lost+found",
            "cache",
            "e",
            "m");
    assertThat(folder.resolve("excludes"))
        .content()
        .isEqualTo(
            Stream.of("lost+found", "b/x.tmp", "b/c/t", "cache/x", "m/.nobackup", "m/x")
                .map(name -> root + "/" + name + "/\n")
                .collect(Collectors.joining()));
  }

  @Test
  void aTreeThatIsNotThereIsNoEmptyTree() {
    assertThatThrownBy(
            () ->
                new FileTree(folder.resolve("none"), path -> false)
                    .note(notes, folder.resolve("excludes")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private List<FileEntry> stored() throws IOException {
    var entries = new ArrayList<FileEntry>();
    try (var reader = new TreeFile.Reader(folder.resolve("file"))) {
      reader.forEachRemaining(entries::add);
    }
    return entries;
  }

  private List<String> marked() throws IOException {
    return stored().stream()
        .filter(entry -> entry.unsteady() != null)
        .map(entry -> entry.path() + " " + word(entry.unsteady()))
        .toList();
  }

  private static String word(Unsteady unsteady) {
    return unsteady.name().toLowerCase(Locale.ROOT);
  }
}
