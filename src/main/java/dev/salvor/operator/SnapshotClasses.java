package dev.salvor.operator;

import dev.salvor.operator.jobs.ClaimCopy;
import dev.salvor.plan.ClaimView;
import dev.salvor.plan.ClaimView.SnapshotClass;
import dev.salvor.plan.ClaimView.Snapshots;
import dev.salvor.plan.Surroundings.CopyWish;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** By which classes snapshots of claims can be taken, and copies be made of them; read live. */
final class SnapshotClasses {
  static final ResourceDefinitionContext SNAPSHOTS = kind("VolumeSnapshot", true);
  private static final ResourceDefinitionContext CLASSES = kind("VolumeSnapshotClass", false);
  private static final String DEFAULT = "snapshot.storage.kubernetes.io/is-default-class";

  private final KubernetesClient client;
  private final CopyWish wish;

  /** Once for all claims of a look; null: not read yet. */
  private @Nullable List<GenericKubernetesResource> all;

  SnapshotClasses(KubernetesClient client, CopyWish wish) {
    this.client = client;
    this.wish = wish;
  }

  /** What there is for a claim. That it cannot be read keeps backups from being taken, no more. */
  Snapshots of(PersistentVolumeClaim claim) {
    try {
      var driver = driver(claim.getSpec().getVolumeName());
      return driver == null
          ? Snapshots.NONE
          : new Snapshots(driver, classes(driver), storageClass(claim), null);
    } catch (KubernetesClientException e) {
      return Snapshots.unknown(Refusal.words(e));
    }
  }

  private List<SnapshotClass> classes(String driver) {
    if (all == null) {
      all = list();
    }
    return all.stream()
        .filter(found -> driver.equals(found.get("driver")))
        .map(SnapshotClasses::view)
        .sorted(Comparator.comparing(SnapshotClass::name))
        .toList();
  }

  /** None in a cluster that does not know the kind. */
  private List<GenericKubernetesResource> list() {
    try {
      return client.genericKubernetesResources(CLASSES).list().getItems();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      return List.of();
    }
  }

  private @Nullable String driver(@Nullable String volume) {
    var found = volume == null ? null : client.persistentVolumes().withName(volume).get();
    var csi = found == null ? null : found.getSpec().getCsi();
    return csi == null ? null : csi.getDriver();
  }

  private ClaimView.@Nullable StorageClass storageClass(PersistentVolumeClaim claim) {
    var named = wish.storageClassName();
    var name = named == null ? claim.getSpec().getStorageClassName() : named;
    var found =
        name == null || name.isEmpty()
            ? null
            : client.storage().v1().storageClasses().withName(name).get();
    return found == null
        ? null
        : new ClaimView.StorageClass(
            name,
            found.getProvisioner(),
            isOr(found.getReclaimPolicy(), "Delete"),
            isOr(found.getVolumeBindingMode(), "Immediate"));
  }

  /** As the API server fills in what is left out. */
  private static boolean isOr(@Nullable String value, String usual) {
    return value == null || value.equals(usual);
  }

  private static SnapshotClass view(GenericKubernetesResource found) {
    var annotations = found.getMetadata().getAnnotations();
    return new SnapshotClass(
        found.getMetadata().getName(),
        (annotations == null ? Map.<String, String>of() : annotations)
            .getOrDefault(DEFAULT, "false")
            .equals("true"),
        "Delete".equals(found.get("deletionPolicy")));
  }

  private static ResourceDefinitionContext kind(String kind, boolean namespaced) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(ClaimCopy.GROUP)
        .withVersion("v1")
        .withKind(kind)
        .withPlural(kind.toLowerCase(Locale.ROOT) + (namespaced ? "s" : "es"))
        .withNamespaced(namespaced)
        .build();
  }
}
