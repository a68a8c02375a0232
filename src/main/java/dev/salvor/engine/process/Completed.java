package dev.salvor.engine.process;

import java.time.Duration;

/**
 * How a program ended. An exit by a signal is 128 plus its number, as shells write it: 137 is
 * SIGKILL, most often the kernel's answer to too little memory.
 *
 * @param output standard output where it was captured, else empty
 * @param errorTail the last {@value ProcessRunner#ERROR_TAIL_BYTES} bytes of standard error, values
 *     of secret variables removed
 */
public record Completed(int exitCode, String output, String errorTail, Duration duration) {
  /** By SIGKILL. */
  public static final int KILLED = 137;

  public boolean succeeded() {
    return exitCode == 0;
  }
}
