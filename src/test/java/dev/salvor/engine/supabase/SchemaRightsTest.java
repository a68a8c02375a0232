package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rights on a schema as a dump says them: by statements that begin at what PostgreSQL makes. */
class SchemaRightsTest {
  private static List<String> rights(String schema, String... statements) {
    var acl =
        new DumpEntry(
            1,
            "ACL",
            "",
            "SCHEMA " + schema,
            "owner",
            String.join("\n", statements),
            "",
            "",
            List.of());
    return new SchemaRights(schema, List.of(acl))
        .atSource().stream().map(SchemaRights.Right::text).sorted().toList();
  }

  @Test
  void allMayUsePublicUntilThatIsTaken() {
    assertThat(new SchemaRights("public", List.of()).atSource())
        .containsExactly(new SchemaRights.Right("", "USAGE", false));
    assertThat(rights("app")).isEmpty();
    assertThat(rights("public", "REVOKE USAGE ON SCHEMA public FROM PUBLIC;")).isEmpty();
    assertThat(rights("public", "GRANT ALL ON SCHEMA public TO PUBLIC;"))
        .containsExactly("CREATE of PUBLIC", "USAGE of PUBLIC");
  }

  @Test
  void eachIsOfOneRoleAndItsOwnersAreNone() {
    assertThat(
            rights(
                "My App",
                "REVOKE ALL ON SCHEMA \"My App\" FROM owner;",
                "GRANT CREATE ON SCHEMA \"My App\" TO owner;",
                "GRANT USAGE ON SCHEMA \"My App\" TO anon;",
                "SET SESSION AUTHORIZATION clerk;",
                "GRANT USAGE ON SCHEMA \"My App\" TO \"The \"\"Other\"\"\";",
                "RESET SESSION AUTHORIZATION;",
                "GRANT ALL ON SCHEMA \"My App\" TO clerk WITH GRANT OPTION;"))
        .containsExactly(
            "CREATE of clerk with grant option",
            "USAGE of The \"Other\"",
            "USAGE of anon",
            "USAGE of clerk with grant option");
  }

  /** Who is called so is somebody. */
  @Test
  void aRoleMayBeCalledPublicInCapitals() {
    assertThat(
            new SchemaRights(
                    "app",
                    List.of(
                        new DumpEntry(
                            1,
                            "ACL",
                            "",
                            "SCHEMA app",
                            "owner",
                            "GRANT USAGE ON SCHEMA app TO \"PUBLIC\";",
                            "",
                            "",
                            List.of())))
                .atSource())
        .containsExactly(new SchemaRights.Right("PUBLIC", "USAGE", false));
  }
}
