package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;

/** What a test expects of a decision. */
final class ProjectDecisions {
  private ProjectDecisions() {}

  static ProjectDecision.CarriedOut carriedOut(ProjectDecision decision) {
    assertThat(decision).isInstanceOf(ProjectDecision.CarriedOut.class);
    return (ProjectDecision.CarriedOut) decision;
  }

  static Failure refused(ProjectDecision decision) {
    assertThat(decision).isInstanceOf(ProjectDecision.Refused.class);
    return ((ProjectDecision.Refused) decision).failure();
  }
}
