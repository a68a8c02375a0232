package dev.salvor.plan;

import dev.salvor.api.JobTemplate;
import dev.salvor.api.VolumeMode;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PersistentVolumeClaim as its cluster shows it.
 *
 * @param accessModes those that it asks for, in Kubernetes' words
 * @param size that its volume has, else that it asks for, in Kubernetes' words
 * @param users pods that mount it and have not ended
 * @param home the only node that its volume says can have it; null: others can, or that is not
 *     known
 * @param snapshots how snapshots of it can be taken; {@link Snapshots#NONE} also where nobody asked
 */
public record ClaimView(
    String name,
    Phase phase,
    VolumeMode volumeMode,
    List<String> accessModes,
    @Nullable String size,
    @Nullable String storageClassName,
    List<User> users,
    @Nullable String home,
    Snapshots snapshots) {
  static final String ONE_NODE = "ReadWriteOnce";
  static final String ONE_POD = "ReadWriteOncePod";

  /** What any node can have, one after the other. */
  public ClaimView(
      String name,
      Phase phase,
      VolumeMode volumeMode,
      List<String> accessModes,
      @Nullable String size,
      @Nullable String storageClassName,
      List<User> users,
      Snapshots snapshots) {
    this(name, phase, volumeMode, accessModes, size, storageClassName, users, null, snapshots);
  }

  public ClaimView {
    accessModes = List.copyOf(accessModes);
    users = List.copyOf(users);
  }

  /** How far it is. */
  public enum Phase {
    PENDING,
    BOUND,
    LOST,
    /** It was deleted, and goes when the last pod that uses it has. */
    DELETED
  }

  /**
   * What a cluster has for snapshots of a volume.
   *
   * @param driver the volume's CSI driver; null: it is of none
   * @param classes of that driver, by name
   * @param storageClass by which copies would be made; null: it is not there
   * @param problem why that could not be found out; null: it was
   */
  public record Snapshots(
      @Nullable String driver,
      List<SnapshotClass> classes,
      @Nullable StorageClass storageClass,
      @Nullable String problem) {
    public static final Snapshots NONE = new Snapshots(null, List.of(), null, null);

    /** Of a cluster that does not answer. */
    public static Snapshots unknown(String problem) {
      return new Snapshots(null, List.of(), null, problem);
    }

    public Snapshots {
      classes = List.copyOf(classes);
    }
  }

  /**
   * A VolumeSnapshotClass.
   *
   * @param deletes whether the snapshot itself goes with its VolumeSnapshot (deletionPolicy Delete)
   */
  public record SnapshotClass(String name, boolean isDefault, boolean deletes) {}

  /**
   * A StorageClass.
   *
   * @param deletes whether a volume goes with its claim (reclaimPolicy Delete)
   * @param atOnce whether a volume is made before a pod needs it (volumeBindingMode Immediate)
   */
  public record StorageClass(String name, String provisioner, boolean deletes, boolean atOnce) {}

  /**
   * A pod that mounts it.
   *
   * @param node null: it has none yet
   * @param run that it belongs to, if it is Salvor's; null: it is an application's
   * @param workload what makes it anew while its replicas say so; null: nothing that can be scaled
   * @param ending whether it was told to go, and has the volume until it has
   */
  public record User(
      String pod,
      @Nullable String node,
      List<JobTemplate.Toleration> tolerations,
      @Nullable Run run,
      @Nullable Workload workload,
      boolean ending) {
    /** One that stays. */
    public User(
        String pod,
        @Nullable String node,
        List<JobTemplate.Toleration> tolerations,
        @Nullable Run run,
        @Nullable Workload workload) {
      this(pod, node, tolerations, run, workload, false);
    }

    public User {
      tolerations = List.copyOf(tolerations);
    }

    /** Whether it may write to the claim; a run that reads it does not. */
    boolean mayWrite() {
      return run == null || run.purpose() == Purpose.RESTORE;
    }

    /** Whether it goes when what it belongs to is scaled to zero. */
    boolean isScalable() {
      return run == null && workload != null;
    }
  }

  /** What makes pods, by a number that can be set. */
  public record Workload(Kind kind, String name) {
    /** Those of group {@code apps} that can be scaled. */
    public enum Kind {
      STATEFUL_SET("StatefulSet"),
      DEPLOYMENT("Deployment");

      private final String text;

      Kind(String text) {
        this.text = text;
      }

      public String text() {
        return text;
      }
    }

    /** As kubectl takes it; no claim is called so. */
    public String path() {
      return kind.text() + "/" + name;
    }

    /** In words. */
    @Override
    public String toString() {
      return kind.text() + " " + name;
    }
  }

  /** As it will be when the workloads of its users are scaled to zero. */
  ClaimView scaledToZero() {
    return with(user -> !user.isScalable());
  }

  /** A run of Salvor. */
  public record Run(Purpose purpose, String name) {}

  /** As it is without the pods of a run, which is not in its own way. */
  ClaimView without(String run) {
    return with(user -> user.run() == null || !user.run().name().equals(run));
  }

  private ClaimView with(Predicate<User> whom) {
    return new ClaimView(
        name,
        phase,
        volumeMode,
        accessModes,
        size,
        storageClassName,
        users.stream().filter(whom).toList(),
        home,
        snapshots);
  }

  /**
   * Those that have its volume, or are about to, where another would wait for it in vain. A pod
   * that ends has it on the old node while the next one waits on the new: a run beside the one that
   * ends would hold it there, and the application would wait for the backup; beside the next it
   * waits with it. Without a next one the volume is where the pod ends.
   */
  Stream<String> nodes() {
    if (home != null) {
      return Stream.of(home);
    }
    if (!isOfOneNode()) {
      return Stream.empty();
    }
    var placed = users.stream().filter(user -> user.node() != null).toList();
    var staying = placed.stream().filter(user -> !user.ending()).toList();
    return (staying.isEmpty() ? placed : staying)
        .stream().flatMap(user -> Stream.ofNullable(user.node()));
  }

  /** Whether a second node would wait in vain for the volume (Multi-Attach). */
  private boolean isOfOneNode() {
    return accessModes.stream().allMatch(mode -> mode.equals(ONE_NODE) || mode.equals(ONE_POD));
  }

  boolean isDevice() {
    return volumeMode == VolumeMode.BLOCK;
  }

  boolean isWritable() {
    return accessModes.stream().anyMatch(mode -> !mode.equals("ReadOnlyMany"));
  }

  boolean isOfOnePod() {
    return accessModes.contains(ONE_POD);
  }
}
