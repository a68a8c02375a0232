package dev.salvor.plan.verdict;

/**
 * How much of a copy was compared. What lies beyond the cap of the facts counts as not compared,
 * and the share stands beside the verdict (SAFETY 19).
 *
 * @param rows of tables whose rows were counted or hashed on both sides
 * @param rowsInAll of all tables
 * @param bytes of tables whose content was hashed on both sides
 * @param bytesInAll of all tables
 */
public record Coverage(long rows, long rowsInAll, long bytes, long bytesInAll) {
  public Coverage {
    if (rows < 0 || bytes < 0 || rows > rowsInAll || bytes > bytesInAll) {
      throw new IllegalArgumentException("a share is between nothing and all");
    }
  }

  /** Both databases of a point that has several. */
  public Coverage plus(Coverage other) {
    return new Coverage(
        rows + other.rows,
        rowsInAll + other.rowsInAll,
        bytes + other.bytes,
        bytesInAll + other.bytesInAll);
  }

  /** As statuses show it; rounded down, so that 100 % means all. */
  public String text() {
    return "rows " + percent(rows, rowsInAll) + " %, content " + percent(bytes, bytesInAll) + " %";
  }

  /** There was something, and none of it was compared. */
  boolean isNothing() {
    return rowsInAll > 0 && rows == 0 && bytes == 0;
  }

  boolean isAllContent() {
    return bytes == bytesInAll;
  }

  private static long percent(long part, long all) {
    return part == all ? 100 : Math.min(99, (long) (part * 100.0 / all));
  }
}
