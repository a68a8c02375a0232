package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** The databases of a server that cannot be dumped while others can, in their order. */
final class FailedDatabases {
  /** What may be wrong with one database while the others can be dumped all the same. */
  private static final Set<Reason> OF_ONE_DATABASE =
      Set.of(
          Reason.DDL_IN_PROGRESS,
          Reason.INCOMPLETE_BACKUP,
          Reason.INSUFFICIENT_PRIVILEGE,
          Reason.ROW_SECURITY,
          Reason.INVALID_SPEC,
          Reason.DATABASE_MISSING);

  private final Ending ending;
  private final Map<String, EngineException> failed = new LinkedHashMap<>();

  FailedDatabases(Ending ending) {
    this.ending = ending;
  }

  /**
   * Does something with one database, and keeps what is wrong with it alone.
   *
   * @throws EngineException what concerns all of them, or the run
   */
  void attempt(String database, Runnable work) {
    try {
      work.run();
    } catch (EngineException e) {
      if (!OF_ONE_DATABASE.contains(e.reason()) || ending.reason() != null) {
        throw e;
      }
      failed.put(database, e);
    }
  }

  boolean isEmpty() {
    return failed.isEmpty();
  }

  /** Why the first could not be dumped; there must be one. */
  EngineException first() {
    return failed.values().iterator().next();
  }

  void forEach(BiConsumer<String, EngineException> each) {
    failed.forEach(each);
  }
}
