package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.local.state.StoredResource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which state folder, and what is in it. */
final class StateOptions {
  @Option(
      names = "--state",
      paramLabel = "DIR",
      defaultValue = "${env:SALVOR_STATE}",
      description = "State folder of the host; else SALVOR_STATE, else ~/.local/state/salvor.")
  private @Nullable Path state;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Only resources of this namespace.")
  private @Nullable String namespace;

  Path path() {
    return state == null || state.toString().isEmpty() ? defaultPath() : state;
  }

  static Path defaultPath() {
    var base =
        Optional.ofNullable(System.getenv("XDG_STATE_HOME"))
            .filter(text -> !text.isEmpty())
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".local", "state"));
    return base.resolve("salvor");
  }

  StateFolder visit() {
    return StateFolder.visit(path());
  }

  /** All resources, or those of the namespace. */
  List<StoredResource> resources() {
    return ResourceStore.readAll(visit().resources()).stream()
        .filter(resource -> namespace == null || resource.key().namespace().equals(namespace))
        .toList();
  }

  List<JsonNode> json(String kind) {
    return resources().stream()
        .filter(resource -> resource.key().kind().equals(kind))
        .<JsonNode>map(StoredResource::json)
        .toList();
  }

  /**
   * The resource of this kind and name.
   *
   * @throws CommandFailed if there is none, or one in several namespaces
   */
  StoredResource one(String kind, String name) {
    var all = resources();
    var found =
        all.stream()
            .filter(resource -> resource.key().kind().equals(kind))
            .filter(resource -> resource.key().name().equals(name))
            .toList();
    if (found.size() > 1) {
      throw new CommandFailed(
          Exit.USAGE, "several namespaces have a " + kind + " '" + name + "'; choose by -n");
    }
    if (found.isEmpty()) {
      var names =
          all.stream()
              .map(StoredResource::key)
              .filter(key -> key.kind().equals(kind))
              .map(ResourceKey::name)
              .toList();
      throw new CommandFailed(
          Exit.NO_INPUT,
          "no " + kind + " '" + name + "'" + (names.isEmpty() ? "" : "; there are " + names));
    }
    return found.getFirst();
  }
}
