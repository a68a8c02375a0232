package dev.salvor.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Whether stores and policies are as they should be, by their own status. Pure. */
public final class ResourceCheck {
  private ResourceCheck() {}

  /** A finding for each that is not, or one that says that all are. */
  public static List<Finding> of(List<JsonNode> resources) {
    var findings = new ArrayList<Finding>();
    resources.forEach(resource -> findings.addAll(ofOne(resource)));
    if (resources.isEmpty()) {
      findings.add(
          Finding.warning(
              "resources",
              "there is no BackupStore and no BackupPolicy: nothing is protected",
              "'salvor init DIR' writes the first for one machine; docs/reference.md has all."));
    } else if (findings.isEmpty()) {
      findings.add(Finding.good("resources", resources.size() + " stores and policies, all Ready"));
    }
    return findings;
  }

  private static List<Finding> ofOne(JsonNode resource) {
    var findings = new ArrayList<Finding>();
    var what =
        resource.path("kind").asText()
            + " "
            + resource.at("/metadata/namespace").asText()
            + "/"
            + resource.at("/metadata/name").asText();
    var ready = condition(resource, "Ready");
    switch (ready.path("status").asText()) {
      case "True" -> {
        // Nothing to say.
      }
      case "False" -> findings.add(Finding.broken(what, said(ready), hint(resource)));
      case "" ->
          findings.add(
              Finding.broken(
                  what,
                  "no host has looked at it",
                  "Start the host: 'salvor local', or the chart."));
      // Unknown: first contact takes its time.
      default -> findings.add(Finding.unknown(what, said(ready), "Ask again in a minute."));
    }
    for (var type : List.of("Protected", "Verified")) {
      var condition = condition(resource, type);
      if (condition.path("status").asText().equals("False")) {
        findings.add(Finding.broken(what, "not " + type + ": " + said(condition), hint(resource)));
      }
    }
    return findings;
  }

  private static String said(JsonNode condition) {
    return condition.path("reason").asText() + ": " + condition.path("message").asText();
  }

  private static String hint(JsonNode resource) {
    var hint = resource.at("/status/failure/hint").asText();
    return hint.isEmpty()
        ? "'salvor describe %s %s -n %s' tells all; docs/status.md explains the reason."
            .formatted(
                resource.path("kind").asText(),
                resource.at("/metadata/name").asText(),
                resource.at("/metadata/namespace").asText())
        : hint;
  }

  private static JsonNode condition(JsonNode resource, String type) {
    return resource
        .at("/status/conditions")
        .valueStream()
        .filter(condition -> condition.path("type").asText().equals(type))
        .findFirst()
        .orElse(resource.path("none"));
  }
}
