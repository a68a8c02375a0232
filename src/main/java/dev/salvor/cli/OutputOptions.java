package dev.salvor.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** For people or for machines. */
final class OutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "json|yaml|wide",
      completionCandidates = Words.Formats.class,
      description = "json or yaml instead of a table; wide shows more columns.")
  private @Nullable Format output;

  @Option(names = "--json", description = "The same as -o json.")
  private boolean json;

  /** How things are printed. */
  enum Format {
    TABLE,
    WIDE,
    JSON,
    YAML
  }

  Format format() {
    if (json) {
      return Format.JSON;
    }
    return output == null ? Format.TABLE : output;
  }

  boolean forMachines() {
    return format() == Format.JSON || format() == Format.YAML;
  }

  /** The document; of several, a List as kubectl prints it. */
  String text(List<? extends JsonNode> resources) {
    if (resources.size() == 1) {
      return text(resources.getFirst());
    }
    var list = Json.mapper().createObjectNode().put("apiVersion", "v1").put("kind", "List");
    list.putArray("items").addAll(List.copyOf(resources));
    return text(list);
  }

  String text(JsonNode document) {
    try {
      return format() == Format.YAML
          ? Json.yaml().writeValueAsString(document)
          : document.toPrettyString() + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
