package dev.salvor.engine.postgres.restore;

import java.util.List;

/**
 * One entry of a dump's table of contents.
 *
 * @param id what a {@code pg_restore -L} list and other entries name it by
 * @param type as pg_dump writes it: TABLE, TABLE DATA, FK CONSTRAINT, ...
 * @param schema empty where it is in none
 * @param tag its name; for constraints, triggers and the like the table's name goes before
 * @param definition the statement that makes it; empty for data
 * @param removal the statement that drops it; empty where there is none
 * @param copy {@code COPY ... FROM stdin;} of data; empty for all else
 * @param dependencies ids of entries that must be there before it
 */
public record DumpEntry(
    int id,
    String type,
    String schema,
    String tag,
    String owner,
    String definition,
    String removal,
    String copy,
    List<Integer> dependencies) {
  public DumpEntry {
    dependencies = List.copyOf(dependencies);
  }

  /** For people. */
  public String text() {
    return type.toLowerCase(java.util.Locale.ROOT)
        + " "
        + (schema.isEmpty() ? tag : schema + "." + tag);
  }
}
