package dev.salvor.engine.postgres;

import dev.salvor.engine.EngineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Large objects: pg_read_all_data does not read them on 17, so their owners or grants must. */
final class LargeObjectReader {
  /** SQL that is true of a pg_largeobject_metadata m that the role may read. */
  private static final String READABLE =
      "(pg_catalog.current_setting('is_superuser') = 'on' OR"
          + " pg_catalog.current_setting('lo_compat_privileges') = 'on' OR"
          + " pg_catalog.pg_has_role(m.lomowner, 'USAGE') OR EXISTS (SELECT FROM"
          + " pg_catalog.aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT' AND (a.grantee ="
          + " 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE'))))";

  private LargeObjectReader() {}

  static long count(PostgresSession session) {
    return session.number("SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata");
  }

  static long unreadable(PostgresSession session) {
    return session.number(
        "SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata m WHERE NOT "
            + READABLE);
  }

  /** Null where it cannot be had: one of more than a gigabyte, or the time is over. */
  static @Nullable String hash(PostgresSession session, FactsLimits limits, List<String> warnings) {
    if (!limits.hashes() || limits.timeIsOver()) {
      return null;
    }
    session.execute(
        "SAVEPOINT objects; SET LOCAL statement_timeout = " + limits.statementTimeoutMillis());
    try {
      var hash =
          session.text(
              "SELECT coalesce(pg_catalog.sum(pg_catalog.hashtextextended(m.oid ||"
                  + " pg_catalog.md5(pg_catalog.lo_get(m.oid)), 0)::pg_catalog.numeric), 0) FROM"
                  + " pg_catalog.pg_largeobject_metadata m");
      session.execute("ROLLBACK TO SAVEPOINT objects; RELEASE SAVEPOINT objects");
      return hash;
    } catch (EngineException e) {
      if (SqlFailures.endsSession(SqlFailures.state(e))) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT objects");
      warnings.add(
          "large objects of "
              + session.database()
              + " are counted but not hashed: "
              + e.failure().message());
      return null;
    }
  }
}
