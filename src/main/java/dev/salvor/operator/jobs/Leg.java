package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Launch;
import dev.salvor.plan.RunView;
import dev.salvor.plan.StableHash;
import dev.salvor.task.PointId;
import dev.salvor.task.Span;
import dev.salvor.task.WorkerEnvironment;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What of a run another node must read: a Job of its own, which belongs to the run's Job and has
 * all of it but the claims and the node. The run's Job is resumed when each of them has ended, and
 * closes the point with what they kept ({@link Span}).
 *
 * @param claims that only this node can have
 */
@Model
public record Leg(String node, List<Claim> claims) {
  private static final TypeReference<List<Leg>> LIST = new TypeReference<>() {};

  /**
   * A claim; {@code number} names its volume.
   *
   * @param volumeMode null: written before there were devices
   */
  @Model
  public record Claim(int number, String claim, @Nullable VolumeMode volumeMode) {
    private Footing.Mount mount() {
      return new Footing.Mount(
          claim,
          Objects.requireNonNullElse(volumeMode, VolumeMode.FILESYSTEM),
          Footing.Access.READ);
    }
  }

  public Leg {
    claims = List.copyOf(claims);
  }

  /** Those of a launch, by their nodes. */
  static List<Leg> of(Launch launch) {
    var mounts = launch.footing().mounts();
    var claims = new TreeMap<String, List<Claim>>();
    for (var number = 0; number < mounts.size(); number++) {
      var mount = mounts.get(number);
      if (mount.elsewhere() != null) {
        claims
            .computeIfAbsent(mount.elsewhere(), node -> new ArrayList<>())
            .add(new Claim(number, mount.claim(), mount.volumeMode()));
      }
    }
    return claims.entrySet().stream().map(each -> new Leg(each.getKey(), each.getValue())).toList();
  }

  static String write(List<Leg> legs) {
    try {
      return Json.mapper().writeValueAsString(legs);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("legs that cannot be written", e);
    }
  }

  /** Whether other nodes must read something for this run. */
  public static boolean isOf(Job run) {
    return JobLabels.annotation(run, JobLabels.LEGS) != null;
  }

  /** Those of a run; none where it has none, or somebody changed what stood there. */
  public static List<Leg> read(Job run) {
    var text = JobLabels.annotation(run, JobLabels.LEGS);
    try {
      var read = text == null ? null : Json.mapper().readValue(text, LIST);
      return read == null || read.contains(null) ? List.of() : read;
    } catch (JsonProcessingException notOurs) {
      return List.of();
    }
  }

  /** What the run's own worker closes the point with. */
  public static String closing(Job run, List<String> shares) {
    var elsewhere =
        read(run).stream().flatMap(leg -> leg.claims().stream()).map(Claim::claim).toList();
    return new Span(point(run), own(run, elsewhere), shares).text();
  }

  private static List<String> own(Job run, List<String> elsewhere) {
    return mounted(run.getSpec().getTemplate().getSpec())
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(claim -> !elsewhere.contains(claim))
        .toList();
  }

  private static Stream<String> mounted(PodSpec pod) {
    var worker = pod.getContainers().getFirst();
    return Stream.concat(
        worker.getVolumeMounts().stream()
            .filter(mount -> mount.getName().startsWith(Mounted.DATA))
            .map(mount -> mount.getMountPath()),
        // All devices are the user's.
        worker.getVolumeDevices().stream().map(device -> device.getDevicePath()));
  }

  /** All that read it must know it, and another Job of the same name must have another. */
  private static String point(Job run) {
    var tick = JobLabels.read(run).orElseThrow().tick();
    return PointId.of(tick, StableHash.of(run.getMetadata().getUid()).letters(PointId.TAIL_LENGTH));
  }

  /** No longer than the run's own: {@code -backup-} is longer than {@code -leg12-}. */
  public String name(Job run) {
    var name = run.getMetadata().getName();
    var hash = name.lastIndexOf('-');
    var purpose = name.lastIndexOf('-', hash - 1);
    return name.substring(0, purpose) + "-leg" + read(run).indexOf(this) + name.substring(hash);
  }

  /** The Job that reads them. */
  public Job job(Job run) {
    var template = run.getSpec().getTemplate();
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(run.getMetadata().getNamespace())
        .withName(name(run))
        .withLabels(run.getMetadata().getLabels())
        .addToAnnotations(JobLabels.LEG_OF, run.getMetadata().getName())
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion("batch/v1")
                .withKind("Job")
                .withName(run.getMetadata().getName())
                .withUid(run.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(false)
                .build())
        .endMetadata()
        .withNewSpecLike(run.getSpec())
        .withSuspend(false)
        // The run's own would count its pods.
        .withSelector(null)
        .editTemplate()
        .withNewMetadata()
        .withLabels(withoutJob(template.getMetadata().getLabels()))
        .withAnnotations(template.getMetadata().getAnnotations())
        .endMetadata()
        .withSpec(pod(run, template.getSpec()))
        .endTemplate()
        .endSpec()
        .build();
  }

  /** Labels that the cluster has put there say whose pods they are. */
  private static TreeMap<String, String> withoutJob(Map<String, String> labels) {
    var own = new TreeMap<>(labels);
    own.keySet()
        .removeIf(
            key ->
                key.startsWith("batch.kubernetes.io/")
                    || key.equals("job-name")
                    || key.equals("controller-uid"));
    return own;
  }

  private PodSpec pod(Job run, PodSpec spec) {
    var mounted =
        claims.stream()
            .map(
                claim ->
                    Mounted.data(claim.number(), claim.mount(), claim.claim(), new Quantity("0")))
            .toList();
    var volumes =
        Stream.concat(
                spec.getVolumes().stream()
                    .filter(volume -> !volume.getName().startsWith(Mounted.DATA)),
                mounted.stream().map(Mounted::volume))
            .toList();
    return new PodSpecBuilder(spec)
        .withAffinity(JobRendering.affinity(node))
        .withVolumes(volumes)
        .withContainers(worker(run, spec.getContainers().getFirst(), mounted))
        .build();
  }

  private Container worker(Job run, Container worker, List<Mounted> mounted) {
    var span = new Span(point(run), claims.stream().map(Claim::claim).toList(), null).text();
    return new ContainerBuilder(worker)
        .withVolumeMounts(
            Stream.concat(
                    worker.getVolumeMounts().stream()
                        .filter(mount -> !mount.getName().startsWith(Mounted.DATA)),
                    mounted.stream().map(Mounted::mount).filter(Objects::nonNull))
                .toList())
        .withVolumeDevices(mounted.stream().map(Mounted::device).filter(Objects::nonNull).toList())
        .removeMatchingFromEnv(
            variable ->
                variable.getName().equals(WorkerEnvironment.SPAN)
                    || variable.getName().equals(WorkerEnvironment.SOURCE_TIMES))
        .addNewEnv()
        .withName(WorkerEnvironment.SPAN)
        .withValue(PodContainers.literal(span))
        .endEnv()
        .build();
  }

  /** Whether a Job of this name was made for this very run. */
  public static boolean belongs(Job leg, Job run) {
    return ClaimCopy.belongs(leg, run);
  }

  /**
   * How far it is: as a run of the same name as the one that it belongs to, which it reports as.
   */
  public static RunView view(Job leg, Job run, List<Pod> pods, Instant now) {
    return JobReading.read(as(leg, run), pods, now);
  }

  /** Why it will hardly start any more; {@link JobReading#stuck(Job, List, List, Instant)}. */
  public static Optional<Failure> stuck(Job leg, Job run, List<Pod> pods, Instant now) {
    return JobReading.stuck(as(leg, run), pods, now);
  }

  private static Job as(Job leg, Job run) {
    return new JobBuilder(leg)
        .editMetadata()
        .withName(run.getMetadata().getName())
        .withAnnotations(JobLabels.annotations(JobLabels.read(run).orElseThrow()))
        .endMetadata()
        .build();
  }
}
