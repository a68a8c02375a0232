package dev.salvor.plan.proof;

import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.DatabaseFacts.Sequence;
import dev.salvor.task.DatabaseFacts.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a restored copy equals what the source was, by facts that were taken in the very snapshot
 * that was dumped.
 *
 * <p>Not grounds for Refuted, since a right backup may differ there: versions of extensions, rows
 * of tables that only the copy has, sequences within the range seen around the dump, the content of
 * materialized views, and across major versions the text of floats and json, digests and the number
 * of constraints (18 counts not-null constraints as such).
 *
 * @param differences one line each, all of them grounds for Refuted
 */
public record FactsComparison(List<String> differences, Coverage coverage) {
  private static final int VERSIONS_PER_MAJOR = 10_000;

  /**
   * Compares one database.
   *
   * @param sourceVersion server_version_num of the source
   * @param neededRoles that own or may use something in it
   */
  public static FactsComparison compare(
      int sourceVersion, DatabaseFacts source, Collection<String> neededRoles, RestoredCopy copy) {
    return new Comparing(sourceVersion, source, copy).compare(neededRoles);
  }

  /** Of a recovery point with several databases. */
  public static FactsComparison of(Collection<FactsComparison> parts) {
    var coverage = Coverage.NOTHING;
    var differences = new ArrayList<String>();
    for (var part : parts) {
      coverage = coverage.plus(part.coverage);
      differences.addAll(part.differences);
    }
    return new FactsComparison(List.copyOf(differences), coverage);
  }

  /** One comparison under way. */
  private static final class Comparing {
    private final DatabaseFacts source;
    private final DatabaseFacts copied;
    private final RestoredCopy copy;
    private final boolean sameMajor;
    private final List<String> differences = new ArrayList<>();

    Comparing(int sourceVersion, DatabaseFacts source, RestoredCopy copy) {
      this.source = source;
      this.copied = copy.facts();
      this.copy = copy;
      this.sameMajor =
          sourceVersion / VERSIONS_PER_MAJOR == copy.serverVersion() / VERSIONS_PER_MAJOR;
    }

    FactsComparison compare(Collection<String> neededRoles) {
      var coverage = tables();
      sequences();
      extensions();
      materializedViews();
      largeObjects();
      eventTriggers();
      schema();
      var missing = new HashSet<>(neededRoles);
      missing.removeAll(copy.roles());
      missing.stream().sorted().forEach(role -> differ("role " + role + " is missing"));
      return new FactsComparison(List.copyOf(differences), coverage);
    }

    private Coverage tables() {
      var restored = byName(copied.tables(), table -> name(table.schema(), table.name()));
      var coverage = Coverage.NOTHING;
      for (var table : source.tables()) {
        coverage = coverage.plus(table(table, restored));
      }
      return coverage;
    }

    private Coverage table(Table table, Map<String, Table> restored) {
      var name = name(table.schema(), table.name());
      var other = restored.get(name);
      if (other == null) {
        differ("table " + name + " is missing");
        return new Coverage(1, 1, 1, table.bytes(), table.bytes(), table.bytes());
      }
      var counted = table.rows() != null && other.rows() != null;
      if (counted && !Objects.equals(table.rows(), other.rows())) {
        differ("table " + name + " has " + other.rows() + " rows instead of " + table.rows());
      }
      var hashed =
          table.hash() != null
              && other.hash() != null
              && (sameMajor || !copy.versionDependentTables().contains(name));
      if (hashed
          && !Objects.equals(table.hash(), other.hash())
          && Objects.equals(table.rows(), other.rows())) {
        differ("table " + name + " has other content");
      }
      return new Coverage(
          1,
          counted ? 1 : 0,
          hashed ? 1 : 0,
          table.bytes(),
          counted ? table.bytes() : 0,
          hashed ? table.bytes() : 0);
    }

    private void sequences() {
      var restored =
          byName(copied.sequences(), sequence -> name(sequence.schema(), sequence.name()));
      for (var sequence : source.sequences()) {
        var name = name(sequence.schema(), sequence.name());
        var other = restored.get(name);
        if (other == null) {
          differ("sequence " + name + " is missing");
        } else {
          sequence(name, sequence, other.highest());
        }
      }
    }

    /**
     * The dump reads a sequence after its snapshot: the value lies in the range seen around the
     * dump. Below its column's maximum it is wrong if that maximum came from the sequence; a larger
     * one was inserted by hand, and then the source was so, too.
     */
    private void sequence(String name, Sequence range, @Nullable Long value) {
      var low = range.lowest() == null ? range.highest() : range.lowest();
      if (low == null || range.highest() == null) {
        if (value != null) {
          differ("sequence " + name + " is at " + value + " instead of never used");
        }
        return;
      }
      var lower = Math.min(low, range.highest());
      var upper = Math.max(low, range.highest());
      if (value == null) {
        if (range.lowest() != null) {
          differ("sequence " + name + " is at its start instead of " + between(lower, upper));
        }
        return;
      }
      var lowerBound = range.lowest() == null ? Long.MIN_VALUE : lower;
      if (value < lowerBound || value > upper) {
        differ("sequence " + name + " is at " + value + " instead of " + between(lower, upper));
        return;
      }
      var maximum = copy.columnMaximum().get(name);
      if (maximum != null && value < maximum && maximum <= upper) {
        differ(
            "sequence "
                + name
                + " is at "
                + value
                + ", below "
                + maximum
                + " in "
                + range.column());
      }
    }

    private static String between(long lower, long upper) {
      return lower == upper ? Long.toString(lower) : lower + " to " + upper;
    }

    private void extensions() {
      var present =
          copied.extensions().stream()
              .map(DatabaseFacts.Extension::name)
              .collect(Collectors.toSet());
      source.extensions().stream()
          .map(DatabaseFacts.Extension::name)
          .filter(name -> !present.contains(name))
          .forEach(name -> differ("extension " + name + " is missing"));
    }

    private void materializedViews() {
      var restored = byName(copied.materializedViews(), view -> name(view.schema(), view.name()));
      for (var view : source.materializedViews()) {
        var name = name(view.schema(), view.name());
        var other = restored.get(name);
        if (other == null) {
          differ("materialized view " + name + " is missing");
        } else if (view.populated() && !other.populated()) {
          differ("materialized view " + name + " is not filled");
        }
      }
    }

    private void eventTriggers() {
      var noted = source.eventTriggers();
      var present = copied.eventTriggers();
      if (noted != null && present != null) {
        noted.stream()
            .filter(name -> !present.contains(name))
            .forEach(name -> differ("event trigger " + name + " is missing"));
      }
    }

    private void largeObjects() {
      if (source.largeObjects() != copied.largeObjects()) {
        differ(copied.largeObjects() + " large objects instead of " + source.largeObjects());
      } else if (source.largeObjectsHash() != null
          && copied.largeObjectsHash() != null
          && !source.largeObjectsHash().equals(copied.largeObjectsHash())) {
        differ("large objects have other content");
      }
    }

    private void schema() {
      var was = source.schema();
      var is = copied.schema();
      count("views", was.views(), is.views());
      count("functions", was.functions(), is.functions());
      // pg_dump leaves invalid indexes out, and so they are counted apart.
      count("indexes", was.indexes(), is.indexes());
      count("invalid indexes", 0, is.invalidIndexes());
      if (sameMajor) {
        count("constraints", was.constraints(), is.constraints());
      }
      count("triggers", was.triggers(), is.triggers());
      count("policies", was.policies(), is.policies());
      count("types", was.types(), is.types());
      if (sameMajor
          && was.digest() != null
          && is.digest() != null
          && !was.digest().equals(is.digest())) {
        differ("definitions of the schema differ");
      }
    }

    private void count(String what, int was, int is) {
      if (was != is) {
        differ(is + " " + what + " instead of " + was);
      }
    }

    private void differ(String text) {
      differences.add(source.database() + ": " + text);
    }

    private static String name(String schema, String name) {
      return schema + "." + name;
    }

    private static <T> Map<String, T> byName(Collection<T> items, Function<T, String> name) {
      var map = new HashMap<String, T>();
      items.forEach(item -> map.put(name.apply(item), item));
      return map;
    }
  }
}
