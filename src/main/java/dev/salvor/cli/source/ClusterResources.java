package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.cli.show.ShownKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Resources of a cluster, under the rights of whoever asks. */
public final class ClusterResources implements Resources {
  /** Objects of one answer: a large cluster is read in parts. */
  private static final int PAGE = 500;

  private final ClusterApi api;
  private final Clusters.Namespaces namespaces;

  public ClusterResources(ClusterApi api, Clusters.Namespaces namespaces) {
    this.api = api;
    this.namespaces = namespaces;
  }

  @Override
  public List<JsonNode> list(String kind) {
    var call = Call.list(Call.SALVOR, plural(kind), listed());
    var found = new ArrayList<JsonNode>();
    var next = "";
    do {
      var answer =
          api.get(call.query("limit=" + PAGE + (next.isEmpty() ? "" : "&continue=" + next)));
      answer.path("items").forEach(item -> found.add(shown(item)));
      next = answer.at("/metadata/continue").asText();
    } while (!next.isEmpty());
    found.sort(
        Comparator.comparing((JsonNode item) -> item.at("/metadata/namespace").asText())
            .thenComparing(item -> item.at("/metadata/name").asText()));
    return found;
  }

  @Override
  public ObjectNode one(String kind, String name) {
    return switch (namespaces) {
      case Clusters.All() -> among(kind, name);
      case Clusters.OfContext(), Clusters.Only(var _) ->
          api.find(Call.get(Call.SALVOR, plural(kind), api.place().namespace(), name))
              .map(ClusterResources::shown)
              .orElseThrow(() -> missing(kind, name));
    };
  }

  @Override
  public String hand(ObjectNode request, String yaml) {
    var place = api.place();
    var namespace = request.at("/metadata/namespace").asText();
    create(request, namespace);
    return "handed to the operator: context " + place.context() + ", namespace " + namespace;
  }

  @Override
  public Pending pending(ObjectNode request) {
    var namespace = request.at("/metadata/namespace").asText();
    var call =
        Call.get(
            Call.SALVOR,
            plural(request.path("kind").asText()),
            namespace,
            request.at("/metadata/name").asText());
    return new ClusterPending(api, call, new PodLogs(api, namespace));
  }

  @Override
  public void log(String runOrPolicy, Following following, Consumer<String> lines) {
    var logs = new PodLogs(api, api.place().namespace());
    if (logs.print(runOrPolicy, following, lines)) {
      return;
    }
    var policy =
        api.find(
            Call.get(Call.SALVOR, plural("BackupPolicy"), api.place().namespace(), runOrPolicy));
    var run =
        policy
            .flatMap(found -> logs.newestRun(found.at("/metadata/uid").asText()))
            .orElseThrow(() -> noLog(runOrPolicy, policy.orElse(null)));
    if (!logs.print(run, following, lines)) {
      throw noLog(runOrPolicy, policy.orElse(null));
    }
  }

  /** Who may not list them is shown the rest all the same: conditions say what counts. */
  @Override
  public List<JsonNode> events(JsonNode resource) {
    var call =
        Call.list(Call.CORE, "events", resource.at("/metadata/namespace").asText())
            .query("fieldSelector=involvedObject.uid%3D" + resource.at("/metadata/uid").asText());
    try {
      var events = new ArrayList<JsonNode>();
      api.get(call).path("items").forEach(events::add);
      events.sort(Comparator.comparing(event -> event.at("/metadata/creationTimestamp").asText()));
      return events;
    } catch (CommandFailed refused) {
      if (refused.code() == Exit.FORBIDDEN) {
        return List.of();
      }
      throw refused;
    }
  }

  /** Whether an operator works there is asked by {@code salvor doctor}: it takes other rights. */
  @Override
  public Optional<String> caution(Instant now) {
    return Optional.empty();
  }

  @Override
  public String emptyHint() {
    return switch (namespaces) {
      case Clusters.All() -> "nothing yet in any namespace";
      case Clusters.OfContext(), Clusters.Only(var _) ->
          "nothing yet in namespace "
              + api.place().namespace()
              + "; -A looks in all, -n in another";
    };
  }

  @Override
  public void close() {
    api.close();
  }

  /** An answer that was lost on the way is asked for again, and then it is there already. */
  private void create(ObjectNode request, String namespace) {
    var kind = plural(request.path("kind").asText());
    try {
      api.create(Call.create(Call.SALVOR, kind, namespace), request);
    } catch (CommandFailed refused) {
      if (refused.code() != Exit.INVALID) {
        throw refused;
      }
      var name = request.at("/metadata/name").asText();
      if (api.find(Call.get(Call.SALVOR, kind, namespace, name)).isEmpty()) {
        throw refused;
      }
    }
  }

  private CommandFailed noLog(String name, @Nullable JsonNode policy) {
    return new CommandFailed(
        Exit.NO_INPUT,
        (policy == null
                ? "neither a run nor a policy '" + name + "' is"
                : "no run of policy '" + name + "' has a pod")
            + " in namespace "
            + api.place().namespace()
            + ". Pods of a run are removed once its end is recorded: 'salvor describe bpol POLICY'"
            + " shows its last lines, your log collector has the rest");
  }

  private ObjectNode among(String kind, String name) {
    var all = list(kind);
    var found =
        all.stream().filter(item -> item.at("/metadata/name").asText().equals(name)).toList();
    if (found.size() > 1) {
      throw new CommandFailed(
          Exit.USAGE, "several namespaces have a " + kind + " '" + name + "'; choose by -n");
    }
    if (found.isEmpty()) {
      throw Missing.of(kind, name, all);
    }
    return (ObjectNode) found.getFirst();
  }

  /** Who may only get one by its name is told no others. */
  private CommandFailed missing(String kind, String name) {
    var what = kind + " in namespace " + api.place().namespace();
    try {
      return Missing.of(what, name, list(kind));
    } catch (CommandFailed mayNotList) {
      return Missing.of(what, name, List.of());
    }
  }

  private @Nullable String listed() {
    return switch (namespaces) {
      case Clusters.All() -> null;
      case Clusters.OfContext(), Clusters.Only(var _) -> api.place().namespace();
    };
  }

  /** As kubectl shows it: who wrote which field is of no use to people. */
  private static ObjectNode shown(JsonNode item) {
    var object = (ObjectNode) item;
    object.withObject("/metadata").remove("managedFields");
    return object;
  }

  private static String plural(String kind) {
    return ShownKind.named(kind).orElseThrow().plural();
  }
}
