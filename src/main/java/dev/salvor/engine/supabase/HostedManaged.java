package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.restore.DumpEntry;
import dev.salvor.task.DatabaseFacts;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What of the schemas in which Supabase makes and changes all there is comes into another project:
 * rows of tables that are the customers' own, and what customers hang on its tables.
 */
final class HostedManaged {
  private static final String AUTH = "auth";
  private static final String STORAGE = "storage";
  private static final String REALTIME = "realtime";
  private static final String SECRETS = "vault.secrets";
  private static final String BUCKETS = "storage.buckets";

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

  private final HostedDatabase there;
  private final Predicate<String> reserved;
  private final Map<Integer, DumpEntry> byId;
  private final HostedTold told;
  private final Map<String, Long> counts = new HashMap<>();

  HostedManaged(
      HostedDatabase there,
      Predicate<String> reserved,
      DatabaseFacts facts,
      Map<Integer, DumpEntry> byId,
      HostedTold told) {
    this.there = there;
    this.reserved = reserved;
    this.byId = byId;
    this.told = told;
    facts.tables().forEach(table -> counts.put(table.schema() + "." + table.name(), count(table)));
  }

  /** Where nobody counted there may be some. */
  private static long count(DatabaseFacts.Table table) {
    var counted = table.rows();
    return counted == null ? 1 : counted;
  }

  /** Of what lies in one. */
  boolean takes(DumpEntry entry) {
    var type = entry.type();
    var name = HostedSelection.name(entry);
    return switch (type) {
      case "TABLE DATA" -> rows(entry, name);
      case "SEQUENCE SET" ->
          entry.schema().equals(AUTH)
              && there.relations().contains(name)
              && writable(there.settable(), name);
      case "POLICY" ->
          OPEN.contains(entry.schema()) && isFree(entry, there.policies().contains(name));
      case "TRIGGER" -> trigger(entry, name);
      case "PUBLICATION TABLE" -> {
        // Of its messages every Supabase has one.
        if (!HostedChoice.isOfMessages(entry, byId)) {
          told.leave(entry.text());
        }
        yield false;
      }
      case "ACL" -> rights(entry, name);
      default -> {
        if (isLacking(entry, name)) {
          told.absent(entry);
          // Those of Realtime's messages are of a day each, and others every day.
          if (!entry.schema().equals(REALTIME)) {
            told.lacking(name);
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

  private boolean rows(DumpEntry entry, String name) {
    if (REGENERATED.contains(name) || name.equals(HostedSelection.JOBS) || name.equals(SECRETS)) {
      return false;
    }
    var isCustomers = entry.schema().equals(AUTH) || name.equals(BUCKETS);
    if (isCustomers && there.relations().contains(name)) {
      return writable(there.writable(), name);
    }
    if (counts.getOrDefault(name, 0L) > 0) {
      told.leave(
          entry.schema().equals(REALTIME)
              ? "messages of Realtime, which it keeps for some days"
              : name.equals(HostedSelection.OBJECTS)
                  ? HostedSelection.WITHOUT_OBJECTS
                  : "rows of " + name);
    }
    return false;
  }

  private boolean writable(Set<String> names, String name) {
    if (!names.contains(name) && counts.getOrDefault(name, 1L) > 0) {
      told.denied(name);
    }
    return names.contains(name);
  }

  /** Of one that is there it is not known what it is. */
  private boolean isFree(DumpEntry entry, boolean isThere) {
    if (isThere) {
      told.clashing(entry);
    }
    return !isThere;
  }

  /**
   * Not of a function of the service's own, whose triggers its next version may make otherwise; of
   * one that comes with PostgreSQL or an extension nobody knows whose trigger it is, and one that
   * is there may be the service's.
   */
  private boolean trigger(DumpEntry trigger, String name) {
    var functions =
        trigger.dependencies().stream()
            .map(byId::get)
            .filter(other -> other != null && CODE.contains(other.type()))
            .toList();
    var isThere = there.triggers().contains(name);
    if (functions.isEmpty() && OPEN.contains(trigger.schema())) {
      return !isThere;
    }
    var isCustomers = functions.stream().anyMatch(HostedManaged::isOfCustomersOrHooks);
    if (isCustomers && !OPEN.contains(trigger.schema())) {
      told.leave(trigger.text());
    }
    return isCustomers && OPEN.contains(trigger.schema()) && isFree(trigger, isThere);
  }

  private static boolean isOfCustomersOrHooks(DumpEntry function) {
    return function.schema().equals(HOOKS) || !HostedDatabase.isManaged(function.schema());
  }

  /**
   * Of which none comes.
   *
   * @param name on which they are
   */
  boolean rights(DumpEntry entry, String name) {
    if (isForCustomers(entry)) {
      told.leave("rights of roles of your own on " + name);
    }
    return false;
  }
}
