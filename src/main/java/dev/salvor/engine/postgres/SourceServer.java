package dev.salvor.engine.postgres;

import dev.salvor.engine.EngineException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is asked of a server once.
 *
 * @param system its identifier, which initdb chose at random; {@link #UNKNOWN_LINEAGE} where the
 *     role may not ask
 * @param lineage that, or the name by which its owner knows it
 * @param bootstrapUser the role with oid 10: a sandbox names its own like it
 * @param preloadLibraries empty too where the role may not ask
 * @param readsPasswords whether the role may read the hashes of passwords
 * @param warnings what could not be asked
 */
public record SourceServer(
    String system,
    String lineage,
    String bootstrapUser,
    List<String> preloadLibraries,
    boolean readsPasswords,
    List<String> warnings) {
  /** Never compared with another: not to know is no change. */
  public static final String UNKNOWN_LINEAGE = "unknown";

  private static final String NO_LINEAGE =
      "the role may not read the system identifier: a changed database system is not noticed"
          + " (GRANT EXECUTE ON FUNCTION pg_control_system() TO it)";

  private static final Set<String> NOT_ALLOWED = Set.of("42501", "0A000", "42883");

  /** Asks. */
  public static SourceServer read(PostgresSession session) {
    var warnings = new java.util.ArrayList<String>();
    var system = ifAllowed(session, "SELECT system_identifier FROM pg_catalog.pg_control_system()");
    if (system.isEmpty()) {
      warnings.add(NO_LINEAGE);
    }
    var preload =
        ifAllowed(session, "SELECT pg_catalog.current_setting('shared_preload_libraries')");
    if (preload.isEmpty()) {
      warnings.add(
          "the role may not read shared_preload_libraries: a sandbox preloads nothing (GRANT"
              + " pg_read_all_settings TO it)");
    }
    return new SourceServer(
        system.orElse(UNKNOWN_LINEAGE),
        system.orElse(UNKNOWN_LINEAGE),
        session.text("SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10"),
        Arrays.stream(preload.orElse("").split(","))
            .map(library -> library.strip().replace("\"", ""))
            .filter(library -> !library.isEmpty())
            .toList(),
        session.truth("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')"),
        List.copyOf(warnings));
  }

  /** The same under the name by which its owner knows it. */
  public SourceServer known(String name) {
    return new SourceServer(
        system,
        name,
        bootstrapUser,
        preloadLibraries,
        readsPasswords,
        warnings.stream().filter(warning -> !warning.equals(NO_LINEAGE)).toList());
  }

  private static Optional<String> ifAllowed(PostgresSession session, String sql) {
    try {
      return Optional.of(session.text(sql));
    } catch (EngineException e) {
      if (NOT_ALLOWED.contains(SqlFailures.state(e))) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
