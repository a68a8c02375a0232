package dev.salvor.engine.postgres;

import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a database is dumped: as pg_dump's switches, and as SQL that picks the same
 * relations.
 *
 * <p>pg_dump ignores schema switches beside {@code --table}: an excluded schema is then written as
 * all its tables, and included schemas together with included tables are refused, since functions
 * and types of those schemas would be missing without a word.
 */
public final class DumpSelection {
  /** What is never dumped: the system's own, and what a session keeps for itself. */
  private static final String SYSTEM = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

  private final List<NamePattern> includedSchemas;
  private final List<NamePattern> includedTables;
  private final List<NamePattern> excludedSchemas;
  private final List<NamePattern> excludedTables;
  private final List<Relation> passedOver;

  /** A table, view or sequence, by its name. */
  public record Relation(String schema, String name) {
    /** As people name it. */
    public String text() {
      return schema + "." + name;
    }
  }

  private DumpSelection(
      List<NamePattern> includedSchemas,
      List<NamePattern> includedTables,
      List<NamePattern> excludedSchemas,
      List<NamePattern> excludedTables,
      List<Relation> passedOver) {
    this.includedSchemas = includedSchemas;
    this.includedTables = includedTables;
    this.excludedSchemas = excludedSchemas;
    this.excludedTables = excludedTables;
    this.passedOver = List.copyOf(passedOver);
  }

  /** The whole database. */
  public static DumpSelection everything() {
    return new DumpSelection(List.of(), List.of(), List.of(), List.of(), List.of());
  }

  /**
   * A part of it.
   *
   * @throws EngineException INVALID_SPEC if the patterns cannot be read or not be combined
   */
  public static DumpSelection of(@Nullable Selection include, @Nullable Selection exclude) {
    var selection =
        new DumpSelection(
            patterns(include == null ? null : include.schemas(), 1),
            patterns(include == null ? null : include.tables(), 2),
            patterns(exclude == null ? null : exclude.schemas(), 1),
            patterns(exclude == null ? null : exclude.tables(), 2),
            List.of());
    if (!selection.includedSchemas.isEmpty() && !selection.includedTables.isEmpty()) {
      throw new EngineException(
          Reason.INVALID_SPEC,
          "include names schemas and tables: pg_dump takes either; to take single tables of another"
              + " schema, name all as tables (schema.*)");
    }
    return selection;
  }

  /** The same without what nobody can read who is to dump it. */
  DumpSelection passingOver(List<Relation> relations) {
    return new DumpSelection(
        includedSchemas, includedTables, excludedSchemas, excludedTables, relations);
  }

  /** What is left out since it may not be read. */
  public List<Relation> passedOver() {
    return passedOver;
  }

  private static List<NamePattern> patterns(@Nullable List<String> texts, int parts) {
    return (texts == null ? List.<String>of() : texts)
        .stream()
            .map(
                text -> {
                  try {
                    var pattern = NamePattern.parse(text);
                    if (pattern.expressions().size() == parts) {
                      return pattern;
                    }
                  } catch (IllegalArgumentException e) {
                    throw new EngineException(
                        Reason.INVALID_SPEC, String.valueOf(e.getMessage()), e);
                  }
                  throw new EngineException(
                      Reason.INVALID_SPEC,
                      text
                          + (parts == 1
                              ? " is no schema: a dot in a name stands in double quotes"
                              : " is no table with its schema, such as public.orders"));
                })
            .toList();
  }

  /** Nothing was picked by name: large objects and all that is outside of schemas belong to it. */
  public boolean wholeDatabase() {
    return includedSchemas.isEmpty() && includedTables.isEmpty();
  }

  /** Single tables were picked: functions, types and the like are no part of it. */
  boolean tablesOnly() {
    return !includedTables.isEmpty();
  }

  /** Whether any pattern was given; what is passed over is told by its names. */
  boolean partial() {
    return !wholeDatabase() || !excludedSchemas.isEmpty() || !excludedTables.isEmpty();
  }

  /** As pg_dump takes it. */
  List<String> arguments() {
    var arguments = new ArrayList<String>();
    includedSchemas.forEach(pattern -> arguments.add("--schema=" + pattern.text()));
    includedTables.forEach(pattern -> arguments.add("--table=" + pattern.text()));
    excludedSchemas.forEach(
        pattern ->
            arguments.add(
                tablesOnly()
                    ? "--exclude-table=" + pattern.text() + ".*"
                    : "--exclude-schema=" + pattern.text()));
    excludedTables.forEach(pattern -> arguments.add("--exclude-table=" + pattern.text()));
    passedOver.forEach(
        relation ->
            arguments.add(
                "--exclude-table="
                    + PostgresSession.identifier(relation.schema())
                    + "."
                    + PostgresSession.identifier(relation.name())));
    if (!wholeDatabase()) {
      arguments.add("--strict-names");
    }
    return List.copyOf(arguments);
  }

  /** SQL that is true of a row of pg_namespace n and pg_class c that is dumped. */
  String relations() {
    var conditions = new ArrayList<>(List.of(schemas()));
    if (!includedTables.isEmpty()) {
      conditions.add(any(includedTables.stream().map(DumpSelection::table)));
    }
    excludedTables.forEach(pattern -> conditions.add("NOT " + table(pattern)));
    passedOver.forEach(
        relation ->
            conditions.add(
                "NOT (n.nspname = "
                    + PostgresSession.literal(relation.schema())
                    + " AND c.relname = "
                    + PostgresSession.literal(relation.name())
                    + ")"));
    return String.join(" AND ", conditions);
  }

  /** SQL that is true of a row of pg_namespace n of which anything is dumped. */
  String schemas() {
    var conditions = new ArrayList<>(List.of(SYSTEM));
    if (!includedSchemas.isEmpty()) {
      conditions.add(
          any(includedSchemas.stream().map(pattern -> schema(pattern.expressions().getFirst()))));
    }
    excludedSchemas.forEach(
        pattern -> conditions.add("NOT " + schema(pattern.expressions().getFirst())));
    return String.join(" AND ", conditions);
  }

  /** SQL for each pattern that must match something, to say which one does not. */
  List<Required> required() {
    var required = new ArrayList<Required>();
    for (var pattern : includedSchemas) {
      required.add(
          new Required(
              pattern.text(),
              "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE "
                  + schema(pattern.expressions().getFirst())
                  + ")"));
    }
    for (var pattern : includedTables) {
      required.add(
          new Required(
              pattern.text(),
              "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON"
                  + " n.oid = c.relnamespace WHERE c.relkind IN ('r','S','v','m','f','p') AND "
                  + table(pattern)
                  + ")"));
    }
    return required;
  }

  /**
   * A pattern that was asked for.
   *
   * @param query true if there is something of it
   */
  record Required(String pattern, String query) {}

  private static String any(Stream<String> conditions) {
    return conditions.collect(Collectors.joining(" OR ", "(", ")"));
  }

  private static String table(NamePattern pattern) {
    return "("
        + schema(pattern.expressions().getFirst())
        + " AND c.relname OPERATOR(pg_catalog.~) "
        + PostgresSession.literal(pattern.expressions().get(1))
        + " COLLATE pg_catalog.default)";
  }

  private static String schema(String expression) {
    return "n.nspname OPERATOR(pg_catalog.~) "
        + PostgresSession.literal(expression)
        + " COLLATE pg_catalog.default";
  }
}
