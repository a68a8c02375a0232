package dev.salvor.engine.postgres;

import dev.salvor.task.DatabaseProperties;

/** What belongs to a database but is in no dump of its content. */
public final class DatabasePropertiesReader {
  private DatabasePropertiesReader() {}

  /** Of the session's own database. Read only. */
  public static DatabaseProperties read(PostgresSession session) {
    return read(session, session.database());
  }

  /** Of a database of the session's server, which need not let anybody in. Read only. */
  public static DatabaseProperties read(PostgresSession session, String database) {
    return new CatalogueReader(session, DumpSelection.everything()).properties(database);
  }
}
