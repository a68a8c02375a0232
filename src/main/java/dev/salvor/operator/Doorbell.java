package dev.salvor.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Has resources of one kind looked at again when something around them changed: a run, a store, a
 * request. Which ones is looked up in the cache of that kind; it may be behind, which costs a look
 * too many and no more, for what is new in a cache is looked at anyway.
 */
final class Doorbell<R extends HasMetadata> extends AbstractEventSource<R, R> {
  private static final String UID = "uid";

  private final IndexerResourceCache<R> resources;

  Doorbell(EventSourceContext<R> context) {
    super(context.getPrimaryResourceClass(), "doorbell");
    resources = context.getPrimaryCache();
    resources.addIndexer(UID, resource -> List.of(resource.getMetadata().getUid()));
  }

  void ring(ResourceID resource) {
    getEventHandler().handleEvent(new Event(resource));
  }

  void ringUid(String uid) {
    resources.byIndex(UID, uid).forEach(resource -> ring(ResourceID.fromResource(resource)));
  }

  /** Rings for those of a namespace that have this to do with what changed. */
  void ringIn(String namespace, Predicate<R> which) {
    resources
        .list(resource -> namespace.equals(resource.getMetadata().getNamespace()))
        .filter(which)
        .map(ResourceID::fromResource)
        .forEach(this::ring);
  }

  Stream<R> resources() {
    return resources.list();
  }

  @Override
  public Set<R> getSecondaryResources(R primary) {
    return Set.of();
  }
}
