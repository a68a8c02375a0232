package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.engine.EngineException;
import dev.salvor.task.RepositoryTarget;
import java.util.Optional;
import java.util.function.Function;

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
    context.warnings().add("no safety point, as acknowledged: " + why);
  }

  @Override
  public void close() {
    points.close();
  }
}
