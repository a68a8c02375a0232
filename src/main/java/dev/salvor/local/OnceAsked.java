package dev.salvor.local;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks when somebody needs the answer, and once. Used by the host's one thread. */
final class OnceAsked<T> implements Supplier<T> {
  private final Supplier<T> question;
  private @Nullable T answer;

  OnceAsked(Supplier<T> question) {
    this.question = question;
  }

  @Override
  public T get() {
    var known = answer == null ? question.get() : answer;
    answer = known;
    return known;
  }
}
