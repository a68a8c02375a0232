package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.SupabaseFacts;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectConfigurationTest {
  @TempDir private Path folder;
  private Path source;
  private Path target;

  @BeforeEach
  void make() throws IOException {
    source = Files.createDirectory(folder.resolve("source"));
    target = Files.createDirectory(folder.resolve("target"));
  }

  private ProjectConfiguration copied(String script) {
    Script.run(script, source);
    return ProjectConfiguration.copy(source, target);
  }

  @Test
  void filesAreCopiedAndFoldersAreNot() {
    var copied = copied("echo A=1 > .env; echo x > b.yml; mkdir volumes; echo y > volumes/c");

    assertThat(names(copied)).containsExactly(".env", "b.yml");
    assertThat(copied.leftOut()).isEmpty();
    assertThat(target.resolve(".env")).hasContent("A=1\n");
    assertThat(target.resolve("volumes")).doesNotExist();
  }

  /** A link could lead to any file of this machine; a link to a folder is a folder. */
  @Test
  void noLinkIsFollowedAndOneToAFileIsSaid() {
    var copied = copied("echo secret > ../elsewhere; ln -s ../elsewhere .env; ln -s / root");

    assertThat(names(copied)).isEmpty();
    assertThat(copied.leftOut()).singleElement().asString().startsWith(".env");
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void whatIsLargerThanTheRoomIsSaid() {
    var copied =
        copied(
            "head -c 1048577 /dev/zero > a; for i in 1 2 3 4 5 6 7 8 9; do head -c 1000000"
                + " /dev/zero > b$i; done; echo x > c");

    assertThat(names(copied)).containsExactly("b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "c");
    assertThat(copied.leftOut()).hasSize(2);
    assertThat(target.resolve("a")).doesNotExist();
  }

  private static List<String> names(ProjectConfiguration copied) {
    return copied.files().stream().map(SupabaseFacts.Configured::name).toList();
  }
}
