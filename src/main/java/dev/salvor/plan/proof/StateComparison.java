package dev.salvor.plan.proof;

import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.SupabaseState.Fact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What a Supabase had beyond its tables beside what the copy has. What the copy has besides is not
 * told: servers and extensions make some of it themselves.
 *
 * @param differences by name, never with a value
 */
public record StateComparison(List<String> differences, Compared coverage) {
  private static final int WRITTEN_OUT = 50;

  /** The tables that people ask about first. */
  private static final List<String> CALLED_OUT =
      List.of("auth.users", "auth.identities", "auth.sessions", "storage.buckets");

  /**
   * Compares.
   *
   * @param tables of the database, as they were noted
   */
  public static StateComparison compare(
      SupabaseState noted, SupabaseState found, List<DatabaseFacts.Table> tables) {
    var there = new HashMap<String, Fact>();
    found.facts().forEach(fact -> there.put(fact.text(), fact));
    var differences = new ArrayList<String>();
    var different = 0;
    for (var fact : noted.facts()) {
      var other = there.get(fact.text());
      if (other != null && Objects.equals(other.digest(), fact.digest())) {
        continue;
      }
      different++;
      if (differences.size() < WRITTEN_OUT) {
        differences.add(fact.text() + (other == null ? " is missing" : " is another"));
      }
    }
    if (different > differences.size()) {
      differences.add("and " + (different - differences.size()) + " more");
    }
    return new StateComparison(
        List.copyOf(differences),
        new StateCoverage(noted.facts().size(), different, counts(tables)));
  }

  private static String counts(List<DatabaseFacts.Table> tables) {
    var rows = new HashMap<String, Long>();
    tables.stream()
        .filter(table -> table.rows() != null)
        .forEach(table -> rows.put(table.schema() + "." + table.name(), table.rows()));
    return CALLED_OUT.stream()
        .filter(rows::containsKey)
        .map(table -> text(table, rows))
        .collect(Collectors.joining());
  }

  private static String text(String table, Map<String, Long> rows) {
    return String.format(Locale.ROOT, ", %d rows of %s", rows.get(table), table);
  }

  /** How much of it was compared: all, always. */
  private record StateCoverage(int facts, int different, String counts) implements Compared {
    @Override
    public boolean nothing() {
      return facts == 0;
    }

    @Override
    public boolean everything() {
      return true;
    }

    @Override
    public String text() {
      return "%d of %d facts of the project%s".formatted(facts - different, facts, counts);
    }
  }
}
