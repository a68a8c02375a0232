package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Launch;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a claim that a Job mounts instead of it: made from a VolumeSnapshot when the Job may
 * go. Snapshot and copy have one name and belong to the Job, so that the cluster removes them with
 * it, whatever became of Salvor.
 *
 * @param number of its mount in the Job
 * @param claim that is copied
 * @param how it is made
 */
@Model
public record ClaimCopy(int number, String claim, Footing.Copy how) {
  public static final String GROUP = "snapshot.storage.k8s.io";

  /** Annotation of a copy: the uid of the snapshot that it was made of. */
  private static final String SNAPSHOT_UID = "salvor.dev/snapshot-uid";

  private static final TypeReference<List<ClaimCopy>> LIST = new TypeReference<>() {};

  public ClaimCopy {
    Objects.requireNonNull(claim);
    Objects.requireNonNull(how);
  }

  /** Those that a Job is to mount. */
  static List<ClaimCopy> of(Launch launch) {
    var mounts = launch.footing().mounts();
    return IntStream.range(0, mounts.size())
        .boxed()
        .flatMap(number -> of(number, mounts.get(number)).stream())
        .toList();
  }

  private static List<ClaimCopy> of(int number, Footing.Mount mount) {
    var how = mount.copy();
    return how == null ? List.of() : List.of(new ClaimCopy(number, mount.claim(), how));
  }

  /**
   * The name of snapshot and copy. The external-provisioner takes a number at a name's end for that
   * of a StatefulSet's replica and spreads those over the zones, by the part before it
   * (getPVCNameHashAndIndexOffset): all copies of a run end alike, so that one pod can mount them.
   */
  static String name(String run, int number) {
    var hash = run.lastIndexOf('-');
    return run.substring(0, hash) + "-" + number + run.substring(hash) + "-0";
  }

  static String write(List<ClaimCopy> copies) {
    try {
      return Json.mapper().writeValueAsString(copies);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("copies that cannot be written", e);
    }
  }

  /** Whether a Job is to mount any. */
  public static boolean isOf(Job job) {
    return JobLabels.annotation(job, JobLabels.COPIES) != null;
  }

  /**
   * Those that this Job mounts; none where it mounts none, or somebody changed what stood there.
   */
  public static List<ClaimCopy> read(Job job) {
    var text = JobLabels.annotation(job, JobLabels.COPIES);
    try {
      var read = text == null ? null : Json.mapper().readValue(text, LIST);
      return read == null || read.contains(null) ? List.of() : read;
    } catch (JsonProcessingException notOurs) {
      return List.of();
    }
  }

  /** Whether nothing of a run reads any claim but these copies. */
  public static boolean areAll(Job job, List<ClaimCopy> copies) {
    var names = copies.stream().map(copy -> copy.name(job)).toList();
    return !copies.isEmpty()
        && !Leg.isOf(job)
        && job.getSpec().getTemplate().getSpec().getVolumes().stream()
            .map(Volume::getPersistentVolumeClaim)
            .filter(Objects::nonNull)
            .allMatch(claim -> names.contains(claim.getClaimName()));
  }

  public String name(Job job) {
    return name(job.getMetadata().getName(), number);
  }

  /** The VolumeSnapshot to ask for. */
  public GenericKubernetesResource snapshot(Job job) {
    var snapshot = new GenericKubernetesResource();
    snapshot.setApiVersion(GROUP + "/v1");
    snapshot.setKind("VolumeSnapshot");
    snapshot.setMetadata(metadata(job).build());
    snapshot.setAdditionalProperty(
        "spec",
        Map.of(
            "volumeSnapshotClassName",
            how.snapshotClass(),
            "source",
            Map.of("persistentVolumeClaimName", claim)));
    return snapshot;
  }

  /** The claim to make of it; no smaller than its snapshot. */
  public PersistentVolumeClaim claim(Job job, SnapshotReading snapshot) {
    return new PersistentVolumeClaimBuilder()
        .withMetadata(metadata(job).addToAnnotations(SNAPSHOT_UID, snapshot.uid()).build())
        .withNewSpec()
        .withAccessModes(how.accessModes())
        .withVolumeMode(volumeMode(how.volumeMode()))
        .withStorageClassName(how.storageClass())
        .withNewResources()
        .addToRequests("storage", size(snapshot.size()))
        .endResources()
        .withNewDataSource(GROUP, "VolumeSnapshot", name(job))
        .endSpec()
        .build();
  }

  /** Left out where it is what a cluster takes anyway. */
  public static @Nullable String volumeMode(VolumeMode mode) {
    return mode == VolumeMode.BLOCK ? "Block" : null;
  }

  private Quantity size(@Nullable String snapshot) {
    var own = new Quantity(how.size());
    return snapshot == null ? own : ContainerResources.larger(own, new Quantity(snapshot));
  }

  /** They must not keep the Job from being deleted. */
  private ObjectMetaBuilder metadata(Job job) {
    return new ObjectMetaBuilder()
        .withNamespace(job.getMetadata().getNamespace())
        .withName(name(job))
        .withLabels(job.getMetadata().getLabels())
        .addNewOwnerReference()
        .withApiVersion("batch/v1")
        .withKind("Job")
        .withName(job.getMetadata().getName())
        .withUid(job.getMetadata().getUid())
        .withBlockOwnerDeletion(false)
        .endOwnerReference();
  }

  /** Whether it was made for this very Job; another of its name may have been there before. */
  static boolean belongs(HasMetadata made, Job job) {
    return made.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> owner.getUid().equals(job.getMetadata().getUid()));
  }

  /**
   * How far a copy is. One of another snapshot would be stored with the time of this one.
   *
   * @param made the claim of its name
   */
  public Preparation preparation(Job job, PersistentVolumeClaim made, SnapshotReading snapshot) {
    if (made.isMarkedForDeletion()) {
      return new Preparation.Waits(
          "copy " + name(job) + " of an earlier attempt is being removed.");
    }
    var annotations = made.getMetadata().getAnnotations();
    var of = annotations == null ? null : annotations.get(SNAPSHOT_UID);
    if (!belongs(made, job) || !snapshot.uid().equals(of)) {
      return new Preparation.Failed(
          Reason.SNAPSHOT_FAILED.failure(
              "Claim '" + name(job) + "' is in the way: it is no copy of this run's snapshot."));
    }
    var phase = made.getStatus() == null ? null : made.getStatus().getPhase();
    return !how.madeAtOnce() || "Bound".equals(phase)
        ? new Preparation.Ready()
        : new Preparation.Waits(
            "copy " + name(job) + " of claim '" + claim + "' is being made of its snapshot.");
  }
}
