package dev.salvor.local.manifest;

/** What tells resources apart. */
public record ResourceKey(String kind, String namespace, String name) {
  @Override
  public String toString() {
    return kind + " " + namespace + "/" + name;
  }
}
