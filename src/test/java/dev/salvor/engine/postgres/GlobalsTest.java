package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GlobalsTest {
  private static final String SQL =
      """
      --
      -- Roles
      --

      CREATE ROLE boss;
      ALTER ROLE boss WITH SUPERUSER PASSWORD 'SCRAM-SHA-256$4096:x';
      CREATE ROLE "Odd ""Role";
      COMMENT ON ROLE boss IS 'not
      CREATE ROLE "ghost; really';

      -- PostgreSQL database cluster dump complete
      """;

  @Test
  void rolesAreRead() {
    assertThat(Globals.roles(SQL)).containsExactlyInAnyOrder("boss", "Odd \"Role");
  }

  @Test
  void whoIsNotMadeIsMissingUnlessPredefined() {
    assertThat(
            Globals.missing(SQL, List.of("boss", "pg_read_all_data", "nobody", "Odd \"Role", "a")))
        .containsExactly("a", "nobody");
  }

  @Test
  void aCutOutputIsNotWhole() {
    assertThat(Globals.whole(SQL)).isTrue();
    assertThat(Globals.whole(SQL.substring(0, SQL.length() - 20))).isFalse();
  }
}
