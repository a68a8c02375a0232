package dev.salvor.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Volumes that are folders of this machine, so that what is in them can be looked at. */
final class HostVolume {
  private HostVolume() {}

  /** A new folder, and a volume of it for the claim of that name. */
  static Path make(Shop where, String claim) throws IOException {
    var folder = Files.createDirectory(folder(where, claim));
    where.apply(manifest(where.namespace(), claim, folder, ""));
    return folder;
  }

  static Path folder(Shop where, String name) {
    return Path.of(ClusterBucket.variable("SALVOR_E2E_VOLUMES"), where.namespace() + "-" + name);
  }

  static String manifest(String namespace, String claim, Path folder, String storageClass) {
    return """
    apiVersion: v1
    kind: PersistentVolume
    metadata: {name: %1$s-%2$s}
    spec:
      capacity: {storage: 1Gi}
      accessModes: [ReadWriteOnce]
      persistentVolumeReclaimPolicy: Retain
      storageClassName: "%4$s"
      claimRef: {namespace: %1$s, name: %2$s}
      local: {path: %3$s}
      nodeAffinity:
        required:
          nodeSelectorTerms:
          - matchExpressions:
            - {key: kubernetes.io/hostname, operator: Exists}
    """
        .formatted(namespace, claim, folder, storageClass);
  }

  static void claim(Shop where, String name) {
    where.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: %s}
        spec:
          accessModes: [ReadWriteOnce]
          resources: {requests: {storage: 1Gi}}
          storageClassName: ""
        """
            .formatted(name));
  }
}
