package dev.salvor.engine.postgres.restore;

import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which entries of a dump are restored when only some schemas or tables are wanted.
 *
 * <p>{@code pg_restore -t} alone leaves primary key, index, default, sequence and trigger behind,
 * {@code -n} does not make the schema, and both take an unknown name for nothing to do (SAFETY 10).
 * Here what is chosen comes with what belongs to it, and with all that either depends on by the
 * dump's own dependencies, to the end. A table that something depends on comes with its rows. A
 * foreign key to a table that is not restored is left out, and said.
 *
 * @param ids of the entries to restore, in the dump's order
 * @param tables {@code schema.table} of those of which rows are restored
 * @param brought tables that were not asked for but are needed, for people
 * @param leftOut what refers to the chosen ones and stays behind, for people
 */
record RestoreSelection(
    List<Integer> ids, Set<String> tables, List<String> brought, List<String> leftOut) {

  private static final Set<String> RELATIONS =
      Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE");

  /** Entries that are part of the relation that they depend on. */
  private static final Set<String> PARTS =
      Set.of(
          "TABLE DATA",
          "MATERIALIZED VIEW DATA",
          "SEQUENCE",
          "SEQUENCE OWNED BY",
          "SEQUENCE SET",
          "DEFAULT",
          "CONSTRAINT",
          "CHECK CONSTRAINT",
          "INDEX",
          "TRIGGER",
          "RULE",
          "POLICY",
          "ROW SECURITY",
          "STATISTICS",
          "STATISTICS DATA",
          "COMMENT",
          "ACL",
          "SECURITY LABEL");

  /** What is restored once all that it joins is, and brings nothing in by itself. */
  private static final Set<String> JOINTS = Set.of("FK CONSTRAINT", "TABLE ATTACH", "INDEX ATTACH");

  /** A partition and its keys need their parents, but not the parents' other partitions. */
  private static final Set<String> STRUCTURE =
      Set.of("TABLE", "FOREIGN TABLE", "CONSTRAINT", "INDEX", "DEFAULT", "TABLE DATA");

  private static final String PARTITION = "TABLE ATTACH";

  /** Subscriptions are never restored (SAFETY 14). */
  private static final Set<String> NEVER = Set.of("SUBSCRIPTION", "SUBSCRIPTION TABLE");

  /**
   * Chooses.
   *
   * @throws EngineException INVALID_SPEC naming the patterns that match nothing in the dump
   */
  static RestoreSelection of(DumpContents contents, PostgresSource.Selection wanted) {
    return new Choosing(contents).choose(wanted);
  }

  /** The lines of a {@code pg_restore --use-list} file. */
  String list() {
    return ids.stream().map(id -> id + ";\n").collect(Collectors.joining());
  }

  /** One choice under way. */
  private static final class Choosing {
    private final DumpContents contents;
    private final Map<Integer, DumpEntry> byId = new HashMap<>();
    private final Map<Integer, List<DumpEntry>> dependents = new HashMap<>();
    private final Set<Integer> chosen = new HashSet<>();
    private final Set<Integer> whole = new HashSet<>();
    private final ArrayDeque<DumpEntry> open = new ArrayDeque<>();
    private final Set<Integer> asked = new HashSet<>();

    Choosing(DumpContents contents) {
      this.contents = contents;
      for (var entry : contents.entries()) {
        byId.put(entry.id(), entry);
        for (var dependency : entry.dependencies()) {
          dependents.computeIfAbsent(dependency, id -> new ArrayList<>()).add(entry);
        }
      }
    }

    RestoreSelection choose(PostgresSource.Selection wanted) {
      var unknown = new ArrayList<String>();
      for (var text : orEmpty(wanted.schemas())) {
        var pattern = NamePattern.plain(text);
        if (!schema(pattern)) {
          unknown.add("schema " + text);
        }
      }
      for (var text : orEmpty(wanted.tables())) {
        var pattern = NamePattern.qualified(text);
        if (!take(
            entry ->
                RELATIONS.contains(entry.type()) && pattern.matches(entry.schema(), entry.tag()))) {
          unknown.add("table " + text);
        }
      }
      if (!unknown.isEmpty()) {
        throw new EngineException(
            Reason.INVALID_SPEC, "the dump holds nothing like " + String.join(", ", unknown));
      }
      asked.addAll(chosen);
      close();
      joints();
      return result();
    }

    private boolean schema(NamePattern pattern) {
      var inside = take(entry -> !entry.schema().isEmpty() && pattern.matches(entry.schema()));
      var itself = take(entry -> entry.type().equals("SCHEMA") && pattern.matches(entry.tag()));
      return inside || itself;
    }

    private boolean take(Predicate<DumpEntry> which) {
      var found = false;
      for (var entry : contents.entries()) {
        if (which.test(entry) && !JOINTS.contains(entry.type())) {
          found = true;
          add(entry, Share.WHOLE);
        }
      }
      return found;
    }

    /** How much of a partitioned table is wanted. */
    private enum Share {
      /** Its partitions, too. */
      WHOLE,
      /** It was brought by one of its partitions: the others stay behind. */
      ITSELF
    }

    private void add(@Nullable DumpEntry entry, Share share) {
      if (entry == null || NEVER.contains(entry.type())) {
        return;
      }
      var first = chosen.add(entry.id());
      var more = share == Share.WHOLE && whole.add(entry.id());
      if (first || more) {
        open.add(entry);
      }
    }

    /** Until nothing is added: what a chosen one depends on, and what is part of it. */
    private void close() {
      while (!open.isEmpty()) {
        var entry = open.remove();
        for (var id : entry.dependencies()) {
          var structure = STRUCTURE.contains(entry.type()) || JOINTS.contains(entry.type());
          add(byId.get(id), structure ? Share.ITSELF : Share.WHOLE);
        }
        for (var dependent : dependents.getOrDefault(entry.id(), List.of())) {
          if (PARTS.contains(dependent.type()) && partOf(dependent, entry)) {
            add(dependent, Share.WHOLE);
          } else if (whole.contains(entry.id()) && attachesTo(dependent, entry)) {
            dependent.dependencies().forEach(id -> add(byId.get(id), Share.WHOLE));
          }
        }
      }
    }

    /** An attachment bears the partition's name and depends on it and on its parent. */
    private static boolean attachesTo(DumpEntry attachment, DumpEntry table) {
      return attachment.type().equals(PARTITION)
          && !(attachment.tag().equals(table.tag()) && attachment.schema().equals(table.schema()));
    }

    private static boolean isTable(DumpEntry entry) {
      return entry.type().equals("TABLE") || entry.type().equals("FOREIGN TABLE");
    }

    /**
     * Whether it cannot be without the other. A default depends on its table and on a sequence, a
     * trigger on its table and on a function: they are parts of the table only.
     */
    private static boolean partOf(DumpEntry part, DumpEntry other) {
      return switch (part.type()) {
        case "COMMENT", "ACL", "SECURITY LABEL" -> true;
        case "SEQUENCE" -> isTable(other);
        case "INDEX", "STATISTICS" -> RELATIONS.contains(other.type());
        default ->
            RELATIONS.contains(other.type())
                && part.schema().equals(other.schema())
                && (part.tag().equals(other.tag()) || part.tag().startsWith(other.tag() + " "));
      };
    }

    private void joints() {
      for (var entry : contents.entries()) {
        if (JOINTS.contains(entry.type())
            && entry.dependencies().stream()
                .allMatch(id -> chosen.contains(id) || !byId.containsKey(id))) {
          add(entry, Share.WHOLE);
        }
      }
      close();
    }

    private RestoreSelection result() {
      var ids = new ArrayList<Integer>();
      var tables = new LinkedHashSet<String>();
      var brought = new ArrayList<String>();
      for (var entry : contents.entries()) {
        if (!chosen.contains(entry.id())) {
          continue;
        }
        ids.add(entry.id());
        if (entry.type().equals("TABLE DATA")) {
          tables.add(entry.schema() + "." + entry.tag());
        }
        if (RELATIONS.contains(entry.type())
            && !entry.type().equals("SEQUENCE")
            && !asked.contains(entry.id())) {
          brought.add(entry.text());
        }
      }
      return new RestoreSelection(ids, Set.copyOf(tables), List.copyOf(brought), leftOut());
    }

    private List<String> leftOut() {
      var behind = new LinkedHashSet<String>();
      var others = 0;
      for (var entry : contents.entries()) {
        if (chosen.contains(entry.id())) {
          continue;
        }
        var refers =
            entry.dependencies().stream()
                .map(byId::get)
                .anyMatch(
                    other ->
                        other != null
                            && chosen.contains(other.id())
                            && RELATIONS.contains(other.type()));
        if (refers || NEVER.contains(entry.type()) || entry.type().equals("EVENT TRIGGER")) {
          behind.add(entry.text());
        } else if (RELATIONS.contains(entry.type())) {
          others++;
        }
      }
      var texts = new ArrayList<String>(behind);
      if (others > 0) {
        texts.add(others + " other tables, views and sequences");
      }
      if (has("BLOB", "BLOBS", "BLOB METADATA")) {
        texts.add("large objects");
      }
      return List.copyOf(texts);
    }

    private boolean has(String... types) {
      return contents.entries().stream()
          .anyMatch(entry -> Set.of(types).contains(entry.type()) && !chosen.contains(entry.id()));
    }

    private static Collection<String> orEmpty(@Nullable List<String> names) {
      return names == null ? List.of() : names;
    }
  }
}
