package dev.salvor.operator.jobs;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.JobTemplate;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Launch;
import dev.salvor.task.BackupSource;
import dev.salvor.task.FileTrees;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimTemplate;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimTemplateBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Room for what a run holds while it works: a folder of the node, or a claim that is made with the
 * pod and goes with it (a generic ephemeral volume).
 *
 * @param storageClass of the claim; null: a folder of the node
 * @param labels of the claim, by which no policy selects it
 */
record ScratchSpace(Quantity size, @Nullable String storageClass, Map<String, String> labels) {
  private static final Quantity DEFAULT_SIZE = new Quantity("2Gi");

  /** A dump and the server that was restored from it; larger where the scratch space is. */
  private static final Quantity SANDBOX_SIZE = new Quantity("10Gi");

  static ScratchSpace of(@Nullable JobTemplate template, Launch launch) {
    var size =
        template == null || template.scratchSize() == null
            ? DEFAULT_SIZE
            : ContainerResources.bytes(template.scratchSize());
    return new ScratchSpace(
        size,
        template != null && mayBeClaimed(launch.footing())
            ? template.scratchStorageClassName()
            : null,
        // In order: manifests are compared to the letter.
        new TreeMap<>(
            Map.of(
                "app.kubernetes.io/managed-by",
                "salvor",
                JobLabels.MANAGED,
                launch.labels().purpose().text())));
  }

  /**
   * A new volume is root's: its group can write to it by fsGroup only, which a pod with claims of
   * the user does not have, and the application's own user never has.
   */
  private static boolean mayBeClaimed(Footing footing) {
    return footing.mounts().isEmpty()
        && !(footing.identity() instanceof Footing.Identity.Application);
  }

  /** Whether a task writes whole dumps there: what it makes of one, or has back from one. */
  static boolean holdsDump(Task task) {
    return task instanceof Task.Restore
        || task instanceof Task.RestoreHosted
        || (task instanceof Task.Backup backup && holdsDump(backup.source()));
  }

  /** A directory archive, or Edge Functions, which are laid out there. */
  private static boolean holdsDump(@Nullable BackupSource source) {
    return switch (source) {
      case PostgresDump dump -> dump.format() == DumpFormat.DIRECTORY;
      case SupabaseProject project -> project.hosted() != null;
      case FileTrees _ -> false;
      case null -> false;
    };
  }

  /** Whether a task lays out objects of a bucket there, in turns that fit. */
  static boolean stagesObjects(Task task) {
    return task instanceof Task.Backup backup
        && backup.source() instanceof SupabaseProject project
        && project.stagesObjects();
  }

  /** For all others, which write little: a claim for each run would be dear. */
  ScratchSpace ofNode() {
    return new ScratchSpace(size, null, labels);
  }

  /** Of a program of the user, on the node: what is stated for a claim is no size for that. */
  Quantity temporarySize() {
    return storageClass == null ? size : DEFAULT_SIZE;
  }

  /** Of a verification, which writes there all that it fetches. */
  ScratchSpace sandbox() {
    return new ScratchSpace(ContainerResources.larger(SANDBOX_SIZE, size), storageClass, labels);
  }

  PersistentVolumeClaimTemplate claim() {
    return new PersistentVolumeClaimTemplateBuilder()
        .withNewMetadata()
        .withLabels(labels)
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(storageClass)
        .withNewResources()
        .addToRequests("storage", size)
        .endResources()
        .endSpec()
        .build();
  }
}
