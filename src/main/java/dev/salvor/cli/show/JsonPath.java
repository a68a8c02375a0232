package dev.salvor.cli.show;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The part of kubectl's JSONPath that columns of CRDs use: fields, and a filter that compares one
 * field with a text.
 */
record JsonPath(List<Step> steps) {
  private static final Pattern STEP =
      Pattern.compile(
          "\\.(?<field>[A-Za-z0-9_-]+)|\\[\\?\\(@\\.(?<key>[A-Za-z0-9_-]+)==\"(?<text>[^\"]*)\"\\)\\]");

  /** One step down. */
  sealed interface Step {}

  record Field(String name) implements Step {}

  record Filter(String key, String text) implements Step {}

  /**
   * Reads a path.
   *
   * @throws IllegalArgumentException if it says more than is known here
   */
  static JsonPath parse(String path) {
    var steps = new ArrayList<Step>();
    var matcher = STEP.matcher(path);
    var at = 0;
    while (at < path.length()) {
      if (!matcher.find(at) || matcher.start() != at) {
        throw new IllegalArgumentException("not a path that is known here: " + path);
      }
      steps.add(
          matcher.group("field") != null
              ? new Field(matcher.group("field"))
              : new Filter(matcher.group("key"), matcher.group("text")));
      at = matcher.end();
    }
    return new JsonPath(List.copyOf(steps));
  }

  /** What stands there; missing if nothing does. */
  JsonNode find(JsonNode json) {
    var node = json;
    for (var step : steps) {
      node =
          switch (step) {
            case Field(var name) -> node.path(name);
            case Filter(var key, var text) ->
                node.valueStream()
                    .filter(item -> item.path(key).asText().equals(text))
                    .findFirst()
                    .orElse(MissingNode.getInstance());
          };
    }
    return node;
  }
}
