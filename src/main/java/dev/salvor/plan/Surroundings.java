package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.RestoreRequest;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a host finds around a resource that is to be decided about. References never leave their
 * namespace; what is not there, or was never accepted, is null.
 */
public interface Surroundings {
  @Nullable BackupStore store(String namespace, String name);

  @Nullable BackupPolicy policy(String namespace, String name);

  @Nullable RestoreRequest restoreRequest(String namespace, String name);

  /** The runs that the host still holds. */
  List<RunView> runs(RunsOf whose);

  /**
   * Uids of the requests that exist and are not done, as far as these runs were asked for by any:
   * their runs must stay until the requests have recorded them.
   */
  Set<String> openRequests(String namespace, List<RunView> runs);

  HostKind host();

  /** Identity of the cluster, or of the one machine's state. */
  String cluster();

  Instant now();
}
