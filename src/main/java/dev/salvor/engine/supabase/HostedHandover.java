package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.List;
import java.util.stream.Stream;

/** Gives what was made to the roles that owned it at the source, by one that is no superuser. */
final class HostedHandover {
  /** Memberships say since then whether one may become the role. */
  private static final int WITH_SET = 160_000;

  private final PostgresSession session;
  private final HostedSelection selection;
  private final HostedStatements statements;

  HostedHandover(PostgresSession session, HostedSelection selection, HostedStatements statements) {
    this.session = session;
    this.selection = selection;
    this.statements = statements;
  }

  /**
   * At the end: what belongs to another role can be changed by that alone. Schemas come when all
   * that lies in them has been given away, since for that they have to be this user's.
   */
  void giveAway() {
    var lent = selection.roles().stream().filter(role -> !mayBecome(role)).toList();
    lent.forEach(
        role -> session.execute(member(role) + (isNew() ? " WITH INHERIT FALSE, SET TRUE" : "")));
    selection.roles().forEach(this::giveWhatLiesInSchemas);
    for (var role : selection.roles()) {
      owned(role)
          .filter(HostedSelection.Owned::isSchema)
          .forEach(each -> statements.execute(each.statement() + PostgresSession.identifier(role)));
      as(role, rightsOf(role).filter(HostedHandover::isOfSchema).toList());
    }
    lent.forEach(
        role ->
            session.execute(
                isNew()
                    ? member(role) + " WITH INHERIT FALSE, SET FALSE"
                    : "REVOKE " + PostgresSession.identifier(role) + " FROM CURRENT_USER"));
  }

  private static String member(String role) {
    return "GRANT " + PostgresSession.identifier(role) + " TO CURRENT_USER";
  }

  /** Before that to be a member of a role is to be able to become it. */
  private boolean isNew() {
    return session.server().version() >= WITH_SET;
  }

  /** Whether this user may act as it. */
  boolean mayBecome(String role) {
    return session.truth("SELECT pg_catalog.pg_has_role(?, ?)", role, isNew() ? "SET" : "MEMBER");
  }

  private Stream<HostedSelection.Owned> owned(String role) {
    return selection.owners().stream().filter(each -> each.role().equals(role));
  }

  /** Nobody is left with anything in a schema where he may make nothing, or that he may not use. */
  private void giveWhatLiesInSchemas(String role) {
    var name = PostgresSession.identifier(role);
    var owned = owned(role).filter(each -> !each.isSchema()).toList();
    var opened =
        owned.stream()
            .map(HostedSelection.Owned::schema)
            .filter(schema -> !schema.isEmpty())
            .distinct()
            .flatMap(schema -> Stream.of("CREATE", "USAGE").flatMap(it -> lacks(role, schema, it)))
            .toList();
    opened.forEach(right -> statements.execute("GRANT " + right + " TO " + name));
    owned.forEach(each -> statements.execute(each.statement() + name));
    as(role, rightsOf(role).filter(entry -> !isOfSchema(entry)).toList());
    opened.forEach(right -> statements.execute("REVOKE " + right + " FROM " + name));
  }

  private Stream<String> lacks(String role, String schema, String right) {
    return session.truth("SELECT pg_catalog.has_schema_privilege(?, ?, ?)", role, schema, right)
        ? Stream.empty()
        : Stream.of(right + " ON SCHEMA " + PostgresSession.identifier(schema));
  }

  static boolean isOfSchema(DumpEntry entry) {
    return entry.schema().isEmpty() && entry.tag().startsWith("SCHEMA ");
  }

  private Stream<DumpEntry> rightsOf(String role) {
    return selection.rights().stream().filter(entry -> entry.owner().equals(role));
  }

  /** What a role gave to whoever owned its things until now went into its own rights. */
  private void as(String role, List<DumpEntry> rights) {
    if (!rights.isEmpty()) {
      session.execute("SET LOCAL ROLE " + PostgresSession.identifier(role));
      rights.forEach(statements::make);
      session.execute("SET LOCAL ROLE NONE");
    }
  }
}
