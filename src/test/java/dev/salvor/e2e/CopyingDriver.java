package dev.salvor.e2e;

import dev.salvor.testing.Script;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A CSI driver with snapshots, as csi-snapshotter and external-provisioner would show one to the
 * cluster: its volumes and snapshots are folders of this machine, each snapshot a copy. The
 * snapshot controller is the real one. Claims of it cannot be mounted: only what is made of their
 * snapshots can.
 */
final class CopyingDriver implements AutoCloseable {
  private static final String GROUP = "snapshot.storage.k8s.io/v1";
  private static final int POLL_MILLISECONDS = 300;
  private static final Logger LOG = LoggerFactory.getLogger(CopyingDriver.class);
  private static final long SIZE = 1L << 30;

  private final Shop shop;
  private final KubernetesClient client;
  private final String name;
  private final Path snapshots;
  private final AtomicReference<Course> course = new AtomicReference<>(Course.READY);
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final Future<?> looking;
  private volatile @Nullable Throwable broken;

  /** How snapshots go from now on. */
  enum Course {
    READY,
    /** They are taken, and not ready to be used. */
    SLOW,
    FAILING
  }

  CopyingDriver(Shop shop) throws IOException {
    this.shop = shop;
    this.client = shop.salvor().cluster().client();
    this.name = shop.namespace() + ".csi.test";
    this.snapshots = Files.createDirectory(HostVolume.folder(shop, "snapshots"));
    shop.apply(
        """
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: {name: %1$s}
        provisioner: %1$s
        ---
        apiVersion: snapshot.storage.k8s.io/v1
        kind: VolumeSnapshotClass
        metadata: {name: %1$s}
        driver: %1$s
        deletionPolicy: Delete
        """
            .formatted(name));
    looking =
        thread.scheduleWithFixedDelay(this::look, 0, POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  /** A folder with nothing in it, and a claim whose volume it is. */
  Path claim(String claim) throws IOException {
    var folder = Files.createDirectory(HostVolume.folder(shop, claim));
    shop.apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %1$s-%2$s}
        spec:
          capacity: {storage: 1Gi}
          accessModes: [ReadWriteOnce]
          persistentVolumeReclaimPolicy: Retain
          storageClassName: %3$s
          claimRef: {namespace: %1$s, name: %2$s}
          csi: {driver: %3$s, volumeHandle: %4$s}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: %2$s}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: %3$s
          volumeName: %1$s-%2$s
          resources: {requests: {storage: 1Gi}}
        """
            .formatted(shop.namespace(), claim, name, folder));
    return folder;
  }

  void go(Course other) {
    course.set(other);
  }

  /** Folders of snapshots, and of volumes made of them. */
  List<Path> kept() throws IOException {
    try (var found = Files.list(snapshots)) {
      return found.toList();
    }
  }

  /** VolumeSnapshots of the namespace, and what the controller made of them. */
  List<GenericKubernetesResource> snapshots() {
    return client
        .genericKubernetesResources(GROUP, "VolumeSnapshot")
        .inNamespace(shop.namespace())
        .list()
        .getItems();
  }

  List<GenericKubernetesResource> contents() {
    return resources().list().getItems().stream()
        .filter(content -> name.equals(content.get("spec", "driver")))
        .toList();
  }

  /**
   * Ends it.
   *
   * @throws IllegalStateException if it could not do its work
   */
  @Override
  public void close() {
    looking.cancel(false);
    thread.close();
    if (broken != null) {
      throw new IllegalStateException("the driver broke", broken);
    }
  }

  private MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      resources() {
    return client.genericKubernetesResources(GROUP, "VolumeSnapshotContent");
  }

  private void look() {
    try {
      contents().forEach(this::attend);
      client.persistentVolumeClaims().inNamespace(shop.namespace()).list().getItems().stream()
          .filter(this::isToBeProvisioned)
          .forEach(this::provision);
      client.persistentVolumes().list().getItems().stream()
          .filter(this::isToBeDeleted)
          .forEach(this::delete);
    } catch (KubernetesClientException e) {
      LOG.info("looking again: {}", e.getMessage()); // what it had seen is gone, or has changed
    } catch (RuntimeException | AssertionError e) {
      broken = e;
    }
  }

  private void attend(GenericKubernetesResource content) {
    var folder = folder(content);
    if (content.isMarkedForDeletion()) {
      remove(folder);
      resources()
          .resource(content)
          .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":null}}");
    } else if (course.get() == Course.FAILING) {
      status(
          content,
          "\"readyToUse\":false,\"error\":{\"message\":\"the pool is full\",\"time\":\"%s\"}"
              .formatted(Instant.now()));
    } else if (!Files.exists(folder)) {
      copy(Path.of(content.<String>get("spec", "source", "volumeHandle")), folder);
      status(
          content,
          "\"readyToUse\":false,\"error\":null,\"snapshotHandle\":\"%s\",\"creationTime\":%d,\"restoreSize\":%d"
              .formatted(folder, TimeUnit.SECONDS.toNanos(Instant.now().getEpochSecond()), SIZE));
    } else if (course.get() == Course.READY
        && !Boolean.TRUE.equals(content.get("status", "readyToUse"))) {
      status(content, "\"readyToUse\":true");
    }
  }

  private void status(GenericKubernetesResource content, String fields) {
    resources()
        .resource(content)
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{" + fields + "}}");
  }

  private boolean isToBeProvisioned(PersistentVolumeClaim claim) {
    return claim.getSpec().getDataSource() != null
        && name.equals(claim.getSpec().getStorageClassName())
        && !claim.isMarkedForDeletion()
        && "Pending".equals(claim.getStatus().getPhase())
        && client.persistentVolumes().withName(volume(claim)).get() == null;
  }

  private String volume(PersistentVolumeClaim claim) {
    return shop.namespace() + "-" + claim.getMetadata().getName();
  }

  private void provision(PersistentVolumeClaim claim) {
    contents().stream()
        .filter(
            it ->
                claim
                    .getSpec()
                    .getDataSource()
                    .getName()
                    .equals(it.get("spec", "volumeSnapshotRef", "name")))
        .findFirst()
        .ifPresent(content -> provision(claim, content)); // gone: the claim will be, too
  }

  private void provision(PersistentVolumeClaim claim, GenericKubernetesResource content) {
    var folder = snapshots.resolve("volume-" + claim.getMetadata().getName());
    copy(folder(content), folder);
    shop.apply(HostVolume.manifest(shop.namespace(), claim.getMetadata().getName(), folder, name));
  }

  /** Its claim is gone. */
  private boolean isToBeDeleted(PersistentVolume volume) {
    return name.equals(volume.getSpec().getStorageClassName())
        && volume.getSpec().getLocal() != null
        && volume.getStatus() != null
        && "Released".equals(volume.getStatus().getPhase());
  }

  private void delete(PersistentVolume volume) {
    remove(Path.of(volume.getSpec().getLocal().getPath()));
    client.resource(volume).delete();
  }

  private Path folder(GenericKubernetesResource content) {
    return snapshots.resolve(content.getMetadata().getName());
  }

  private static void copy(Path from, Path to) {
    Script.run("cp -a . '%s'".formatted(to), from);
  }

  private static void remove(Path folder) {
    if (Files.exists(folder)) {
      Script.run("rm -rf \"$1\"", folder);
    }
  }
}
