package dev.salvor.task;

/** How a worker's exit reads: the report says the rest. */
public enum ExitCode {
  SUCCEEDED(0),
  /** The Task failed and the report says why. */
  FAILED(1),
  /** The Task succeeded, and what it found forbids what would follow it in the pod. */
  SETTLED(2),
  /** The Task itself was not understood; no report could be written. */
  USAGE(64),
  /** Ended by SIGTERM: engines were ended first, so that locks are gone. */
  INTERRUPTED(130);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
