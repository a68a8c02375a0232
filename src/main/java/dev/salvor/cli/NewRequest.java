package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.local.manifest.ResourceKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Requests as a person would write them. */
final class NewRequest {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** So many letters of the policy's name leave room for the rest within 63. */
  private static final int NAME_LENGTH = 36;

  private NewRequest() {}

  /** What tells this resource apart. */
  static ResourceKey key(JsonNode resource) {
    return new ResourceKey(
        resource.path("kind").asText(),
        resource.at("/metadata/namespace").asText(),
        resource.at("/metadata/name").asText());
  }

  /** A request with an empty spec, named by what it is for, the time, and a random tail. */
  static ObjectNode of(String kind, ResourceKey policy, String verb, Instant now) {
    var request = Json.mapper().createObjectNode();
    request.put("apiVersion", "salvor.dev/v1alpha1");
    request.put("kind", kind);
    var stem = policy.name().substring(0, Math.min(NAME_LENGTH, policy.name().length()));
    var tail = String.format(Locale.ROOT, "%04x", new SecureRandom().nextInt(0x10000));
    request
        .putObject("metadata")
        .put("name", stem + "-" + verb + "-" + TIME.format(now) + "-" + tail)
        .put("namespace", policy.namespace());
    request.putObject("spec");
    return request;
  }
}
