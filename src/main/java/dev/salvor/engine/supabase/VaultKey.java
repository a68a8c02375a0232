package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;

/**
 * The root key of Vault and pgsodium. It lies outside of the database, and a server that does not
 * find it makes a new one without a word: whatever was encrypted before cannot be read again.
 *
 * @param fingerprint SHA-256 of its bytes, in hex; of 256 random bits it tells nothing
 */
public record VaultKey(String fingerprint) {
  /** Its name in /etc/postgresql-custom, as pgsodium_getkey.sh of Supabase's image reads it. */
  public static final String FILE = "pgsodium_root.key";

  private static final int BYTES = 32;

  /** Digits, and whatever an editor left at the end. */
  private static final int LONGEST = 4 * BYTES;

  /** As messages and tags show it. */
  private static final int SHORT = 16;

  /**
   * Reads it, through no link: what a container can lay there could lead anywhere.
   *
   * @throws EngineException SOURCE_MISSING if it is not there, or is no key
   */
  public static VaultKey read(Path folder) {
    return of(digits(folder));
  }

  /**
   * The key itself, for the server of a proof.
   *
   * @throws EngineException SOURCE_MISSING if it is not there, or is no key
   */
  public static String digits(Path folder) {
    var file = folder.resolve(FILE);
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            ? noKey(file, "is no regular file")
            : noKey(file, "is not there");
      }
      var options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      try (var stream = Channels.newInputStream(Files.newByteChannel(file, options))) {
        var digits = stream.readNBytes(LONGEST);
        try {
          return text(digits, file);
        } finally {
          Arrays.fill(digits, (byte) 0);
        }
      }
    } catch (NoSuchFileException e) {
      throw noKey(file, "is not there");
    } catch (IOException e) {
      throw noKey(file, "cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  private static String text(byte[] digits, Path file) {
    var text = new String(digits, StandardCharsets.US_ASCII).strip();
    if (!text.matches("[0-9a-fA-F]{" + 2 * BYTES + "}")) {
      throw noKey(file, "is no key of " + 2 * BYTES + " hexadecimal digits");
    }
    return text;
  }

  private static VaultKey of(String text) {
    try {
      return new VaultKey(
          HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256").digest(HexFormat.of().parseHex(text))));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static EngineException noKey(Path file, String why) {
    return new EngineException(
        Reason.SOURCE_MISSING,
        "the key of Vault "
            + why
            + ": "
            + file
            + ". The place of the key is what the server sees as /etc/postgresql-custom.");
  }

  /** Enough to tell one from another. */
  public String shortened() {
    return fingerprint.substring(0, SHORT);
  }
}
