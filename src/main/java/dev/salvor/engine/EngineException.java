package dev.salvor.engine;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;

/**
 * The one way in which a step of an engine or of the worker fails. What it says goes into the
 * report and so into a status: never a secret, neither in the failure nor in the message of the
 * cause.
 */
public final class EngineException extends RuntimeException {
  private final transient Failure failure;

  public EngineException(Failure failure) {
    super(failure.reason() + ": " + failure.message());
    this.failure = failure;
  }

  public EngineException(Failure failure, Throwable cause) {
    super(failure.reason() + ": " + failure.message(), cause);
    this.failure = failure;
  }

  public EngineException(Reason reason, String message) {
    this(reason.failure(message));
  }

  public EngineException(Reason reason, String message, Throwable cause) {
    this(reason.failure(message), cause);
  }

  public Failure failure() {
    return failure;
  }

  public Reason reason() {
    return failure.reason();
  }
}
