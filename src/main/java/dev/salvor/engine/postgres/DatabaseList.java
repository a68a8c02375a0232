package dev.salvor.engine.postgres;

import dev.salvor.api.PostgresSource.Databases;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** Which databases of a server are meant. */
public final class DatabaseList {
  /** In the names of databases that Salvor makes beside others. */
  static final String OWN = "__salvor_";

  private DatabaseList() {}

  /** What the server says of one database. */
  private record Listed(String name, boolean usable, boolean chosenByAll, boolean connectable) {}

  /**
   * Their names.
   *
   * @throws EngineException DATABASE_MISSING; INSUFFICIENT_PRIVILEGE if one may not be connected to
   */
  public static List<String> read(PostgresSession session, Databases databases) {
    var listed =
        session.rows(
            // Limit -2 marks one whose DROP was cut off: nobody can connect to it again.
            "SELECT d.datname, d.datallowconn AND d.datconnlimit <> -2, NOT d.datistemplate AND"
                + " pg_catalog.strpos(d.datname, '"
                + OWN
                + "') = 0, pg_catalog.has_database_privilege(d.oid, 'CONNECT') FROM"
                + " pg_catalog.pg_database d ORDER BY 1",
            row ->
                new Listed(
                    row.getString(1), row.getBoolean(2), row.getBoolean(3), row.getBoolean(4)));
    var chosen = new ArrayList<Listed>();
    var all = databases.all();
    if (all != null) {
      var except = all.except() == null ? List.<String>of() : all.except();
      listed.stream()
          .filter(each -> each.usable() && each.chosenByAll() && !except.contains(each.name()))
          .forEach(chosen::add);
    }
    for (var name : databases.names() == null ? List.<String>of() : distinct(databases)) {
      chosen.add(
          listed.stream()
              .filter(each -> each.name().equals(name) && each.usable())
              .findFirst()
              .orElseThrow(() -> missing(session, name)));
    }
    for (var each : chosen) {
      if (!each.connectable()) {
        throw new EngineException(
            Reason.INSUFFICIENT_PRIVILEGE,
            "role "
                + session.server().user()
                + " may not connect to database "
                + each.name()
                + ": GRANT CONNECT ON DATABASE it, or leave it out by databases.all.except");
      }
    }
    return chosen.stream().map(Listed::name).toList();
  }

  private static List<String> distinct(Databases databases) {
    var names = databases.names();
    return names == null ? List.of() : List.copyOf(new LinkedHashSet<>(names));
  }

  private static EngineException missing(PostgresSession session, String name) {
    return new EngineException(
        Reason.DATABASE_MISSING,
        "there is no database "
            + name
            + " that accepts connections on "
            + session.server().address().text());
  }
}
