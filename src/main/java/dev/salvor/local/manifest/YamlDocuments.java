package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/**
 * The documents of one file, as JSON. Bounded in bytes, documents, depth and values, so that no
 * file can exhaust the host: with aliases a few hundred bytes of YAML can stand for gigabytes.
 */
final class YamlDocuments {
  static final int MOST_BYTES = 1 << 20;
  static final int MOST_DOCUMENTS = 200;
  static final int DEEPEST = 40;

  /**
   * Values of one document after its aliases are followed. The largest valid spec has some 3,000.
   */
  static final int MOST_VALUES = 20_000;

  /**
   * What may be repeated of the parser's words; others quote the file, where a Secret may stand.
   */
  private static final List<String> HARMLESS =
      List.of(
          "mapping values are not allowed here",
          "could not find expected ':'",
          "expected <block end>",
          "expected ',' or '}'",
          "expected ',' or ']'",
          "found undefined alias",
          "found duplicate anchor",
          "found unexpected end of stream",
          "block sequence entries are not allowed here",
          "cannot start any token");

  private YamlDocuments() {}

  /**
   * The documents in order; empty ones are left in as null nodes, so that the numbers are right.
   */
  static List<JsonNode> parse(byte[] content) throws ManifestUnreadable {
    if (content.length > MOST_BYTES) {
      throw new ManifestUnreadable("the file is larger than " + MOST_BYTES + " bytes");
    }
    var documents = new ArrayList<JsonNode>();
    try {
      var yaml = new Yaml(new SafeConstructor(options()));
      for (Node node : yaml.composeAll(new StringReader(decode(content)))) {
        if (documents.size() == MOST_DOCUMENTS) {
          throw new ManifestUnreadable("more than " + MOST_DOCUMENTS + " documents in one file");
        }
        documents.add(node == null ? JsonNodeFactory.instance.nullNode() : YamlNodes.toJson(node));
      }
    } catch (MarkedYAMLException broken) {
      throw new ManifestUnreadable(describe(broken));
    } catch (YAMLException broken) {
      throw new ManifestUnreadable("not YAML, or nested deeper than " + DEEPEST + " levels");
    }
    return List.copyOf(documents);
  }

  static LoaderOptions options() {
    var options = new LoaderOptions();
    options.setCodePointLimit(MOST_BYTES);
    options.setNestingDepthLimit(DEEPEST);
    options.setMaxAliasesForCollections(MOST_VALUES);
    return options;
  }

  private static String decode(byte[] content) throws ManifestUnreadable {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException broken) {
      throw new ManifestUnreadable("not UTF-8");
    }
  }

  private static String describe(MarkedYAMLException broken) {
    var problem = String.valueOf(broken.getProblem());
    var mark = broken.getProblemMark();
    return "not YAML"
        + (mark == null
            ? ""
            : " at line %d, column %d".formatted(mark.getLine() + 1, mark.getColumn() + 1))
        + HARMLESS.stream()
            .filter(problem::contains)
            .findFirst()
            .map(text -> ": " + text)
            .orElse("");
  }
}
