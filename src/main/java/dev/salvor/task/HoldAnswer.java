package dev.salvor.task;

import dev.salvor.api.Failure;
import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * What a host answers a worker.
 *
 * @param failure why the run cannot go on; null: it can
 * @param warning for the report of a run that goes on all the same
 */
@Model
public record HoldAnswer(@Nullable Failure failure, @Nullable String warning) {
  public static final HoldAnswer YES = new HoldAnswer(null, null);

  public static HoldAnswer no(Failure failure) {
    return new HoldAnswer(failure, null);
  }
}
