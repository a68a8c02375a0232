package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.FactsMode;
import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.FactsRequest;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RichDatabase;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class FactsReaderIT {
  private static DatabaseFacts facts(PostgresServer server, String database, FactsMode mode) {
    try (var session = Connected.session(server, database)) {
      return FactsReader.of(session, mode);
    }
  }

  private static DatabaseFacts.Table table(DatabaseFacts facts, String schema, String name) {
    return facts.tables().stream()
        .filter(table -> table.schema().equals(schema) && table.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static @Nullable Long rows(DatabaseFacts facts, String name) {
    return table(facts, "public", name).rows();
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void everythingIsNoted(int major) {
    var server = PostgresServer.shared(major);
    var database = RichDatabase.create(server);

    var facts = facts(server, database, FactsMode.FULL);

    assertThat(facts.tables())
        .extracting(DatabaseFacts.Table::name)
        .containsExactlyInAnyOrder(
            "people",
            "Odd \"Table",
            "orders_2025",
            "orders_2026",
            "parent",
            "child",
            "nothing",
            "empty",
            "unlogged",
            "secrets");
    assertThat(rows(facts, "people")).isEqualTo(1000);
    assertThat(rows(facts, "parent")).as("ONLY: without its children").isEqualTo(2);
    assertThat(rows(facts, "secrets")).as("row security is off").isEqualTo(100);
    assertThat(rows(facts, "empty")).isZero();
    assertThat(table(facts, "public", "empty").hash()).isEqualTo("0");
    assertThat(table(facts, "Odd.Schema", "Odd \"Table").rows()).isEqualTo(2);
    assertThat(facts.tables()).allSatisfy(table -> assertThat(table.hash()).isNotNull());
    assertThat(facts.sequences())
        .contains(
            new DatabaseFacts.Sequence("public", "people_id_seq", 1000L, 1000L, "public.people.id"),
            new DatabaseFacts.Sequence(
                "Odd.Schema", "Odd \"Table_T_seq", 2L, 2L, "Odd.Schema.Odd \"Table.T"),
            new DatabaseFacts.Sequence("public", "free_sequence", 100L, 100L, null),
            new DatabaseFacts.Sequence("public", "unused_sequence", null, null, null))
        .hasSize(4);
    assertThat(facts.extensions())
        .extracting(DatabaseFacts.Extension::name)
        .containsExactly("dblink", "file_fdw", "plpgsql");
    assertThat(facts.materializedViews())
        .containsExactly(
            new DatabaseFacts.MaterializedView("public", "filled", true),
            new DatabaseFacts.MaterializedView("public", "unfilled", false));
    assertThat(facts.largeObjects()).isOne();
    assertThat(facts.largeObjectsHash()).isNotNull().isNotEqualTo("0");
    assertThat(facts.reach())
        .containsExactly("extension dblink", "foreign server files (file_fdw)");
    assertThat(facts.leftOut()).containsExactly("rows of foreign table public.far");
    var schema = facts.schema();
    assertThat(schema.views()).isOne();
    assertThat(schema.functions()).isEqualTo(3);
    assertThat(schema.triggers()).isOne();
    assertThat(schema.policies()).isOne();
    assertThat(schema.types()).isEqualTo(3);
    assertThat(schema.invalidIndexes()).isZero();
    assertThat(schema.digest()).isNotNull();
    var properties = facts.properties();
    assertThat(properties.owner()).isEqualTo(database + "_Owner");
    assertThat(properties.encoding()).isEqualTo("UTF8");
    assertThat(properties.localeProvider()).isEqualTo("libc");
    assertThat(properties.collate()).isEqualTo("C.UTF-8");
    assertThat(properties.comment()).isEqualTo("rich");
    assertThat(properties.settings())
        .containsExactly("\"" + database + "_reader\" statement_timeout=7s", "work_mem=5MB");
    assertThat(properties.acl())
        .as("the revoked default shows")
        .contains("=T/" + database + "_Owner");
  }

  @ParameterizedTest
  @FieldSource("dev.salvor.testing.PostgresServer#MAJORS")
  void aCopyHasTheSameFactsAndEachChangeShows(int major) throws Exception {
    var server = PostgresServer.shared(major);
    var source = RichDatabase.create(server);
    var copy = copyOf(server, source);

    var before = facts(server, source, FactsMode.FULL);
    var same = facts(server, copy, FactsMode.FULL);

    assertThat(contents(same)).isEqualTo(contents(before));
    assertThat(same.sequences()).isEqualTo(before.sequences());
    assertThat(same.schema()).isEqualTo(before.schema());
    assertThat(same.largeObjectsHash()).isEqualTo(before.largeObjectsHash());
    for (var change :
        List.of(
            "UPDATE people SET weight = weight + 1e-15 WHERE id = 500",
            "UPDATE orders_2026 SET person = NULL WHERE id = 399",
            "UPDATE secrets SET what = what || ' ' WHERE what = 's7'")) {
      server.execute(copy, change);
      var changed = facts(server, copy, FactsMode.FULL);
      assertThat(contents(changed)).as(change).isNotEqualTo(contents(same));
      same = changed;
    }
    for (var change :
        List.of(
            "ALTER TABLE empty ADD b int",
            "DROP VIEW names",
            "ALTER TABLE people ALTER name DROP NOT NULL",
            "CREATE OR REPLACE FUNCTION add(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1'",
            "ALTER TABLE people ALTER weight SET DEFAULT 2",
            "ALTER TABLE people DISABLE TRIGGER touched",
            "ALTER TYPE mood ADD VALUE 'good'",
            "ALTER POLICY own ON secrets USING (true)",
            "DROP INDEX people_lower_idx")) {
      server.execute(copy, change);
      var changed = facts(server, copy, FactsMode.FULL);
      assertThat(changed.schema()).as(change).isNotEqualTo(same.schema());
      same = changed;
    }
    server.execute(copy, "SELECT lo_put(oid, 0, '\\x00') FROM pg_largeobject_metadata");
    assertThat(facts(server, copy, FactsMode.FULL).largeObjectsHash())
        .isNotEqualTo(before.largeObjectsHash());
  }

  /** Without sizes, which a restore changes. */
  private static List<String> contents(DatabaseFacts facts) {
    return facts.tables().stream()
        .map(t -> t.schema() + "." + t.name() + " " + t.rows() + " " + t.hash())
        .toList();
  }

  private static String copyOf(PostgresServer server, String source) throws Exception {
    var copy = server.createDatabase();
    var process =
        new ProcessBuilder(
            "sh",
            "-c",
            "\"$1\" -Fc -h \"$3\" -p $4 -U boss $5 | \"$2\" -h \"$3\" -p $4 -U boss -e -d $6",
            "sh",
            server.program("pg_dump").toString(),
            server.program("pg_restore").toString(),
            server.socketDirectory().toString(),
            Integer.toString(server.port()),
            source,
            copy);
    var started = process.redirectErrorStream(true).start();
    var said =
        new String(
            started.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(started.waitFor()).as(said).isZero();
    return copy;
  }

  @Test
  void countsHashNothingAndOffReadsNothing() {
    var server = PostgresServer.shared(17);
    var database = RichDatabase.create(server);

    var counts = facts(server, database, FactsMode.COUNTS);
    var off = facts(server, database, FactsMode.OFF);

    assertThat(rows(counts, "people")).isEqualTo(1000);
    assertThat(counts.tables()).allSatisfy(table -> assertThat(table.hash()).isNull());
    assertThat(counts.largeObjectsHash()).isNull();
    assertThat(off.tables()).hasSameSizeAs(counts.tables());
    assertThat(off.tables()).allSatisfy(table -> assertThat(table.rows()).isNull());
  }

  @Test
  void theCapTakesTheSmallestFirst() {
    var server = PostgresServer.shared(17);
    var database = RichDatabase.create(server);
    var progress = new ArrayList<Long>();
    try (var session = Connected.session(server, database)) {
      var all = DumpSelection.everything();
      var snapshot = ExportedSnapshot.take(session, all);
      var reader =
          new FactsReader(
              session,
              all,
              FactsLimits.of(new FactsRequest(FactsMode.FULL, 100_000L, null)),
              progress::add);

      var facts = reader.read(snapshot.tables(), snapshot.time());

      assertThat(rows(facts, "people")).as("beyond the cap").isNull();
      assertThat(rows(facts, "parent")).isEqualTo(2);
      assertThat(reader.warnings()).singleElement().asString().contains("beyond the cap");
      assertThat(progress)
          .isSorted()
          .last()
          .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LONG)
          .isLessThan(100_000L);
    }
  }

  @Test
  void theTimeCapEndsALongQueryAndKeepsTheSnapshot() {
    var server = PostgresServer.shared(17);
    var database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE quick AS SELECT 1 AS a",
        "CREATE TABLE big AS SELECT repeat('x', 1000) AS a FROM generate_series(1, 400000)");
    try (var session = Connected.session(server, database)) {
      var all = DumpSelection.everything();
      var snapshot = ExportedSnapshot.take(session, all);
      var limits =
          new FactsLimits(
              FactsMode.FULL,
              Long.MAX_VALUE,
              dev.salvor.engine.process.Deadline.after(java.time.Duration.ofMillis(150)));
      var reader = new FactsReader(session, all, limits, bytes -> {});

      var facts = reader.read(snapshot.tables(), snapshot.time());

      assertThat(rows(facts, "big")).isNull();
      assertThat(reader.warnings()).isNotEmpty();
      assertThat(session.text("SHOW statement_timeout")).isEqualTo("0");
      assertThat(session.number("SELECT count(*) FROM public.quick"))
          .as("the transaction lives")
          .isOne();
    }
  }

  @Test
  void whatCannotBeHashedIsCounted() {
    var server = PostgresServer.shared(17);
    var database = server.createDatabase();
    server.execute(
        database,
        // A type that cannot be written as text, as rows of more than a gigabyte cannot.
        "CREATE TYPE mute",
        "CREATE FUNCTION mute_in(cstring) RETURNS mute LANGUAGE internal IMMUTABLE STRICT AS"
            + " 'textin'",
        "CREATE FUNCTION mute_out(mute) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS"
            + " 'shell_out'",
        "CREATE TYPE mute (INPUT = mute_in, OUTPUT = mute_out, LIKE = text)",
        "CREATE TABLE silent (a mute)",
        "INSERT INTO silent VALUES ('x')");
    try (var session = Connected.session(server, database)) {
      var all = DumpSelection.everything();
      var snapshot = ExportedSnapshot.take(session, all);
      var reader =
          new FactsReader(session, all, FactsLimits.unbounded(FactsMode.FULL), bytes -> {});

      var facts = reader.read(snapshot.tables(), snapshot.time());

      assertThat(rows(facts, "silent")).isOne();
      assertThat(table(facts, "public", "silent").hash()).isNull();
      assertThat(reader.warnings()).singleElement().asString().contains("public.silent");
    }
  }

  @Test
  void sequencesAreARange() {
    var server = PostgresServer.shared(17);
    var database = RichDatabase.create(server);
    var all = DumpSelection.everything();
    try (var session = Connected.session(server, database)) {
      var snapshot = ExportedSnapshot.take(session, all);
      var facts =
          new FactsReader(session, all, FactsLimits.unbounded(FactsMode.OFF), bytes -> {})
              .read(snapshot.tables(), snapshot.time());
      server.execute(
          database,
          "SELECT nextval('free_sequence') FROM generate_series(1, 5)",
          "SELECT nextval('unused_sequence')",
          "ALTER SEQUENCE people_id_seq CACHE 1");
      snapshot.release();

      var ranges = FactsReader.withSequencesUntilNow(facts, session, all).sequences();

      assertThat(ranges)
          .contains(
              new DatabaseFacts.Sequence("public", "free_sequence", 100L, 105L, null),
              new DatabaseFacts.Sequence("public", "unused_sequence", null, 1L, null));
    }
  }

  @Test
  void onlyWhatIsSelectedIsNoted() {
    var server = PostgresServer.shared(17);
    var database = RichDatabase.create(server);
    var selection =
        DumpSelection.of(
            new Selection(null, List.of("public.orders*", "\"Odd.Schema\".*")),
            new Selection(null, List.of("*.orders_2025")));
    try (var session = Connected.session(server, database)) {
      var snapshot = ExportedSnapshot.take(session, selection);

      var facts =
          new FactsReader(session, selection, FactsLimits.unbounded(FactsMode.COUNTS), bytes -> {})
              .read(snapshot.tables(), snapshot.time());

      assertThat(snapshot.tables())
          .extracting(SourceTable::name)
          .containsExactlyInAnyOrder("orders", "orders_2026", "Odd \"Table");
      assertThat(facts.tables())
          .extracting(DatabaseFacts.Table::name)
          .containsExactlyInAnyOrder("orders_2026", "Odd \"Table");
      assertThat(facts.sequences())
          .extracting(DatabaseFacts.Sequence::name)
          .containsExactly("Odd \"Table_T_seq");
      assertThat(facts.schema().functions()).isZero();
      assertThat(facts.materializedViews()).isEmpty();
      assertThat(facts.largeObjects()).isZero();
      assertThat(facts.leftOut()).containsExactly("what include and exclude leave out");
    }
  }
}
