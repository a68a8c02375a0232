package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Locale;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * YAML nodes to JSON as kubectl's own reader does it, so that one file means the same to both
 * hosts: {@code yes} and {@code on} are true, a time is text, 1:30 is text and no number to base
 * 60. Aliases and merge keys are followed. Jackson's YAML reader would read an alias as the text of
 * its name and {@code yes} as text.
 */
final class YamlNodes {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Pattern BASE_60 =
      Pattern.compile("[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+[.]?[0-9_]*");

  /** Reading digits takes quadratic time. */
  private static final int LONGEST_NUMBER = 64;

  private int values;

  private YamlNodes() {}

  static JsonNode toJson(Node node) throws ManifestUnreadable {
    return new YamlNodes().convert(node, 0);
  }

  private JsonNode convert(Node node, int depth) throws ManifestUnreadable {
    if (++values > YamlDocuments.MOST_VALUES) {
      throw new ManifestUnreadable(
          "more than " + YamlDocuments.MOST_VALUES + " values in one document");
    }
    if (depth > YamlDocuments.DEEPEST) {
      throw new ManifestUnreadable("nested deeper than " + YamlDocuments.DEEPEST + " levels");
    }
    return switch (node) {
      case MappingNode mapping -> {
        var object = JSON.objectNode();
        fields(mapping, object, depth);
        yield object;
      }
      case SequenceNode sequence -> {
        var array = JSON.arrayNode();
        for (var item : sequence.getValue()) {
          array.add(convert(item, depth + 1));
        }
        yield array;
      }
      case ScalarNode scalar -> scalar(scalar);
      default -> throw refused(node, "an unknown kind of value");
    };
  }

  private void fields(MappingNode mapping, ObjectNode object, int depth) throws ManifestUnreadable {
    var merged = new ArrayList<Node>();
    for (NodeTuple field : mapping.getValue()) {
      if (field.getKeyNode().getTag().equals(Tag.MERGE)) {
        merged.add(field.getValueNode());
      } else {
        var name = name(field.getKeyNode());
        if (object.has(name)) {
          throw refused(field.getKeyNode(), "the same field twice");
        }
        object.set(name, convert(field.getValueNode(), depth + 1));
      }
    }
    for (var node : merged) {
      merge(node, object, depth);
    }
  }

  /** Fields of a merged mapping count only where the mapping does not say so itself. */
  private void merge(Node node, ObjectNode object, int depth) throws ManifestUnreadable {
    var merged = convert(node, depth + 1);
    if (!merged.isObject()) {
      throw refused(node, "a merge key (<<) needs one mapping");
    }
    for (var field : merged.properties()) {
      if (!object.has(field.getKey())) {
        object.set(field.getKey(), field.getValue());
      }
    }
  }

  private static String name(Node key) throws ManifestUnreadable {
    if (key instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw refused(key, "a field's name that is no text");
  }

  private static JsonNode scalar(ScalarNode scalar) throws ManifestUnreadable {
    var text = scalar.getValue();
    var tag = scalar.getTag();
    if (tag.equals(Tag.STR) || tag.equals(Tag.TIMESTAMP)) {
      return JSON.textNode(text);
    } else if (tag.equals(Tag.NULL)) {
      return JSON.nullNode();
    } else if (tag.equals(Tag.BOOL)) {
      return JSON.booleanNode(
          switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            default -> false;
          });
    } else if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
      return BASE_60.matcher(text).matches() ? JSON.textNode(text) : number(scalar);
    }
    throw refused(scalar, "a tag that is not known");
  }

  private static JsonNode number(ScalarNode scalar) throws ManifestUnreadable {
    var text = scalar.getValue().replace("_", "");
    if (text.length() > LONGEST_NUMBER) {
      throw refused(scalar, "a number that JSON does not have");
    }
    try {
      if (scalar.getTag().equals(Tag.FLOAT)) {
        return decimal(new BigDecimal(text));
      }
      var negative = text.startsWith("-");
      var digits = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
      var magnitude = whole(digits.toLowerCase(Locale.ROOT));
      var value = negative ? magnitude.negate() : magnitude;
      return narrowest(value);
    } catch (NumberFormatException broken) {
      throw refused(scalar, "a number that JSON does not have");
    }
  }

  /** A whole number in other words (3.0) is one, unless writing it out would be absurd (1.0e99). */
  private static JsonNode decimal(BigDecimal value) {
    var shortest = value.stripTrailingZeros();
    var isWhole = shortest.scale() <= 0 && shortest.precision() - shortest.scale() < 20;
    return isWhole ? narrowest(shortest.toBigInteger()) : JSON.numberNode(value);
  }

  /** As Jackson reads them from JSON, so that a copy that was stored and read again is equal. */
  private static JsonNode narrowest(BigInteger value) {
    if (value.bitLength() < Integer.SIZE) {
      return JSON.numberNode(value.intValue());
    }
    return value.bitLength() < Long.SIZE
        ? JSON.numberNode(value.longValue())
        : JSON.numberNode(value);
  }

  private static BigInteger whole(String digits) {
    if (digits.startsWith("0x")) {
      return new BigInteger(digits.substring(2), 16);
    } else if (digits.startsWith("0b")) {
      return new BigInteger(digits.substring(2), 2);
    } else if (digits.length() > 1 && digits.startsWith("0")) {
      return new BigInteger(digits.substring(1), 8);
    }
    return new BigInteger(digits);
  }

  private static ManifestUnreadable refused(Node node, String what) {
    var mark = node.getStartMark();
    return new ManifestUnreadable(
        "line %d, column %d: %s".formatted(mark.getLine() + 1, mark.getColumn() + 1, what));
  }
}
