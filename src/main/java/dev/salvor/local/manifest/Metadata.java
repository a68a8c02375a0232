package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The rules that Kubernetes has for the metadata of every object (apimachinery's {@code
 * util/validation}), in its words.
 */
final class Metadata {
  private static final Pattern LABEL = Pattern.compile("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$");
  private static final Pattern SUBDOMAIN =
      Pattern.compile("^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$");
  private static final Pattern NAME_PART =
      Pattern.compile("^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$");

  private static final int SUBDOMAIN_LENGTH = 253;
  private static final int LABEL_LENGTH = 63;

  /** What the API server takes, in all annotations of an object together. */
  private static final int ANNOTATIONS_LENGTH = 256 * 1024;

  /** What a person may write; the rest of ObjectMeta is the server's and is ignored. */
  private static final Set<String> FIELDS =
      Set.of(
          "name",
          "namespace",
          "labels",
          "annotations",
          "generateName",
          "uid",
          "resourceVersion",
          "generation",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "ownerReferences",
          "finalizers",
          "managedFields",
          "selfLink");

  private final List<Violation> violations = new ArrayList<>();

  private Metadata() {}

  static List<Violation> violations(JsonNode resource) {
    var check = new Metadata();
    check.metadata(resource.path("metadata"));
    return List.copyOf(check.violations);
  }

  private void metadata(JsonNode metadata) {
    if (!metadata.isObject()) {
      refuse("metadata", metadata.isMissingNode() ? "Required value" : "must be of type object");
      return;
    }
    for (var field : metadata.properties()) {
      if (!FIELDS.contains(field.getKey())) {
        refuse("metadata." + field.getKey(), "unknown field");
      }
    }
    name(metadata.path("name"));
    namespace(metadata.path("namespace"));
    labels(metadata.path("labels"));
    annotations(metadata.path("annotations"));
  }

  private void name(JsonNode name) {
    if (name.isMissingNode() || name.isNull() || name.asText().isEmpty()) {
      refuse("metadata.name", "Required value: name is required");
    } else if (isText("metadata.name", name)) {
      longest("metadata.name", name, SUBDOMAIN_LENGTH);
      if (!SUBDOMAIN.matches(name.asText())) {
        refuse(
            "metadata.name",
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-'"
                + " or '.', and must start and end with an alphanumeric character");
      }
    }
  }

  private void namespace(JsonNode namespace) {
    if (namespace.isMissingNode()
        || namespace.isNull()
        || !isText("metadata.namespace", namespace)) {
      return;
    }
    longest("metadata.namespace", namespace, LABEL_LENGTH);
    if (!LABEL.matches(namespace.asText())) {
      refuse(
          "metadata.namespace",
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-',"
              + " and must start and end with an alphanumeric character");
    }
  }

  private void labels(JsonNode labels) {
    for (var label : entries("metadata.labels", labels)) {
      var value = labels.path(label);
      qualifiedName("metadata.labels", label);
      longest("metadata.labels", value, LABEL_LENGTH);
      if (!value.asText().isEmpty() && !NAME_PART.matches(value.asText())) {
        refuse(
            "metadata.labels",
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_'"
                + " or '.', and must start and end with an alphanumeric character");
      }
    }
  }

  private void annotations(JsonNode annotations) {
    long total = 0;
    for (var annotation : entries("metadata.annotations", annotations)) {
      qualifiedName("metadata.annotations", annotation.toLowerCase(Locale.ROOT));
      total += annotation.length() + annotations.path(annotation).asText().length();
    }
    if (total > ANNOTATIONS_LENGTH) {
      refuse("metadata.annotations", "may not be more than " + ANNOTATIONS_LENGTH + " bytes");
    }
  }

  private List<String> entries(String path, JsonNode map) {
    if (map.isMissingNode() || map.isNull()) {
      return List.of();
    }
    if (!map.isObject()) {
      refuse(path, "must be of type object");
      return List.of();
    }
    return map.properties().stream()
        .filter(entry -> isText(path + "." + entry.getKey(), entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private void qualifiedName(String path, String key) {
    int slash = key.indexOf('/');
    var prefix = key.substring(0, Math.max(slash, 0));
    var name = key.substring(slash + 1);
    if (slash >= 0 && (prefix.length() > SUBDOMAIN_LENGTH || !SUBDOMAIN.matches(prefix))) {
      refuse(path, "prefix part a lowercase RFC 1123 subdomain must consist of lower case");
    }
    if (name.length() > LABEL_LENGTH || !NAME_PART.matches(name)) {
      refuse(
          path,
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and"
              + " end with an alphanumeric character");
    }
  }

  private boolean isText(String path, JsonNode value) {
    if (!value.isTextual()) {
      refuse(path, "must be of type string");
    }
    return value.isTextual();
  }

  private void longest(String path, JsonNode value, int most) {
    if (value.asText().length() > most) {
      refuse(path, "must be no more than " + most + " bytes");
    }
  }

  private void refuse(String path, String message) {
    violations.add(new Violation(path, message));
  }
}
