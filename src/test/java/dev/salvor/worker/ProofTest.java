package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.plan.verdict.Judgement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is found of two halves of one point. */
class ProofTest {
  private static final Proof GOOD =
      new Proof(new Judgement(VerdictOutcome.VERIFIED, null, "equal"), List.of(), "3 of 3 tables");
  private static final Proof BAD = Proof.refuted(Reason.FACTS_DIFFER, "differs");
  private static final Proof UNKNOWN = Proof.unproven(Reason.EXTENSION_UNAVAILABLE, "lacks pg_net");

  static Stream<Arguments> halves() {
    return Stream.of(
        Arguments.of(GOOD, GOOD, VerdictOutcome.VERIFIED),
        Arguments.of(GOOD, UNKNOWN, VerdictOutcome.UNPROVEN),
        Arguments.of(UNKNOWN, GOOD, VerdictOutcome.UNPROVEN),
        Arguments.of(GOOD, BAD, VerdictOutcome.REFUTED),
        Arguments.of(BAD, GOOD, VerdictOutcome.REFUTED),
        Arguments.of(UNKNOWN, BAD, VerdictOutcome.REFUTED),
        Arguments.of(BAD, UNKNOWN, VerdictOutcome.REFUTED));
  }

  @ParameterizedTest
  @MethodSource("halves")
  void thePointIsNoBetterThanItsWorseHalf(Proof one, Proof other, VerdictOutcome both) {
    assertThat(one.and(other).judgement().outcome()).isEqualTo(both);
    assertThat(one.and(other).judgement().reason())
        .isEqualTo(
            Stream.of(one, other)
                .filter(half -> half.judgement().outcome() == both)
                .findFirst()
                .orElseThrow()
                .judgement()
                .reason());
  }
}
