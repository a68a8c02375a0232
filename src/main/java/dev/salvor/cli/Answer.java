package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** What became of a request, in a few lines. */
final class Answer {
  private Answer() {}

  /** It was carried out, and nothing that was compared differs. */
  static boolean isGood(JsonNode request) {
    var verdict = request.path("status").path("verdict").path("outcome");
    return condition(request, "Ready").path("status").asText().equals("True")
        && (verdict.isMissingNode() || verdict.asText().equals("Verified"));
  }

  /** Done or failed for good. */
  static boolean isSettled(JsonNode request) {
    return condition(request, "Ready").path("status").asText().equals("True")
        || condition(request, "Stalled").path("status").asText().equals("True");
  }

  /** What keeps it from being done; empty while no host has looked at it. */
  static String waitsFor(JsonNode request) {
    return condition(request, "Reconciling").path("message").asText();
  }

  static String text(JsonNode request) {
    var status = request.path("status");
    var ready = condition(request, "Ready");
    var text = new StringBuilder();
    line(text, "", ready.path("reason").asText() + ": " + ready.path("message").asText());
    line(text, "recovery point: ", status.path("recoveryPoint").asText());
    line(text, "recovery point: ", status.path("resolved").path("recoveryPoint").asText());
    status.path("plan").path("steps").forEach(step -> line(text, "  - ", step.asText()));
    status.path("plan").path("leftOut").forEach(part -> line(text, "  left out: ", part.asText()));
    var verdict = status.path("verdict");
    line(text, "verdict: ", verdict.path("outcome").asText());
    line(text, "  why: ", verdict.path("message").asText());
    line(text, "  coverage: ", verdict.path("coverage").asText());
    line(text, "  isolation: ", verdict.path("isolation").asText());
    status.path("warnings").forEach(warning -> line(text, "warning: ", warning.asText()));
    line(text, "what to do: ", status.path("failure").path("hint").asText());
    line(text, "to take it back: ", status.path("undo").path("command").asText());
    status
        .path("failure")
        .path("logTail")
        .asText()
        .lines()
        .forEach(tail -> line(text, "  | ", tail));
    return text.toString();
  }

  private static JsonNode condition(JsonNode request, String type) {
    for (var condition : request.path("status").path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return request.path("none");
  }

  private static void line(StringBuilder text, String title, String value) {
    if (!value.isEmpty()) {
      text.append(title).append(value).append('\n');
    }
  }
}
