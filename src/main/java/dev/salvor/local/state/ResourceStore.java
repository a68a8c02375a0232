package dev.salvor.local.state;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.plan.Announcement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The resources of a state folder: {@code resources/<kind>/<namespace>/<name>.json}. One thread of
 * the host writes here, and nobody else.
 */
public final class ResourceStore {
  private static final Comparator<ResourceKey> ORDER =
      Comparator.comparing(ResourceKey::kind)
          .thenComparing(ResourceKey::namespace)
          .thenComparing(ResourceKey::name);

  private final Path folder;
  private final EventBook events;
  private final Clock clock;
  private final Map<ResourceKey, StoredResource> resources = new TreeMap<>(ORDER);

  /** Reads all that is there. */
  public ResourceStore(StateFolder state, Clock clock) {
    this.folder = state.resources();
    this.events = new EventBook(state.events());
    this.clock = clock;
    readAll(folder).forEach(resource -> resources.put(resource.key(), resource));
  }

  /** Reads the resources without becoming their writer; those of all kinds, in order of names. */
  public static List<StoredResource> readAll(Path folder) {
    var found = new ArrayList<StoredResource>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (var files = Files.walk(folder, 3)) {
      files
          .filter(file -> file.getFileName().toString().endsWith(".json"))
          .flatMap(file -> DurableFile.read(file).stream())
          .map(ResourceStore::parse)
          .forEach(found::add);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder, e);
    }
    found.sort(Comparator.comparing(StoredResource::key, ORDER));
    return found;
  }

  public Collection<StoredResource> all() {
    return List.copyOf(resources.values());
  }

  public Optional<StoredResource> find(ResourceKey key) {
    return Optional.ofNullable(resources.get(key));
  }

  /** The version that was last accepted, as the next one is compared with. */
  public Optional<ObjectNode> previous(ResourceKey key) {
    return find(key).filter(StoredResource::accepted).map(StoredResource::json);
  }

  /** Takes the accepted version of a manifest; writes only if it differs. */
  public StoredResource accept(ResourceKey key, ObjectNode manifest) {
    var before = resources.get(key);
    var next =
        before == null || !before.accepted()
            ? StoredResource.first(key, manifest, UUID.randomUUID().toString(), now())
            : before.with(manifest);
    return store(next);
  }

  /** Makes room for the status of a manifest that was refused; one accepted before stays. */
  public StoredResource refuse(ResourceKey key, String apiVersion) {
    var before = resources.get(key);
    return before != null ? before : store(StoredResource.refused(key, apiVersion));
  }

  /** Stores a status; writes only if it differs. */
  public StoredResource writeStatus(ResourceKey key, JsonNode status) {
    var before = resources.get(key);
    if (before == null || !(status instanceof ObjectNode object)) {
      throw new IllegalArgumentException("no status of " + key);
    }
    return store(before.withStatus(object));
  }

  /** Forgets a resource that was taken out of the manifests. */
  public void remove(ResourceKey key) {
    DurableFile.delete(file(folder, key));
    events.remove(key);
    resources.remove(key);
  }

  /** Notes what is to be told about a resource, after its status says it. */
  public void tell(ResourceKey key, List<Announcement> told) {
    find(key).ifPresent(about -> events.tell(about, told, clock.instant()));
  }

  /** What was told about a resource, oldest first; also for those who write nothing. */
  public static List<JsonNode> events(StateFolder state, ResourceKey key, String uid) {
    return new EventBook(state.events()).of(key, uid);
  }

  private StoredResource store(StoredResource resource) {
    if (!resource.equals(resources.get(resource.key()))) {
      var file = file(folder, resource.key());
      DurableFile.folder(Objects.requireNonNull(file.getParent()));
      DurableFile.write(file, resource.json().toPrettyString() + "\n");
      resources.put(resource.key(), resource);
    }
    return resource;
  }

  static Path file(Path folder, ResourceKey key) {
    return folder
        .resolve(FileNames.encode(key.kind()))
        .resolve(FileNames.encode(key.namespace()))
        .resolve(FileNames.encode(key.name()) + ".json");
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static StoredResource parse(byte[] bytes) {
    try {
      var json = (ObjectNode) Json.mapper().readTree(bytes);
      var metadata = json.path("metadata");
      return new StoredResource(
          new ResourceKey(
              json.path("kind").asText(),
              metadata.path("namespace").asText(),
              metadata.path("name").asText()),
          json);
    } catch (IOException | ClassCastException e) {
      throw new IllegalStateException("a file of the state folder is no resource", e);
    }
  }
}
