package dev.salvor.engine.postgres.restore;

import dev.salvor.engine.postgres.PostgresSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Event triggers whose owners are no superusers. PostgreSQL lets nobody else be given one, but lets
 * an owner be made an ordinary role afterwards, as Supabase does with {@code postgres}: pg_restore
 * fails on such a trigger. They are left out of its list, and made behind it.
 *
 * @param entries the triggers, each followed by its comment and the like
 * @param useList lines for {@code pg_restore --use-list}: all else
 */
public record EventTriggers(List<DumpEntry> entries, String useList) {
  public static final EventTriggers NONE = new EventTriggers(List.of(), "");

  private static final String TYPE = "EVENT TRIGGER";

  public EventTriggers {
    entries = List.copyOf(entries);
  }

  /**
   * Those of a dump that pg_restore cannot make on this server; none where this connection cannot
   * either.
   */
  public static EventTriggers of(StoredContents stored, PostgresSession session) {
    if (stored.isSelection() || !session.isSuperuser()) {
      return NONE;
    }
    var superusers =
        Set.copyOf(
            session.rows(
                "SELECT rolname FROM pg_catalog.pg_roles WHERE rolsuper", row -> row.getString(1)));
    return of(stored.contents(), owner -> !superusers.contains(owner));
  }

  static EventTriggers of(DumpContents contents, Predicate<String> ordinary) {
    var entries = new ArrayList<DumpEntry>();
    for (var trigger : contents.entries()) {
      if (trigger.type().equals(TYPE) && ordinary.test(trigger.owner())) {
        entries.add(trigger);
        contents.entries().stream()
            .filter(entry -> entry.dependencies().contains(trigger.id()))
            .forEach(entries::add);
      }
    }
    if (entries.isEmpty()) {
      return NONE;
    }
    return new EventTriggers(
        entries,
        contents.entries().stream()
            .filter(entry -> !entries.contains(entry))
            .map(entry -> entry.id() + ";\n")
            .collect(Collectors.joining()));
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /**
   * Makes them, in the database, all or none. An owner is a superuser within this transaction
   * alone: whoever is killed in it leaves no role with more rights than it had.
   */
  public void create(PostgresSession session) {
    var statements = new ArrayList<String>();
    for (var entry : entries) {
      if (entry.type().equals(TYPE)) {
        var owner = PostgresSession.identifier(entry.owner());
        statements.add("ALTER ROLE " + owner + " SUPERUSER");
        statements.add(entry.definition());
        statements.add(
            "ALTER EVENT TRIGGER "
                + PostgresSession.identifier(entry.tag())
                + " OWNER TO "
                + owner);
        statements.add("ALTER ROLE " + owner + " NOSUPERUSER");
      } else {
        statements.add(entry.definition());
      }
    }
    UnloggedTransaction.carryOut(session, statements);
  }
}
