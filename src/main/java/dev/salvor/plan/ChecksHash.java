package dev.salvor.plan;

import dev.salvor.api.Verification;
import java.util.ArrayList;
import java.util.List;

/** Which checks a verdict answered: other checks make it stale. */
public final class ChecksHash {
  private ChecksHash() {}

  /** Twelve letters that are the same for the same checks in the same order. */
  public static String of(List<Verification.Check> checks) {
    var texts = checks.stream().map(ChecksHash::text).toArray(String[]::new);
    return StableHash.of(texts).letters(12);
  }

  private static String text(Verification.Check check) {
    var texts = new ArrayList<>(List.of(check.name(), String.valueOf(check.database())));
    if (check.sql() != null) {
      texts.addAll(List.of(check.sql().query(), check.sql().expect()));
    }
    if (check.files() != null) {
      texts.addAll(
          List.of(
              check.files().path(),
              String.valueOf(check.files().minimumCount()),
              String.valueOf(check.files().newestWithin())));
    }
    if (check.command() != null) {
      texts.addAll(
          List.of(
              "command",
              check.command().image(),
              String.valueOf(check.command().writable()),
              String.valueOf(check.command().runAs())));
      texts.addAll(check.command().command());
    }
    return String.join("\u0000", texts);
  }
}
