package dev.salvor.cli;

/** Ends a command with a line for people and an exit code; no stack trace is shown. */
public final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;

  public CommandFailed(int code, String message) {
    super(message);
    this.code = code;
  }

  public int code() {
    return code;
  }
}
