package dev.salvor.operator;

import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is done for many is done for all of them, whatever becomes of one. */
final class OneByOne {
  private OneByOne() {}

  /**
   * Does it for each.
   *
   * @throws RuntimeException the last that one of them threw, when all had their turn
   */
  static <T> void each(Collection<T> all, Consumer<T> what) {
    @Nullable RuntimeException last = null;
    for (var one : all) {
      try {
        what.accept(one);
      } catch (RuntimeException e) {
        last = e;
      }
    }
    if (last != null) {
      throw last;
    }
  }
}
