package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.Owner;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Whose repository it is (SAFETY 32): the newest manifest says. Whoever is not its owner may list
 * and restore at once, and write only when a person accepted to take over; the former owner then
 * finds a newer manifest of another one, and stops.
 */
final class Ownership {
  private static final int TOKEN_DIGITS = 10;

  private Ownership() {}

  /**
   * Whether this owner may write.
   *
   * @throws EngineException OWNED_BY_OTHER with the token that lets it
   */
  static void check(Catalogue catalogue, Owner owner, Collection<String> acknowledged) {
    catalogue
        .newest()
        .filter(newest -> !newest.owner().equals(owner.text()))
        .filter(newest -> !acknowledged.contains(token(newest)))
        .ifPresent(
            newest -> {
              throw new EngineException(
                  Reason.OWNED_BY_OTHER,
                  "the newest recovery point "
                      + newest.id()
                      + " was written by "
                      + newest.owner()
                      + ", not by "
                      + owner.text()
                      + "; to take over, acknowledge "
                      + token(newest));
            });
  }

  /**
   * Whether forgetting may not yet touch what others wrote: until a complete backup of ours is the
   * newest, whoever took over has nothing of its own to go back to.
   */
  static Optional<RecoverySet> newestOfOther(Catalogue catalogue, Owner owner) {
    return catalogue
        .newestBackup()
        .or(catalogue::newest)
        .filter(newest -> !newest.owner().equals(owner.text()));
  }

  /** Bound to the very point: an old acknowledgement does not take over twice. */
  static String token(RecoverySet newest) {
    return "take-over-" + digest(newest.owner() + " " + newest.id()).substring(0, TOKEN_DIGITS);
  }

  static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
