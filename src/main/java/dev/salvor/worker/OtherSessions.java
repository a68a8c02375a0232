package dev.salvor.worker;

import dev.salvor.engine.postgres.PostgresSession;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Who else has sessions in databases that are to be replaced. */
record OtherSessions(TargetServer server) {
  /** A statement outlives its client until the server writes to it. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration BETWEEN = Duration.ofMillis(200);

  /** What is done about them in a look. */
  enum Manner {
    /** They are asked for. */
    ASK,
    /** The same, when those had their time to end whose services were stopped. */
    AWAIT_END,
    /** Services are stopped when all else is known. */
    LATER
  }

  /** What and whom they are, for people. */
  List<String> in(Collection<String> databases) {
    if (databases.isEmpty()) {
      return List.of();
    }
    try (var open = server.open()) {
      return open.session()
          .rows(
              "SELECT DISTINCT pg_catalog.concat_ws(' as ', nullif(application_name, ''), usename)"
                  + " FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND"
                  + " application_name NOT LIKE 'salvor%' AND datname IN ("
                  + databases.stream()
                      .map(PostgresSession::literal)
                      .collect(Collectors.joining(", "))
                  + ") ORDER BY 1",
              row -> row.getString(1));
    }
  }

  /** Returns when there are none any more, or they had their time. */
  void awaitEnd(Collection<String> databases) {
    var until = System.nanoTime() + PATIENCE.toNanos();
    while (!in(databases).isEmpty() && System.nanoTime() - until < 0) {
      Pause.of(BETWEEN);
    }
  }
}
