package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.salvor.local.manifest.StructuralSchema.ListType;
import dev.salvor.local.manifest.StructuralSchema.Rule;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates the rules of a schema. A rule that names {@code oldSelf} speaks of a change: it is
 * asked only where the value stood at the same place in the previous version, as in the API server.
 */
final class CelRules {
  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .addVar("self", SimpleType.DYN)
          .addVar("oldSelf", SimpleType.DYN)
          .setResultType(SimpleType.BOOL)
          .build();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder().build();

  private final Map<String, CelRuntime.Program> programs = new ConcurrentHashMap<>();

  /** The rules of this schema and of all below it that do not hold; previous may be absent. */
  List<Violation> violations(
      StructuralSchema schema, JsonNode value, @Nullable JsonNode previous, String path) {
    var violations = new ArrayList<Violation>();
    collect(schema, value, previous, path, violations);
    return List.copyOf(violations);
  }

  private void collect(
      StructuralSchema schema,
      JsonNode value,
      @Nullable JsonNode previous,
      String path,
      List<Violation> violations) {
    for (var rule : schema.rules()) {
      if (!holds(rule, schema, value, previous)) {
        violations.add(new Violation(path, rule.message()));
      }
    }
    for (var field : value.properties()) {
      var property = schema.properties().getOrDefault(field.getKey(), schema.values());
      if (property != null) {
        collect(
            property,
            field.getValue(),
            previous == null ? null : previous.get(field.getKey()),
            path + "." + field.getKey(),
            violations);
      }
    }
    if (value.isArray() && schema.items() != null) {
      for (int index = 0; index < value.size(); index++) {
        var item = value.get(index);
        var before = previous == null ? null : counterpart(schema, item, previous);
        collect(schema.items(), item, before, path + "[" + index + "]", violations);
      }
    }
  }

  /** The item of the previous list that is the same one by its keys. */
  private static @Nullable JsonNode counterpart(
      StructuralSchema schema, JsonNode item, JsonNode previous) {
    if (schema.listType() != ListType.MAP) {
      return null;
    }
    return previous
        .valueStream()
        .filter(
            before ->
                schema.mapKeys().stream().allMatch(key -> before.path(key).equals(item.path(key))))
        .findFirst()
        .orElse(null);
  }

  private boolean holds(
      Rule rule, StructuralSchema schema, JsonNode value, @Nullable JsonNode previous) {
    var variables = new HashMap<String, Object>();
    variables.put("self", toCel(schema, value));
    if (rule.expression().contains("oldSelf")) {
      if (previous == null) {
        return true;
      }
      variables.put("oldSelf", toCel(schema, previous));
    }
    try {
      var program = programs.computeIfAbsent(rule.expression(), CelRules::compile);
      return Boolean.TRUE.equals(program.eval(variables));
    } catch (CelEvaluationException broken) {
      return false; // as in the API server: what a rule cannot judge is refused
    }
  }

  private static CelRuntime.Program compile(String expression) {
    try {
      return RUNTIME.createProgram(COMPILER.compile(expression).getAst());
    } catch (CelValidationException | CelEvaluationException broken) {
      throw new IllegalStateException("rule does not compile: " + expression, broken);
    }
  }

  /** Sets and maps are put in order, since their order does not count when they are compared. */
  private static Object toCel(StructuralSchema schema, JsonNode value) {
    return switch (schema.type()) {
      case OBJECT -> {
        var fields = new LinkedHashMap<String, Object>();
        for (var field : value.properties()) {
          var property = schema.properties().getOrDefault(field.getKey(), schema.values());
          if (property != null) {
            fields.put(field.getKey(), toCel(property, field.getValue()));
          }
        }
        yield fields;
      }
      case ARRAY -> toCelList(schema, value);
      case STRING -> "date-time".equals(schema.format()) ? time(value) : value.asText();
      case INTEGER -> value.asLong();
      case BOOLEAN -> value.asBoolean();
    };
  }

  private static List<Object> toCelList(StructuralSchema schema, JsonNode value) {
    var items = schema.items();
    if (items == null) {
      throw new IllegalStateException("a list without a schema for its items");
    }
    var nodes = value.valueStream();
    var ordered =
        switch (schema.listType()) {
          case ATOMIC -> nodes;
          case SET -> nodes.sorted(Comparator.comparing(JsonNode::asText));
          case MAP ->
              nodes.sorted(
                  Comparator.comparing(
                      item ->
                          String.join(
                              "\n",
                              schema.mapKeys().stream()
                                  .map(key -> item.path(key).asText())
                                  .toList())));
        };
    return ordered.map(item -> toCel(items, item)).toList();
  }

  private static Instant time(JsonNode value) {
    return OffsetDateTime.parse(value.asText()).toInstant();
  }
}
