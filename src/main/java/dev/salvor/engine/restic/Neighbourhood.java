package dev.salvor.engine.restic;

import dev.salvor.engine.restic.UnlockPolicy.Neighbours;
import java.util.function.Consumer;

/** What a host knows of other runs of this machine in the same repository. */
@FunctionalInterface
public interface Neighbourhood {
  /** In a cluster a pod's name is its own; nothing is known of others. */
  Neighbourhood UNKNOWN = work -> work.accept(Neighbours.POSSIBLE);

  /** Does the work; what it is told stays true until it returns. */
  void during(Consumer<Neighbours> work);
}
