package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.show.ShownKind;
import dev.salvor.cli.source.Resources;
import java.util.List;
import java.util.stream.Collectors;

/** A resource that was named without its kind. */
record Named(ShownKind kind, JsonNode resource) {
  /**
   * The one of this name.
   *
   * @throws CommandFailed if there is none, or several
   */
  static Named find(List<ShownKind> kinds, String name, Resources resources) {
    var found =
        kinds.stream()
            .flatMap(
                kind ->
                    resources.list(kind.kind()).stream()
                        .filter(each -> each.at("/metadata/name").asText().equals(name))
                        .map(each -> new Named(kind, each)))
            .toList();
    if (found.isEmpty()) {
      throw new CommandFailed(
          Exit.NO_INPUT, "there is nothing named '" + name + "'; 'salvor get' shows what there is");
    }
    if (found.size() > 1) {
      throw new CommandFailed(
          Exit.USAGE,
          "several are named '"
              + name
              + "': "
              + found.stream()
                  .map(
                      each ->
                          each.kind().singular()
                              + " in namespace "
                              + each.resource().at("/metadata/namespace").asText())
                  .collect(Collectors.joining(", "))
              + "; say the kind, or choose by -n");
    }
    return found.getFirst();
  }
}
