package dev.salvor.local.docker;

/** Docker did not answer; the message says which and why, for people. */
public final class DockerUnreachable extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DockerUnreachable(String message) {
    super(message);
  }

  DockerUnreachable(String message, Throwable cause) {
    super(message, cause);
  }

  /** For people. */
  public String why() {
    return String.valueOf(getMessage());
  }
}
