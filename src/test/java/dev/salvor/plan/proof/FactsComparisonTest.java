package dev.salvor.plan.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.DatabaseFacts.Extension;
import dev.salvor.task.DatabaseFacts.MaterializedView;
import dev.salvor.task.DatabaseFacts.SchemaFacts;
import dev.salvor.task.DatabaseFacts.Sequence;
import dev.salvor.task.DatabaseFacts.Table;
import dev.salvor.task.DatabaseProperties;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@NullMarked
class FactsComparisonTest {
  private static final int V17 = 170_011;
  private static final int V15 = 150_018;

  private static final Table ORDERS = new Table("app", "orders", 8192, 50L, "1234");
  private static final Table NOTES = new Table("app", "notes", 24576, 10L, null);
  private static final Sequence IDS = new Sequence("app", "ids", 40L, 60L, "app.orders.id");
  private static final SchemaFacts SCHEMA = new SchemaFacts(1, 2, 5, 4, 1, 0, 1, 0, "digest");
  private static final MaterializedView FILLED = new MaterializedView("app", "number", true);

  private final Facts source = new Facts();
  private final Facts copy = new Facts();

  @Test
  void equalFactsAreVerifiedWithTheirCoverage() {
    var result = compare(V17, V17);
    assertThat(result.differences()).isEmpty();
    assertThat(result.coverage().text())
        .isEqualTo("rows of 2/2 tables (100% of bytes), content of 1/2 tables (25% of bytes)");
  }

  @Test
  void everyDifferenceRefutes() {
    refuted("table app.notes is missing", () -> copy.tables = List.of(ORDERS));
    refuted(
        "table app.orders has 49 rows instead of 50",
        () -> copy.tables = List.of(new Table("app", "orders", 0, 49L, "9"), NOTES));
    refuted(
        "table app.orders has other content",
        () -> copy.tables = List.of(new Table("app", "orders", 0, 50L, "9"), NOTES));
    refuted("sequence app.ids is missing", () -> copy.sequences = List.of());
    refuted("sequence app.ids is at 39 instead of 40 to 60", () -> copy.sequences = at(39L));
    refuted("sequence app.ids is at 61 instead of 40 to 60", () -> copy.sequences = at(61L));
    refuted(
        "sequence app.ids is at its start instead of 40 to 60", () -> copy.sequences = at(null));
    refuted(
        "sequence app.ids is at 45, below 50 in app.orders.id",
        () -> {
          copy.sequences = at(45L);
          copy.columnMaximum = Map.of("app.ids", 50L);
        });
    refuted("extension citext is missing", () -> copy.extensions = List.of());
    refuted("materialized view app.number is missing", () -> copy.views = List.of());
    refuted("event trigger guard is missing", () -> copy.eventTriggers = List.of());
    refuted(
        "materialized view app.number is not filled",
        () -> copy.views = List.of(new MaterializedView("app", "number", false)));
    refuted("2 large objects instead of 3", () -> copy.largeObjects = 2);
    refuted("large objects have other content", () -> copy.largeObjectsHash = "8");
    refuted("role app is missing", () -> copy.roles = Set.of("boss"));
    refuted(
        "0 views instead of 1", () -> copy.schema = new SchemaFacts(0, 2, 5, 4, 1, 0, 1, 0, null));
    refuted(
        "1 functions instead of 2",
        () -> copy.schema = new SchemaFacts(1, 1, 5, 4, 1, 0, 1, 0, null));
    refuted(
        "4 indexes instead of 5",
        () -> copy.schema = new SchemaFacts(1, 2, 4, 4, 1, 0, 1, 0, null));
    refuted(
        "3 constraints instead of 4",
        () -> copy.schema = new SchemaFacts(1, 2, 5, 3, 1, 0, 1, 0, null));
    refuted(
        "0 triggers instead of 1",
        () -> copy.schema = new SchemaFacts(1, 2, 5, 4, 0, 0, 1, 0, null));
    refuted(
        "1 policies instead of 0",
        () -> copy.schema = new SchemaFacts(1, 2, 5, 4, 1, 1, 1, 0, null));
    refuted(
        "0 types instead of 1", () -> copy.schema = new SchemaFacts(1, 2, 5, 4, 1, 0, 0, 0, null));
    refuted(
        "definitions of the schema differ",
        () -> copy.schema = new SchemaFacts(1, 2, 5, 4, 1, 0, 1, 0, "other"));
  }

  @Test
  void whatARightBackupMayDifferInIsNoGround() {
    copy.extensions = List.of(new Extension("citext", "9.9"), new Extension("more", "1"));
    copy.tables = List.of(ORDERS, NOTES, new Table("ext", "members", 1, 7L, "7"));
    for (var value : List.of(40L, 50L, 60L)) {
      copy.sequences = at(value);
      assertThat(compare(V17, V17).differences()).isEmpty();
    }
    // Inserted by hand at the source, above everything that the sequence gave.
    copy.columnMaximum = Map.of("app.ids", 1_000_000L);
    assertThat(compare(V17, V17).differences()).isEmpty();
  }

  @Test
  void invalidIndexesOfTheSourceAreNotInTheDump() {
    source.schema = new SchemaFacts(1, 2, 5, 4, 1, 0, 1, 1, "digest");
    assertThat(compare(V17, V17).differences()).isEmpty();
    copy.schema = new SchemaFacts(1, 2, 5, 4, 1, 0, 1, 1, "digest");
    assertThat(compare(V17, V17).differences()).contains("shop: 1 invalid indexes instead of 0");
  }

  @Test
  void acrossMajorsTextThatDependsOnTheVersionIsNotCompared() {
    copy.tables = List.of(new Table("app", "orders", 0, 50L, "other"), NOTES);
    copy.versionDependent = Set.of("app.orders");
    copy.schema = new SchemaFacts(1, 2, 5, 9, 1, 0, 1, 0, "other");
    var result = compare(V15, V17);
    assertThat(result.differences()).isEmpty();
    assertThat(result.coverage().hashedTables()).isZero();
    assertThat(compare(V17, V17).differences()).hasSize(3);
    copy.versionDependent = Set.of();
    assertThat(compare(V15, V17).differences()).hasSize(1);
  }

  @Test
  void aSequenceThatWasNeverUsedStaysSo() {
    source.sequences = List.of(new Sequence("app", "ids", null, null, null));
    copy.sequences = at(null);
    assertThat(compare(V17, V17).differences()).isEmpty();
    copy.sequences = at(1L);
    assertThat(compare(V17, V17).differences()).hasSize(1);
    // Used for the first time while the dump was taken.
    source.sequences = List.of(new Sequence("app", "ids", null, 3L, null));
    assertThat(compare(V17, V17).differences()).isEmpty();
    copy.sequences = at(4L);
    assertThat(compare(V17, V17).differences()).hasSize(1);
  }

  @Test
  void tablesOfWhichNoneWasCountedProveNothing() {
    source.tables = List.of(new Table("app", "orders", 8192, null, null));
    var judgement =
        Verdicts.judge(Findings.of(FactsMode.COUNTS, compare(V17, V17), List.of(), List.of()));
    assertThat(judgement.outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(judgement.reason()).isEqualTo(Reason.NOTHING_TO_COMPARE);
    // And yet a missing one is a difference.
    copy.tables = List.of();
    assertThat(compare(V17, V17).differences()).hasSize(1);
  }

  @Test
  void oneWrongDatabaseRefutesThePoint() {
    var right = compare(V17, V17);
    copy.largeObjects = 0;
    var both = FactsComparison.of(List.of(right, compare(V17, V17)));
    assertThat(both.differences()).hasSize(1);
    assertThat(both.coverage().tables()).isEqualTo(4);
  }

  private void refuted(String difference, Runnable defect) {
    var fresh = new Facts();
    copy.take(fresh);
    defect.run();
    var result = compare(V17, V17);
    assertThat(result.differences()).containsExactly("shop: " + difference);
    copy.take(fresh);
  }

  private FactsComparison compare(int sourceVersion, int copyVersion) {
    return FactsComparison.compare(
        sourceVersion,
        source.facts(),
        List.of("app"),
        new RestoredCopy(
            copyVersion, copy.facts(), copy.roles, copy.columnMaximum, copy.versionDependent));
  }

  private static List<Sequence> at(@Nullable Long value) {
    return List.of(new Sequence("app", "ids", value, value, "app.orders.id"));
  }

  /** One side, to be spoilt. */
  private static final class Facts {
    List<Table> tables = List.of(ORDERS, NOTES);
    List<Sequence> sequences = List.of(IDS);
    List<Extension> extensions = List.of(new Extension("citext", "1.6"));
    List<MaterializedView> views = List.of(FILLED);
    @Nullable List<String> eventTriggers = List.of("guard");
    long largeObjects = 3;
    String largeObjectsHash = "77";
    SchemaFacts schema = SCHEMA;
    Set<String> roles = Set.of("app", "boss");
    Map<String, Long> columnMaximum = Map.of();
    Set<String> versionDependent = Set.of();

    Facts() {}

    void take(Facts other) {
      tables = other.tables;
      sequences = at(50L);
      extensions = other.extensions;
      views = other.views;
      eventTriggers = other.eventTriggers;
      largeObjects = other.largeObjects;
      largeObjectsHash = other.largeObjectsHash;
      schema = other.schema;
      roles = other.roles;
      columnMaximum = other.columnMaximum;
      versionDependent = other.versionDependent;
    }

    DatabaseFacts facts() {
      return new DatabaseFacts(
          "shop",
          Instant.EPOCH,
          new DatabaseProperties(
              "boss", "UTF8", "libc", null, "C", "C", "pg_default", -1, List.of(), List.of(), null),
          tables,
          sequences,
          extensions,
          views,
          eventTriggers,
          largeObjects,
          largeObjectsHash,
          schema,
          List.of(),
          List.of(),
          null);
    }
  }
}
