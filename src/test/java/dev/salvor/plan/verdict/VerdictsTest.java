package dev.salvor.plan.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Isolation;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification.SqlCheck;
import dev.salvor.plan.proof.Coverage;
import dev.salvor.plan.verdict.CheckAnswer.Agreed;
import dev.salvor.plan.verdict.CheckAnswer.Disagreed;
import dev.salvor.plan.verdict.CheckAnswer.Errored;
import dev.salvor.plan.verdict.Verdicts.Confirmation.RestoreAgain;
import dev.salvor.plan.verdict.Verdicts.Confirmation.Settled;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VerdictsTest {
  private static final Coverage ALL = new Coverage(3, 3, 3, 1000, 1000, 1000);
  private static final Coverage NOTHING = new Coverage(3, 0, 0, 1000, 0, 0);
  private static final List<CheckAnswer> YES = List.of(new Agreed("fresh"));
  private static final CheckAnswer NO = new Disagreed("fresh", "'true'", "'f'");
  private static final CheckAnswer ERROR = new Errored("typo", "relation does not exist");

  @ParameterizedTest
  @EnumSource(
      value = FactsMode.class,
      names = {"COUNTS", "FULL"})
  void equalAndAgreedIsVerified(FactsMode facts) {
    assertThat(judge(facts, ALL, List.of(), List.of(), YES))
        .isEqualTo(outcome(VerdictOutcome.VERIFIED, null));
    assertThat(judge(facts, ALL, List.of(), List.of(), List.of()))
        .isEqualTo(outcome(VerdictOutcome.VERIFIED, null));
  }

  @Test
  void anEmptyDatabaseThatIsExpectedToBeEmptyCanBeVerified() {
    var findings = findings(FactsMode.FULL, Coverage.NOTHING, List.of(), List.of(), List.of());

    assertThat(Verdicts.judge(findings).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void theClaimSaysNoMoreThanWasCompared() {
    assertThat(Verdicts.judge(findings(FactsMode.COUNTS, List.of())).message())
        .isEqualTo(
            "Restored, and equal as far as it was compared, to the source at the time of the"
                + " backup.");
    assertThat(Verdicts.judge(findings(FactsMode.FULL, YES)).message())
        .isEqualTo(
            "Restored and equal to the source at the time of the backup, and your check agrees.");
  }

  @Test
  void factsOffIsNeverVerifiedButMayBeRefutedByACheck() {
    assertThat(judge(FactsMode.OFF, NOTHING, List.of(), List.of(), YES))
        .isEqualTo(outcome(VerdictOutcome.UNPROVEN, Reason.NOTHING_TO_COMPARE));
    assertThat(judge(FactsMode.OFF, ALL, List.of(), List.of(), List.of()))
        .isEqualTo(outcome(VerdictOutcome.UNPROVEN, Reason.NOTHING_TO_COMPARE));
    assertThat(judge(FactsMode.OFF, NOTHING, List.of(), List.of(), List.of(NO)))
        .isEqualTo(outcome(VerdictOutcome.REFUTED, Reason.CHECK_FAILED));
  }

  @Test
  void factsOfANewerVersionOrWithoutReachProveNothing() {
    assertThat(judge(FactsMode.UNKNOWN, ALL, List.of(), List.of(), YES))
        .isEqualTo(outcome(VerdictOutcome.UNPROVEN, Reason.NEWER_THAN_OPERATOR));
    assertThat(judge(FactsMode.FULL, NOTHING, List.of(), List.of(), YES))
        .isEqualTo(outcome(VerdictOutcome.UNPROVEN, Reason.NOTHING_TO_COMPARE));
  }

  @Test
  void aDifferenceRefutes() {
    assertThat(judge(FactsMode.COUNTS, ALL, List.of("row count"), List.of(), YES))
        .isEqualTo(outcome(VerdictOutcome.REFUTED, Reason.FACTS_DIFFER));
    assertThat(judge(FactsMode.COUNTS, ALL, List.of("row count"), List.of(), List.of(ERROR)))
        .isEqualTo(outcome(VerdictOutcome.REFUTED, Reason.FACTS_DIFFER));
  }

  @Test
  void aMissingExtensionIsTheSandboxesFaultWhateverElseDiffers() {
    assertThat(judge(FactsMode.FULL, ALL, List.of("x"), List.of("postgis"), List.of(NO)))
        .isEqualTo(outcome(VerdictOutcome.UNPROVEN, Reason.EXTENSION_UNAVAILABLE));
  }

  @Test
  void aCheckThatSaysNoRefutesAndOneThatErrsProvesNothing() {
    assertThat(judge(FactsMode.FULL, ALL, List.of(), List.of(), List.of(NO)))
        .isEqualTo(outcome(VerdictOutcome.REFUTED, Reason.CHECK_FAILED));
    assertThat(judge(FactsMode.FULL, ALL, List.of(), List.of(), List.of(new Agreed("a"), ERROR)))
        .isEqualTo(outcome(VerdictOutcome.UNPROVEN, Reason.CHECK_ERRORED));
    assertThat(judge(FactsMode.FULL, ALL, List.of(), List.of(), List.of(ERROR, NO)))
        .isEqualTo(outcome(VerdictOutcome.REFUTED, Reason.CHECK_FAILED));
  }

  @Test
  void messagesNameTheFirstFew() {
    var five = List.of("a differs", "b differs", "c differs", "d differs", "e differs");

    assertThat(Verdicts.judge(findings(FactsMode.FULL, ALL, five, List.of(), List.of())).message())
        .endsWith("a differs; b differs; c differs; and 2 more.");
    assertThat(Verdicts.judge(findings(FactsMode.FULL, List.of(NO))).message())
        .endsWith("fresh (expected 'true', answered 'f').");
    assertThat(Verdicts.judge(findings(FactsMode.FULL, List.of(ERROR))).message())
        .endsWith("typo (relation does not exist).");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          REFUTED,          -,        again, REFUTED
          VERIFIED,         -,        stands, VERIFIED
          UNPROVEN,         -,        stands, UNPROVEN
          REFUTED,          REFUTED,  stands, REFUTED
          REFUTED,          VERIFIED, stands, VERIFIED
          REFUTED,          UNPROVEN, stands, UNPROVEN
          UNPROVEN,         REFUTED,  again, REFUTED
          VERIFIED,         REFUTED,  again, REFUTED
          """)
  void aRefutedStandsOnlyWhenASecondRestoreSaysSo(
      VerdictOutcome first, @Nullable VerdictOutcome second, String course, VerdictOutcome last) {
    var one = new Judgement(first, null, "first.");
    var restores = second == null ? List.of(one) : List.of(one, new Judgement(second, null, "2."));

    switch (Verdicts.confirm(restores)) {
      case Settled(var judgement) -> {
        assertThat(course).isEqualTo("stands");
        assertThat(judgement.outcome()).isEqualTo(last);
        assertThat(judgement.message().contains("The restore before had said: first."))
            .isEqualTo(first == VerdictOutcome.REFUTED && last != VerdictOutcome.REFUTED);
      }
      case RestoreAgain(var suspicion) -> {
        assertThat(course).isEqualTo("again");
        assertThat(suspicion.outcome()).isEqualTo(last);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          true,  t,     true
          true,  true,  true
          t,     true,  true
          false, f,     true
          true,  f,     false
          false, t,     false
          true,  -,     false
          -,     -,     false
          12,    12,    true
          12,    12.0,  false
          True,  t,     false
          '',    '',    true
          '',    -,     false
          """)
  void comparesAnswers(@Nullable String expected, @Nullable String value, boolean agreed) {
    var asked = sql(expected == null ? "NULL" : expected);

    assertThat(CheckAnswer.of("fresh", asked, value) instanceof Agreed).isEqualTo(agreed);
  }

  @Test
  void showsOnlyTheBeginningOfALongAnswer() {
    var answer = (Disagreed) CheckAnswer.of("fresh", sql("1"), "x".repeat(1000));

    assertThat(answer.answered()).hasSize(65).endsWith("...'");
    assertThat(CheckAnswer.of("fresh", sql("1"), null))
        .isEqualTo(new Disagreed("fresh", "'1'", "NULL"));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          AUTO,      ENFORCED,     '',     true
          AUTO,      NOT_ENFORCED, '',     true
          AUTO,      NOT_ENFORCED, dblink, false
          AUTO,      STORE_ONLY,   dblink, false
          AUTO,      UNKNOWN,      dblink, false
          AUTO,      ENFORCED,     dblink, true
          REQUIRED,  NOT_ENFORCED, '',     false
          REQUIRED,  STORE_ONLY,   '',     false
          REQUIRED,  ENFORCED,     dblink, true
          PREFERRED, NOT_ENFORCED, dblink, true
          UNKNOWN,   NOT_ENFORCED, '',     false
          """)
  void isolationIsNeededWhereTheCopyCouldActOnOthers(
      IsolationMode mode, Isolation isolation, String reach, boolean allowed) {
    var obstacle =
        IsolationRule.obstacle(mode, isolation, reach.isEmpty() ? List.of() : List.of(reach));

    assertThat(obstacle.isEmpty()).isEqualTo(allowed);
    obstacle.ifPresent(failure -> assertThat(failure.reason()).isEqualTo(Reason.NOT_ISOLATED));
  }

  @Test
  void contentThatWasNotHashedIsNotClaimed() {
    var partly = new Coverage(3, 3, 2, 1000, 1000, 500);
    var findings = findings(FactsMode.FULL, partly, List.of(), List.of(), List.of());

    assertThat(Verdicts.judge(findings).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(Verdicts.judge(findings).message()).contains("as far as it was compared");
  }

  private static Judgement judge(
      FactsMode facts,
      Coverage coverage,
      List<String> differences,
      List<String> missing,
      List<CheckAnswer> answers) {
    var judgement = Verdicts.judge(findings(facts, coverage, differences, missing, answers));
    return outcome(judgement.outcome(), judgement.reason());
  }

  private static Judgement outcome(VerdictOutcome outcome, @Nullable Reason reason) {
    return new Judgement(outcome, reason, "");
  }

  private static Findings findings(FactsMode facts, List<CheckAnswer> answers) {
    return findings(facts, ALL, List.of(), List.of(), answers);
  }

  private static SqlCheck sql(String expected) {
    return new SqlCheck("select 1", expected);
  }

  private static Findings findings(
      FactsMode facts,
      Coverage coverage,
      List<String> differences,
      List<String> missing,
      List<CheckAnswer> answers) {
    return new Findings(facts, coverage, differences, missing, List.of(), answers);
  }
}
