package dev.salvor.plan;

import dev.salvor.api.DurationText;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a manifest may leave out, with the schema's own default instead. */
final class Defaults {
  private Defaults() {}

  static Duration duration(@Nullable String text, String otherwise) {
    return DurationText.parse(text == null ? otherwise : text);
  }

  static <T> T orElse(@Nullable T value, T otherwise) {
    return Objects.requireNonNullElse(value, otherwise);
  }
}
