package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.MountedConfiguration.Kind;
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

  /** Whatever lies beside what a kubelet laid down is none of its keys. */
  @Test
  void keysOfMountedObjectsAreInFoldersOfTheirOwn() throws IOException {
    Script.run(
        "mkdir -p a/..1 a/..0 b/..1 c; ln -s ..1 a/..data; ln -s ..1 b/..data; echo 1 > a/..1/key;"
            + " ln -s ..data/key a/key; echo old > a/..0/key; echo x > a/other; echo 2 > b/..1/key;"
            + " ln -s /etc/passwd b/..1/link",
        source);

    var copied =
        ProjectConfiguration.copy(
            List.of(
                mounted(Kind.SECRET, "a"),
                mounted(Kind.CONFIG_MAP, "b"),
                mounted(Kind.SECRET, "c")),
            target);

    assertThat(names(copied)).containsExactly("secrets/a/key", "configMaps/b/key");
    assertThat(target.resolve("secrets/a/key")).hasContent("1\n");
    assertThat(target.resolve("configMaps/b/key")).hasContent("2\n");
    assertThat(copied.leftOut())
        .containsExactly(
            "configMaps/b/link cannot be read (FileSystemException)",
            "Secret c is not there, or has no keys");
  }

  private MountedConfiguration mounted(Kind kind, String name) {
    return new MountedConfiguration(kind, name, source.resolve(name).toString());
  }

  private static List<String> names(ProjectConfiguration copied) {
    return copied.files().stream().map(SupabaseFacts.Configured::name).toList();
  }
}
