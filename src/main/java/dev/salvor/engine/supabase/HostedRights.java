package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.List;
import java.util.Map;

/** Rights in a new project: what it gives of itself goes, and the source's come. */
final class HostedRights {
  /** What is granted to new objects by itself, besides what is said of them. */
  private static final Map<String, String> OBJECTS =
      Map.of("r", "TABLES", "S", "SEQUENCES", "f", "FUNCTIONS", "T", "TYPES", "n", "SCHEMAS");

  private final PostgresSession session;
  private final HostedSelection selection;
  private final HostedDatabase there;
  private final HostedStatements statements;
  private final HostedHandover owners;

  HostedRights(
      PostgresSession session,
      HostedSelection selection,
      HostedDatabase there,
      HostedStatements statements,
      HostedHandover owners) {
    this.session = session;
    this.selection = selection;
    this.there = there;
    this.statements = statements;
    this.owners = owners;
  }

  /**
   * A new project gives its roles all rights on whatever is made. A dump says which rights there
   * are, and not which there are not: those would be had by who had none at the source.
   */
  void withoutDefaults() {
    session
        .rows(
            """
            SELECT coalesce(n.nspname, ''), d.defaclobjtype::text,
                   CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END
            FROM pg_catalog.pg_default_acl d
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
            CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
            JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole AND r.rolname = current_user
            GROUP BY 1, 2, 3
            """,
            row -> List.of(row.getString(1), row.getString(2), row.getString(3)))
        .stream()
        .filter(right -> !HostedDatabase.isManaged(right.getFirst()))
        .filter(right -> OBJECTS.containsKey(right.get(1)))
        .forEach(
            right -> session.execute(withoutDefault(right.get(0), right.get(1), right.get(2))));
    session
        .rows(
            "SELECT d.defaclobjtype::text FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles"
                + " r ON r.oid = d.defaclrole AND r.rolname = current_user WHERE d.defaclnamespace"
                + " = 0",
            row -> row.getString(1))
        .stream()
        .filter(OBJECTS::containsKey)
        .forEach(this::asBuiltIn);
  }

  private static String withoutDefault(String schema, String kind, String grantee) {
    return "ALTER DEFAULT PRIVILEGES"
        + (schema.isEmpty() ? "" : " IN SCHEMA " + PostgresSession.identifier(schema))
        + " REVOKE ALL ON "
        + OBJECTS.get(kind)
        + " FROM "
        + (grantee.isEmpty() ? "PUBLIC" : PostgresSession.identifier(grantee));
  }

  /** As where nobody has ever changed them for the whole database. */
  private void asBuiltIn(String kind) {
    session.execute(
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON " + OBJECTS.get(kind) + " TO CURRENT_USER");
    if (kind.equals("f") || kind.equals("T")) {
      session.execute(
          "ALTER DEFAULT PRIVILEGES GRANT "
              + (kind.equals("f") ? "EXECUTE" : "USAGE")
              + " ON "
              + OBJECTS.get(kind)
              + " TO PUBLIC");
    }
  }

  /** On all that was made, and on schemas that were there. */
  void give() {
    selection.schemas().stream().filter(rights -> wasThere(rights.schema())).forEach(this::giveOn);
    selection.rights().stream().filter(entry -> !isOnThere(entry)).forEach(statements::make);
  }

  private boolean isOnThere(DumpEntry entry) {
    return HostedHandover.isOfSchema(entry) && wasThere(entry.tag().substring("SCHEMA ".length()));
  }

  private boolean wasThere(String schema) {
    return there.schemas().contains(schema);
  }

  /**
   * As its owner where this user may be that, for he takes what others gave. First they are given,
   * since this user may have its own by what is taken; and last what went with that.
   */
  private void giveOn(SchemaRights rights) {
    var owner = rights.owner(session).filter(owners::mayBecome);
    owner.ifPresent(
        role -> statements.perhaps("SET LOCAL ROLE " + PostgresSession.identifier(role)));
    rights.grants(session).forEach(statements::perhaps);
    rights.revocations(there.user(), session).forEach(statements::perhaps);
    rights.grants(session).forEach(statements::perhaps);
    owner.ifPresent(_ -> session.execute("SET LOCAL ROLE NONE"));
    rights.differences(there.user(), session).forEach(statements::leave);
  }
}
