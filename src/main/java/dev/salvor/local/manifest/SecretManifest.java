package dev.salvor.local.manifest;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A plain {@code kind: Secret}, for hosts without Kubernetes. Its values are never shown: not in
 * messages and not in {@link #toString}. It is read anew at each run and never copied into a state
 * folder.
 */
public final class SecretManifest {
  private final String namespace;
  private final String name;
  private final Map<String, byte[]> values;

  SecretManifest(String namespace, String name, Map<String, byte[]> values) {
    this.namespace = namespace;
    this.name = name;
    this.values = new TreeMap<>();
    values.forEach((key, value) -> this.values.put(key, value.clone()));
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

  public Set<String> keys() {
    return Set.copyOf(values.keySet());
  }

  /** A copy of the value, which the caller may overwrite when done. */
  public Optional<byte[]> value(String key) {
    return Optional.ofNullable(values.get(key)).map(byte[]::clone);
  }

  @Override
  public String toString() {
    return "Secret " + namespace + "/" + name + " " + values.keySet();
  }
}
