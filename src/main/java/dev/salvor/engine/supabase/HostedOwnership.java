package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.restore.DumpContents;
import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * To whom belongs what is restored to a hosted project: the roles that only Supabase has cannot.
 */
final class HostedOwnership {
  /** They belong to whom their table does, or to nobody. */
  private static final Set<String> UNOWNED =
      Set.of("INDEX", "TRIGGER", "POLICY", "RULE", "CAST", "TRANSFORM");

  /** Of a view that acts with the rights of whoever reads it. */
  private static final Pattern INVOKER =
      Pattern.compile("security_invoker\\s*=\\s*'?(true|on|yes|1)\\b");

  private final String user;
  private final Predicate<String> reserved;
  private final HostedTold told;
  private final List<HostedSelection.Owned> chosen = new ArrayList<>();

  /** Sequences that go with their tables. */
  private final Set<String> ofColumns;

  HostedOwnership(DumpContents contents, String user, Predicate<String> reserved, HostedTold told) {
    this.user = user;
    this.reserved = reserved;
    this.told = told;
    this.ofColumns =
        contents.ofType("SEQUENCE OWNED BY").stream()
            .map(HostedSelection::name)
            .collect(Collectors.toSet());
  }

  /** What is to belong to another role than this user. */
  List<HostedSelection.Owned> chosen() {
    return List.copyOf(chosen);
  }

  /** Of something that is restored. */
  void choose(DumpEntry entry) {
    if (!entry.removal().startsWith("DROP ")
        || UNOWNED.contains(entry.type())
        || ofColumns.contains(HostedSelection.name(entry))
        || entry.owner().isEmpty()
        || entry.owner().equals(user)) {
      return;
    }
    // A view of a role of tokens obeys row security, which this user passes by.
    if (reserved.test(entry.owner()) && !StateReader.isOfTokens(entry.owner())) {
      told.reowned(entry);
      if (actsAsOwner(entry)) {
        told.acting(entry);
      }
    } else if (entry.type().equals("EVENT TRIGGER")) {
      told.reowned(entry);
    } else {
      chosen.add(
          new HostedSelection.Owned(
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
  void ofLargeObjects(List<DumpEntry> entries) {
    if (entries.stream()
        .filter(entry -> entry.type().equals("BLOB") || entry.type().equals("BLOB METADATA"))
        .anyMatch(entry -> !entry.owner().equals(user))) {
      told.leave("owners of large objects: they will be " + user + "'s");
    }
    if (entries.stream()
        .anyMatch(entry -> entry.type().equals("ACL") && entry.tag().startsWith("LARGE OBJECT"))) {
      told.leave("rights on large objects");
    }
  }
}
