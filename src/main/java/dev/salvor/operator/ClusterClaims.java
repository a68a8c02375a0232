package dev.salvor.operator;

import dev.salvor.api.ClaimSelection;
import dev.salvor.api.JobTemplate;
import dev.salvor.api.VolumeMode;
import dev.salvor.operator.jobs.ClaimCopy;
import dev.salvor.operator.jobs.ContainerResources;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.ClaimView;
import dev.salvor.plan.ClaimView.Run;
import dev.salvor.plan.ClaimView.Snapshots;
import dev.salvor.plan.Footing.ClaimToMake;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.Surroundings.CopyWish;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The PersistentVolumeClaims of a namespace, and the pods that use them; read live. */
final class ClusterClaims {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterClaims.class);

  private final KubernetesClient client;

  ClusterClaims(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Those that are selected.
   *
   * @param wish for copies of them; null: classes of snapshots are not looked for
   */
  List<ClaimView> find(String namespace, ClaimSelection selection, @Nullable CopyWish wish) {
    var claims = selected(namespace, selection);
    if (claims.isEmpty()) {
      return List.of();
    }
    var pods = living(namespace);
    var classes = wish == null ? null : new SnapshotClasses(client, wish);
    var homes = new VolumeHomes(client);
    return claims.stream()
        .map(
            claim -> view(claim, pods, homes, classes == null ? Snapshots.NONE : classes.of(claim)))
        .toList();
  }

  /**
   * Makes a claim for a restore. It belongs to nobody: what was restored stays when the request
   * goes.
   *
   * @throws KubernetesClientException if the API server refuses it, also where somebody else has
   *     made one since it was looked for: then it is to be looked at first
   */
  void make(String namespace, ClaimToMake order, String request) {
    var claim =
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(order.name())
            .addToLabels("app.kubernetes.io/managed-by", "salvor")
            .addToAnnotations("salvor.dev/restored-by", request)
            .endMetadata()
            .withNewSpec()
            .withAccessModes(order.accessModes())
            .withVolumeMode(ClaimCopy.volumeMode(order.volumeMode()))
            .withStorageClassName(order.storageClassName())
            .withNewResources()
            .addToRequests("storage", ContainerResources.bytes(order.size()))
            .endResources()
            .endSpec()
            .build();
    client.persistentVolumeClaims().inNamespace(namespace).resource(claim).create();
    LOG.atInfo().addKeyValue("namespace", namespace).addKeyValue("claim", order.name()).log("made");
  }

  private List<PersistentVolumeClaim> selected(String namespace, ClaimSelection selection) {
    var claims = client.persistentVolumeClaims().inNamespace(namespace);
    var names = selection.names();
    return names == null
        // A copy that a run reads bears the run's labels, which nobody selects but by mistake.
        ? claims
            .withLabels(selection.matchLabels())
            .withoutLabel(JobLabels.MANAGED)
            .list()
            .getItems()
        : names.stream().map(name -> claims.withName(name).get()).filter(Objects::nonNull).toList();
  }

  /**
   * Pods that use one of these claims, or belong to one of these workloads, and have not ended.
   *
   * @param what claims, and workloads as Kind/name
   */
  List<ClaimView.User> users(String namespace, List<String> what) {
    return living(namespace).stream()
        .filter(
            pod ->
                what.stream().anyMatch(claim -> mounts(pod, claim))
                    || ScaledWorkload.of(pod).filter(it -> what.contains(it.path())).isPresent())
        .map(ClusterClaims::user)
        .toList();
  }

  /** Claims that pods of restores mount which have not ended by then. */
  Set<String> beingRestored(String namespace, Instant now) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel(JobLabels.MANAGED, Purpose.RESTORE.text())
        .withoutField("status.phase", "Succeeded")
        .withoutField("status.phase", "Failed")
        .list()
        .getItems()
        .stream()
        .filter(pod -> !JobReading.hasEnded(pod, now))
        .flatMap(pod -> orEmpty(pod.getSpec().getVolumes()).stream())
        .map(Volume::getPersistentVolumeClaim)
        .filter(Objects::nonNull)
        .map(PersistentVolumeClaimVolumeSource::getClaimName)
        .collect(Collectors.toSet());
  }

  private List<Pod> living(String namespace) {
    return client
        .pods()
        .inNamespace(namespace)
        .withoutField("status.phase", "Succeeded")
        .withoutField("status.phase", "Failed")
        .list()
        .getItems();
  }

  private static ClaimView view(
      PersistentVolumeClaim claim, List<Pod> pods, VolumeHomes homes, Snapshots snapshots) {
    var spec = claim.getSpec();
    var name = claim.getMetadata().getName();
    var requests = spec.getResources() == null ? null : spec.getResources().getRequests();
    var asked = requests == null ? null : requests.get("storage");
    var has = claim.getStatus() == null ? null : claim.getStatus().getCapacity();
    var size = has == null || has.get("storage") == null ? asked : has.get("storage");
    return new ClaimView(
        name,
        phase(claim),
        "Block".equals(spec.getVolumeMode()) ? VolumeMode.BLOCK : VolumeMode.FILESYSTEM,
        orEmpty(spec.getAccessModes()),
        size == null ? null : size.toString(),
        spec.getStorageClassName(),
        pods.stream().filter(pod -> mounts(pod, name)).map(ClusterClaims::user).toList(),
        homes.of(claim),
        snapshots);
  }

  private static ClaimView.Phase phase(PersistentVolumeClaim claim) {
    if (claim.isMarkedForDeletion()) {
      return ClaimView.Phase.DELETED;
    }
    return switch (String.valueOf(
        claim.getStatus() == null ? null : claim.getStatus().getPhase())) {
      case "Bound" -> ClaimView.Phase.BOUND;
      case "Lost" -> ClaimView.Phase.LOST;
      default -> ClaimView.Phase.PENDING;
    };
  }

  private static boolean mounts(Pod pod, String claim) {
    return orEmpty(pod.getSpec().getVolumes()).stream()
        .anyMatch(
            volume ->
                volume.getEphemeral() != null
                    ? claim.equals(pod.getMetadata().getName() + "-" + volume.getName())
                    : volume.getPersistentVolumeClaim() != null
                        && claim.equals(volume.getPersistentVolumeClaim().getClaimName()));
  }

  private static ClaimView.User user(Pod pod) {
    var labels = pod.getMetadata().getLabels();
    return new ClaimView.User(
        pod.getMetadata().getName(),
        pod.getSpec().getNodeName(),
        orEmpty(pod.getSpec().getTolerations()).stream()
            .map(
                it ->
                    new JobTemplate.Toleration(
                        it.getKey(),
                        it.getOperator(),
                        it.getValue(),
                        it.getEffect(),
                        it.getTolerationSeconds()))
            .toList(),
        labels == null ? null : run(labels),
        ScaledWorkload.of(pod).orElse(null),
        pod.isMarkedForDeletion());
  }

  private static @Nullable Run run(Map<String, String> labels) {
    return Stream.of(Purpose.values())
        .filter(purpose -> purpose.text().equals(labels.get(JobLabels.MANAGED)))
        .map(purpose -> new Run(purpose, labels.getOrDefault(JobCache.JOB_NAME, "")))
        .findFirst()
        .orElse(null);
  }

  private static <T> List<T> orEmpty(@Nullable Collection<T> items) {
    return items == null ? List.of() : List.copyOf(items);
  }
}
