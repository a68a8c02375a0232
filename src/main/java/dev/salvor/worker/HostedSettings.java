package dev.salvor.worker;

import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.postgres.DatabasePropertiesReader;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DatabaseStatements;
import dev.salvor.engine.postgres.restore.ServerRoles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Settings of roles and of the database, which no dump of its content holds: of what Supabase sets
 * itself a restore takes few, and says the others.
 *
 * @param session with the project they go to
 */
record HostedSettings(PostgresSession session, RestoreSource source) {
  private static final String OF_THE_APPLICATION = "app.settings.";
  private static final String OF_TOKENS = OF_THE_APPLICATION + "jwt_";

  private static final String SETTINGS_OF_ROLES =
      "SELECT 'ALTER ROLE ' || r.rolname || ' SET ' || c.setting FROM"
          + " pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole CROSS"
          + " JOIN LATERAL pg_catalog.unnest(s.setconfig) c(setting) WHERE s.setdatabase = 0";

  /** Those that a customer sets, of roles that Supabase makes and of the database. */
  List<String> statements() {
    var statements =
        new ArrayList<>(ServerRoles.settings(session, source.globals(), HostedSettings::isSet));
    source.facts().properties().settings().stream()
        .filter(text -> text.startsWith(OF_THE_APPLICATION))
        .filter(text -> !text.startsWith(OF_TOKENS))
        .map(
            text ->
                DatabaseStatements.setting(
                    PostgresSession.identifier(SupabaseSource.DATABASE), text))
        .forEach(statements::add);
    return statements;
  }

  private static boolean isSet(String name) {
    return Set.of("statement_timeout", "track_io_timing").contains(name)
        || name.startsWith("pgrst.")
        || name.startsWith("pgaudit.");
  }

  /** All others that the source had and the project has not: of many only Supabase knows why. */
  Stream<String> others() {
    var ofRoles = session.rows(SETTINGS_OF_ROLES, row -> comparable(row.getString(1)));
    var ofDatabase = DatabasePropertiesReader.read(session).settings();
    var others =
        Stream.concat(
                ServerRoles.settings(session, source.globals(), name -> !isSet(name)).stream()
                    .filter(statement -> !ofRoles.contains(comparable(statement)))
                    .map(statement -> statement.replaceFirst("(?s) (TO|=) .*", ""))
                    .map(statement -> statement.replaceFirst("^ALTER ", "").replace(" SET ", " ")),
                source.facts().properties().settings().stream()
                    .filter(text -> !text.startsWith(OF_THE_APPLICATION))
                    .filter(text -> !ofDatabase.contains(text))
                    .map(text -> "DATABASE " + DatabaseStatements.nameOf(text)))
            .map(text -> text.toLowerCase(Locale.ROOT))
            .toList();
    return others.isEmpty()
        ? Stream.empty()
        : Stream.of("settings that a restore leaves as they are: " + String.join(", ", others));
  }

  /** A list is written with quotes around each, and kept without. */
  private static String comparable(String setting) {
    return setting.replaceFirst(" TO ", "=").replaceAll("[\\s\"';]", "");
  }
}
