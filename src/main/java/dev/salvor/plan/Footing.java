package dev.salvor.plan;

import dev.salvor.api.JobTemplate;
import dev.salvor.api.VolumeMode;
import dev.salvor.api.VolumeSource;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a run stands on in a cluster: the claims that it mounts, who it is, and where it must run
 * for that. One machine has of it the volumes of Docker, in the folders where they are.
 *
 * @param node the only one that can have all of the claims but those that are elsewhere; null: the
 *     scheduler finds one
 * @param tolerations of the pods that use the claims
 * @param make a claim to make before; null: all are there
 * @param scaledToZero claims whose users' workloads are scaled to zero for it, and workloads
 *     themselves, as Kind/name
 * @param hooks commands in the application's pods around it
 * @param hold containers of Docker that hold still for it; null: none
 */
public record Footing(
    List<Mount> mounts,
    Identity identity,
    @Nullable String node,
    List<JobTemplate.Toleration> tolerations,
    @Nullable ClaimToMake make,
    List<String> scaledToZero,
    List<VolumeSource.Hook> hooks,
    @Nullable ContainerHold hold) {
  /** What has no hooks and holds no containers. */
  public Footing(
      List<Mount> mounts,
      Identity identity,
      @Nullable String node,
      List<JobTemplate.Toleration> tolerations,
      @Nullable ClaimToMake make,
      List<String> scaledToZero) {
    this(mounts, identity, node, tolerations, make, scaledToZero, List.of(), null);
  }

  /** A run that has to do with databases or the store only. */
  public static final Footing PLAIN =
      new Footing(List.of(), new Identity.Salvor(), null, List.of(), null, List.of());

  public Footing {
    mounts = List.copyOf(mounts);
    tolerations = List.copyOf(tolerations);
    scaledToZero = List.copyOf(scaledToZero);
    hooks = List.copyOf(hooks);
  }

  /** Whether something else stands where the target will be. */
  boolean hasStandIn() {
    return mounts.stream().anyMatch(mount -> mount.access() == Access.STAND_IN);
  }

  Footing with(List<Mount> others) {
    return new Footing(others, identity, node, tolerations, make, scaledToZero, hooks, hold);
  }

  Footing tolerating(List<JobTemplate.Toleration> more) {
    return new Footing(
        mounts,
        identity,
        node,
        Stream.concat(tolerations.stream(), more.stream()).distinct().toList(),
        make,
        scaledToZero,
        hooks,
        hold);
  }

  Footing between(List<VolumeSource.Hook> around) {
    return new Footing(mounts, identity, node, tolerations, make, scaledToZero, around, hold);
  }

  Footing scalingToZero(List<String> claims) {
    return new Footing(mounts, identity, node, tolerations, make, claims, hooks, hold);
  }

  Footing holding(@Nullable ContainerHold containers) {
    return new Footing(mounts, identity, node, tolerations, make, scaledToZero, hooks, containers);
  }

  /** Mounts nothing, as somebody. */
  public static Footing of(Identity identity) {
    return new Footing(List.of(), identity, null, List.of(), null, List.of());
  }

  /**
   * A claim, or a volume of Docker, and where the run finds it.
   *
   * @param volumeMode whether it is a folder or a device there
   * @param copy what is mounted instead, made when the run may go and removed with it; null: the
   *     claim itself
   * @param elsewhere the node that has it, which is not the run's; null: the run mounts it
   * @param folder where Docker has it on this machine; null: it is mounted by its name
   */
  public record Mount(
      String claim,
      VolumeMode volumeMode,
      Access access,
      @Nullable Copy copy,
      @Nullable String elsewhere,
      @Nullable String folder) {
    /** Holds all claims of files, or their copies. */
    public static final String FOLDER = "/data";

    /** Holds all that are devices. */
    private static final String DEVICES = "/devices";

    /** A folder of files. */
    public Mount(String claim, Access access) {
      this(claim, VolumeMode.FILESYSTEM, access);
    }

    /** The claim itself. */
    public Mount(String claim, VolumeMode volumeMode, Access access) {
      this(claim, volumeMode, access, null, null);
    }

    /** As a cluster mounts it. */
    public Mount(
        String claim,
        VolumeMode volumeMode,
        Access access,
        @Nullable Copy copy,
        @Nullable String elsewhere) {
      this(claim, volumeMode, access, copy, elsewhere, null);
    }

    /** A volume of Docker, which is mounted already. */
    public static Mount in(String folder, String volume, Access access) {
      return new Mount(volume, VolumeMode.FILESYSTEM, access, null, null, folder);
    }

    /** A copy of it. */
    public static Mount of(String claim, Copy copy) {
      return new Mount(claim, copy.volumeMode(), Access.READ, copy, null);
    }

    /** Another node has it. */
    Mount on(String node) {
      return new Mount(claim, volumeMode, access, copy, node, folder);
    }

    /** Claims are found by their names; restic stores paths, so that the name never changes. */
    public String path() {
      return folder == null ? (isDevice() ? DEVICES : FOLDER) + "/" + claim : folder;
    }

    /** The claim of files that is mounted there. */
    public static String claimOf(String path) {
      return path.substring(FOLDER.length() + 1);
    }

    public boolean isDevice() {
      return volumeMode == VolumeMode.BLOCK;
    }
  }

  /**
   * A copy of a claim that is made from a snapshot. All that it takes is known beforehand: the
   * claim itself may be gone when the snapshot is there.
   *
   * @param madeAtOnce whether there is a volume before a pod needs it (volumeBindingMode Immediate)
   * @param size that it has at least, in Kubernetes' words
   */
  public record Copy(
      String snapshotClass,
      String storageClass,
      boolean madeAtOnce,
      List<String> accessModes,
      String size,
      VolumeMode volumeMode) {
    public Copy {
      // Written before there were devices.
      volumeMode = Objects.requireNonNullElse(volumeMode, VolumeMode.FILESYSTEM);
      Objects.requireNonNull(snapshotClass);
      Objects.requireNonNull(storageClass);
      Objects.requireNonNull(size);
      accessModes = List.copyOf(accessModes);
    }
  }

  /** What a run may do to a claim. */
  public enum Access {
    READ,
    WRITE,
    /** The claim is not there and is not to be made: an empty folder stands for it in a plan. */
    STAND_IN
  }

  /** Who a run is. */
  public sealed interface Identity {
    /** Salvor's own user, without any capability. */
    record Salvor() implements Identity {}

    /** Root that may open whatever is mounted, and nothing else. */
    record Reader() implements Identity {}

    /** Root that may give files their owners, modes, attributes and devices. */
    record Restorer() implements Identity {}

    /** A user by number, without any capability. */
    record Application(long user, long group) implements Identity {}
  }

  /**
   * A claim to make; of a volume of Docker only the name counts.
   *
   * @param size in Kubernetes' words
   * @param storageClassName null: the cluster's default
   */
  public record ClaimToMake(
      String name,
      String size,
      @Nullable String storageClassName,
      List<String> accessModes,
      VolumeMode volumeMode) {
    public ClaimToMake {
      accessModes = List.copyOf(accessModes);
    }

    /** A volume of Docker, which takes what room there is. */
    public static ClaimToMake ofDocker(String name) {
      return new ClaimToMake(name, "", null, List.of(), VolumeMode.FILESYSTEM);
    }
  }
}
