package dev.salvor.cli.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.cli.CommandFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingTest {
  private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

  @TempDir private Path target;

  @Test
  void ifOneFileCannotGetItsNameAllIsAsBefore() throws IOException {
    Files.writeString(target.resolve("replaced"), "old");
    Files.createDirectories(target.resolve("in-the-way/full"));

    try (var staging = Staging.in(target, NOW)) {
      for (var name : List.of("new", "replaced", "in-the-way")) {
        staging.write(name, "new");
      }
      assertThatThrownBy(
              () ->
                  staging.publish(
                      List.of("new", "replaced", "in-the-way"), SetupFolder.Present.REPLACED))
          .isInstanceOf(CommandFailed.class);
    }

    assertThat(target.resolve("new")).doesNotExist();
    assertThat(target.resolve("replaced")).hasContent("old");
    assertThat(target.resolve("in-the-way/full")).isDirectory();
    assertThat(target.toFile().list()).containsExactlyInAnyOrder("replaced", "in-the-way");
  }

  @Test
  void whatCameIntoBeingMeanwhileIsKept() throws IOException {
    try (var staging = Staging.in(target, NOW)) {
      staging.write("one", "new");
      staging.write("two", "new");
      Files.writeString(target.resolve("two"), "theirs");
      assertThatThrownBy(() -> staging.publish(List.of("one", "two"), SetupFolder.Present.KEPT))
          .isInstanceOf(CommandFailed.class)
          .hasMessageContaining("meanwhile");
    }

    assertThat(target.resolve("one")).doesNotExist();
    assertThat(target.resolve("two")).hasContent("theirs");
  }

  @Test
  void twoAtOnceHaveFoldersOfTheirOwnAndWhatAKillLeftIsSwept() throws IOException {
    var left = Files.createDirectory(target.resolve(".init-left.tmp"));
    Files.writeString(left.resolve("secret"), "x");
    Files.setLastModifiedTime(left, FileTime.from(NOW.minus(Duration.ofDays(2))));

    try (var one = Staging.in(target, NOW);
        var other = Staging.in(target, NOW)) {
      assertThat(one.folder()).isNotEqualTo(other.folder()).isDirectory();
      assertThat(other.folder()).isDirectory();
    }
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void aNameThatLeadsOutIsRefused() {
    try (var staging = Staging.in(target, NOW)) {
      assertThatThrownBy(() -> staging.write("../out", "x"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
