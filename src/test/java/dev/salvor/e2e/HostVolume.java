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

  /** One that only this node can have. */
  static Path make(Shop where, String claim, String node) throws IOException {
    var folder = Files.createDirectory(folder(where, claim));
    where.apply(
        manifest(where.namespace(), claim, folder, "")
            .replace("operator: Exists", "operator: In, values: [" + node + "]"));
    return folder;
  }

  /** A volume of a class of its own name, for whoever asks for that class. */
  static Path unclaimed(Shop where, String name, String size) throws IOException {
    var folder = Files.createDirectory(folder(where, name));
    where.apply(volume(name(where, name), name(where, name), size, folder));
    return folder;
  }

  static String name(Shop where, String name) {
    return where.namespace() + "-" + name;
  }

  static Path folder(Shop where, String name) {
    return Path.of(ClusterBucket.variable("SALVOR_E2E_VOLUMES"), name(where, name));
  }

  static String manifest(String namespace, String claim, Path folder, String storageClass) {
    return volume(namespace + "-" + claim, storageClass, "1Gi", folder)
        + "  claimRef: {namespace: %s, name: %s}\n".formatted(namespace, claim);
  }

  private static String volume(String name, String storageClass, String size, Path folder) {
    return """
    apiVersion: v1
    kind: PersistentVolume
    metadata: {name: %s}
    spec:
      capacity: {storage: %s}
      accessModes: [ReadWriteOnce]
      persistentVolumeReclaimPolicy: Retain
      storageClassName: "%s"
      local: {path: %s}
      nodeAffinity:
        required:
          nodeSelectorTerms:
          - matchExpressions:
            - {key: kubernetes.io/hostname, operator: Exists}
    """
        .formatted(name, size, storageClass, folder);
  }

  /** A store on a claim, both of that name. */
  static void store(Shop where, String name) {
    claim(where, name);
    where.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupStore
        metadata: {name: %1$s}
        spec:
          pvc: {claimName: %1$s}
          encryption: {passwordSecretRef: {name: offsite-key, key: password}}
          initialize: IfEmpty
        """
            .formatted(name));
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
