package dev.salvor.engine.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.restore.RolesPlan.Power;
import java.util.List;
import org.junit.jupiter.api.Test;

class RolesPlanTest {
  private static final String GLOBALS =
      """
      --
      -- PostgreSQL database cluster dump
      --

      \\restrict 0qKd

      SET default_transaction_read_only = off;
      SET standard_conforming_strings = on;

      CREATE ROLE app;
      ALTER ROLE app WITH NOSUPERUSER INHERIT LOGIN PASSWORD 'SCRAM-SHA-256$4096:a;b--''SUPERUSER';
      CREATE ROLE boss;
      ALTER ROLE boss WITH SUPERUSER INHERIT CREATEROLE LOGIN REPLICATION BYPASSRLS PASSWORD 'md5x';
      CREATE ROLE "odd; \\! touch /tmp/x ""name";
      ALTER ROLE "odd; \\! touch /tmp/x ""name" WITH NOLOGIN;
      COMMENT ON ROLE app IS E'it\\'s; the \\\\ app';
      ALTER ROLE app SET work_mem TO '64MB';
      CREATE ROLE readers;
      ALTER ROLE readers WITH NOLOGIN;
      CREATE TABLESPACE fast OWNER boss LOCATION '/fast';

      GRANT readers TO app WITH INHERIT TRUE GRANTED BY boss;
      GRANT pg_monitor TO app GRANTED BY boss;
      GRANT boss TO readers;

      \\unrestrict 0qKd
      """;

  /** Of the whole of a project: an API's role that exists must become one that is new. */
  @Test
  void aMembershipIsMadeWhereOneSideIsNew() {
    var plan =
        RolesPlan.of(
            RolesMode.MISSING,
            GLOBALS,
            List.of("readers"),
            List.of("app", "boss"),
            Power.SUPERUSER,
            RolesPlan.Memberships.WITH_NEW);

    assertThat(plan.statements())
        .containsExactly(
            "CREATE ROLE readers",
            "ALTER ROLE readers WITH NOLOGIN",
            "GRANT readers TO app WITH INHERIT TRUE",
            "GRANT boss TO readers");
    assertThat(plan.leftOut()).isEmpty();

    var nothingNew =
        RolesPlan.of(
            RolesMode.MISSING,
            GLOBALS,
            List.of(),
            List.of("app", "boss", "readers"),
            Power.SUPERUSER,
            RolesPlan.Memberships.WITH_NEW);
    assertThat(nothingNew.statements()).isEmpty();
  }

  @Test
  void makesOnlyWhatIsNeededAndMissing() {
    var plan =
        RolesPlan.of(
            RolesMode.MISSING,
            GLOBALS,
            List.of("app", "readers", "boss", "public", "pg_read_all_data"),
            List.of("boss"),
            Power.SUPERUSER);

    assertThat(plan.created()).containsExactly("app", "readers");
    assertThat(plan.statements())
        .containsExactly(
            "CREATE ROLE app",
            "ALTER ROLE app WITH NOSUPERUSER INHERIT LOGIN PASSWORD"
                + " 'SCRAM-SHA-256$4096:a;b--''SUPERUSER'",
            "COMMENT ON ROLE app IS E'it\\'s; the \\\\ app'",
            "ALTER ROLE app SET work_mem TO '64MB'",
            "CREATE ROLE readers",
            "ALTER ROLE readers WITH NOLOGIN",
            "GRANT readers TO app WITH INHERIT TRUE");
    assertThat(plan.leftOut())
        .containsExactly(
            "role app is not made a member of pg_monitor, which exists",
            "role readers is not made a member of boss, which exists");
  }

  @Test
  void neverTouchesARoleThatExists() {
    for (var mode : List.of(RolesMode.MISSING, RolesMode.ALL)) {
      var plan =
          RolesPlan.of(
              mode,
              GLOBALS,
              List.of("app", "boss", "readers"),
              List.of("app", "boss", "readers"),
              Power.SUPERUSER);
      assertThat(plan.statements())
          .noneMatch(sql -> sql.contains("app") || sql.contains("boss") || sql.contains("readers"));
    }
  }

  @Test
  void saysWhereARoleThatExistsIsNotMadeAMember() {
    var plan =
        RolesPlan.of(
            RolesMode.MISSING,
            GLOBALS,
            List.of("app", "readers"),
            List.of("app", "boss"),
            Power.SUPERUSER);
    assertThat(plan.statements()).noneMatch(sql -> sql.contains("app"));
    assertThat(plan.leftOut())
        .containsExactly(
            "role app, which exists, is not made a member of readers",
            "role readers is not made a member of boss, which exists");
  }

  @Test
  void allMakesEveryRoleOfTheSource() {
    var plan = RolesPlan.of(RolesMode.ALL, GLOBALS, List.of(), List.of("boss"), Power.SUPERUSER);
    assertThat(plan.created()).containsExactly("app", "odd; \\! touch /tmp/x \"name", "readers");
    assertThat(plan.statements()).noneMatch(sql -> sql.contains("TABLESPACE"));
    assertThat(plan.statements()).contains("CREATE ROLE \"odd; \\! touch /tmp/x \"\"name\"");
  }

  @Test
  void noneNamesWhatIsMissing() {
    assertThatThrownBy(
            () ->
                RolesPlan.of(
                    RolesMode.NONE,
                    GLOBALS,
                    List.of("app", "boss"),
                    List.of("boss"),
                    Power.ORDINARY))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.RESTORE_FAILED);
              assertThat(e).hasMessageContaining(": app;");
            });
    assertThat(
            RolesPlan.of(RolesMode.NONE, GLOBALS, List.of("boss"), List.of("boss"), Power.ORDINARY)
                .statements())
        .isEmpty();
  }

  @Test
  void anOrdinaryRoleGivesNoPowersAndSaysSo() {
    var plan =
        RolesPlan.of(RolesMode.MISSING, GLOBALS, List.of("boss", "app"), List.of(), Power.ORDINARY);
    assertThat(plan.statements())
        .contains("ALTER ROLE boss WITH INHERIT CREATEROLE LOGIN PASSWORD 'md5x'")
        // What looks like an attribute within a password stays.
        .contains(
            "ALTER ROLE app WITH INHERIT LOGIN PASSWORD"
                + " 'SCRAM-SHA-256$4096:a;b--''SUPERUSER'");
    assertThat(plan.leftOut())
        .contains(
            "role boss is made without SUPERUSER",
            "role boss is made without REPLICATION",
            "role boss is made without BYPASSRLS");
  }

  @Test
  void withoutGlobalsOwnersAreMadeThatCannotLogIn() {
    var plan = RolesPlan.of(RolesMode.MISSING, "", List.of("a \"b\""), List.of(), Power.SUPERUSER);
    assertThat(plan.statements()).containsExactly("CREATE ROLE \"a \"\"b\"\"\" NOLOGIN");
    assertThat(plan.leftOut()).hasSize(1);
  }

  @Test
  void aScriptThatEndsEarlyOrHoldsCommandsIsRefused() {
    for (var script :
        List.of("CREATE ROLE a", "CREATE ROLE \"a;", "\\! id\nCREATE ROLE a;", "\\i x\n")) {
      assertThatThrownBy(
              () ->
                  RolesPlan.of(RolesMode.MISSING, script, List.of("a"), List.of(), Power.SUPERUSER))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT_RECOVERY_POINT));
    }
  }

  @Test
  void showsNoHash() {
    var plan = RolesPlan.of(RolesMode.ALL, GLOBALS, List.of(), List.of(), Power.SUPERUSER);
    assertThat(plan.toString()).doesNotContain("SCRAM").contains("app");
    assertThat(RoleStatement.of("ALTER ROLE app WITH PASSWORD 'md5x'").orElseThrow().toString())
        .doesNotContain("md5x");
  }
}
