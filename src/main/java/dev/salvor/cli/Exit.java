package dev.salvor.cli;

/**
 * Exit codes of all commands; those above 1 as sysexits(3) has them.
 *
 * <p>Plain numbers, since annotations need constants.
 */
public final class Exit {
  public static final int OK = 0;

  /** What was asked failed, or is not as it should be: a run, a verdict, a resource. */
  public static final int FAILED = 1;

  /** The command line was not understood. */
  public static final int USAGE = 64;

  /** A manifest is refused. */
  public static final int INVALID = 65;

  /** What was named is not there. */
  public static final int NO_INPUT = 66;

  /** The API server cannot be reached, or cannot answer now. */
  public static final int UNAVAILABLE = 69;

  /** A defect of Salvor. */
  public static final int DEFECT = 70;

  /** A file of the state folder cannot be read or written: a full disk, most often. */
  public static final int INPUT_OUTPUT = 74;

  /** Another host has the state folder. */
  public static final int IN_USE = 75;

  /** The API server refuses these credentials, or what they may do. */
  public static final int FORBIDDEN = 77;

  private Exit() {}
}
