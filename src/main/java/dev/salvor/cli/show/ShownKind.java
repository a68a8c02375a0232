package dev.salvor.cli.show;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A kind as people name and see it. Names and columns are those of its CRD, so that both hosts show
 * the same.
 */
public final class ShownKind {
  /** Beginnings of the names of the CRDs' files: the plurals, in the order of showing. */
  private static final List<String> PLURALS =
      List.of("backupstores", "backuppolicies", "backuprequests", "restorerequests");

  private final JsonNode definition;

  private ShownKind(JsonNode definition) {
    this.definition = definition;
  }

  /**
   * A column.
   *
   * @param type as in the CRD: date is shown as an age
   * @param priority above 0: shown only with -o wide
   */
  record Column(String name, String type, int priority, JsonPath path) {
    String cell(JsonNode resource, Instant now) {
      var value = path.find(resource);
      if (value.isMissingNode() || value.isNull()) {
        return "";
      }
      return type.equals("date") ? age(value.asText(), now) : value.asText();
    }

    private static String age(String time, Instant now) {
      try {
        return Age.text(Duration.between(Instant.parse(time), now));
      } catch (DateTimeParseException e) {
        return time;
      }
    }
  }

  public static List<ShownKind> all() {
    return PLURALS.stream().map(ShownKind::load).toList();
  }

  /** The kind of this name: kind, singular, plural or short name, in any case. */
  public static Optional<ShownKind> named(String name) {
    return PLURALS.stream().map(ShownKind::load).filter(kind -> kind.isNamed(name)).findFirst();
  }

  /** The kinds of this name, which may be that of several: requests. */
  public static List<ShownKind> allNamed(String name) {
    return name.equalsIgnoreCase("requests")
        ? PLURALS.stream()
            .filter(plural -> plural.endsWith("requests"))
            .map(ShownKind::load)
            .toList()
        : named(name).stream().toList();
  }

  public String kind() {
    return names().path("kind").asText();
  }

  public String singular() {
    return names().path("singular").asText();
  }

  public String plural() {
    return names().path("plural").asText();
  }

  /** The CRD with its schema, as it is packaged. */
  public JsonNode wholeDefinition() {
    try {
      return Json.yaml().readTree(text(plural()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Column> columns() {
    return definition
        .at("/spec/versions/0/additionalPrinterColumns")
        .valueStream()
        .map(
            column ->
                new Column(
                    column.path("name").asText(),
                    column.path("type").asText(),
                    column.path("priority").asInt(),
                    JsonPath.parse(column.path("jsonPath").asText())))
        .toList();
  }

  /** Of policies and stores there is one kind each: what they are for need not be said. */
  private boolean isNamed(String name) {
    return Stream.concat(
            Stream.of(kind(), singular(), plural())
                .flatMap(
                    full ->
                        singular().endsWith("request")
                            ? Stream.of(full)
                            : Stream.of(full, full.replaceFirst("(?i)^backup", ""))),
            names().path("shortNames").valueStream().map(JsonNode::asText))
        .anyMatch(name::equalsIgnoreCase);
  }

  private JsonNode names() {
    return definition.at("/spec/names");
  }

  private static String text(String plural) throws IOException {
    var file = "/dev/salvor/crds/salvor.dev_" + plural + ".yaml";
    try (var stream = ShownKind.class.getResourceAsStream(file)) {
      if (stream == null) {
        throw new IllegalStateException(file + " is not packaged");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static ShownKind load(String plural) {
    try {
      var text = text(plural);
      // Names and columns stand before the schema, which is long and not needed to show things.
      var schema = text.indexOf("\n    schema:");
      return new ShownKind(Json.yaml().readTree(schema < 0 ? text : text.substring(0, schema + 1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
