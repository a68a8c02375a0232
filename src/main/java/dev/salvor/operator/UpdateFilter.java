package dev.salvor.operator;

import dev.salvor.api.ObservedStatus;
import dev.salvor.api.RestoreRequest;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.Objects;

/**
 * Which changes of a resource are worth a look: those of its spec, its deletion, and a status that
 * was taken away (a backup that was put back, a person). Not what the operator writes itself.
 *
 * <p>A RestoreRequest without its status is not looked at for that: nobody waits for it, and what
 * says that it was carried out may be about to come back too.
 */
final class UpdateFilter<R extends CustomResource<?, ? extends ObservedStatus>>
    implements OnUpdateFilter<R> {
  @Override
  public boolean accept(R now, R before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || now.isMarkedForDeletion()
        || (!(now instanceof RestoreRequest) && isObserved(before) && !isObserved(now));
  }

  private static boolean isObserved(CustomResource<?, ? extends ObservedStatus> resource) {
    var status = resource.getStatus();
    return status != null
        && Objects.equals(status.observedGeneration(), resource.getMetadata().getGeneration());
  }
}
