package dev.salvor.engine.objectstore;

class FakeObjectStoreTest extends ObjectStoreContract {
  private final FakeObjectStore store = new FakeObjectStore();

  @Override
  ObjectStore store() {
    return store;
  }
}
