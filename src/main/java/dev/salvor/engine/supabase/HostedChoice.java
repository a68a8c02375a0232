package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.restore.DumpContents;
import dev.salvor.engine.postgres.restore.DumpEntry;
import dev.salvor.task.DatabaseFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One choice of entries of a dump under way: what of them goes into a hosted project, and when. */
final class HostedChoice {
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

  private final DumpContents contents;
  private final HostedDatabase there;
  private final Predicate<String> reserved;
  private final Map<Integer, DumpEntry> byId = new HashMap<>();
  private final List<DumpEntry> chosen = new ArrayList<>();
  private final Set<Integer> taken = new HashSet<>();
  private final Set<Integer> unvalidated = new HashSet<>();
  private final HostedTold told = new HostedTold();
  private final HostedManaged managed;
  private final HostedOwnership owners;

  HostedChoice(
      DumpContents contents,
      HostedDatabase there,
      Predicate<String> reserved,
      DatabaseFacts facts) {
    this.contents = contents;
    this.there = there;
    this.reserved = reserved;
    contents.entries().forEach(entry -> byId.put(entry.id(), entry));
    this.managed = new HostedManaged(there, reserved, facts, byId, told);
    this.owners = new HostedOwnership(contents, there.user(), reserved, told);
  }

  HostedSelection choose() {
    for (var entry : contents.entries()) {
      if (takes(entry)) {
        chosen.add(withoutLacking(entry));
        taken.add(entry.id());
        owners.choose(entry);
      }
    }
    owners.ofLargeObjects(contents.entries());
    var firstRows =
        IntStream.range(0, chosen.size())
            .filter(at -> isData(chosen.get(at)))
            .findFirst()
            .orElse(chosen.size());
    return new HostedSelection(
        contents,
        pass(chosen.subList(0, firstRows), HostedChoice::isMain),
        pass(chosen, HostedChoice::isData),
        pass(chosen.subList(firstRows, chosen.size()), HostedChoice::isMain),
        pass(chosen, entry -> RIGHTS.contains(entry.type())),
        pass(chosen, HostedChoice::isLast),
        Set.copyOf(taken),
        chosen.stream()
            .filter(entry -> entry.type().equals("TABLE DATA"))
            .map(HostedSelection::name)
            .collect(Collectors.toUnmodifiableSet()),
        owners.chosen(),
        Set.copyOf(unvalidated),
        told.unavailable(),
        told.unmet(chosen, byId),
        told.denied(),
        told.clashing(),
        told.powers(),
        told.leftOut(there.user()));
  }

  /** Roles that only Supabase makes: rights of one that is not there are nobody's. */
  private DumpEntry withoutLacking(DumpEntry entry) {
    var lacking =
        NamedRoles.of(entry).stream()
            .filter(role -> reserved.test(role) || role.startsWith("pg_"))
            .filter(role -> !there.roles().contains(role))
            .toList();
    if (lacking.isEmpty()) {
      return entry;
    }
    told.roleless(entry, lacking);
    return NamedRoles.without(entry, lacking);
  }

  private static List<DumpEntry> pass(List<DumpEntry> entries, Predicate<DumpEntry> which) {
    return entries.stream().filter(which).toList();
  }

  static boolean isData(DumpEntry entry) {
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
      return managed.takes(entry);
    }
    return switch (type) {
      case "SCHEMA" -> schema(entry);
      case "EXTENSION" -> extension(entry);
      case "COMMENT", "ACL" -> hanging(entry);
      case "DEFAULT ACL" -> defaultRights(entry);
      case "PUBLICATION" ->
          !isOfSupabase(entry.tag()) && !there.publications().contains(entry.tag());
      case "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA" -> !isOfMessages(entry, byId);
      case "EVENT TRIGGER" ->
          !reserved.test(entry.owner().equals(there.user()) ? "" : entry.owner())
              && !there.eventTriggers().contains(entry.tag());
      case "FK CONSTRAINT" -> foreignKey(entry);
      default -> true;
    };
  }

  private boolean leave(DumpEntry entry) {
    told.absent(entry);
    told.leave(entry.text());
    return false;
  }

  private boolean schema(DumpEntry entry) {
    if (there.schemas().contains(entry.tag())) {
      if (!HostedDatabase.isManaged(entry.tag())
          && !entry.owner().startsWith("pg_")
          && !reserved.test(entry.owner())) {
        told.reowned(entry);
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
      told.unavailable(entry.tag());
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
        return entry.type().equals("ACL") && managed.rights(entry, subject);
      }
      return entry.type().equals("ACL") || !there.schemas().contains(schema);
    }
    return entry.dependencies().stream()
        .allMatch(id -> !byId.containsKey(id) || taken.contains(id) || isOfCustomers(byId.get(id)));
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
      told.leave("default privileges of role " + entry.owner());
    }
    return false;
  }

  private static boolean isOfSupabase(String publication) {
    return publication.equals(HostedSelection.MESSAGES);
  }

  /** Of the publication of Realtime's own messages, which every Supabase has. */
  static boolean isOfMessages(DumpEntry entry, Map<Integer, DumpEntry> byId) {
    return entry.dependencies().stream()
        .map(byId::get)
        .anyMatch(
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
                        && other.schema().equals("storage")
                        && (other.tag() + " ").startsWith("objects "));
    if (!toObjects || entry.definition().contains("NOT VALID")) {
      return true;
    }
    // Of a partitioned table it cannot be made without looking at rows.
    if (!entry.definition().startsWith("ALTER TABLE ONLY ")) {
      told.leave(entry.text() + ": add it when the objects that it refers to are there");
      return false;
    }
    unvalidated.add(entry.id());
    told.leave(
        "that "
            + entry.text()
            + " holds for the rows that are there: it is made NOT VALID, without the objects it"
            + " refers to");
    return true;
  }
}
