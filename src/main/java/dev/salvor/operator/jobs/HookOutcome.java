package dev.salvor.operator.jobs;

/** What became of a command in a pod. */
public sealed interface HookOutcome {
  /** Exit code 0. */
  record Succeeded() implements HookOutcome {}

  /** Another exit code: the program itself says that it failed. */
  record Failed(String why) implements HookOutcome {}

  /** The cluster refused to begin it. */
  record Refused(String why) implements HookOutcome {}

  /** The node answers that it could not run it, or not to its end: there is no exit code. */
  record Broken(String why) implements HookOutcome {}

  /** Nobody said how it ended; it may go on. */
  record Lost(String why) implements HookOutcome {}

  /** What went wrong, in words; empty: nothing. */
  default String why() {
    return switch (this) {
      case Succeeded succeeded -> "";
      case Failed(var why) -> why;
      case Refused(var why) -> why;
      case Broken(var why) -> why;
      case Lost(var why) -> why;
    };
  }
}
