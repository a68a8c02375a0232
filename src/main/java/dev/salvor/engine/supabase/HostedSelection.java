package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.restore.DumpContents;
import dev.salvor.engine.postgres.restore.DumpEntry;
import dev.salvor.task.DatabaseFacts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

  private static final String AUTH = "auth";

  /** What is said of objects whose bytes are not restored with the rows. */
  public static final String WITHOUT_OBJECTS =
      "objects of Storage: neither their bytes nor their rows, for a row without bytes is worse"
          + " than none";

  private static final String STORAGE = "storage";
  private static final String REALTIME = "realtime";
  private static final String JOBS = "cron.job";
  private static final String SECRETS = "vault.secrets";
  private static final String BUCKETS = "storage.buckets";
  private static final String OBJECTS = "storage.objects";

  /** On tables of these services customers have policies and triggers. */
  private static final Set<String> OPEN = Set.of(AUTH, STORAGE, REALTIME);

  /** Its functions are there to be called by customers' triggers. */
  private static final String HOOKS = "supabase_functions";

  /** Rows that a service writes anew, or that say how far it is migrated. */
  private static final Set<String> REGENERATED =
      Set.of(
          "auth.schema_migrations",
          "storage.migrations",
          "supabase_functions.migrations",
          "cron.job_run_details");

  private static final Set<String> RELATIONS =
      Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE", "INDEX");

  private static final Set<String> CODE = Set.of("FUNCTION", "PROCEDURE", "AGGREGATE");
  private static final Set<String> TYPES = Set.of("TYPE", "DOMAIN", "SHELL TYPE");
  private static final Set<String> RIGHTS = Set.of("ACL", "DEFAULT ACL");

  /** Their tags say of what: {@code TABLE posts}. */
  private static final Set<String> SAID_OF = Set.of("ACL", "COMMENT", "SECURITY LABEL");

  private static final Set<String> LAST = Set.of("EVENT TRIGGER", "MATERIALIZED VIEW DATA");
  private static final Set<String> LARGE_OBJECTS =
      Set.of("BLOB", "BLOBS", "BLOB METADATA", "BLOB DATA");

  /** Of the archive itself, and of the database, which is there. */
  private static final Set<String> OF_ARCHIVE =
      Set.of(
          "ENCODING",
          "STDSTRINGS",
          "SEARCHPATH",
          "DATABASE",
          "DATABASE PROPERTIES",
          "STATISTICS DATA");

  /** They reach other servers, or take rights that only Supabase has. */
  private static final Set<String> NEVER =
      Set.of(
          "SUBSCRIPTION",
          "SUBSCRIPTION TABLE",
          "FOREIGN DATA WRAPPER",
          "SERVER",
          "USER MAPPING",
          "FOREIGN TABLE",
          "SECURITY LABEL",
          "PROCEDURAL LANGUAGE",
          "LANGUAGE");

  /** They belong to whom their table does, or to nobody. */
  private static final Set<String> UNOWNED =
      Set.of("INDEX", "TRIGGER", "POLICY", "RULE", "CAST", "TRANSFORM");

  /** Of a view that acts with the rights of whoever reads it. */
  private static final Pattern INVOKER =
      Pattern.compile("security_invoker\\s*=\\s*'?(true|on|yes|1)\\b");

  private static final int NAMED = 10;

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
    return new Choosing(contents, there, reserved, facts).choose();
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
                    || (Choosing.isData(entry) && restored.contains(entry.id())))
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

  /** Ids of rights on what is in no dump, since its extension makes it. */
  Set<Integer> ofExtensions() {
    var dumped = contents.entries().stream().map(DumpEntry::id).collect(Collectors.toSet());
    return rights.stream()
        .filter(entry -> entry.type().equals("ACL") && !HostedOwners.isOfSchema(entry))
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

  /** One choice under way. */
  private static final class Choosing {
    private final DumpContents contents;
    private final HostedDatabase there;
    private final Predicate<String> reserved;
    private final Map<String, Long> rows = new HashMap<>();
    private final Map<Integer, DumpEntry> byId = new HashMap<>();
    private final List<DumpEntry> chosen = new ArrayList<>();
    private final Set<Integer> taken = new HashSet<>();
    private final Set<Integer> absent = new HashSet<>();
    private final Set<Integer> unvalidated = new HashSet<>();
    private final List<String> unavailable = new ArrayList<>();
    private final List<String> denied = new ArrayList<>();
    private final Set<String> leftOut = new LinkedHashSet<>();
    private final List<String> inSchemas = new ArrayList<>();
    private final List<String> reowned = new ArrayList<>();
    private final List<String> powers = new ArrayList<>();
    private final List<String> clashing = new ArrayList<>();
    private final List<Owned> owners = new ArrayList<>();

    /** Sequences that go with their tables. */
    private final Set<String> ofColumns = new HashSet<>();

    Choosing(
        DumpContents contents,
        HostedDatabase there,
        Predicate<String> reserved,
        DatabaseFacts facts) {
      this.contents = contents;
      this.there = there;
      this.reserved = reserved;
      facts.tables().forEach(table -> rows.put(table.schema() + "." + table.name(), count(table)));
      contents.entries().forEach(entry -> byId.put(entry.id(), entry));
      contents.ofType("SEQUENCE OWNED BY").stream()
          .map(HostedSelection::name)
          .forEach(ofColumns::add);
    }

    /** Where nobody counted there may be some. */
    private static long count(DatabaseFacts.Table table) {
      var counted = table.rows();
      return counted == null ? 1 : counted;
    }

    HostedSelection choose() {
      for (var entry : contents.entries()) {
        if (takes(entry)) {
          chosen.add(entry);
          taken.add(entry.id());
          own(entry);
        }
      }
      var unmet = unmet();
      if (!inSchemas.isEmpty()) {
        leftOut.add("in schemas of Supabase's, which the project lacks: " + some(inSchemas));
      }
      if (!reowned.isEmpty()) {
        leftOut.add("owner of (it will be " + there.user() + "): " + some(reowned));
      }
      if (!powers.isEmpty()) {
        leftOut.add(
            "whose rights it acts with (it will be "
                + there.user()
                + "; look at what it lets others do): "
                + some(powers));
      }
      ofLargeObjects();
      var firstRows =
          IntStream.range(0, chosen.size())
              .filter(at -> isData(chosen.get(at)))
              .findFirst()
              .orElse(chosen.size());
      return new HostedSelection(
          contents,
          pass(chosen.subList(0, firstRows), Choosing::isMain),
          pass(chosen, Choosing::isData),
          pass(chosen.subList(firstRows, chosen.size()), Choosing::isMain),
          pass(chosen, entry -> RIGHTS.contains(entry.type())),
          pass(chosen, Choosing::isLast),
          Set.copyOf(taken),
          chosen.stream()
              .filter(entry -> entry.type().equals("TABLE DATA"))
              .map(HostedSelection::name)
              .collect(Collectors.toUnmodifiableSet()),
          List.copyOf(owners),
          Set.copyOf(unvalidated),
          List.copyOf(unavailable),
          unmet,
          List.copyOf(denied),
          List.copyOf(clashing),
          List.copyOf(powers),
          List.copyOf(leftOut));
    }

    private static List<DumpEntry> pass(List<DumpEntry> entries, Predicate<DumpEntry> which) {
      return entries.stream().filter(which).toList();
    }

    private static boolean isData(DumpEntry entry) {
      return entry.type().equals("TABLE DATA") || LARGE_OBJECTS.contains(entry.type());
    }

    private static boolean isLast(DumpEntry entry) {
      return LAST.contains(entry.type())
          || (entry.type().equals("COMMENT") && entry.tag().startsWith("EVENT TRIGGER "));
    }

    private static boolean isMain(DumpEntry entry) {
      return !isData(entry) && !isLast(entry) && !RIGHTS.contains(entry.type());
    }

    private boolean takes(DumpEntry entry) {
      var type = entry.type();
      if (OF_ARCHIVE.contains(type)
          || (SAID_OF.contains(type) && entry.tag().startsWith("DATABASE "))) {
        return false;
      }
      if (NEVER.contains(type)) {
        return leave(entry);
      }
      if (HostedDatabase.isManaged(entry.schema())) {
        return ofSupabase(entry);
      }
      return switch (type) {
        case "SCHEMA" -> schema(entry);
        case "EXTENSION" -> extension(entry);
        case "COMMENT", "ACL" -> hanging(entry);
        case "DEFAULT ACL" -> defaultRights(entry);
        case "PUBLICATION" ->
            !isOfSupabase(entry.tag()) && !there.publications().contains(entry.tag());
        case "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA" -> ofPublication(entry);
        case "EVENT TRIGGER" ->
            !reserved.test(entry.owner().equals(there.user()) ? "" : entry.owner())
                && !there.eventTriggers().contains(entry.tag());
        case "FK CONSTRAINT" -> foreignKey(entry);
        default -> true;
      };
    }

    private boolean leave(DumpEntry entry) {
      absent.add(entry.id());
      leftOut.add(entry.text());
      return false;
    }

    /** What lies in a schema of theirs. */
    private boolean ofSupabase(DumpEntry entry) {
      var type = entry.type();
      var name = name(entry);
      return switch (type) {
        case "TABLE DATA" -> rowsOfSupabase(entry);
        case "SEQUENCE SET" ->
            entry.schema().equals(AUTH)
                && there.relations().contains(name)
                && writable(there.settable(), name);
        case "POLICY" ->
            OPEN.contains(entry.schema()) && isFree(entry, there.policies().contains(name));
        case "TRIGGER" -> triggerOnSupabases(entry, name);
        case "PUBLICATION TABLE" -> {
          // Of its messages every Supabase has one.
          if (ofPublication(entry)) {
            leftOut.add(entry.text());
          }
          yield false;
        }
        case "ACL" -> rightsOnSupabases(entry, name);
        default -> {
          if (isLacking(entry, name)) {
            absent.add(entry.id());
            // Those of Realtime's messages are of a day each, and others every day.
            if (!entry.schema().equals(REALTIME)) {
              inSchemas.add(name);
            }
          }
          yield false;
        }
      };
    }

    private boolean isLacking(DumpEntry entry, String name) {
      return (RELATIONS.contains(entry.type()) && !there.relations().contains(name))
          || (CODE.contains(entry.type())
              && !there.functions().contains(name.replaceFirst("\\(.*", "")))
          || (TYPES.contains(entry.type()) && !there.types().contains(name));
    }

    private boolean isForCustomers(DumpEntry entry) {
      return entry
          .definition()
          .lines()
          .filter(line -> line.matches("GRANT .* TO .*;"))
          .map(line -> line.replaceFirst("(?s).* TO (\"?)([^\";]*?)\\1(?: WITH .*)?;.*", "$2"))
          .anyMatch(role -> !reserved.test(role) && !role.equalsIgnoreCase("PUBLIC"));
    }

    private boolean rowsOfSupabase(DumpEntry entry) {
      var name = name(entry);
      if (REGENERATED.contains(name) || name.equals(JOBS) || name.equals(SECRETS)) {
        return false;
      }
      var isCustomers = entry.schema().equals(AUTH) || name.equals(BUCKETS);
      if (isCustomers && there.relations().contains(name)) {
        return writable(there.writable(), name);
      }
      if (rows.getOrDefault(name, 0L) > 0) {
        leftOut.add(
            entry.schema().equals(REALTIME)
                ? "messages of Realtime, which it keeps for some days"
                : name.equals(OBJECTS) ? WITHOUT_OBJECTS : "rows of " + name);
      }
      return false;
    }

    private boolean writable(Set<String> names, String name) {
      if (!names.contains(name) && rows.getOrDefault(name, 1L) > 0) {
        denied.add(name);
      }
      return names.contains(name);
    }

    /** Of one that is there it is not known what it is. */
    private boolean isFree(DumpEntry entry, boolean isThere) {
      if (isThere) {
        clashing.add(entry.text());
      }
      return !isThere;
    }

    /**
     * Not of a function of the service's own, whose triggers its next version may make otherwise;
     * of one that comes with PostgreSQL or an extension nobody knows whose trigger it is, and one
     * that is there may be the service's.
     */
    private boolean triggerOnSupabases(DumpEntry trigger, String name) {
      var functions =
          trigger.dependencies().stream()
              .map(byId::get)
              .filter(other -> other != null && CODE.contains(other.type()))
              .toList();
      var isThere = there.triggers().contains(name);
      if (functions.isEmpty() && OPEN.contains(trigger.schema())) {
        return !isThere;
      }
      var isCustomers = functions.stream().anyMatch(Choosing::isOfCustomersOrHooks);
      if (isCustomers && !OPEN.contains(trigger.schema())) {
        leftOut.add(trigger.text());
      }
      return isCustomers && OPEN.contains(trigger.schema()) && isFree(trigger, isThere);
    }

    private static boolean isOfCustomersOrHooks(DumpEntry function) {
      return function.schema().equals(HOOKS) || !HostedDatabase.isManaged(function.schema());
    }

    private boolean rightsOnSupabases(DumpEntry entry, String name) {
      if (isForCustomers(entry)) {
        leftOut.add("rights of roles of your own on " + name);
      }
      return false;
    }

    private boolean schema(DumpEntry entry) {
      if (there.schemas().contains(entry.tag())) {
        if (!HostedDatabase.isManaged(entry.tag())
            && !entry.owner().startsWith("pg_")
            && !reserved.test(entry.owner())) {
          reowned.add(entry.text() + " (" + entry.owner() + ")");
        }
        return false;
      }
      return !HostedDatabase.isManaged(entry.tag())
          || contents.ofType("EXTENSION").stream()
              .anyMatch(
                  extension ->
                      extension.dependencies().contains(entry.id())
                          && there.available().contains(extension.tag()));
    }

    private boolean extension(DumpEntry entry) {
      if (there.extensions().contains(entry.tag())) {
        return false;
      }
      if (!there.available().contains(entry.tag())) {
        unavailable.add(entry.tag());
        leftOut.add("extension " + entry.tag());
        return false;
      }
      return true;
    }

    /** Of what is restored, and of nothing that Supabase has made. */
    private boolean hanging(DumpEntry entry) {
      var subject = entry.tag();
      if (subject.startsWith("EXTENSION ") || subject.startsWith("LARGE OBJECT")) {
        return false;
      }
      if (subject.startsWith("SCHEMA ")) {
        var schema = subject.substring("SCHEMA ".length());
        if (HostedDatabase.isManaged(schema)) {
          return entry.type().equals("ACL") && rightsOnSupabases(entry, subject);
        }
        return entry.type().equals("ACL") || !there.schemas().contains(schema);
      }
      return entry.dependencies().stream()
          .allMatch(
              id -> !byId.containsKey(id) || taken.contains(id) || isOfCustomers(byId.get(id)));
    }

    private boolean isOfCustomers(DumpEntry entry) {
      return !entry.schema().isEmpty()
          && !HostedDatabase.isManaged(entry.schema())
          && !NEVER.contains(entry.type());
    }

    private boolean defaultRights(DumpEntry entry) {
      if (entry.owner().equals(there.user())) {
        return true;
      }
      if (!reserved.test(entry.owner())) {
        leftOut.add("default privileges of role " + entry.owner());
      }
      return false;
    }

    private static boolean isOfSupabase(String publication) {
      return publication.equals(MESSAGES);
    }

    private boolean ofPublication(DumpEntry entry) {
      return entry.dependencies().stream()
          .map(byId::get)
          .noneMatch(
              other ->
                  other != null && other.type().equals("PUBLICATION") && isOfSupabase(other.tag()));
    }

    private boolean foreignKey(DumpEntry entry) {
      var toObjects =
          entry.dependencies().stream()
              .map(byId::get)
              .anyMatch(
                  other ->
                      other != null
                          && other.schema().equals(STORAGE)
                          && (other.tag() + " ").startsWith("objects "));
      if (!toObjects || entry.definition().contains("NOT VALID")) {
        return true;
      }
      // Of a partitioned table it cannot be made without looking at rows.
      if (!entry.definition().startsWith("ALTER TABLE ONLY ")) {
        leftOut.add(entry.text() + ": add it when the objects that it refers to are there");
        return false;
      }
      unvalidated.add(entry.id());
      leftOut.add(
          "that "
              + entry.text()
              + " holds for the rows that are there: it is made NOT VALID, without the objects it"
              + " refers to");
      return true;
    }

    private void own(DumpEntry entry) {
      if (!entry.removal().startsWith("DROP ")
          || UNOWNED.contains(entry.type())
          || ofColumns.contains(name(entry))
          || entry.owner().isEmpty()
          || entry.owner().equals(there.user())) {
        return;
      }
      // A view of a role of tokens obeys row security, which this user passes by.
      if (reserved.test(entry.owner()) && !StateReader.isOfTokens(entry.owner())) {
        reowned.add(entry.text() + " (" + entry.owner() + ")");
        if (actsAsOwner(entry)) {
          powers.add(entry.text() + " (" + entry.owner() + ")");
        }
      } else if (entry.type().equals("EVENT TRIGGER")) {
        reowned.add(entry.text() + " (" + entry.owner() + ")");
      } else {
        owners.add(
            new Owned(
                entry.owner(),
                entry.schema(),
                entry.removal().strip().replaceFirst("^DROP ", "ALTER ").replaceFirst(";$", "")
                    + " OWNER TO "));
      }
    }

    /** Whoever uses it does so with the rights of whom it belongs to. */
    private static boolean actsAsOwner(DumpEntry entry) {
      return switch (entry.type()) {
        case "VIEW" -> !INVOKER.matcher(entry.definition()).find();
        case "MATERIALIZED VIEW" -> true;
        case "FUNCTION", "PROCEDURE" -> entry.definition().contains("SECURITY DEFINER");
        default -> false;
      };
    }

    /** They come with this user as their owner, and nobody else may do anything with them. */
    private void ofLargeObjects() {
      if (contents.entries().stream()
          .filter(entry -> entry.type().equals("BLOB") || entry.type().equals("BLOB METADATA"))
          .anyMatch(entry -> !entry.owner().equals(there.user()))) {
        leftOut.add("owners of large objects: they will be " + there.user() + "'s");
      }
      if (contents.entries().stream()
          .anyMatch(
              entry -> entry.type().equals("ACL") && entry.tag().startsWith("LARGE OBJECT"))) {
        leftOut.add("rights on large objects");
      }
    }

    /** What hangs on something that is not there and does not come, to the end. */
    private List<String> unmet() {
      var unmet = new ArrayList<String>();
      for (var entry : chosen) {
        entry.dependencies().stream()
            .filter(absent::contains)
            .map(byId::get)
            .filter(other -> !other.type().equals("INDEX"))
            .findFirst()
            .ifPresent(other -> unmet.add(entry.text() + " needs " + other.text()));
      }
      return List.copyOf(unmet);
    }

    private static String some(List<String> names) {
      return String.join(", ", names.stream().limit(NAMED).toList())
          + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
    }
  }
}
