package dev.salvor.cli.init;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names of what init makes. They become names of files as well, so they are looked at before
 * anything else is done with them.
 */
final class ObjectName {
  /**
   * RFC 1123 label. The API takes dots too; without them no name of a policy can end like the file
   * of a Secret.
   */
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  /** What a name that is made of another one may have: room for what is added to it. */
  private static final int MADE_LENGTH = 50;

  private ObjectName() {}

  /** What is wrong with it, if anything. */
  static Optional<String> refusal(String name) {
    return LABEL.matcher(name).matches()
        ? Optional.empty()
        : Optional.of(
            "a name has small letters, digits and dashes, at most 63, and no dash at its ends");
  }

  /**
   * Looks at what an option says, if it says something.
   *
   * @throws CommandFailed if that is no name
   */
  static void require(String option, @Nullable String name) {
    if (name != null) {
      refusal(name)
          .ifPresent(
              refusal -> {
                throw new CommandFailed(Exit.USAGE, option + ": " + refusal);
              });
    }
  }

  /** As near to a text as a name can be; empty if nothing of it is left. */
  static String like(String text) {
    var plain = text.replaceAll("[^a-z0-9]+", "-");
    return plain.substring(0, Math.min(plain.length(), MADE_LENGTH)).replaceAll("^-|-$", "");
  }
}
