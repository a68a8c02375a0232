package dev.salvor.cli.init;

import dev.salvor.cli.show.RecoverySheet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** The file of a recovery sheet. */
final class SheetFile {
  /** Far more than a sheet has. */
  private static final int MOST_BYTES = 1 << 20;

  private SheetFile() {}

  /** Why it may not be written, if so. One with another password may be the last place of it. */
  static Optional<String> refusal(Path file, String content, SetupFolder.Present present) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    return switch (present) {
      case KEPT -> Optional.of(file + " is there already: keep it elsewhere and remove it here");
      case REPLACED ->
          hasPasswordOf(file, content)
              ? Optional.empty()
              : Optional.of(
                  file + " is there already, not with this password: keep it elsewhere first");
    };
  }

  private static boolean hasPasswordOf(Path file, String content) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (var stream = Files.newInputStream(file)) {
      var there = new String(stream.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
      var password = RecoverySheet.passwordLine(content);
      return password.isPresent() && password.equals(RecoverySheet.passwordLine(there));
    } catch (IOException unreadable) {
      return false;
    }
  }
}
