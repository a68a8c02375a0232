package dev.salvor.cli.show;

/** Colours, where a terminal shows them and nobody has said that there be none. */
public enum Ink {
  PLAIN,
  COLOURED;

  private static final String RESET = "\u001b[0m";

  /** All is as it should be. */
  public String good(String text) {
    return dyed("\u001b[32m", text);
  }

  /** It needs a look. */
  public String doubtful(String text) {
    return dyed("\u001b[33m", text);
  }

  /** It needs a hand. */
  public String bad(String text) {
    return dyed("\u001b[31m", text);
  }

  /** A word of a status by what it means; others stay as they are. */
  public String word(String word) {
    return switch (word.strip()) {
      case "Verified", "Succeeded", "True" -> good(word);
      case "Unproven", "Unknown" -> doubtful(word);
      case "Refuted", "Failed", "False" -> bad(word);
      default -> word;
    };
  }

  private String dyed(String colour, String text) {
    return switch (this) {
      case PLAIN -> text;
      case COLOURED -> colour + text + RESET;
    };
  }
}
