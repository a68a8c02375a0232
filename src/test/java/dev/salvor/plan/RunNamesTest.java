package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.plan.RunNames.Cause;
import java.time.Instant;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class RunNamesTest {
  private static final Cause TICK = new Cause.Scheduled(Instant.parse("2026-03-01T02:00:00Z"));
  private static final String DNS_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

  @Test
  void theSameWorkHasTheSameNameForEver() {
    // The value is a promise: another one would start work again that is under way at an upgrade.
    assertThat(RunNames.of("shop-db", "uid-1", Purpose.BACKUP, TICK, 1))
        .isEqualTo("shop-db-backup-76hrbdgrygeq");
  }

  @Test
  void everyPartMakesAnotherName() {
    var names = new HashSet<String>();
    for (var uid : new String[] {"uid-1", "uid-2"}) {
      for (var purpose : Purpose.values()) {
        for (int attempt = 1; attempt <= 3; attempt++) {
          names.add(RunNames.of("p", uid, purpose, TICK, attempt));
          names.add(
              RunNames.of(
                  "p",
                  uid,
                  purpose,
                  new Cause.Scheduled(Instant.parse("2026-03-02T02:00:00Z")),
                  attempt));
          names.add(RunNames.of("p", uid, purpose, new Cause.Requested("r"), attempt));
          names.add(RunNames.of("p", uid, purpose, new Cause.Requested("s"), attempt));
          names.add(RunNames.of("p", uid, purpose, new Cause.Following("r", "1"), attempt));
          names.add(RunNames.of("p", uid, purpose, new Cause.Following("r", "2"), attempt));
        }
      }
    }
    assertThat(names).hasSize(2 * Purpose.values().length * 3 * 6);
  }

  @Test
  void isALabelHoweverLongThePolicysName() {
    for (var policy :
        new String[] {
          "a",
          "shop-db",
          "0db",
          "x".repeat(253),
          "db.example.org",
          "a".repeat(39) + "-b",
          "a".repeat(39) + ".b",
          "a-" + "-".repeat(60) + "b"
        }) {
      for (var purpose : Purpose.values()) {
        var name = RunNames.of(policy, "uid", purpose, TICK, 11);
        assertThat(name).matches(DNS_LABEL).hasSizeLessThanOrEqualTo(63);
      }
    }
  }

  @Test
  void policiesThatShareTheirFirstLettersDiffer() {
    var prefix = "a-very-long-name-of-a-policy-that-is-cut-at-forty";

    assertThat(RunNames.of(prefix + "-1", "uid-1", Purpose.BACKUP, TICK, 1))
        .isNotEqualTo(RunNames.of(prefix + "-2", "uid-2", Purpose.BACKUP, TICK, 1));
  }
}
