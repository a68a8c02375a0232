package dev.salvor.cli.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How single answers are read. */
class AnswersTest {
  private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "postgresql://shop@127.0.0.1:5432/shop, shop, shop",
    "postgres://shop@db, shop, ",
    "postgresql://shop@db/, shop, ",
    "postgresql://a%40b@one:1,  , ",
    "'postgresql://shop@one:5432,two:5432/my%20shop?sslmode=require', shop, my shop",
    "postgresql://shop@[::1]:5432/a+b, shop, a+b",
  })
  void anAddressNamesUserAndDatabase(String uri, String user, String database) {
    var address = ServerAddress.parse(uri);

    assertThat(address.user()).isEqualTo(user == null ? "a@b" : user);
    assertThat(address.database()).isEqualTo(database);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://shop:hunter2@db/shop",
        "postgresql://shop:@db/shop",
        "postgresql://shop@db/shop?password=hunter2",
        "postgresql://shop@db/shop?sslmode=require&password=hunter2",
        "postgresql://shop@db/shop?p%61ssword=hunter2",
        "postgresql://shop@db/shop?sslpassword=hunter2",
        "postgresql://shop@db/?dbname=shop",
        "postgresql://shop@db/shop?sslmode=foo",
        "postgresql://shop@db/100%",
        "postgresql://shop@/shop",
        "postgresql://shop@db:99999/shop",
        "postgresql://shop@[::1/shop",
        "postgresql://db/shop",
        "mysql://shop@db/shop",
        "shop"
      })
  void anAddressThatHoldsASecretOrThatNoRunCouldUseIsRefusedAndNotRepeated(String uri) {
    assertThat(ServerAddress.refusal(uri))
        .hasValueSatisfying(text -> assertThat(text).doesNotContain("hunter2"));
  }

  @ParameterizedTest
  @CsvSource({
    "hourly, H * * * *, 3h",
    "daily, H 2 * * *, 26h",
    "weekly, H 2 * * 0, 170h",
    "*/30 * * * *, */30 * * * *, 2h",
    "0 3 1 * *, 0 3 1 * *, 746h",
    "0 3 * * 1-5, 0 3 * * 1-5, 74h",
    "0 * * * 1-5, 0 * * * 1-5, 51h",
    "*/15 8-18 * * 1-5, */15 8-18 * * 1-5, 63h",
    "0 * 1 * *, 0 * 1 * *, 723h",
  })
  void aRhythmSaysHowOldAPointMayGet(String text, String cron, String objective) {
    var rhythm = Rhythm.of(text);

    assertThat(rhythm.refusal()).isEmpty();
    assertThat(rhythm.cron()).isEqualTo(cron);
    assertThat(rhythm.objective(NOW)).isEqualTo(objective);
  }

  @ParameterizedTest
  @CsvSource({"hourly, true", "0 8-18 * * 1-5, true", "daily, false", "0 */3 * * *, false"})
  void aRhythmOfHoursHasItsNightsOff(String text, boolean hourly) {
    assertThat(Rhythm.of(text).isHourly()).isEqualTo(hourly);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nightly", "* * * * *", "0 0 30 2 *", "H 2 * *"})
  void aRhythmThatNoHostWouldFollowIsRefused(String text) {
    assertThat(Rhythm.of(text).refusal()).isPresent();
  }

  @Test
  void whatIsKeptIsReadInAnyOrder() {
    assertThat(Keeping.parse(" 12m, 14d 8w").counts())
        .isEqualTo(Map.of("keepLast", 3, "keepDaily", 14, "keepWeekly", 8, "keepMonthly", 12));
    assertThat(Keeping.parse(Keeping.USUAL_OF_HOURLY).counts()).containsEntry("keepHourly", 48);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "14", "0d", "14days", "d14", "1000d", "14d8w", "14d 3d"})
  void whatIsKeptInOtherWordsIsRefused(String text) {
    assertThat(Keeping.refusal(text)).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"/srv/Shop Files, shop-files-files", "/srv/_, files"})
  void aNameIsMadeOfAFolder(String path, String name) {
    assertThat(new Source.Folder(path).suggestedName()).isEqualTo(name);
  }

  @RepeatedTest(3)
  void aPasswordThatIsMadeIsLongAndNeverShownByMistake() {
    var made = Hidden.generate();

    assertThat(made.value()).matches("([a-hjkmnp-z2-9]{5}-){5}[a-hjkmnp-z2-9]{5}");
    assertThat(made).isNotEqualTo(Hidden.generate());
    assertThat(made.toString()).doesNotContain(made.value());
  }
}
