package dev.salvor.operator.jobs;

import dev.salvor.plan.Footing;
import dev.salvor.task.ClaimFolder;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.SandboxFolder;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSourceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.SecretVolumeSourceBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A volume and where a container has it.
 *
 * @param mount its folder; null: it is a device
 * @param device null: it is a folder
 */
record Mounted(Volume volume, @Nullable VolumeMount mount, @Nullable VolumeDevice device) {
  static final String CREDENTIALS = "/run/salvor/credentials";
  static final String MEMORY = "/run/salvor/memory";
  static final String SCRATCH = "/scratch";

  /** For the owner's group, which is the worker's by fsGroup: {@code 0440}. */
  static final int GROUP_READABLE = 0440;

  /**
   * For whoever is in the pod: without an fsGroup, which would change a claim's files, they are
   * root's.
   */
  static final int ALL_READABLE = 0444;

  /** Before the number of a claim of the user. */
  static final String DATA = "data-";

  /** Before the number of an object of the cluster that is kept. */
  static final String CONFIGURATION = "configuration-";

  private static final String SANDBOX_VOLUME = "sandbox";

  /** Copies of credentials: keys and certificates of a few KiB each. */
  private static final Quantity MEMORY_SIZE = new Quantity("16Mi");

  /** The JVM's own counters and what libraries put there; data goes to the scratch folder. */
  private static final Quantity TEMPORARY_SIZE = new Quantity("64Mi");

  /** A Secret, or one key of it. Optional: a worker that misses it can name it, a pod cannot. */
  static Mounted credential(CredentialSource.Secret source, int mode) {
    var folder = source.credential().folder();
    var secret =
        new SecretVolumeSourceBuilder()
            .withSecretName(source.secret())
            .withOptional(true)
            .withDefaultMode(mode);
    if (source.key() != null) {
      secret.addNewItem().withKey(source.key()).withPath(Credential.VALUE).endItem();
    }
    return readOnly("credential-" + folder, secret.build(), CREDENTIALS + "/" + folder);
  }

  /**
   * A Secret or ConfigMap that is kept. Optional as well.
   *
   * @param number of it in the pod: a volume's name is shorter than an object's may be
   */
  static Mounted configuration(int number, MountedConfiguration one, int mode) {
    var name = CONFIGURATION + number;
    var volume = new VolumeBuilder().withName(name);
    switch (one.kind()) {
      case SECRET ->
          volume
              .withNewSecret()
              .withSecretName(one.name())
              .withOptional(true)
              .withDefaultMode(mode)
              .endSecret();
      case CONFIG_MAP ->
          volume
              .withNewConfigMap()
              .withName(one.name())
              .withOptional(true)
              .withDefaultMode(mode)
              .endConfigMap();
    }
    return folder(volume.build(), mount(name, one.path()).withReadOnly(true).build());
  }

  static Mounted claim(String claim) {
    var volume =
        new VolumeBuilder()
            .withName("store")
            .withNewPersistentVolumeClaim()
            .withClaimName(claim)
            .endPersistentVolumeClaim()
            .build();
    return folder(volume, mount("store", ClaimFolder.MOUNT).build());
  }

  /**
   * A claim of the user.
   *
   * @param number of it in the pod: a volume's name is shorter than a claim's may be
   * @param claim it, or a copy of it
   */
  static Mounted data(int number, Footing.Mount mount, String claim, Quantity standIn) {
    var name = DATA + number;
    if (mount.access() == Footing.Access.STAND_IN) {
      return emptyDirectory(name, standIn, mount.path());
    }
    var isRead = mount.access() == Footing.Access.READ;
    var volume =
        new VolumeBuilder()
            .withName(name)
            .withNewPersistentVolumeClaim()
            .withClaimName(claim)
            // A device can be had read-only by its volume alone. Of files it is the mount that is,
            // not the volume: another driver would attach it twice.
            .withReadOnly((mount.isDevice() && isRead) ? true : null)
            .endPersistentVolumeClaim()
            .build();
    if (mount.isDevice()) {
      return new Mounted(volume, null, new VolumeDevice(mount.path(), name));
    }
    return folder(volume, mount(name, mount.path()).withReadOnly(isRead ? true : null).build());
  }

  void into(ContainerBuilder container) {
    if (device == null) {
      container.addToVolumeMounts(mount);
    } else {
      container.addToVolumeDevices(device);
    }
  }

  private static Mounted folder(Volume volume, VolumeMount mount) {
    return new Mounted(volume, mount, null);
  }

  /**
   * Memory for credentials.
   *
   * @param container each has its own: none sees what another wrote
   */
  static Mounted memory(String container) {
    var name = container + "-memory";
    var volume =
        new VolumeBuilder()
            .withName(name)
            .withEmptyDir(
                new EmptyDirVolumeSourceBuilder()
                    .withMedium("Memory")
                    .withSizeLimit(MEMORY_SIZE)
                    .build())
            .build();
    return folder(volume, mount(name, MEMORY).build());
  }

  static Mounted scratch(String container, ScratchSpace space) {
    return room(container + "-scratch", space, SCRATCH);
  }

  static Mounted temporary(String container) {
    return temporary(container, TEMPORARY_SIZE);
  }

  /** For a program that may lay out there what it cannot write to the copy. */
  static Mounted temporary(String container, Quantity size) {
    return emptyDirectory(container + "-tmp", size, "/tmp");
  }

  static Mounted sandbox(ScratchSpace space) {
    return room(SANDBOX_VOLUME, space, SandboxFolder.MOUNT);
  }

  /**
   * What the throw-away server sees of the sandbox: what it may write to, and who it is. Not the
   * recovery point: what a restored database carries out could put another in its place.
   */
  static List<VolumeMount> ofServer() {
    return Stream.concat(
            Stream.of(SandboxFolder.DATA, SandboxFolder.SERVER, SandboxFolder.SOCKET)
                .map(
                    folder ->
                        mount(SANDBOX_VOLUME, SandboxFolder.MOUNT + "/" + folder)
                            .withSubPath(folder)
                            .build()),
            Stream.of(
                mount(SANDBOX_VOLUME, "/etc/passwd")
                    .withSubPath(SandboxFolder.PASSWD)
                    .withReadOnly(true)
                    .build()))
        .toList();
  }

  /**
   * The file trees of the sandbox, and nothing else of it, where a backup finds the claims.
   *
   * @param access READ or WRITE
   */
  static VolumeMount trees(Footing.Access access) {
    return mount(SANDBOX_VOLUME, Footing.Mount.FOLDER)
        .withSubPath(SandboxFolder.TREES)
        .withReadOnly(access == Footing.Access.READ ? true : null)
        .build();
  }

  private static Mounted readOnly(String name, SecretVolumeSource secret, String path) {
    return folder(
        new VolumeBuilder().withName(name).withSecret(secret).build(),
        mount(name, path).withReadOnly(true).build());
  }

  private static Mounted room(String name, ScratchSpace space, String path) {
    return space.storageClass() == null
        ? emptyDirectory(name, space.size(), path)
        : folder(
            new VolumeBuilder()
                .withName(name)
                .withNewEphemeral()
                .withVolumeClaimTemplate(space.claim())
                .endEphemeral()
                .build(),
            mount(name, path).build());
  }

  private static Mounted emptyDirectory(String name, Quantity size, String path) {
    return folder(
        new VolumeBuilder()
            .withName(name)
            .withEmptyDir(new EmptyDirVolumeSourceBuilder().withSizeLimit(size).build())
            .build(),
        mount(name, path).build());
  }

  private static VolumeMountBuilder mount(String name, String path) {
    return new VolumeMountBuilder().withName(name).withMountPath(path);
  }
}
