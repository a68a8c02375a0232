package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.local.Inbox;
import dev.salvor.local.LocalHost;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.local.state.StoredResource;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Resources of the one-machine host; requests go into its inbox. */
public final class StateFolderResources implements Resources {
  private static final int LOOK_MILLIS = 200;

  private final StateFolder folder;
  private final @Nullable String namespace;
  private final StandIn standIn;
  private @Nullable List<StoredResource> resources;

  /** How a command becomes the host while it waits and there is none. */
  @FunctionalInterface
  public interface StandIn {
    LocalHost.Settings settings(Path manifests, Path state);
  }

  /**
   * Opens the folder.
   *
   * @param namespace null: all
   * @throws StateFolder.UnusableException if it is none
   */
  public StateFolderResources(Path path, @Nullable String namespace, StandIn standIn) {
    this.folder = StateFolder.visit(path);
    this.namespace = namespace;
    this.standIn = standIn;
  }

  @Override
  public List<JsonNode> list(String kind) {
    return all()
        .filter(resource -> resource.key().kind().equals(kind))
        .<JsonNode>map(StoredResource::json)
        .toList();
  }

  @Override
  public ObjectNode one(String kind, String name) {
    var found = named(kind, name);
    if (found.size() > 1) {
      throw new CommandFailed(
          Exit.USAGE, "several namespaces have a " + kind + " '" + name + "'; choose by -n");
    }
    if (found.isEmpty()) {
      throw Missing.of(kind, name, list(kind));
    }
    return found.getFirst();
  }

  @Override
  public String hand(ObjectNode request, String yaml) {
    new Inbox(folder.inbox()).put(request.at("/metadata/name").asText(), yaml);
    return "handed to the host of " + folder.root();
  }

  @Override
  public Pending pending(ObjectNode request) {
    return new StateFolderPending(folder, key(request), standIn);
  }

  @Override
  public void log(String runOrPolicy, Following following, Consumer<String> lines) {
    var run = run(runOrPolicy);
    var at = 0L;
    var pause = new Semaphore(0);
    try {
      while (true) {
        // Asked first: what is written between the two is read by the next turn.
        var complete = following == Following.NOTHING_MORE || RunLog.isComplete(folder, run);
        var log = RunLog.of(folder, run);
        if (log.isPresent()) {
          var part = RunLog.read(log.get(), at);
          part.lines().forEach(lines);
          at = part.next();
        }
        if (complete || pause.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public List<JsonNode> events(JsonNode resource) {
    return ResourceStore.events(folder, key(resource), resource.at("/metadata/uid").asText());
  }

  /** Without a host nothing is due for ever, and conditions stay as the last one left them. */
  @Override
  public Optional<String> caution(Instant now) {
    return folder.hasHost()
        ? Optional.empty()
        : Optional.of(new Unattended(folder.root(), list("BackupPolicy")).words(now));
  }

  @Override
  public String emptyHint() {
    return "nothing yet; is 'salvor local' running on a folder of manifests? 'salvor init DIR'"
        + " writes the first";
  }

  @Override
  public void close() {
    // Nothing is held open.
  }

  private static ResourceKey key(JsonNode resource) {
    return new ResourceKey(
        resource.path("kind").asText(),
        resource.at("/metadata/namespace").asText(),
        resource.at("/metadata/name").asText());
  }

  private String run(String runOrPolicy) {
    if (RunLog.of(folder, runOrPolicy).isPresent()) {
      return runOrPolicy;
    }
    return named("BackupPolicy", runOrPolicy).stream()
        .flatMap(policy -> newest(policy).stream())
        .findFirst()
        .orElseThrow(
            () ->
                new CommandFailed(
                    Exit.NO_INPUT,
                    "no log of a run '"
                        + runOrPolicy
                        + "', nor of a policy of that name; 'salvor get runs POLICY' names runs"));
  }

  private Optional<String> newest(JsonNode policy) {
    return RunLog.newestAlive(folder, policy.at("/metadata/uid").asText())
        .or(
            () ->
                policy
                    .at("/status/runs")
                    .valueStream()
                    .map(run -> run.path("name").asText())
                    .filter(run -> RunLog.of(folder, run).isPresent())
                    .findFirst());
  }

  private List<ObjectNode> named(String kind, String name) {
    return all()
        .filter(resource -> resource.key().kind().equals(kind))
        .filter(resource -> resource.key().name().equals(name))
        .map(StoredResource::json)
        .toList();
  }

  private Stream<StoredResource> all() {
    if (resources == null) {
      resources = ResourceStore.readAll(folder.resources());
    }
    return resources.stream()
        .filter(resource -> namespace == null || resource.key().namespace().equals(namespace));
  }
}
