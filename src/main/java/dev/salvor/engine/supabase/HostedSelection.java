package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.restore.DumpContents;
import dev.salvor.engine.postgres.restore.DumpEntry;
import dev.salvor.task.DatabaseFacts;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which entries of a dump go into the database of a hosted project. What Supabase itself makes
 * there stays as it is: of its schemas come rows of those tables alone that are the customers' own,
 * and what customers hang on its tables. All else is the customers', and comes whole.
 *
 * @param contents of the dump
 * @param definitions by which it is made before rows come, in order
 * @param data entries of rows, and of large objects, in the dump's order
 * @param after what is made when they are there
 * @param rights that are given then
 * @param last what comes after rights
 * @param restored ids of all of those
 * @param tables {@code schema.table} of those of which rows are restored
 * @param owners of what is to belong to a role of the customers' own: the statement by its entry
 * @param unvalidated foreign keys to rows that are not restored
 * @param unavailable extensions that the project cannot have
 * @param unmet what cannot be had since something that it hangs on is not there, for people
 * @param denied tables and sequences of Supabase's that this role may not write, for people
 * @param clashing what customers have on Supabase's tables and the project has there, too, for
 *     people
 * @param powers what acts with the rights of its owner, which is another there, for people
 * @param leftOut for people
 */
public record HostedSelection(
    DumpContents contents,
    List<DumpEntry> definitions,
    List<DumpEntry> data,
    List<DumpEntry> after,
    List<DumpEntry> rights,
    List<DumpEntry> last,
    Set<Integer> restored,
    Set<String> tables,
    List<Owned> owners,
    Set<Integer> unvalidated,
    List<String> unavailable,
    List<String> unmet,
    List<String> denied,
    List<String> clashing,
    List<String> powers,
    List<String> leftOut) {
  /** The publication of Realtime's own. */
  public static final String MESSAGES = "supabase_realtime_messages_publication";

  /** What is said of objects whose bytes are not restored with the rows. */
  public static final String WITHOUT_OBJECTS =
      "objects of Storage: neither their bytes nor their rows, for a row without bytes is worse"
          + " than none";

  static final String JOBS = "cron.job";
  static final String OBJECTS = "storage.objects";

  /** Rows of Storage's objects in a dump; empty where there are none. */
  public static Optional<DumpEntry> objects(DumpContents contents) {
    return contents.entries().stream()
        .filter(entry -> entry.type().equals("TABLE DATA") && name(entry).equals(OBJECTS))
        .findFirst();
  }

  /** What is to belong to another role. */
  public record Owned(String role, String schema, String statement) {
    /** In which others' things may lie. */
    boolean isSchema() {
      return statement.startsWith("ALTER SCHEMA ");
    }
  }

  /**
   * Chooses.
   *
   * @param reserved whether a role is Supabase's
   * @param facts which tables hold rows, and which extensions there were
   */
  public static HostedSelection of(
      DumpContents contents,
      HostedDatabase there,
      Predicate<String> reserved,
      DatabaseFacts facts) {
    return new HostedChoice(contents, there, reserved, facts).choose();
  }

  /**
   * What is restored of a type, by {@code schema.name}; without a schema by its name.
   *
   * @param without ids of entries that were left out all the same
   */
  public Set<String> names(String type, Set<Integer> without) {
    return all()
        .filter(entry -> entry.type().equals(type) && !without.contains(entry.id()))
        .map(HostedSelection::name)
        .collect(Collectors.toSet());
  }

  /** Ids of those of a type that are not called so. */
  public Set<Integer> without(String type, Set<String> names) {
    return all()
        .filter(entry -> entry.type().equals(type) && !names.contains(name(entry)))
        .map(DumpEntry::id)
        .collect(Collectors.toSet());
  }

  /** Of entries by their ids, for people. */
  public Stream<String> texts(Set<Integer> ids) {
    return those(ids).stream().map(DumpEntry::text);
  }

  private Stream<DumpEntry> all() {
    return Stream.of(definitions, data, after, rights, last).flatMap(List::stream);
  }

  /**
   * Whether a table of Supabase's has the columns that it had at the source, in that order: only
   * then its rows can be told to be the same.
   */
  public boolean hasSameColumns(String table, HostedDatabase there) {
    var known = there.columns().get(table);
    return known == null
        || contents.entries().stream()
            .filter(entry -> name(entry).equals(table))
            .allMatch(
                entry ->
                    switch (entry.type()) {
                      case "TABLE DATA" -> CopiedRows.columns(entry.copy()).equals(known);
                      case "TABLE" ->
                          entry.definition().split(" GENERATED ALWAYS AS \\(", -1).length - 1
                              == there.widths().getOrDefault(table, 0) - known.size();
                      default -> true;
                    });
  }

  /** Rows that are restored and rows that are only read, in the dump's order. */
  List<DumpEntry> dataWith(Collection<Integer> read) {
    return contents.entries().stream()
        .filter(
            entry ->
                read.contains(entry.id())
                    || (HostedChoice.isData(entry) && restored.contains(entry.id())))
        .toList();
  }

  /** Entries by their ids. */
  List<DumpEntry> those(Collection<Integer> ids) {
    return contents.entries().stream().filter(entry -> ids.contains(entry.id())).toList();
  }

  /** By which the rows of an entry are copied. */
  String copy(int entry) {
    return contents.entries().stream()
        .filter(one -> one.id() == entry)
        .map(DumpEntry::copy)
        .findFirst()
        .orElse("");
  }

  /** The rows of cron's table, which only cron itself may write; empty: there are none. */
  public List<Integer> jobs() {
    return contents.entries().stream()
        .filter(entry -> entry.type().equals("TABLE DATA") && name(entry).equals(JOBS))
        .map(DumpEntry::id)
        .toList();
  }

  /** Roles of the customers' own that are to have something. */
  public Set<String> roles() {
    return owners.stream().map(Owned::role).collect(Collectors.toCollection(TreeSet::new));
  }

  /** All that what is restored names: owners, and whom rights and policies are of. */
  public Set<String> neededRoles() {
    var needed = new TreeSet<>(roles());
    all().map(NamedRoles::of).forEach(needed::addAll);
    return needed;
  }

  /** Ids of rights on what is in no dump, since its extension makes it. */
  Set<Integer> ofExtensions() {
    var dumped = contents.entries().stream().map(DumpEntry::id).collect(Collectors.toSet());
    return rights.stream()
        .filter(entry -> entry.type().equals("ACL") && !HostedHandover.isOfSchema(entry))
        .filter(entry -> entry.dependencies().stream().noneMatch(dumped::contains))
        .map(DumpEntry::id)
        .collect(Collectors.toSet());
  }

  /** Those by which somebody has less than the extension gives, for people. */
  public List<String> takenOfExtensions() {
    var ofExtensions = ofExtensions();
    return rights.stream()
        .filter(entry -> ofExtensions.contains(entry.id()))
        .filter(entry -> entry.definition().contains("REVOKE "))
        .map(DumpEntry::text)
        .toList();
  }

  /** Rights on schemas of the customers'. */
  public List<SchemaRights> schemas() {
    return SchemaRights.of(contents.entries());
  }

  static String name(DumpEntry entry) {
    return entry.schema().isEmpty() ? entry.tag() : entry.schema() + "." + entry.tag();
  }
}
