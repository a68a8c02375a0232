package dev.salvor.local.state;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.plan.Announcement;
import dev.salvor.plan.StableHash;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What was told about resources, as the events of a cluster: {@code
 * events/<kind>/<namespace>/<name>.json}, oldest first. What is told again after a kill is told
 * once.
 */
final class EventBook {
  /** Of one resource; older ones go. */
  static final int MOST = 50;

  private static final int HASH_LENGTH = 16;
  private static final String NAME = "name";
  private static final String UID = "uid";

  private final Path folder;

  EventBook(Path folder) {
    this.folder = folder;
  }

  void tell(StoredResource about, List<Announcement> told, Instant now) {
    if (told.isEmpty()) {
      return;
    }
    var events = new ArrayList<>(read(about.key()));
    for (var each : told) {
      var name = StableHash.of(about.uid(), each.key()).letters(HASH_LENGTH);
      if (events.stream().noneMatch(event -> event.path(NAME).asText().equals(name))) {
        events.add(event(name, about, each, now));
      }
    }
    var newest = events.subList(Math.max(0, events.size() - MOST), events.size());
    var file = file(about.key());
    DurableFile.folder(Objects.requireNonNull(file.getParent()));
    DurableFile.write(file, Json.mapper().valueToTree(newest).toPrettyString() + "\n");
  }

  private static ObjectNode event(
      String name, StoredResource about, Announcement told, Instant now) {
    return Json.mapper()
        .createObjectNode()
        .put(NAME, name)
        .put(UID, about.uid())
        .put("eventTime", now.truncatedTo(ChronoUnit.SECONDS).toString())
        .put("type", told.type().text())
        .put("reason", told.reason())
        .put("action", told.action())
        .put("message", told.note());
  }

  /** Of a resource, and of none that had its name before. */
  List<JsonNode> of(ResourceKey key, String uid) {
    return read(key).stream().filter(event -> event.path(UID).asText().equals(uid)).toList();
  }

  void remove(ResourceKey key) {
    DurableFile.delete(file(key));
  }

  private List<JsonNode> read(ResourceKey key) {
    var content = DurableFile.read(file(key));
    if (content.isEmpty()) {
      return List.of();
    }
    try {
      return Json.mapper().readValue(content.get(), new TypeReference<List<JsonNode>>() {});
    } catch (IOException notWritten) {
      return List.of(); // nobody's work waits for what was once told
    }
  }

  private Path file(ResourceKey key) {
    return ResourceStore.file(folder, key);
  }
}
