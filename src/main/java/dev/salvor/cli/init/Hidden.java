package dev.salvor.cli.init;

import java.security.SecureRandom;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Something that only the Secret's file and the recovery sheet may show. */
public record Hidden(String value) {
  /** Nothing that is mistaken for another when it is read from paper. */
  private static final String LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

  private static final int GROUPS = 6;
  private static final int GROUP = 5;

  /** A password of 148 bits (30 letters of 31), in groups, as it may have to be typed once. */
  static Hidden generate() {
    var random = new SecureRandom();
    return new Hidden(
        IntStream.range(0, GROUPS)
            .mapToObj(
                group ->
                    random
                        .ints(GROUP, 0, LETTERS.length())
                        .mapToObj(letter -> LETTERS.substring(letter, letter + 1))
                        .collect(Collectors.joining()))
            .collect(Collectors.joining("-")));
  }

  /**
   * Why it cannot be what backups are encrypted with, if so: it must be read from paper and typed
   * at a prompt.
   */
  Optional<String> refusal() {
    return value.isBlank() || !value.equals(value.strip())
        ? Optional.of("a password of blanks, or with blanks at its ends, cannot be kept on paper")
        : value.chars().anyMatch(Character::isISOControl)
            ? Optional.of(
                "a password of several lines, or with control characters, cannot be typed")
            : Optional.empty();
  }

  boolean isEmpty() {
    return value.isEmpty();
  }

  @Override
  public String toString() {
    return "Hidden[]";
  }
}
