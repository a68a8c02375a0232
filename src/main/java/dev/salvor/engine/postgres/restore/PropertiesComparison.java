package dev.salvor.engine.postgres.restore;

import dev.salvor.task.DatabaseProperties;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether a database has the properties that it is to have: rights must not be wider after a
 * restore than before (SAFETY 12).
 */
public final class PropertiesComparison {
  private final List<String> differences = new ArrayList<>();

  private PropertiesComparison() {}

  /** One line for each that differs; empty: all are equal. */
  public static List<String> differences(DatabaseProperties wanted, DatabaseProperties found) {
    var comparison = new PropertiesComparison();
    comparison.compare("owner", wanted.owner(), found.owner());
    comparison.compare("encoding", wanted.encoding(), found.encoding());
    comparison.compare("locale provider", wanted.localeProvider(), found.localeProvider());
    comparison.compare("locale", wanted.locale(), found.locale());
    comparison.compare("collation", wanted.collate(), found.collate());
    comparison.compare("character type", wanted.ctype(), found.ctype());
    comparison.compare("tablespace", wanted.tablespace(), found.tablespace());
    comparison.compare("connection limit", wanted.connectionLimit(), found.connectionLimit());
    comparison.compare(
        "rights", DatabaseAcl.comparable(wanted.acl()), DatabaseAcl.comparable(found.acl()));
    comparison.settings(wanted.settings(), found.settings());
    comparison.compare("comment", wanted.comment(), found.comment());
    return List.copyOf(comparison.differences);
  }

  /** By name alone: a value may be a secret, such as Supabase's {@code app.settings.jwt_secret}. */
  private void settings(Collection<String> wanted, Collection<String> found) {
    var names = new TreeSet<String>();
    Stream.concat(wanted.stream(), found.stream())
        .filter(setting -> !(wanted.contains(setting) && found.contains(setting)))
        .map(DatabaseStatements::nameOf)
        .forEach(names::add);
    names.forEach(name -> differences.add("setting " + name + " is another"));
  }

  private void compare(String what, @Nullable Object wanted, @Nullable Object found) {
    if (!Objects.equals(wanted, found)) {
      differences.add(what + " is " + found + " instead of " + wanted);
    }
  }
}
