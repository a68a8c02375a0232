package dev.salvor.engine.objectstore;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A store in memory, held to the same contract. */
public final class FakeObjectStore implements ObjectStore {
  private final SortedMap<String, byte[]> objects = new TreeMap<>();

  @Override
  public String place() {
    return "a fake store";
  }

  @Override
  public Optional<byte[]> get(String key) {
    return Optional.ofNullable(objects.get(ObjectStore.checked(key))).map(byte[]::clone);
  }

  @Override
  public void put(String key, byte[] content) {
    objects.put(ObjectStore.checked(key), content.clone());
  }

  @Override
  public boolean create(String key, byte[] content) {
    return objects.putIfAbsent(ObjectStore.checked(key), content.clone()) == null;
  }

  @Override
  public void delete(String key) {
    objects.remove(ObjectStore.checked(key));
  }

  @Override
  public List<String> list(String prefix, int most) {
    return objects.keySet().stream().filter(key -> key.startsWith(prefix)).limit(most).toList();
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(null, null);
  }

  @Override
  public void close() {
    // Nothing is held open.
  }
}
