package dev.salvor.local.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Json;
import dev.salvor.api.RestoreRequest;
import dev.salvor.local.manifest.ManifestFolder.Privacy;
import dev.salvor.local.manifest.Manifests.Note;
import dev.salvor.local.manifest.Manifests.Refusal;
import dev.salvor.local.manifest.Manifests.Resource;
import dev.salvor.local.manifest.Manifests.Written;
import io.fabric8.kubernetes.client.CustomResource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One pass over a folder: collects what is accepted, refused and passed over. */
final class ManifestReading {
  private static final String DEFAULT_NAMESPACE = "default";

  private final ManifestSchema schema;
  private final ManifestFolder.PreviousVersions previous;
  private final List<Resource<?>> resources = new ArrayList<>();
  private final List<Written<SecretManifest>> secrets = new ArrayList<>();
  private final List<Refusal> refusals = new ArrayList<>();
  private final List<Note> notes = new ArrayList<>();
  private final Map<ResourceKey, Origin> first = new HashMap<>();
  private final Set<ResourceKey> twice = new HashSet<>();

  ManifestReading(ManifestSchema schema, ManifestFolder.PreviousVersions previous) {
    this.schema = schema;
    this.previous = previous;
  }

  void unreadable(Path file, Violation violation) {
    refusals.add(new Refusal(new Origin(file, 0), null, violation));
  }

  void file(Path file, List<JsonNode> documents, Privacy privacy) {
    for (int number = 1; number <= documents.size(); number++) {
      document(documents.get(number - 1), new Origin(file, number), privacy);
    }
  }

  private void document(JsonNode document, Origin origin, Privacy privacy) {
    if (document.isNull()) {
      return;
    }
    var kind = document.path("kind");
    var apiVersion = document.path("apiVersion").asText();
    if (!(document instanceof ObjectNode object) || !kind.isTextual() || apiVersion.isEmpty()) {
      var violation = new Violation("", "not a resource: needs apiVersion and kind");
      refusals.add(new Refusal(origin, null, violation));
    } else if (kind.asText().equals("Secret") && apiVersion.equals("v1")) {
      secret(key(object), object, origin, privacy);
    } else if (apiVersion.startsWith("salvor.dev/") || schema.knows(kind.asText())) {
      resource(key(object), object, origin);
    } else {
      notes.add(new Note(origin, "kind " + kind.asText() + " is not for Salvor and is ignored"));
    }
  }

  private void secret(ResourceKey key, ObjectNode document, Origin origin, Privacy privacy) {
    var unique = isOnlyOne(key, origin);
    var secret = SecretReader.read(document);
    var manifest = new SecretManifest(key.namespace(), key.name(), secret.values());
    if (privacy == Privacy.OTHERS_MAY_READ && manifest.holdsValues()) {
      refuse(key, origin, "", "a Secret in a file that others may read: chmod 600 it");
      return;
    }
    secret.violations().forEach(violation -> refusals.add(new Refusal(origin, key, violation)));
    if (unique && secret.violations().isEmpty()) {
      secrets.add(new Written<>(manifest, origin));
    }
  }

  private void resource(ResourceKey key, ObjectNode document, Origin origin) {
    var unique = isOnlyOne(key, origin);
    var checked = schema.check(document, previous.of(key).orElse(null));
    checked.violations().forEach(violation -> refusals.add(new Refusal(origin, key, violation)));
    if (unique && checked.violations().isEmpty()) {
      var json = checked.resource();
      json.withObject("/metadata").put("namespace", key.namespace());
      try {
        resources.add(new Resource<>(key, read(key.kind(), json), json, origin));
      } catch (JsonProcessingException broken) {
        // A test holds the types to read all that the schema accepts; should one still slip
        // through, the other resources must go on. The parser's own words may quote the file.
        refuse(key, origin, "", "cannot be read by this version of Salvor");
      }
    }
  }

  private static CustomResource<?, ?> read(String kind, ObjectNode json)
      throws JsonProcessingException {
    var type =
        switch (kind) {
          case "BackupStore" -> BackupStore.class;
          case "BackupPolicy" -> BackupPolicy.class;
          case "BackupRequest" -> BackupRequest.class;
          case "RestoreRequest" -> RestoreRequest.class;
          default -> throw new IllegalStateException("no type for kind " + kind);
        };
    return Json.mapper().treeToValue(json, type);
  }

  private static ResourceKey key(ObjectNode document) {
    var metadata = document.path("metadata");
    return new ResourceKey(
        document.path("kind").asText(),
        metadata.path("namespace").asText(DEFAULT_NAMESPACE),
        metadata.path("name").asText(""));
  }

  /** Of two with one name neither counts: which one was meant is not for Salvor to guess. */
  private boolean isOnlyOne(ResourceKey key, Origin origin) {
    var earlier = first.putIfAbsent(key, origin);
    if (earlier == null) {
      return true;
    }
    refuse(key, origin, "metadata.name", "also written in " + earlier);
    if (twice.add(key)) {
      refuse(key, earlier, "metadata.name", "also written in " + origin);
    }
    resources.removeIf(resource -> resource.key().equals(key));
    secrets.removeIf(secret -> secret.value().key().equals(key));
    return false;
  }

  private void refuse(ResourceKey key, Origin origin, String path, String message) {
    refusals.add(new Refusal(origin, key, new Violation(path, message)));
  }

  Manifests manifests() {
    return new Manifests(resources, secrets, refusals, notes);
  }
}
