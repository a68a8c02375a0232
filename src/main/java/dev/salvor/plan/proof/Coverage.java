package dev.salvor.plan.proof;

import java.util.ArrayList;
import java.util.Locale;

/**
 * How much of databases a comparison looked at.
 *
 * @param tables of the source
 * @param countedTables of which both sides were counted
 * @param hashedTables of which both sides were hashed
 * @param bytes of all tables, as the source stored them
 * @param countedBytes of the counted ones
 * @param hashedBytes of the hashed ones
 */
public record Coverage(
    int tables,
    int countedTables,
    int hashedTables,
    long bytes,
    long countedBytes,
    long hashedBytes)
    implements Compared {
  public static final Coverage NOTHING = new Coverage(0, 0, 0, 0, 0, 0);

  public Coverage plus(Coverage other) {
    return new Coverage(
        tables + other.tables,
        countedTables + other.countedTables,
        hashedTables + other.hashedTables,
        bytes + other.bytes,
        countedBytes + other.countedBytes,
        hashedBytes + other.hashedBytes);
  }

  @Override
  public boolean nothing() {
    return tables > 0 && countedTables == 0 && hashedTables == 0;
  }

  @Override
  public boolean everything() {
    return hashedTables == tables;
  }

  /** For people: {@code rows of 12/12 tables (100% of bytes), content of 10/12 (85%)}. */
  @Override
  public String text() {
    var parts = new ArrayList<String>();
    parts.add("rows of " + share("tables", countedTables, countedBytes));
    parts.add("content of " + share("tables", hashedTables, hashedBytes));
    return String.join(", ", parts);
  }

  private String share(String what, int some, long someBytes) {
    return String.format(
        Locale.ROOT, "%d/%d %s (%s of bytes)", some, tables, what, percent(someBytes));
  }

  /** Rounded down: 100% is said only of all. */
  private String percent(long someBytes) {
    if (bytes == 0) {
      return "100%";
    }
    return (int) Math.floor(100.0 * someBytes / bytes) + "%";
  }
}
