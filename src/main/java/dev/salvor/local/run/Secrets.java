package dev.salvor.local.run;

import java.util.Map;
import java.util.Optional;

/** The Secrets of the manifests, as they stand now. */
@FunctionalInterface
public interface Secrets {
  /** Keys and values; empty if there is no such Secret. */
  Optional<Map<String, byte[]>> find(String namespace, String name);
}
