package dev.salvor.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.CrdFields.Field;
import dev.salvor.api.CrdFields.Presence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Writes {@code docs/reference.md} from {@code crds/}: what a cluster checks is what is described.
 */
public final class GenerateReference {
  /** Patterns that many fields share, by the name under which the page explains them. */
  private static final Map<String, Form> FORMS = new LinkedHashMap<>();

  private record Form(String name, String explanation) {}

  static {
    FORMS.put(
        DurationText.PATTERN,
        new Form(
            "duration",
            "Whole numbers with the units `d`, `h`, `m`, `s`, largest first: `30m`, `26h`, `1h30m`,"
                + " `7d`. A day is 24 hours. No part is zero."));
    FORMS.put(
        Names.TIME,
        new Form("time", "RFC 3339 with a zone: `2026-11-22T18:00:00Z`, `...T19:00:00+01:00`."));
    FORMS.put(Names.DNS_SUBDOMAIN, new Form("name", "As Kubernetes names objects (RFC 1123)."));
    FORMS.put(Names.SECRET_KEY, new Form("key", "A key of a Secret."));
    FORMS.put(
        Names.STORE_PATH,
        new Form(
            "path",
            "Segments of letters, digits, `.`, `_` and `-` with slashes between them. No segment"
                + " begins with a dot or a dash."));
    FORMS.put(
        Names.POSTGRES_IDENTIFIER,
        new Form("identifier", "A name in PostgreSQL: anything but control characters."));
    FORMS.put(
        Names.RECOVERY_POINT_ID,
        new Form("point", "A recovery point's id, such as `20261122t020304z-a1b2c3`."));
    FORMS.put(Names.LABEL_VALUE, new Form("label value", "The value of a label in Kubernetes."));
  }

  private final StringBuilder page = new StringBuilder();

  private GenerateReference() {}

  public static void main(String[] arguments) throws IOException {
    Files.writeString(Path.of(arguments[0], "reference.md"), render());
  }

  static String render() {
    var reference = new GenerateReference();
    reference.introduction();
    for (var kind : GenerateCrds.KINDS) {
      reference.kind(CrdFiles.current(kind));
    }
    return reference.page.toString();
  }

  private void introduction() {
    page.append(
        """
        # Reference of every field

        Written by GenerateReference from `crds/`. Do not edit.

        All kinds are of `%s/%s`. A cluster and `salvor local` check the same schemas: a field that is not listed here is
        refused, and so is a value out of its bounds. `[]` stands for the items of a list, `{}` for the values of a map. A
        *set* refuses the same value twice, and its order does not count. A default is filled in where nothing is given;
        it is never written back into your manifest.

        | form | what it is | pattern |
        |---|---|---|
        """
            .formatted(Names.GROUP, Names.VERSION));
    FORMS.forEach((pattern, form) -> row(List.of(form.name(), form.explanation(), code(pattern))));
  }

  private void kind(JsonNode definition) {
    var names = definition.at("/spec/names");
    var version = definition.at("/spec/versions/0");
    var schema = version.at("/schema/openAPIV3Schema");
    page.append("\n## ").append(names.get("kind").asText()).append("\n\n");
    page.append(schema.get("description").asText()).append("\n\n");
    page.append("Short name ").append(code(names.at("/shortNames/0").asText()));
    page.append("; columns of `kubectl get ").append(names.get("plural").asText()).append("`: ");
    page.append(
        StreamSupport.stream(version.get("additionalPrinterColumns").spliterator(), false)
            .map(column -> column.get("name").asText())
            .collect(Collectors.joining(", ")));
    page.append(".\n\n");
    specTable(schema.at("/properties/spec"));
    rules(schema.at("/properties/spec"));
    statusTable(schema.at("/properties/status"));
  }

  private void specTable(JsonNode spec) {
    page.append("| field | type | default | bounds | what it is |\n|---|---|---|---|---|\n");
    for (var field : CrdFields.below(spec, "spec")) {
      var fallback = field.schema().get("default");
      row(
          List.of(
              code(field.path()),
              type(field),
              fallback == null ? "" : code(fallback.asText()),
              String.join("; ", bounds(field.schema())),
              description(field)));
    }
  }

  private void statusTable(JsonNode status) {
    page.append("\n| field of the status | type | what it is |\n|---|---|---|\n");
    for (var field : CrdFields.below(status, "status")) {
      row(List.of(code(field.path()), type(field), description(field)));
    }
  }

  private static String description(Field field) {
    var required = field.presence() == Presence.REQUIRED && field.path().startsWith("spec");
    var text = field.schema().path("description").asText();
    return required ? "**Required.** " + text : text;
  }

  private void rules(JsonNode spec) {
    var lines = new ArrayList<String>();
    rules(spec, "spec", lines);
    for (var field : CrdFields.below(spec, "spec")) {
      rules(field.schema(), field.path(), lines);
    }
    if (!lines.isEmpty()) {
      page.append("\nRules (CEL; the message is what is said when one does not hold):\n\n");
      lines.forEach(page::append);
    }
  }

  private static void rules(JsonNode schema, String path, List<String> lines) {
    for (var rule : schema.path("x-kubernetes-validations")) {
      lines.add(
          "- %s: %s. `%s`\n"
              .formatted(code(path), rule.get("message").asText(), rule.get("rule").asText()));
    }
  }

  private static String type(Field field) {
    var schema = field.schema();
    var type =
        switch (schema.path("format").asText()) {
          case "date-time" -> "time";
          case "int32", "int64" -> "integer";
          default -> field.type();
        };
    return switch (schema.path("x-kubernetes-list-type").asText()) {
      case "set" -> "set";
      case "map" -> "array, told apart by " + schema.at("/x-kubernetes-list-map-keys/0").asText();
      default -> schema.has("additionalProperties") ? "map" : type;
    };
  }

  private static List<String> bounds(JsonNode schema) {
    var bounds = new ArrayList<String>();
    if (schema.has("enum")) {
      bounds.add(
          StreamSupport.stream(schema.get("enum").spliterator(), false)
              .map(value -> code(value.asText()))
              .collect(Collectors.joining(", ")));
    }
    if (schema.has("pattern")) {
      var pattern = schema.get("pattern").asText();
      var form = FORMS.get(pattern);
      bounds.add(form == null ? code(pattern) : form.name());
    }
    range(schema, "minimum", "maximum", "").ifPresent(bounds::add);
    range(schema, "minLength", "maxLength", " characters").ifPresent(bounds::add);
    range(schema, "minItems", "maxItems", " items").ifPresent(bounds::add);
    range(schema, "minProperties", "maxProperties", " entries").ifPresent(bounds::add);
    return bounds;
  }

  private static Optional<String> range(JsonNode schema, String least, String most, String unit) {
    if (!schema.has(least) && !schema.has(most)) {
      return Optional.empty();
    }
    var from = schema.has(least) ? schema.get(least).asText() : "0";
    return Optional.of(
        schema.has(most)
            ? from + " to " + schema.get(most).asText() + unit
            : "from " + from + unit);
  }

  private void row(List<String> cells) {
    page.append("| ");
    page.append(
        cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ")));
    page.append(" |\n");
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text + "`";
  }
}
