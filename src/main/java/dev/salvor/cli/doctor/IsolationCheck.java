package dev.salvor.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Whether a sandbox is cut off from the network, as far as proofs have shown it. Pure. */
final class IsolationCheck {
  private static final String WHAT = "NetworkPolicy";

  private IsolationCheck() {}

  /** No API says whether the network plugin enforces policies: only a proof has tried it. */
  static Finding of(List<JsonNode> policies) {
    var seen =
        policies.stream()
            .map(policy -> policy.at("/status/lastVerification/isolation").asText())
            .toList();
    if (seen.contains("NotEnforced")) {
      return Finding.warning(
          WHAT,
          "a proof found that it is not enforced: what a sandbox restores can reach the network",
          "Use a network plugin that enforces NetworkPolicy, such as Calico or Cilium.");
    }
    return seen.contains("Enforced")
        ? Finding.good(WHAT, "a proof found it enforced")
        : Finding.unknown(
            WHAT,
            "whether the network plugin enforces it is not known: no proof has tried yet",
            "salvor verify POLICY --wait; the verdict says it.");
  }
}
