package dev.salvor.plan.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronExpressionTest {
  private static final ScheduleSeed SEED = new ScheduleSeed("shop", "shop-db", "backup");

  /** 2026-03-01 is a Sunday. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          0 2 * * *           | 2026-03-01T02:00 2026-03-02T02:00 2026-03-03T02:00
          5 0 * * *           | 2026-03-01T00:05 2026-03-02T00:05
          */20 5 * * *        | 2026-03-01T05:00 2026-03-01T05:20 2026-03-01T05:40 2026-03-02T05:00
          0 */10 * * *        | 2026-03-01T00:00 2026-03-01T10:00 2026-03-01T20:00 2026-03-02T00:00
          30 22-23 * * *      | 2026-03-01T22:30 2026-03-01T23:30 2026-03-02T22:30
          0 8-18/5 * * *      | 2026-03-01T08:00 2026-03-01T13:00 2026-03-01T18:00 2026-03-02T08:00
          50/5 3 * * *        | 2026-03-01T03:50 2026-03-01T03:55 2026-03-02T03:50
          0,30 4 * * *        | 2026-03-01T04:00 2026-03-01T04:30 2026-03-02T04:00
          1,2-3,10-20/5 4 1 * *  | 2026-03-01T04:01 2026-03-01T04:02 2026-03-01T04:03 2026-03-01T04:10 2026-03-01T04:15 2026-03-01T04:20 2026-04-01T04:01
          0 2 * * MON         | 2026-03-02T02:00 2026-03-09T02:00
          0 2 * * mon-wed     | 2026-03-02T02:00 2026-03-03T02:00 2026-03-04T02:00 2026-03-09T02:00
          0 2 * * 0           | 2026-03-01T02:00 2026-03-08T02:00
          0 2 * * 7           | 2026-03-01T02:00 2026-03-08T02:00
          0 2 * * FRI-SUN     | 2026-03-01T02:00 2026-03-06T02:00 2026-03-07T02:00 2026-03-08T02:00
          0 2 * * 6-7         | 2026-03-01T02:00 2026-03-07T02:00 2026-03-08T02:00
          0 2 * * */3         | 2026-03-01T02:00 2026-03-04T02:00 2026-03-07T02:00 2026-03-08T02:00
          0 2 31 * *          | 2026-03-31T02:00 2026-05-31T02:00 2026-07-31T02:00 2026-08-31T02:00
          0 2 29 2 *          | 2028-02-29T02:00 2032-02-29T02:00
          0 2 30,31 2,4 *     | 2026-04-30T02:00 2027-04-30T02:00
          0 2 * JAN,Jul *     | 2026-07-01T02:00 2026-07-02T02:00
          0 2 13 * FRI        | 2026-03-06T02:00 2026-03-13T02:00 2026-03-20T02:00
          0 2 1 * MON         | 2026-03-01T02:00 2026-03-02T02:00 2026-03-09T02:00
          0 2 */2 * MON       | 2026-03-09T02:00 2026-03-23T02:00 2026-04-13T02:00
          0 2 13 * */6        | 2026-06-13T02:00 2026-09-13T02:00 2026-12-13T02:00
          59 23 31 12 *       | 2026-12-31T23:59 2027-12-31T23:59
          ~  0   2 * *    *  ~ | 2026-03-01T02:00 2026-03-02T02:00
          """)
  void comesByAtTheseWallTimes(String cron, String expected) {
    var expression = CronExpression.parse(cron, SEED);
    var times = List.of(expected.split(" ", -1));

    var wall = LocalDateTime.parse("2026-03-01T00:00");
    var found = new ArrayList<String>();
    for (int nr = 0; nr < times.size(); nr++) {
      wall = expression.nextAtOrAfter(wall);
      found.add(wall.toString());
      wall = wall.plusMinutes(1);
    }

    assertThat(found).isEqualTo(times);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          0 0 2 * * *      | '0 0 2 * * *' has six fields; five are wanted: minute, hour, day of month, month, day of week. There is no field for seconds: drop the first
          0 0 2 * * * 2026 | has seven fields; five are wanted: minute, hour, day of month, month, day of week. There are none for seconds and years
          0 2 * *          | '0 2 * *' has 4 fields; five are wanted
          hourly           | 'hourly' has 1 field; five are wanted
          @daily           | '@daily' is a shorthand, which would run everything in the same minute: write five fields such as 'H H * * *'
          @every 5m        | is a shorthand
          TZ=UTC 0 2 * * * | names a time zone: write it in the field timeZone
          CRON_TZ=UTC 0 2 * * * | names a time zone
          0 2 30 2 *       | day of month '30' does not exist in month '2' of any year
          0 2 30-31 FEB *  | day of month '30-31' does not exist in month 'FEB' of any year
          0 2 31 4,6,9,11 * | day of month '31' does not exist in month '4,6,9,11' of any year
          0 2 31 4 MON     | day of month '31' does not exist in month '4' of any year
          60 2 * * *       | minute '60' is out of range; the minute is 0 to 59
          0 24 * * *       | hour '24' is out of range; the hour is 0 to 23
          0 2 0 * *        | day of month '0' is out of range; the day of month is 1 to 31
          0 2 32 * *       | day of month '32' is out of range
          0 2 * 13 *       | month '13' is out of range; the month is 1 to 12 or JAN to DEC
          0 2 * * 8        | day of week '8' is out of range; the day of week is 0 to 7 or SUN to SAT
          0 2 * * MONDAY   | day of week 'MONDAY' is not understood
          0 2 * * ANF      | day of week 'ANF' is not understood
          0 2 MON * *      | day of month 'MON' is not understood; the day of month is 1 to 31
          -1 2 * * *       | minute '-1' is not understood
          ٣ 2 * * *        | minute '٣' is not understood
          5-1 2 * * *      | minute '5-1' is a range that ends before it begins
          1-2-3 2 * * *    | minute '1-2-3' is not a range
          0 2 * * SAT-MON  | day of week 'SAT-MON' is a range that ends before it begins
          1,,2 2 * * *     | minute '1,,2' has an empty entry
          */0 2 * * *      | minute '*/0' has a step of 0
          */90 * * * *     | minute '*/90' has a step of 90, which a field of 60 values never takes
          0 */24 * * *     | hour '*/24' has a step of 24, which a field of 24 values never takes
          */x 2 * * *      | minute '*/x' has a step that is not a number
          */2/2 2 * * *    | minute '*/2/2' has more than one step
          0 2 ? * *        | uses ? or # of another cron
          0 2 * * 1#2      | uses ? or # of another cron
          0 2 L * *        | day of month 'L' is not understood
          0 2 15W * *      | day of month '15W' is not understood
          H(5 2 * * *      | minute 'H(5' is not a hash; they are written H, H(1-5), H/15 or H(0-29)/10
          H5 2 * * *       | minute 'H5' is not a hash
          H(9-3) 2 * * *   | minute 'H(9-3)' is a range that ends before it begins
          H(0-75) 2 * * *  | minute 'H(0-75)' is out of range
          H/0 2 * * *      | minute 'H/0' has a step of 0
          """)
  void refusesWithAMessageThatSaysWhy(String cron, String message) {
    assertThatThrownBy(() -> CronExpression.parse(cron, SEED))
        .isInstanceOf(InvalidCronException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesTheEmptyText() {
    assertThatThrownBy(() -> CronExpression.parse("  ", SEED))
        .isInstanceOf(InvalidCronException.class)
        .hasMessageContaining("five are wanted");
  }

  @Test
  void hashIsStableForOneSeedAndSpreadsOverSeeds() {
    var minutes = new HashSet<Integer>();
    for (int policy = 0; policy < 400; policy++) {
      var seed = new ScheduleSeed("shop", "policy-" + policy, "backup");
      var once = firstOf("H 2 * * *", seed);
      assertThat(firstOf("H 2 * * *", seed)).isEqualTo(once);
      assertThat(once.getHour()).isEqualTo(2);
      minutes.add(once.getMinute());
    }
    assertThat(minutes).hasSizeGreaterThan(50);
  }

  /** The value itself is a promise: a new version that draws another moves everybody's backups. */
  @Test
  void hashNeverChangesBetweenVersions() {
    assertThat(firstOf("H H * * *", SEED)).isEqualTo("2026-03-01T14:22");
    assertThat(firstOf("H H H * *", SEED)).isEqualTo("2026-03-12T14:22");
  }

  @Test
  void hashOfMinuteAndHourAndOfPurposesAreIndependent() {
    var pairs = new HashSet<Integer>();
    int same = 0;
    for (int policy = 0; policy < 300; policy++) {
      var backup = firstOf("H H * * *", new ScheduleSeed("shop", "p" + policy, "backup"));
      var verify = firstOf("H H * * *", new ScheduleSeed("shop", "p" + policy, "verify"));
      pairs.add(backup.getHour() * 60 + backup.getMinute());
      same += backup.equals(verify) ? 1 : 0;
    }
    assertThat(pairs).hasSizeGreaterThan(240);
    assertThat(same).isLessThan(5);
  }

  @Test
  void hashStaysInItsRange() {
    for (int policy = 0; policy < 300; policy++) {
      var seed = new ScheduleSeed("n", "p" + policy, "backup");
      assertThat(firstOf("H(10-14) H(0-4) * * *", seed))
          .matches(wall -> wall.getMinute() >= 10 && wall.getMinute() <= 14)
          .matches(wall -> wall.getHour() <= 4);
      assertThat(firstOf("0 2 H * *", seed).getDayOfMonth()).isBetween(1, 28);
      assertThat(firstOf("0 2 * H *", seed).getMonthValue()).isBetween(1, 12);
      var weekly = CronExpression.parse("0 2 * * H", seed);
      var first = weekly.nextAtOrAfter(LocalDateTime.parse("2026-03-01T00:00"));
      assertThat(weekly.nextAtOrAfter(first.plusMinutes(1))).isEqualTo(first.plusDays(7));
    }
  }

  @Test
  void hashWithAStepBeginsSomewhereBelowTheStep() {
    var offsets = new HashSet<Integer>();
    for (int policy = 0; policy < 200; policy++) {
      var seed = new ScheduleSeed("n", "p" + policy, "backup");
      var expression = CronExpression.parse("H/15 * * * *", seed);
      var wall = expression.nextAtOrAfter(LocalDateTime.parse("2026-03-01T00:00"));
      offsets.add(wall.getMinute());
      for (int nr = 0; nr < 5; nr++) {
        var next = expression.nextAtOrAfter(wall.plusMinutes(1));
        assertThat(next).isEqualTo(wall.plusMinutes(15));
        wall = next;
      }
      var inRange = firstOf("H(30-40)/20 * * * *", seed);
      assertThat(inRange.getMinute()).isBetween(30, 40);
    }
    assertThat(offsets).hasSize(15).allMatch(minute -> minute < 15);
  }

  @ParameterizedTest
  @CsvSource({
    "* * * * *, 1",
    "*/5 * * * *, 5",
    "0 * * * *, 60",
    "0 2 * * *, 1440",
    "0 2 1 1 *, 1440",
    "'0 2,3 * * *', 60",
    "'50,0 0,23 * * *', 10",
    "'0,7 2 * * *', 7",
    "*/40 * * * *, 20",
  })
  void knowsItsShortestInterval(String cron, long minutes) {
    assertThat(CronExpression.parse(cron, SEED).shortestInterval())
        .isEqualTo(Duration.ofMinutes(minutes));
  }

  @Test
  void aRareDayIsFoundOverACenturyWithoutItsLeapYear() {
    var expression = CronExpression.parse("0 2 29 2 *", SEED);

    assertThat(expression.nextAtOrAfter(LocalDateTime.parse("2096-03-01T00:00")))
        .isEqualTo("2104-02-29T02:00");
  }

  @Test
  void secondsAreRoundedUp() {
    assertThat(
            CronExpression.parse("0 2 * * *", SEED)
                .nextAtOrAfter(LocalDateTime.parse("2026-03-01T02:00:00.001")))
        .isEqualTo("2026-03-02T02:00");
  }

  private static LocalDateTime firstOf(String cron, ScheduleSeed seed) {
    return CronExpression.parse(cron, seed).nextAtOrAfter(LocalDateTime.parse("2026-03-01T00:00"));
  }
}
