package dev.salvor.local.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFileTest {
  private static final int KILLS = 12;

  @TempDir private Path folder;

  /** Killed at arbitrary instants: what was said to be written is there, and nothing is in part. */
  @Test
  void isWholeAfterAKillAtAnyInstant() throws IOException, InterruptedException {
    var file = folder.resolve("status.json");
    var random = new Random(20261122);
    long next = 1;
    for (int kill = 0; kill < KILLS; kill++) {
      var writer = startWriter(file, next);
      long reported = 0;
      try (var lines =
          new BufferedReader(
              new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
        for (int line = random.nextInt(1, 40); line > 0; line--) {
          reported = Long.parseLong(lines.readLine());
        }
        writer
            .onExit()
            .orTimeout(random.nextInt(1, 8), TimeUnit.MILLISECONDS)
            .handle((a, b) -> a)
            .join();
        writer.toHandle().destroyForcibly();
        writer.waitFor();
        String line;
        while ((line = lines.readLine()) != null) {
          reported = Long.parseLong(line);
        }
      }
      var content = Files.readString(file);
      var number = Long.parseLong(content.substring(0, content.indexOf(':')));
      assertThat(content).isEqualTo(DurableFileWriter.content(number));
      assertThat(number).isBetween(reported, reported + 1);
      next = number + 1;
    }
    DurableFile.sweep(folder);
    assertThat(folder.toFile().list()).containsExactly("status.json");
  }

  @Test
  void isReadByItsOwnerAlone() throws IOException {
    DurableFile.write(folder.resolve("file"), "content");

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("file"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aWriteThatFailsLeavesTheOldContent() throws IOException {
    var place = Files.createDirectory(folder.resolve("folder"));
    Files.writeString(place.resolve("old"), "old");

    assertThatThrownBy(() -> DurableFile.write(place, "new"))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(place.resolve("old")).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("folder");
  }

  @Test
  void aDeletedFolderTakesNoLinkedOneWithIt() throws IOException {
    var kept = Files.createDirectory(folder.resolve("kept"));
    Files.writeString(kept.resolve("letter"), "");
    var doomed = Files.createDirectories(folder.resolve("doomed/deep"));
    Files.createSymbolicLink(doomed.resolve("link"), kept);

    DurableFile.deleteFolder(folder.resolve("doomed"));

    assertThat(folder.resolve("doomed")).doesNotExist();
    assertThat(kept.resolve("letter")).exists();
  }

  private static Process startWriter(Path file, long from) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            DurableFileWriter.class.getName(),
            file.toString(),
            Long.toString(from))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
