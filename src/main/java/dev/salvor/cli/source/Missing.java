package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import java.util.List;

/** A resource that was named and is not there. */
final class Missing {
  private Missing() {}

  /** With those that are, since a name is often only mistyped. */
  static CommandFailed of(String what, String name, List<? extends JsonNode> present) {
    var names = present.stream().map(resource -> resource.at("/metadata/name").asText()).toList();
    return new CommandFailed(
        Exit.NO_INPUT,
        "no " + what + " '" + name + "'" + (names.isEmpty() ? "" : "; there are " + names));
  }
}
