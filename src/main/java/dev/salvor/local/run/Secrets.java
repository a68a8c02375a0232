package dev.salvor.local.run;

import dev.salvor.local.manifest.SecretValue;
import java.util.Map;
import java.util.Optional;

/** The Secrets of the manifests, as they stand now. */
@FunctionalInterface
public interface Secrets {
  /** Keys and values; empty if there is no such Secret. */
  Optional<Map<String, SecretValue>> find(String namespace, String name);
}
