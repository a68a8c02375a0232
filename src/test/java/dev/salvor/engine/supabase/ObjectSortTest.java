package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.FileEntry;
import dev.salvor.task.StoredObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects that a database gives in any order meet the entries of a tree. */
class ObjectSortTest {
  /** On both sides of the slash, of letters, and of what is written with a percent sign. */
  private static final String CHARACTERS = "-. !%0AZaz~éß";

  @TempDir private Path folder;

  /** The order of a real walk, whatever the names are and however small the runs. */
  @Test
  void isInTheOrderOfTheWalk() throws IOException {
    var random = new Random(7);
    var root = Files.createDirectory(folder.resolve("tree"));
    for (var file = 0; file < 300; file++) {
      var path = root;
      for (var depth = random.nextInt(3); depth >= 0; depth--) {
        path = path.resolve("n" + name(random));
      }
      Files.createDirectories(path);
      Files.writeString(path.resolve("v" + file), "");
    }
    var walked = new ArrayList<FileEntry>();
    var tree = new FileTree(root.toRealPath(), path -> false);
    tree.show((entry, path) -> walked.add(entry));
    var files =
        walked.stream()
            .filter(entry -> entry.type() == FileEntry.Type.FILE)
            .map(FileEntry::path)
            .toList();
    var shuffled = new ArrayList<>(files);
    Collections.shuffle(shuffled, random);
    var sort = ObjectSort.ofRows(Files.createDirectory(folder.resolve("runs")), 17);
    for (var path : shuffled) {
      sort.add(object(path));
    }
    var lost = "nowhere/1";
    sort.add(object(lost));
    sort.end(folder.resolve("sorted"));

    var met = new Met();
    try (var objects = new ObjectFile.Reader<>(folder.resolve("sorted"), StoredObject.class)) {
      var join = new ObjectJoin(objects, met);
      walked.forEach(join::entry);
      join.end();
    }

    assertThat(met.both).isEqualTo(files).hasSize(300);
    assertThat(met.missing).containsExactly(lost);
    assertThat(met.orphans).hasSize(walked.size() - files.size());
    assertThat(folder.resolve("runs")).isEmptyDirectory();
  }

  /** Whoever names objects must not choose how much memory they take. */
  @Test
  void longNamesAreOnDiskEarlier() throws IOException {
    var runs = Files.createDirectory(folder.resolve("runs"));
    var sort = ObjectSort.ofRows(runs);
    var names = new ArrayList<String>();
    for (var each = 35; each > 0; each--) {
      var name = "%02d".formatted(each) + "x".repeat(1 << 20);
      names.addFirst(name);
      sort.add(object(name));
    }
    try (var files = Files.list(runs)) {
      assertThat(files).hasSize(2);
    }
    sort.end(folder.resolve("sorted"));

    try (var objects = new ObjectFile.Reader<>(folder.resolve("sorted"), StoredObject.class)) {
      for (var name : names) {
        assertThat(objects.next().path()).isEqualTo(name);
      }
      assertThat(objects.hasNext()).isFalse();
    }
  }

  @Test
  void twoRowsOfTheSameBytesAreBothFound() {
    var met = new Met();
    var join = new ObjectJoin(List.of(object("a"), object("a"), object("b")).iterator(), met);
    join.entry(file("a"));
    join.end();

    assertThat(met.both).containsExactly("a", "a");
    assertThat(met.missing).containsExactly("b");
    assertThat(met.orphans).isEmpty();
  }

  private static String name(Random random) {
    var name = new StringBuilder();
    for (var length = random.nextInt(3); length >= 0; length--) {
      name.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
    }
    return name.toString();
  }

  private static StoredObject object(String path) {
    return new StoredObject(path, 0L, null, null, null, path, null, null);
  }

  private static FileEntry file(String path) {
    return new FileEntry(
        path, FileEntry.Type.FILE, 0644, 0, 0, 0L, 0, null, null, null, null, null, null);
  }

  private static final class Met implements StoredObject.Comparison {
    final List<String> missing = new ArrayList<>();
    final List<String> both = new ArrayList<>();
    final List<String> orphans = new ArrayList<>();

    @Override
    public void missing(StoredObject object) {
      missing.add(object.path());
    }

    @Override
    public void both(StoredObject object, FileEntry entry) {
      both.add(entry.path());
    }

    @Override
    public void orphan(FileEntry entry) {
      orphans.add(entry.path());
    }
  }
}
