package dev.salvor.plan.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Isolation;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where programs of the user may look at a copy of files; of databases: {@link VerdictsTest}. */
class IsolationRuleTest {
  @ParameterizedTest
  @CsvSource({
    "REQUIRED,  ENFORCED,     true",
    "REQUIRED,  NOT_ENFORCED, false",
    "REQUIRED,  UNKNOWN,      false",
    "AUTO,      ENFORCED,     true",
    "AUTO,      NOT_ENFORCED, false",
    "AUTO,      UNKNOWN,      false",
    "AUTO,      STORE_ONLY,   false",
    "PREFERRED, NOT_ENFORCED, true",
    "PREFERRED, UNKNOWN,      true",
    "UNKNOWN,   NOT_ENFORCED, false"
  })
  void commandsAreRunWhereTheyReachNobodyOrThatIsAccepted(
      IsolationMode mode, Isolation isolation, boolean permitted) {
    assertThat(IsolationRule.obstacleToCommands(mode, isolation).isEmpty()).isEqualTo(permitted);
  }

  @Test
  void thatTheCopyItselfIsRightIsSaid() {
    assertThat(IsolationRule.obstacleToCommands(IsolationMode.AUTO, Isolation.UNKNOWN))
        .map(Failure::message)
        .contains(
            "The copy is what was backed up, but no command of your checks was run: the sandbox is"
                + " not known to be isolated.");
    assertThat(IsolationRule.obstacleToCommands(IsolationMode.AUTO, Isolation.NOT_ENFORCED))
        .map(Failure::reason)
        .contains(Reason.NOT_ISOLATED);
  }
}
