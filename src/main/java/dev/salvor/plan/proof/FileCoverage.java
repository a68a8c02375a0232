package dev.salvor.plan.proof;

/**
 * How much of file trees a comparison looked at.
 *
 * @param entries that were noted, or found though none was noted
 * @param compared of them; whether they were found equal is not said here
 * @param bytes of the files among the compared that were equal
 * @param unsteady entries that changed while they were read
 * @param outside entries of the trees that were not asked for
 */
public record FileCoverage(long entries, long compared, long bytes, long unsteady, long outside)
    implements Compared {
  public static final FileCoverage NOTHING = new FileCoverage(0, 0, 0, 0, 0);

  public FileCoverage plus(FileCoverage other) {
    return new FileCoverage(
        entries + other.entries,
        compared + other.compared,
        bytes + other.bytes,
        unsteady + other.unsteady,
        outside + other.outside);
  }

  @Override
  public boolean nothing() {
    return compared == 0;
  }

  @Override
  public boolean everything() {
    return unsteady == 0 && outside == 0;
  }

  @Override
  public String text() {
    return compared
        + " of "
        + entries
        + " entries, "
        + bytes
        + " bytes"
        + (unsteady == 0 ? "" : "; " + unsteady + " changed while they were read")
        + (outside == 0 ? "" : "; " + outside + " not selected");
  }
}
