package dev.salvor.plan.restore;

import dev.salvor.api.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What becomes of a restore, before anything is touched. */
public sealed interface RestoreDecision {
  /** Nothing is touched. */
  record Refused(Failure failure) implements RestoreDecision {}

  /**
   * An earlier attempt of the same request switched over and lost its report.
   *
   * @param kept what it replaced; null: it was dropped
   * @param safetyPoint that holds what was dropped; null: nothing was
   */
  record AlreadyDone(@Nullable String kept, @Nullable String safetyPoint)
      implements RestoreDecision {}

  /**
   * It is carried out.
   *
   * @param steps for people, in order
   * @param leftOut what the target will lack, for people
   */
  record CarriedOut(Method method, List<String> steps, List<String> leftOut)
      implements RestoreDecision {
    public CarriedOut {
      steps = List.copyOf(steps);
      leftOut = List.copyOf(leftOut);
    }
  }

  /** How the target comes to be. */
  enum Method {
    /** Beside, then renamed to a name that is free. */
    CREATE,
    /** Under its own name at once: something in it is bound to that name. */
    CREATE_IN_PLACE,
    /** Beside, then both are renamed; the old one is kept. */
    RENAME,
    /** A safety point, then dropped and made anew under its own name. */
    RECREATE
  }
}
