package dev.salvor.operator.jobs;

import org.jspecify.annotations.Nullable;

/** What a cluster says of itself, as far as a status has room for it. */
public final class Words {
  /** A scheduler's or a policy engine's message may be some KiB; its beginning says what it is. */
  private static final int LONGEST = 512;

  private Words() {}

  /** On one line, and its beginning only. */
  public static String of(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return "the cluster gives no reason.";
    }
    var line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST - 1) + "…";
  }
}
