package dev.salvor.engine.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.testing.PostgresServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DumpContentsIT {
  static final List<Integer> MAJORS = PostgresServer.MAJORS;

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("MAJORS")
  void saysWhatPgRestoreLists(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var database = DumpFixture.database(server);
    var dump = folder.resolve("dump");
    DumpFixture.dump(server, database, dump);
    var directory = folder.resolve("directory");
    DumpFixture.run(server, "pg_dump", database, "--format=directory", "--file=" + directory);
    for (var file : List.of(dump, directory.resolve("toc.dat"))) {
      DumpContents contents;
      try (var stream = Files.newInputStream(file)) {
        contents = DumpContentsReader.read(stream);
      }
      var expected = new TreeMap<Integer, String>();
      var archive = file.equals(dump) ? dump : directory;
      DumpFixture.run(server, "pg_restore", database, "--list", archive.toString())
          .lines()
          .filter(line -> line.matches("[0-9]+; .*"))
          .forEach(
              line -> {
                var parts = line.split("; ", 2);
                expected.put(Integer.valueOf(parts[0]), parts[1].replaceFirst("^\\d+ \\d+ ", ""));
              });
      var read = new TreeMap<Integer, String>();
      for (var entry : contents.entries()) {
        read.put(
            entry.id(),
            String.join(
                " ",
                entry.type(),
                entry.schema().isEmpty() ? "-" : entry.schema(),
                entry.tag(),
                entry.owner()));
      }
      assertThat(expected).hasSizeGreaterThan(40);
      assertThat(read).containsAllEntriesOf(expected);
    }
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void refusesWhatEndsEarlyOrIsNoDump(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var dump = folder.resolve("dump");
    DumpFixture.dump(server, DumpFixture.database(server), dump);
    var bytes = Files.readAllBytes(dump);
    for (var part :
        List.of(
            new byte[0],
            Arrays.copyOf(bytes, 1000),
            new byte[] {45, 45, 32, 83, 81, 76},
            new byte[5000])) {
      assertThatThrownBy(() -> DumpContentsReader.read(new ByteArrayInputStream(part)))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT_RECOVERY_POINT));
    }
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void aSelectedTableRestoresByItselfWithAllThatBelongsToIt(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var dump = folder.resolve("dump");
    DumpFixture.dump(server, DumpFixture.database(server), dump);
    var selection = select(dump, new Selection(null, List.of("app.orders")));

    var target = restore(server, dump, selection);

    assertThat(server.query(target, "SELECT count(*) FROM app.orders")).isEqualTo("50");
    assertThat(
            server.query(
                target,
                "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE"
                    + " contype IN ('p', 'f') AND conrelid = 'app.orders'::regclass"))
        .isEqualTo("orders_pkey");
    assertThat(
            server.query(
                target,
                "SELECT (SELECT count(*) FROM pg_trigger WHERE tgname = 'touched') + (SELECT"
                    + " count(*) FROM pg_policy) + (SELECT count(*) FROM pg_statistic_ext) +"
                    + " (SELECT count(*) FROM pg_class WHERE relname = 'orders_at') + (SELECT"
                    + " count(*) FROM pg_description WHERE description = 'its number')"))
        .isEqualTo("5");
    server.execute(target, "INSERT INTO app.orders (customer) VALUES (1)");
    assertThat(server.query(target, "SELECT max(id) FROM app.orders")).isEqualTo("51");
    assertThat(server.query(target, "SELECT to_regclass('app.customer')")).isEqualTo("null");
    assertThat(selection.leftOut())
        .contains(
            "fk constraint app.orders orders_customer_fkey", "view app.recent", "large objects");
    assertThat(selection.brought()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void whatASelectionNeedsComesWithIt(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var dump = folder.resolve("dump");
    DumpFixture.dump(server, DumpFixture.database(server), dump);
    var selection =
        select(dump, new Selection(List.of("\"my schema\""), List.of("app.number", "app.part2")));

    var target = restore(server, dump, selection);

    // The materialized view is filled from the rows that came with it.
    assertThat(server.query(target, "SELECT count FROM app.number")).isEqualTo("20");
    assertThat(selection.brought()).contains("table app.customer", "table app.part");
    assertThat(server.query(target, "SELECT count(*) FROM app.part")).isEqualTo("10");
    assertThat(server.query(target, "SELECT to_regclass('app.part1')")).isEqualTo("null");
    assertThat(server.query(target, "SELECT count(*) FROM \"my schema\".\"odd table\""))
        .isEqualTo("0");
    // It shares customer's sequence but was neither asked for nor is it needed.
    assertThat(server.query(target, "SELECT to_regclass('app.note')")).isEqualTo("null");
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void aPartitionedTableComesWithItsPartitions(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var dump = folder.resolve("dump");
    DumpFixture.dump(server, DumpFixture.database(server), dump);
    var target = restore(server, dump, select(dump, new Selection(null, List.of("app.part"))));
    assertThat(server.query(target, "SELECT count(*) FROM app.part")).isEqualTo("20");
    assertThat(server.query(target, "SELECT count(*) FROM pg_inherits")).isEqualTo("4");
  }

  @ParameterizedTest
  @FieldSource("MAJORS")
  void aNameThatTheDumpDoesNotHoldIsRefused(int major) throws IOException {
    var server = PostgresServer.shared(major);
    var dump = folder.resolve("dump");
    DumpFixture.dump(server, DumpFixture.database(server), dump);
    assertThatThrownBy(
            () -> select(dump, new Selection(List.of("app", "nosuch"), List.of("app.nosuch*"))))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("schema nosuch, table app.nosuch*");
    // Folded as psql folds it, and not when quoted.
    assertThat(select(dump, new Selection(null, List.of("\"my schema\".\"Odd\""))).tables())
        .containsExactly("my schema.Odd");
    assertThatThrownBy(() -> select(dump, new Selection(null, List.of("\"my schema\".Odd"))))
        .isInstanceOf(EngineException.class);
  }

  private static RestoreSelection select(Path dump, Selection wanted) throws IOException {
    try (var stream = Files.newInputStream(dump)) {
      return RestoreSelection.of(DumpContentsReader.read(stream), wanted);
    }
  }

  private String restore(PostgresServer server, Path dump, RestoreSelection selection)
      throws IOException {
    var target = server.createDatabase();
    var list = folder.resolve("list");
    Files.writeString(list, selection.list());
    DumpFixture.run(
        server,
        "pg_restore",
        target,
        "--exit-on-error",
        "--use-list=" + list,
        "--dbname=" + target,
        dump.toString());
    return target;
  }
}
