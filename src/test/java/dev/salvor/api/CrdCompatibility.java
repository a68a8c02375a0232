package dev.salvor.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * Says what a CRD takes away from the users of an older one: within a version only additions are
 * allowed. Strict on purpose: whether a changed pattern is wider is not decided here but by whoever
 * reads the failure.
 */
final class CrdCompatibility {
  private static final List<String> LOWER =
      List.of("minimum", "minLength", "minItems", "minProperties");
  private static final List<String> UPPER =
      List.of("maximum", "maxLength", "maxItems", "maxProperties");
  private static final List<String> SAME =
      List.of(
          "type",
          "format",
          "pattern",
          "default",
          "x-kubernetes-list-type",
          "x-kubernetes-list-map-keys");

  private final List<String> breaks = new ArrayList<>();

  private CrdCompatibility() {}

  /** What is taken away; empty if nothing is. */
  static List<String> breaks(JsonNode released, JsonNode current) {
    var comparison = new CrdCompatibility();
    for (var name :
        List.of("/spec/group", "/spec/scope", "/spec/names/kind", "/spec/names/plural")) {
      if (!released.at(name).equals(current.at(name))) {
        comparison.breaks.add(name + " changed");
      }
    }
    for (var name : List.of("/spec/names/shortNames", "/spec/names/categories")) {
      comparison.missing(released.at(name), current.at(name), name);
    }
    for (var version : released.at("/spec/versions")) {
      comparison.version(version, current.at("/spec/versions"));
    }
    return List.copyOf(comparison.breaks);
  }

  private void version(JsonNode released, JsonNode candidates) {
    var name = released.path("name").asText();
    for (var candidate : candidates) {
      if (candidate.path("name").asText().equals(name)) {
        var root = "/schema/openAPIV3Schema";
        schema(released.at(root), candidate.at(root), name);
        return;
      }
    }
    breaks.add(name + ": version removed");
  }

  private void schema(JsonNode released, JsonNode current, String path) {
    for (var keyword : SAME) {
      if (!released.path(keyword).equals(current.path(keyword))) {
        breaks.add(path + ": " + keyword + " changed");
      }
    }
    bounds(released, current, path, LOWER, (before, now) -> now > before);
    bounds(released, current, path, UPPER, (before, now) -> now < before);
    if (current.has("enum")) {
      if (!released.has("enum")) {
        breaks.add(path + ": enum added");
      }
      missing(released.path("enum"), current.path("enum"), path + ": enum");
    }
    missing(current.path("required"), released.path("required"), path + ": newly required");
    rules(released, current, path);
    children(released, current, path);
  }

  private void children(JsonNode released, JsonNode current, String path) {
    for (var property : released.path("properties").properties()) {
      var now = current.path("properties").path(property.getKey());
      var below = path + "." + property.getKey();
      if (now.isMissingNode()) {
        breaks.add(below + ": field removed");
      } else {
        schema(property.getValue(), now, below);
      }
    }
    if (released.has("items")) {
      schema(released.get("items"), current.path("items"), path + "[]");
    }
    if (released.has("additionalProperties")) {
      schema(
          released.get("additionalProperties"), current.path("additionalProperties"), path + "{}");
    }
  }

  private void bounds(
      JsonNode released,
      JsonNode current,
      String path,
      List<String> keywords,
      BiPredicate<Long, Long> tighter) {
    for (var keyword : keywords) {
      if (current.has(keyword)
          && (!released.has(keyword)
              || tighter.test(released.get(keyword).asLong(), current.get(keyword).asLong()))) {
        breaks.add(path + ": " + keyword + " tightened");
      }
    }
  }

  private void missing(JsonNode wanted, JsonNode there, String what) {
    var values = there.valueStream().toList();
    wanted
        .valueStream()
        .filter(value -> !values.contains(value))
        .forEach(value -> breaks.add(what + " " + value.asText()));
  }

  /**
   * A rule about a field that is new can refuse nothing that was accepted; only people can tell.
   */
  private void rules(JsonNode released, JsonNode current, String path) {
    var before = released.path("x-kubernetes-validations").findValuesAsText("rule");
    current.path("x-kubernetes-validations").findValuesAsText("rule").stream()
        .filter(rule -> !before.contains(rule))
        .forEach(rule -> breaks.add(path + ": rule added: " + rule));
  }
}
