package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Roles that rights and policies of a dump name: a server that lacks one refuses the statement. */
final class NamedRoles {
  private static final String NAME = "(?:\"(?:[^\"]|\"\")+\"|[^\\s\",;]+)";

  /** As pg_dump writes them, each of one role (dumputils.c, buildACLCommands). */
  private static final Pattern RIGHT =
      Pattern.compile(
          "(?m)^(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .* (?:TO|FROM) ("
              + NAME
              + ")(?: WITH GRANT OPTION)?;\\R?");

  /** As pg_dump writes it (dumpPolicy). */
  private static final Pattern POLICY =
      Pattern.compile(
          "^CREATE POLICY %1$s ON %1$s(?:\\.%1$s)?(?: AS RESTRICTIVE)?(?: FOR [A-Z]+)? TO (%1$s(?:, %1$s)*)"
              .formatted(NAME));

  private static final Pattern ONE = Pattern.compile(NAME);

  private NamedRoles() {}

  /** Of an entry; of one that is neither a right nor a policy none. */
  static Set<String> of(DumpEntry entry) {
    var named =
        switch (entry.type()) {
          case "ACL", "DEFAULT ACL" -> groups(RIGHT, entry.definition());
          case "POLICY" ->
              groups(POLICY, entry.definition()).stream()
                  .flatMap(list -> ONE.matcher(list).results().map(MatchResult::group))
                  .toList();
          default -> List.<String>of();
        };
    var roles = new TreeSet<String>();
    named.forEach(name -> roles.add(SchemaRights.role(name)));
    // All of them are nobody's name.
    roles.remove("");
    return roles;
  }

  private static List<String> groups(Pattern pattern, String definition) {
    return pattern.matcher(definition).results().map(found -> found.group(1)).toList();
  }

  /** Rights without those of some roles. */
  static DumpEntry without(DumpEntry entry, Collection<String> roles) {
    var definition =
        RIGHT
            .matcher(entry.definition())
            .replaceAll(
                found ->
                    roles.contains(SchemaRights.role(found.group(1)))
                        ? ""
                        : Matcher.quoteReplacement(found.group()));
    return new DumpEntry(
        entry.id(),
        entry.type(),
        entry.schema(),
        entry.tag(),
        entry.owner(),
        definition,
        entry.removal(),
        entry.copy(),
        entry.dependencies());
  }
}
