package dev.salvor.plan;

import java.lang.reflect.RecordComponent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds an enum constant {@code UNKNOWN} in a spec: a value that a newer version wrote. Such a
 * resource is not carried out by guessing.
 */
final class UnknownValues {
  private UnknownValues() {}

  /** Path of the first one below the record, such as {@code verification.facts}. */
  static Optional<String> find(@Nullable Object value) {
    if (value instanceof Record spec) {
      for (RecordComponent component : spec.getClass().getRecordComponents()) {
        var found = find(component, spec);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> find(RecordComponent component, Record spec) {
    try {
      var value = component.getAccessor().invoke(spec);
      if (value instanceof Enum<?> constant && constant.name().equals("UNKNOWN")) {
        return Optional.of(component.getName());
      }
      return find(value).map(path -> component.getName() + "." + path);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("cannot read " + component, impossible);
    }
  }
}
