package dev.salvor.plan.proof;

import dev.salvor.task.DatabaseFacts;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/**
 * What was seen of a restored database: the same facts as of the source, and what only the copy can
 * be asked.
 *
 * @param serverVersion server_version_num of the server that holds the copy
 * @param roles all roles of that server
 * @param columnMaximum by {@code schema.sequence}: the largest value in the column that owns it; no
 *     entry for an empty column
 * @param versionDependentTables {@code schema.table} of those with columns whose text may change
 *     with the major version (floats, json)
 */
public record RestoredCopy(
    int serverVersion,
    DatabaseFacts facts,
    Set<String> roles,
    Map<String, Long> columnMaximum,
    Set<String> versionDependentTables) {
  public RestoredCopy {
    roles = Set.copyOf(roles);
    columnMaximum = Map.copyOf(columnMaximum);
    versionDependentTables = Set.copyOf(versionDependentTables);
  }

  public RestoredCopy(int serverVersion, DatabaseFacts facts, Collection<String> roles) {
    this(serverVersion, facts, Set.copyOf(roles), Map.of(), Set.of());
  }
}
