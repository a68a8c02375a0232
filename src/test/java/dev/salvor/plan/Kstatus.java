package dev.salvor.plan;

import dev.salvor.api.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which kstatus (sigs.k8s.io/cli-utils) judges a custom resource, as Flux, kpt and
 * others do: an unobserved generation, Reconciling and Stalled first, then Ready.
 */
final class Kstatus {
  private Kstatus() {}

  static String of(long generation, long observedGeneration, @Nullable List<Condition> conditions) {
    if (generation != observedGeneration) {
      return "InProgress";
    }
    if (Conditions.isTrue(conditions, Conditions.RECONCILING)) {
      return "InProgress";
    }
    if (Conditions.isTrue(conditions, Conditions.STALLED)) {
      return "Failed";
    }
    return Conditions.find(conditions, Conditions.READY)
        .map(ready -> ready.status().equals("True") ? "Current" : "InProgress")
        .orElse("Current");
  }
}
