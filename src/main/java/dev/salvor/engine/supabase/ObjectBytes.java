package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/** The bytes of an object, where they were seen to lie. */
public final class ObjectBytes {
  private static final int PIECE_BYTES = 1 << 20;

  private ObjectBytes() {}

  /**
   * Their MD5, of which Storage makes an ETag.
   *
   * @param file through no link
   * @throws EngineException SANDBOX_FAILED if they cannot be read
   */
  public static String md5(Path file) {
    var options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    try (var stream = Channels.newInputStream(Files.newByteChannel(file, options))) {
      var digest = MessageDigest.getInstance("MD5");
      var piece = new byte[PIECE_BYTES];
      for (var read = stream.read(piece); read >= 0; read = stream.read(piece)) {
        digest.update(piece, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SANDBOX_FAILED, "a restored file of Storage cannot be read: " + e, e);
    }
  }
}
