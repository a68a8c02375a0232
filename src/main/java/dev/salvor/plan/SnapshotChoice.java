package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.ReadMode;
import dev.salvor.api.Reason;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.ClaimView.SnapshotClass;
import dev.salvor.plan.ClaimView.StorageClass;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a claim is read itself, or a copy of it that is made from a snapshot. */
sealed interface SnapshotChoice {
  /** It is mounted itself. */
  record Live() implements SnapshotChoice {}

  /** A snapshot is taken, and a copy made of it. */
  record Taken(Footing.Copy copy) implements SnapshotChoice {}

  /** It is to be a snapshot, and none can be taken. */
  record Unavailable(Failure failure) implements SnapshotChoice {}

  /**
   * {@code Auto} takes the claim itself where its driver has no snapshots or no class makes copies
   * of them. What a person has to decide, they are asked with it too.
   */
  static SnapshotChoice of(VolumeSource source, ClaimView claim) {
    var mode = Defaults.orElse(source.mode(), ReadMode.LIVE);
    var found = claim.snapshots();
    if (mode == ReadMode.LIVE) {
      return new Live();
    }
    if (found.problem() != null) {
      return unavailable(claim, "the cluster does not say by which class: " + found.problem());
    }
    var lack = lack(found);
    if (lack.isPresent()) {
      return mode == ReadMode.AUTO && !isMistaken(source, found)
          ? new Live()
          : unavailable(claim, lack.get());
    }
    var storage = Objects.requireNonNull(found.storageClass());
    var eligible = eligible(source, found.classes());
    if (eligible.size() != 1) {
      return unavailable(claim, which(source, found));
    }
    return storage.deletes()
        ? new Taken(copy(claim, eligible.getFirst(), storage))
        : unavailable(claim, keeps(storage));
  }

  /** Who names a storage class has not left it to the cluster. */
  private static boolean isMistaken(VolumeSource source, ClaimView.Snapshots found) {
    return source.snapshot() != null
        && source.snapshot().storageClassName() != null
        && !found.classes().isEmpty();
  }

  /** What the cluster has not, whoever asks; empty: nothing is missing. */
  private static Optional<String> lack(ClaimView.Snapshots found) {
    var driver = found.driver();
    if (driver == null) {
      return Optional.of("its volume is not of a CSI driver.");
    }
    if (found.classes().isEmpty()) {
      return Optional.of("its driver " + driver + " has no VolumeSnapshotClass.");
    }
    var storage = found.storageClass();
    if (storage == null) {
      return Optional.of("the StorageClass that would make its copy is not there.");
    }
    return storage.provisioner().equals(driver)
        ? Optional.empty()
        : Optional.of(
            "StorageClass '" + storage.name() + "' makes no volumes of its driver " + driver + ".");
  }

  /** The one that is named; else, of those that leave nothing behind, the default one or all. */
  private static List<SnapshotClass> eligible(VolumeSource source, List<SnapshotClass> classes) {
    var deleting = deleting(classes);
    var named = named(source);
    if (named != null) {
      return deleting.stream().filter(it -> it.name().equals(named)).toList();
    }
    var defaults = deleting.stream().filter(SnapshotClass::isDefault).toList();
    return defaults.isEmpty() ? deleting : defaults;
  }

  private static List<SnapshotClass> deleting(List<SnapshotClass> classes) {
    return classes.stream().filter(SnapshotClass::deletes).toList();
  }

  private static @Nullable String named(VolumeSource source) {
    return source.snapshot() == null ? null : source.snapshot().className();
  }

  private static String which(VolumeSource source, ClaimView.Snapshots found) {
    var deleting = deleting(found.classes());
    if (deleting.isEmpty()) {
      return "each class of its driver keeps what was snapped (deletionPolicy: Retain), so that"
          + " each backup would leave a snapshot behind: "
          + names(found.classes());
    }
    return named(source) == null
        ? "its driver has several classes and not one default, name one in snapshot.className: "
            + names(deleting)
        : "its driver "
            + found.driver()
            + " has no class '"
            + named(source)
            + "' of deletionPolicy Delete, but "
            + names(deleting);
  }

  private static String names(List<SnapshotClass> classes) {
    return String.join(", ", classes.stream().map(SnapshotClass::name).toList()) + ".";
  }

  private static String keeps(StorageClass storage) {
    return "StorageClass '"
        + storage.name()
        + "' keeps volumes (reclaimPolicy: Retain), so that each backup would leave one behind."
        + " Name one that deletes them in snapshot.storageClassName.";
  }

  private static Unavailable unavailable(ClaimView claim, String why) {
    return new Unavailable(
        Reason.SNAPSHOT_UNAVAILABLE.failure(
            "No snapshot can be taken of claim '" + claim.name() + "': " + why));
  }

  /** Drivers make volumes of snapshots that can be written to; the claim itself may not be one. */
  private static Footing.Copy copy(ClaimView claim, SnapshotClass by, StorageClass storage) {
    return new Footing.Copy(
        by.name(),
        storage.name(),
        storage.atOnce(),
        claim.isWritable() ? claim.accessModes() : List.of(ClaimView.ONE_NODE),
        Defaults.orElse(claim.size(), "1"),
        claim.volumeMode());
  }
}
