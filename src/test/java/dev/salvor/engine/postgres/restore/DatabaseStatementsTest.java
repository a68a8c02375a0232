package dev.salvor.engine.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.DatabaseProperties;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@NullMarked
class DatabaseStatementsTest {
  @Test
  void makesADatabaseWithEachLocaleProvider() {
    assertThat(DatabaseStatements.create("o\"dd", properties("libc", null)))
        .isEqualTo(
            "CREATE DATABASE \"o\"\"dd\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'de_DE'"
                + " LC_CTYPE 'C' LOCALE_PROVIDER libc");
    assertThat(DatabaseStatements.create("d", properties("icu", "de")))
        .endsWith("LOCALE_PROVIDER icu ICU_LOCALE 'de'");
    assertThat(DatabaseStatements.create("d", properties("builtin", "C.UTF-8")))
        .endsWith("LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'");
  }

  @Test
  void replaysRightsSettingsLimitAndComment() {
    assertThat(
            DatabaseStatements.properties(
                "d",
                new DatabaseProperties(
                    "The Owner",
                    "UTF8",
                    "libc",
                    null,
                    "C",
                    "C",
                    "pg_default",
                    7,
                    List.of("\"The Owner\"=CTc/\"The Owner\"", "app=c*/\"The Owner\""),
                    List.of(
                        "search_path=\"$user\", public, \"a \"\"b\", \"\"",
                        "work_mem=5MB",
                        "\"a \"\"role\" application_name=it's"),
                    "it's")))
        .containsExactly(
            "ALTER DATABASE \"d\" OWNER TO \"The Owner\"",
            "REVOKE ALL ON DATABASE \"d\" FROM PUBLIC",
            "REVOKE ALL ON DATABASE \"d\" FROM \"The Owner\"",
            "GRANT CREATE ON DATABASE \"d\" TO \"The Owner\"",
            "GRANT TEMPORARY ON DATABASE \"d\" TO \"The Owner\"",
            "GRANT CONNECT ON DATABASE \"d\" TO \"The Owner\"",
            "GRANT CONNECT ON DATABASE \"d\" TO \"app\" WITH GRANT OPTION",
            "ALTER DATABASE \"d\" SET search_path TO '$user', 'public', 'a \"b', ''",
            "ALTER DATABASE \"d\" SET work_mem TO '5MB'",
            "ALTER ROLE \"a \"\"role\" IN DATABASE \"d\" SET application_name TO 'it''s'",
            "ALTER DATABASE \"d\" CONNECTION LIMIT 7",
            "COMMENT ON DATABASE \"d\" IS 'it''s'");
  }

  @Test
  void namesTheRolesThatPropertiesNeed() {
    assertThat(
            DatabaseStatements.roles(
                new DatabaseProperties(
                    "boss",
                    "UTF8",
                    "libc",
                    null,
                    "C",
                    "C",
                    "pg_default",
                    -1,
                    List.of("=Tc/boss", "app=c/boss", "\"a=\"\"b\"=c/boss"),
                    List.of("work_mem=1MB", "\"a \"\"role\" work_mem=5MB"),
                    null)))
        .containsExactlyInAnyOrder("boss", "app", "a=\"b", "a \"role");
  }

  @Test
  void rightsThatWidenAreADifference() {
    var narrow = acl("boss=CTc/boss", "app=c/boss");
    assertThat(PropertiesComparison.differences(narrow, acl("app=c/boss", "boss=CTc/boss")))
        .isEmpty();
    // Whoever granted it.
    assertThat(PropertiesComparison.differences(narrow, acl("boss=CTc/boss", "app=c/other")))
        .isEmpty();
    for (var other :
        List.of(
            acl("=Tc/boss", "boss=CTc/boss", "app=c/boss"),
            acl("boss=CTc/boss", "app=c*/boss"),
            acl("boss=CTc/boss", "app=Cc/boss"),
            acl("boss=CTc/boss"))) {
      assertThat(PropertiesComparison.differences(narrow, other))
          .singleElement()
          .asString()
          .startsWith("rights is ");
    }
  }

  private static DatabaseProperties acl(String... entries) {
    return new DatabaseProperties(
        "boss",
        "UTF8",
        "libc",
        null,
        "C",
        "C",
        "pg_default",
        -1,
        List.of(entries),
        List.of(),
        null);
  }

  private static DatabaseProperties properties(String provider, @Nullable String locale) {
    return new DatabaseProperties(
        "boss",
        "UTF8",
        provider,
        locale,
        "de_DE",
        "C",
        "pg_default",
        -1,
        List.of(),
        List.of(),
        null);
  }
}
