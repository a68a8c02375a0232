package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * Reads enum constants by the text of their {@link JsonProperty}. A text of a newer version becomes
 * the given unknown constant and never a default; Jackson's own features for unknown constants have
 * no effect on records in the fabric8 client.
 */
final class EnumText {
  private EnumText() {}

  static <E extends Enum<E>> @Nullable E read(@Nullable String text, E unknown) {
    if (text == null) {
      return null;
    }
    for (E constant : unknown.getDeclaringClass().getEnumConstants()) {
      if (constant != unknown && textOf(constant).equals(text)) {
        return constant;
      }
    }
    return unknown;
  }

  static String textOf(Enum<?> constant) {
    try {
      var property =
          constant.getDeclaringClass().getField(constant.name()).getAnnotation(JsonProperty.class);
      return property == null ? constant.name() : property.value();
    } catch (NoSuchFieldException impossible) {
      throw new IllegalStateException(constant + " has no field of its own name", impossible);
    }
  }
}
