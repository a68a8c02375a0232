package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RestoreNamesTest {
  private static final Instant UNTIL = Instant.parse("2026-11-22T18:30:00Z");

  @Test
  void tellsItsOwnDatabasesApart() {
    var names = new RestoreNames("shop", "uid-1");
    var other = new RestoreNames("shop", "uid-2");
    assertThat(names.side()).startsWith("shop__salvor_new_").isNotEqualTo(other.side());
    assertThat(names.kept(UNTIL)).startsWith("shop__salvor_kept_").endsWith("_2026112219");
    assertThat(names.isKept(names.kept(UNTIL))).isTrue();
    assertThat(names.isKept(other.kept(UNTIL))).isFalse();
    assertThat(names.isKept(names.side())).isFalse();
    assertThat(names.isKept(names.kept(UNTIL).replace("shop", "crm"))).isFalse();
    assertThat(names.isKept(names.kept(UNTIL) + "1")).isFalse();
    assertThat(names.kept()).startsWith("shop__salvor_kept_").endsWith("_YYYYMMDDHH");
    assertThat(new RestoreNames("shop", "uid-1").side()).isEqualTo(names.side());
  }

  @Test
  void isNeverKeptShorterThanAsked() {
    var kept = new RestoreNames("shop", "uid").kept(UNTIL);
    assertThat(RestoreNames.until(kept)).hasValue(Instant.parse("2026-11-22T19:00:00Z"));
  }

  @Test
  void onlyNamesThatARestoreMakesAreOurs() {
    var names = new RestoreNames("shop", "uid");
    assertThat(RestoreNames.isOurs(names.side())).isTrue();
    assertThat(RestoreNames.isOurs(names.kept(UNTIL))).isTrue();
    for (var name :
        List.of(
            "shop",
            "postgres",
            "shop__salvor_",
            "shop__salvor_kept",
            "shop__salvor_kept_abcdefgh",
            "shop__salvor_kept_abcdefgh_2026112219x",
            "salvor_kept_abcdefgh_2026112219")) {
      assertThat(RestoreNames.isOurs(name)).as(name).isFalse();
      assertThat(RestoreNames.until(name)).as(name).isEmpty();
    }
  }

  @Test
  void staysWithinPostgresLimitOfBytesAndWithinCharacters() {
    for (var target : List.of("x".repeat(63), "ü".repeat(31), "€".repeat(21), "😀".repeat(15))) {
      var names = new RestoreNames(target, "uid");
      assertThat(names.isKept(names.kept(UNTIL))).isTrue();
      for (var name : List.of(names.side(), names.kept(UNTIL))) {
        assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(50, 63);
        assertThat(name).doesNotContain("?").startsWith(target.substring(0, 6));
        assertThat(RestoreNames.isOurs(name)).isTrue();
      }
    }
  }
}
