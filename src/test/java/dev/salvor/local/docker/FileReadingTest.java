package dev.salvor.local.docker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Archives that a daemon may send in place of the usual one. */
class FileReadingTest {
  /** Header and content, filled up to whole blocks. */
  private static String entry(char kind, String content) {
    return entry(kind, content.length(), content);
  }

  private static String entry(char kind, int size, String content) {
    var header = "\0".repeat(124) + "%011o\0".formatted(size) + "\0".repeat(20) + kind;
    return filled(header) + filled(content);
  }

  private static String filled(String text) {
    return text + "\0".repeat((512 - text.length() % 512) % 512);
  }

  private static ContainerFile first(String archive) throws IOException {
    return FileReading.first(new ByteArrayInputStream(archive.getBytes(US_ASCII)));
  }

  @Test
  void whatIsSaidOfAnEntryBeforeItIsPassedOver() throws IOException {
    var attributes = entry('x', "30 SCHILY.xattr.user.x=value\n".repeat(30));
    assertThat(first(entry('g', "") + attributes + entry('0', "s3cret\n")))
        .isEqualTo(new ContainerFile.Content("s3cret\n"));
    assertThat(first(entry('x', "18 size=10000000000\n") + entry('0', 0, "")))
        .isEqualTo(new ContainerFile.Unreadable("it is larger than 4096 bytes"));
    assertThat(first(entry('\0', "old"))).isEqualTo(new ContainerFile.Content("old"));
  }

  @Test
  void whatIsNoWholeArchiveIsNoPassword() {
    assertThatThrownBy(() -> first("")).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> first(entry('0', 600, "half").substring(0, 700)))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> first(entry('x', 1 << 30, "")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("attributes");
    assertThatThrownBy(() -> first("no archive ".repeat(100)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no archive");
  }

  @Test
  void whatItHoldsIsNotWrittenDown() {
    assertThat(new ContainerFile.Content("s3cret").toString()).doesNotContain("s3cret");
  }
}
