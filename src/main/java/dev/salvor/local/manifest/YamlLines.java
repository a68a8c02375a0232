package dev.salvor.local.manifest;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Where in a file something stands that was refused. The file is read once more for that: a host
 * that reads thousands of manifests need not remember their lines.
 */
public final class YamlLines {
  /** A field, or what stands in brackets: the number of an item, or a key. */
  private static final Pattern SEGMENT = Pattern.compile("\\[([^\\]]*)\\]|([^.\\[\\]]+)");

  private YamlLines() {}

  /** The line of what a path leads to, or of as much of it as is there; from 1. */
  public static Optional<Integer> find(Origin origin, String path) {
    if (origin.document() == 0) {
      return Optional.empty();
    }
    try {
      var content = Files.readString(origin.file(), StandardCharsets.UTF_8);
      var number = 0;
      for (var node :
          new Yaml(new SafeConstructor(YamlDocuments.options()))
              .composeAll(new StringReader(content))) {
        number++;
        if (number == origin.document()) {
          return Optional.of(line(node, path));
        }
      }
      return Optional.empty();
    } catch (IOException | YAMLException changedMeanwhile) {
      return Optional.empty();
    }
  }

  private static int line(Node document, String path) {
    var node = document;
    var line = lineOf(document);
    for (var segment : SEGMENT.matcher(path).results().toList()) {
      var below = below(node, segment);
      if (below.isEmpty()) {
        return line;
      }
      node = below.get().value();
      line = lineOf(below.get().name());
    }
    return line;
  }

  /**
   * A step down.
   *
   * @param name what a person looks for: the field's name, or the item itself
   */
  private record Step(Node name, Node value) {}

  private static Optional<Step> below(Node node, MatchResult segment) {
    var name = segment.group(1) == null ? segment.group(2) : segment.group(1);
    return switch (node) {
      case MappingNode mapping ->
          mapping.getValue().stream()
              .filter(
                  field ->
                      field.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name))
              .findFirst()
              .map(field -> new Step(field.getKeyNode(), field.getValueNode()));
      case SequenceNode sequence ->
          Optional.of(name)
              .filter(text -> text.matches("[0-9]{1,6}"))
              .map(Integer::parseInt)
              .filter(index -> index < sequence.getValue().size())
              .map(index -> sequence.getValue().get(index))
              .map(item -> new Step(item, item));
      default -> Optional.empty();
    };
  }

  private static int lineOf(Node node) {
    return node.getStartMark().getLine() + 1;
  }
}
