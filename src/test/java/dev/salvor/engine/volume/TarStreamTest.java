package dev.salvor.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.salvor.testing.Script;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives are read as GNU tar writes them; that the engine's are is seen where it makes them. */
class TarStreamTest {
  @TempDir private Path folder;

  TarStreamTest() {
    folder = Path.of("");
  }

  private byte[] archive() throws IOException {
    Script.run(
        """
        mkdir -p in/folder "in/$(printf 'n%.0s' $(seq 1 200))"
        printf content > in/folder/file; : > in/empty; ln -s file in/folder/link
        printf ü > "in/ü %"; for long in in/nnn*; do printf long > "$long/x"; done
        head -c 1000 /dev/zero | tr '\\0' z > in/thousand
        cd in && tar --format=posix -cf ../archive *
        """,
        folder);
    return Files.readAllBytes(folder.resolve("archive"));
  }

  private static Map<String, String> read(byte[] archive) throws IOException {
    var files = new TreeMap<String, String>();
    TarStream.read(
        new ByteArrayInputStream(archive),
        (file, body) ->
            files.put(
                file.path(),
                file.path().equals("thousand")
                    // What is not read is passed over.
                    ? file.sizeBytes() + new String(body.readNBytes(2), StandardCharsets.UTF_8)
                    : new String(body.readAllBytes(), StandardCharsets.UTF_8)));
    return files;
  }

  @Test
  void eachFileIsShownWithItsBytesAndNothingElse() throws Exception {
    assertThat(read(archive()))
        .isEqualTo(
            Map.of(
                "empty",
                "",
                "folder/file",
                "content",
                "n".repeat(200) + "/x",
                "long",
                "thousand",
                "1000zz",
                "%C3%BC %25",
                "ü"));
  }

  @Test
  void whatEndsTooEarlyIsNoArchive() throws Exception {
    var archive = archive();
    var end = archive.length;
    while (archive[end - 1] == 0) {
      end--;
    }
    for (var length : new int[] {0, 100, 512, 600, end - 1, end, end + 200}) {
      assertThatExceptionOfType(EOFException.class)
          .as("%d of %d", length, archive.length)
          .isThrownBy(() -> read(Arrays.copyOf(archive, length)));
    }
    archive[3] ^= 1;
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> read(archive))
        .withMessageContaining("damaged");
  }

  /** Names and values are whatever bytes they are. */
  @Test
  void attributesAreTold() throws Exception {
    var record = "user.supabase.content-type=text/ü\n=\nx";
    var body = "SCHILY.xattr." + record + "\n";
    var length = body.getBytes(StandardCharsets.UTF_8).length + 3;
    var header = (length + " " + body + "10 size=3\n");
    var archive = new TarByHand().entry('x', header).entry('0', "abc").end();

    TarStream.read(
        new ByteArrayInputStream(archive),
        (file, stream) -> {
          assertThat(file.sizeBytes()).isEqualTo(3);
          assertThat(file.attributes().keySet()).containsExactly("user.supabase.content-type");
          assertThat(
                  new String(
                      file.attributes().get("user.supabase.content-type"), StandardCharsets.UTF_8))
              .isEqualTo("text/ü\n=\nx");
        });
  }
}
