package dev.salvor.worker;

import dev.salvor.engine.volume.FileTree;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lays two lists beside each other, by paths and in one pass. Both are in the order in which a tree
 * is walked; of one path there is one on each side, or the others stand alone.
 */
final class PathJoin {
  private PathJoin() {}

  /** Who is told. */
  interface Outcome<A, B> {
    /** Of the one list alone. */
    void one(A one) throws IOException;

    /** Of the other alone. */
    void other(B other) throws IOException;

    /** Of both. */
    void both(A one, B other) throws IOException;
  }

  static <A, B> void join(
      Iterator<A> ones,
      Function<A, String> pathOfOne,
      Iterator<B> others,
      Function<B, String> pathOfOther,
      Outcome<A, B> outcome)
      throws IOException {
    var one = next(ones);
    var other = next(others);
    while (one != null || other != null) {
      var order =
          one == null
              ? 1
              : other == null
                  ? -1
                  : FileTree.order().compare(pathOfOne.apply(one), pathOfOther.apply(other));
      if (one != null && other != null && order == 0) {
        outcome.both(one, other);
        one = next(ones);
        other = next(others);
      } else if (one != null && order < 0) {
        outcome.one(one);
        one = next(ones);
      } else if (other != null) {
        outcome.other(other);
        other = next(others);
      }
    }
  }

  private static <T> @Nullable T next(Iterator<T> rest) {
    return rest.hasNext() ? rest.next() : null;
  }

  /** Those of a list that are asked for. */
  static <T> Iterator<T> only(Iterator<T> all, Predicate<T> asked) {
    return new Iterator<>() {
      private @Nullable T next = advance();

      private @Nullable T advance() {
        while (all.hasNext()) {
          var each = all.next();
          if (asked.test(each)) {
            return each;
          }
        }
        return null;
      }

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public T next() {
        var each = next;
        if (each == null) {
          throw new NoSuchElementException();
        }
        next = advance();
        return each;
      }
    };
  }
}
