package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.ClaimSelection;
import dev.salvor.api.ReadMode;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VolumeSource;
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

  List<RestoreRequest> restoreRequests(String namespace);

  /** The runs that the host still holds. */
  List<RunView> runs(RunsOf whose);

  /**
   * Uids of the requests that exist and are not done, as far as these runs were asked for by any:
   * their runs must stay until the requests have recorded them.
   */
  Set<String> openRequests(String namespace, List<RunView> runs);

  /**
   * The claims that are selected and there, with who uses them; none on a host without any.
   *
   * @param wish for copies of them; null: they are mounted themselves, and nobody needs to know of
   *     snapshots
   */
  List<ClaimView> claims(String namespace, ClaimSelection selection, @Nullable CopyWish wish);

  /**
   * A wish for copies that are made from snapshots.
   *
   * @param storageClassName of the copies; null: that of each claim
   */
  record CopyWish(@Nullable String storageClassName) {
    /** That of a source; null: it wants its claims themselves. */
    static @Nullable CopyWish of(VolumeSource source) {
      var mode = source.mode();
      return mode == null || mode == ReadMode.LIVE
          ? null
          : new CopyWish(source.snapshot() == null ? null : source.snapshot().storageClassName());
    }
  }

  /** Volumes of this machine's Docker; {@link DockerView#UNASKED} on a host without any. */
  DockerView docker();

  /** Pods that tell where such a project is; {@link PodsView#UNASKED} on a host without any. */
  PodsView pods(String namespace, SupabaseSource.SelfHosted pointer);

  HostKind host();

  /** Identity of the cluster, or of the one machine's state. */
  String cluster();

  Instant now();
}
