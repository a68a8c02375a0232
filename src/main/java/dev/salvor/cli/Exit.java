package dev.salvor.cli;

/**
 * Exit codes of all commands; those above 1 as sysexits(3) has them.
 *
 * <p>Plain numbers, since annotations need constants.
 */
final class Exit {
  static final int OK = 0;

  /** What was asked failed, or is not as it should be: a run, a verdict, a resource. */
  static final int FAILED = 1;

  /** The command line was not understood. */
  static final int USAGE = 64;

  /** A manifest is refused. */
  static final int INVALID = 65;

  /** What was named is not there. */
  static final int NO_INPUT = 66;

  /** A defect of Salvor. */
  static final int DEFECT = 70;

  /** Another host has the state folder. */
  static final int IN_USE = 75;

  private Exit() {}
}
