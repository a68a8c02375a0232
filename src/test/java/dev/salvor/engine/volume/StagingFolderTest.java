package dev.salvor.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that somebody else gave become files below one folder, or none. */
class StagingFolderTest {
  private static final String LONGEST = "\u00dc".repeat(127);

  @TempDir private Path root;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "./a",
        "a/.",
        "a//b",
        "/a",
        "a/",
        "a\u0000b",
        "a/\u0000"
      })
  void noNameLeadsOut(String path) {
    assertThat(new StagingFolder(root).place(path)).isEmpty();
  }

  @Test
  void aNameIsAsLongAsOneMayBe() throws IOException {
    var folder = new StagingFolder(root);

    folder.make(folder.place("a/" + LONGEST + "x").orElseThrow());
    assertThat(folder.place("a/" + LONGEST + "xy")).isEmpty();
    assertThat(folder.place((LONGEST + "/").repeat(12) + "a")).isPresent();
    assertThat(folder.place((LONGEST + "/").repeat(13) + "a")).isEmpty();
  }

  /** The shell that starts a worker may have any locale. */
  @ParameterizedTest
  @ValueSource(
      strings = {"a/\u00dcber 100%.txt", "a/b", "...", "a b/\ud83d\ude00", "a/%41+?#\\\n", "-"})
  void aNameIsKeptAsTheBytesThatItIs(String path) throws IOException {
    var folder = new StagingFolder(root);
    var file = folder.place(path).orElseThrow();

    folder.make(file);

    assertThat(file.startsWith(root)).isTrue();
    try (var files = Files.walk(root)) {
      var found = files.filter(Files::isRegularFile).findFirst().orElseThrow();
      assertThat(ByteNames.bytes(found)).endsWith(path.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void aHollowFileIsWhatTheFullOneWasButForItsBytes() throws IOException {
    var folder = new StagingFolder(root);
    var file = folder.place("a/\u00dc").orElseThrow();
    var time = Instant.parse("2026-11-22T02:17:00.123456789Z");
    folder.make(file);
    Files.write(file, new byte[] {1, 2, 3});
    folder.dress(file, time, Map.of());

    folder.hollow(file);

    assertThat(file).hasBinaryContent(new byte[3]);
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(time);
    folder.resize(file, 1L << 40);
    assertThat(Files.size(file)).isEqualTo(1L << 40);
  }

  @Test
  void nothingIsAFileAndAFolder() throws IOException {
    var folder = new StagingFolder(root);
    folder.make(folder.place("a/b").orElseThrow());

    for (var path : new String[] {"a", "a/b", "a/b/c", "a/b/c/d"}) {
      assertThatThrownBy(() -> folder.make(folder.place(path).orElseThrow()))
          .as(path)
          .isInstanceOf(FileAlreadyExistsException.class);
    }
  }
}
