package dev.salvor.local.manifest;

import java.util.Map;
import java.util.TreeMap;

/**
 * A plain {@code kind: Secret}, for hosts without Kubernetes. Its values are never shown: not in
 * messages and not in {@link #toString}. It is read anew at each run and never copied into a state
 * folder.
 */
public final class SecretManifest {
  private final String namespace;
  private final String name;
  private final Map<String, SecretValue> values;

  SecretManifest(String namespace, String name, Map<String, SecretValue> values) {
    this.namespace = namespace;
    this.name = name;
    this.values = new TreeMap<>(values);
  }

  public String namespace() {
    return namespace;
  }

  public String name() {
    return name;
  }

  /** What tells it apart from other resources. */
  public ResourceKey key() {
    return new ResourceKey("Secret", namespace, name);
  }

  /** By key. */
  public Map<String, SecretValue> values() {
    return Map.copyOf(values);
  }

  /** Whether the manifest itself holds any of the values. */
  public boolean holdsValues() {
    return values.values().stream().anyMatch(SecretValue.Written.class::isInstance);
  }

  @Override
  public String toString() {
    return "Secret " + namespace + "/" + name + " " + values.keySet();
  }
}
