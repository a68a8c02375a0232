package dev.salvor.cli.show;

import java.util.regex.Pattern;

/** A word of a command that a person copies into a shell: whatever is in it, it stays one word. */
public final class ShellWord {
  private static final Pattern PLAIN = Pattern.compile("[-A-Za-z0-9_./:@%+=,]+");

  private ShellWord() {}

  /** As it is if nothing in it means something to a shell; else in quotes. */
  public static String of(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
