package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.restore.RestorePlanning;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.RepositoryTarget;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A repository that a safety point is written to before something is replaced, and that is restored
 * from. One that takes no point any more may still be the latter.
 */
record SafetyRepository(RecoveryPoints points, boolean writable) implements AutoCloseable {

  /**
   * Opens it anew: nothing of it may be open in this process.
   *
   * @param without asks to go on without a safety point, given why; empty: that is accepted
   * @throws EngineException what was asked, or what opening failed with
   */
  static SafetyRepository open(
      WorkerContext context, RepositoryTarget target, Function<String, Optional<Failure>> without) {
    try {
      return new SafetyRepository(
          RecoveryPoints.open(context, target, RecoveryPoints.Access.WRITE), true);
    } catch (EngineException e) {
      accept(context, without, e.failure().message(), e);
      return new SafetyRepository(
          RecoveryPoints.open(context, target, RecoveryPoints.Access.READ), false);
    }
  }

  /** What fails here says that nothing was touched, and how to have what can still be read. */
  static void beforeAnythingIsTouched(Runnable look) {
    try {
      look.run();
    } catch (EngineException e) {
      throw new EngineException(
          e.reason()
              .failure(
                  e.failure()
                      .messageAnd(
                          "Nothing was touched: what is there is not given up for what cannot be"
                              + " read whole. A restore to another target brings what can be."),
                  e.failure().logTail()),
          e);
    }
  }

  /**
   * Takes a safety point of all of a source.
   *
   * @return its id; null: it could not be taken, and that was acknowledged
   */
  @Nullable String keep(
      WorkerContext context,
      Owner owner,
      FileTrees source,
      Function<String, Optional<Failure>> without) {
    if (!writable) {
      return null;
    }
    try (var look = FirstLook.begin(context, source)) {
      var made =
          new FilesPointTaker(context, points, owner, source, null, Manifest.Origin.SAFETY, null)
              .take(look);
      if (!made.complete()) {
        throw new EngineException(
            Reason.INCOMPLETE_BACKUP,
            "not all of it could be read, or is known to have been still meanwhile.");
      }
      return made.recoveryPoint();
    } catch (EngineException e) {
      accept(context, without, e.failure().message(), e);
      return null;
    }
  }

  /** Goes on only where a person accepted that what is replaced is lost. */
  static void accept(
      WorkerContext context,
      Function<String, Optional<Failure>> without,
      String why,
      EngineException cause) {
    if (context.ending().reason() != null) {
      throw cause;
    }
    without
        .apply(why)
        .ifPresent(
            failure -> {
              throw new EngineException(failure, cause);
            });
    context.warnings().add(RestorePlanning.keptNothing(why));
  }

  @Override
  public void close() {
    points.close();
  }
}
