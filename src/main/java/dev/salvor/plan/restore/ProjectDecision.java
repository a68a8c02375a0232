package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import java.util.List;

/** What becomes of a restore of a Supabase project. */
public sealed interface ProjectDecision {
  /** Nothing is touched. */
  record Refused(Failure failure) implements ProjectDecision {}

  /**
   * It is carried out.
   *
   * @param steps for people, in order
   * @param leftOut what the target will lack, for people
   */
  record CarriedOut(List<String> steps, List<String> leftOut) implements ProjectDecision {
    public CarriedOut {
      steps = List.copyOf(steps);
      leftOut = List.copyOf(leftOut);
    }
  }
}
