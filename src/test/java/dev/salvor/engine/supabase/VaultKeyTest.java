package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VaultKeyTest {
  private static final String DIGITS = "00112233445566778899aabbccddeeff".repeat(2);

  @TempDir private Path folder;

  private VaultKey read(String content) throws IOException {
    Files.writeString(folder.resolve(VaultKey.FILE), content);
    return VaultKey.read(folder);
  }

  /** The bytes are the key, however its digits are written. */
  @Test
  void aLineEndOrOtherLettersAreTheSameKey() throws IOException {
    var key = read(DIGITS);

    assertThat(read(DIGITS + "\n")).isEqualTo(key);
    assertThat(read(DIGITS.toUpperCase(java.util.Locale.ROOT))).isEqualTo(key);
    assertThat(read(DIGITS.replace('f', 'e'))).isNotEqualTo(key);
    assertThat(key.fingerprint()).hasSize(64).startsWith(key.shortened()).doesNotContain(DIGITS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "0011", "zz"})
  void whatIsNoKeyIsMissingAndNotShown(String text) {
    assertMissing(() -> read(text + "7".repeat(Math.max(0, 63 - text.length()))));
  }

  @Test
  void whatFollowsAKeyMakesItNone() {
    assertMissing(() -> read(DIGITS + " 00"));
    assertMissing(() -> read(DIGITS.repeat(1000)));
  }

  @Test
  void noLinkIsFollowedAndNoFolderRead() throws IOException {
    assertMissing(() -> VaultKey.read(folder));
    assertMissing(() -> VaultKey.read(folder.resolve("nowhere")));
    Files.writeString(folder.resolve("other"), DIGITS);
    Files.createSymbolicLink(folder.resolve(VaultKey.FILE), Path.of("other"));
    assertMissing(() -> VaultKey.read(folder));
    Files.delete(folder.resolve(VaultKey.FILE));
    Files.createDirectory(folder.resolve(VaultKey.FILE));
    assertMissing(() -> VaultKey.read(folder));
  }

  private static void assertMissing(org.assertj.core.api.ThrowableAssert.ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.SOURCE_MISSING);
              assertThat(e.failure().message()).doesNotContain("7777").contains(VaultKey.FILE);
            });
  }
}
