package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.salvor.api.Json;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Launch;
import dev.salvor.plan.StableHash;
import dev.salvor.task.BackupSource;
import dev.salvor.task.FileTrees;
import dev.salvor.task.PointId;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.Span;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.WorkerEnvironment;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What of a run another node must read: a Job of its own, which belongs to the run's Job and has
 * all of it but the claims and the node. One is read after the other; the run's Job is resumed when
 * the last has ended, and closes the point with what they kept ({@link Span}).
 *
 * @param number in the order in which they are read
 * @param claims that only this node can have
 */
public record Leg(int number, String node, List<String> claims) {
  private static final TypeReference<TreeMap<String, String>> NODES = new TypeReference<>() {};

  public Leg {
    claims = List.copyOf(claims);
  }

  /** The nodes of the claims that the run's own has not, by the claims' names. */
  static Map<String, String> nodes(Launch launch) {
    return launch.footing().mounts().stream()
        .filter(mount -> mount.elsewhere() != null)
        .collect(
            Collectors.toMap(
                Footing.Mount::claim,
                mount -> Objects.requireNonNull(mount.elsewhere()),
                (one, other) -> one,
                TreeMap::new));
  }

  static String write(Map<String, String> nodes) {
    try {
      return Json.mapper().writeValueAsString(nodes);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("nodes that cannot be written", e);
    }
  }

  private static Map<String, String> nodes(Job run) {
    var text = JobLabels.annotation(run, JobLabels.ELSEWHERE);
    try {
      var read = text == null ? null : Json.mapper().readValue(text, NODES);
      return read == null || read.containsValue(null) ? Map.of() : read;
    } catch (JsonProcessingException notOurs) {
      return Map.of();
    }
  }

  /** Those where other claims than its own are read, one after the other. */
  static Stream<String> nodesInOrder(Job run) {
    return nodes(run).values().stream().distinct().sorted();
  }

  /** Whether other nodes must read something for this run. */
  public static boolean isOf(Job run) {
    return JobLabels.annotation(run, JobLabels.ELSEWHERE) != null;
  }

  /**
   * Those of a run; none where it has none, or somebody changed what stood there. A claim that its
   * Task does not name is none of it.
   */
  public static List<Leg> of(Job run) {
    var nodes = nodes(run);
    var byNode = new TreeMap<String, List<String>>();
    for (var claim : parts(run).keySet()) {
      var node = nodes.get(claim);
      if (node != null) {
        byNode.computeIfAbsent(node, none -> new ArrayList<>()).add(claim);
      }
    }
    var legs = new ArrayList<Leg>();
    byNode.forEach((node, claims) -> legs.add(new Leg(legs.size(), node, claims)));
    return List.copyOf(legs);
  }

  /** What the run's own worker closes the point with. */
  public static String closing(Job run, List<String> shares) {
    var parts = parts(run);
    of(run).forEach(leg -> parts.keySet().removeAll(leg.claims()));
    return new Span(point(run), names(parts.values()), shares).text();
  }

  /**
   * What a Task reads of a claim.
   *
   * @param names of its trees, or of the device that it is
   */
  private record Part(VolumeMode mode, List<String> names) {
    static Part of(FileTrees.Tree tree) {
      return new Part(VolumeMode.FILESYSTEM, List.of(tree.name()));
    }

    static Part of(FileTrees.Device device) {
      return new Part(VolumeMode.BLOCK, List.of(device.name()));
    }

    Part with(Part other) {
      return new Part(mode, Stream.concat(names.stream(), other.names.stream()).toList());
    }
  }

  private static List<String> names(Collection<Part> parts) {
    return parts.stream().flatMap(part -> part.names().stream()).toList();
  }

  /** By the claims that a run's Task names, in order. */
  private static TreeMap<String, Part> parts(Job run) {
    var worker = run.getSpec().getTemplate().getSpec().getContainers().getFirst();
    return source(worker)
        .map(
            source ->
                switch (source) {
                  case FileTrees files ->
                      Stream.concat(
                          files.trees().stream().map(tree -> Map.entry(tree.name(), Part.of(tree))),
                          files.devices().stream()
                              .map(device -> Map.entry(device.name(), Part.of(device))));
                  // Several of its trees may be in one, and what a worker fetches is in none.
                  case SupabaseProject project ->
                      project.trees().trees().stream().flatMap(Leg::part);
                  case PostgresDump _ -> Stream.<Map.Entry<String, Part>>empty();
                })
        .orElseGet(Stream::empty)
        .collect(
            Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Part::with, TreeMap::new));
  }

  private static Stream<Map.Entry<String, Part>> part(FileTrees.Tree tree) {
    var mount = tree.within();
    return mount == null
        ? Stream.empty()
        : Stream.of(Map.entry(Footing.Mount.claimOf(mount), Part.of(tree)));
  }

  private static Optional<BackupSource> source(Container worker) {
    return worker.getEnv().stream()
        .filter(variable -> variable.getName().equals(WorkerEnvironment.TASK))
        .map(EnvVar::getValue)
        .filter(Objects::nonNull)
        .map(TaskJson::read)
        .filter(Task.Backup.class::isInstance)
        .map(task -> ((Task.Backup) task).source())
        .findFirst();
  }

  /** All that read it must know it, and another Job of the same name must have another. */
  private static String point(Job run) {
    var tick = JobLabels.read(run).orElseThrow().tick();
    return PointId.of(tick, StableHash.of(run.getMetadata().getUid()).letters(PointId.TAIL_LENGTH));
  }

  /** No longer than the run's own: {@code -backup-} is as long as {@code -leg14-} at least. */
  public String name(Job run) {
    var name = run.getMetadata().getName();
    var hash = name.lastIndexOf('-');
    var purpose = name.lastIndexOf('-', hash - 1);
    return name.substring(0, purpose) + "-leg" + number + name.substring(hash);
  }

  /** The Job that reads them. */
  public Job job(Job run) {
    var template = run.getSpec().getTemplate();
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(run.getMetadata().getNamespace())
        .withName(name(run))
        .withLabels(run.getMetadata().getLabels())
        .withAnnotations(JobLabels.annotations(JobLabels.read(run).orElseThrow()))
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
        .addToLabels(JobLabels.LEG_OF, run.getMetadata().getName())
        .withAnnotations(template.getMetadata().getAnnotations())
        .endMetadata()
        .withSpec(pod(run, template.getSpec()))
        .endTemplate()
        .endSpec()
        .build();
  }

  /** Labels that the cluster has put there say whose pods they are. */
  private static Map<String, String> withoutJob(Map<String, String> labels) {
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
    var parts = parts(run);
    var mounted =
        IntStream.range(0, claims.size())
            .mapToObj(
                place -> {
                  var claim = claims.get(place);
                  var mode = Objects.requireNonNull(parts.get(claim)).mode();
                  var mount = new Footing.Mount(claim, mode, Footing.Access.READ);
                  return Mounted.data(place, mount, claim, new Quantity("0"));
                })
            .toList();
    return new PodSpecBuilder(spec)
        .withAffinity(Placement.on(node))
        .withVolumes(
            Stream.concat(
                    spec.getVolumes().stream().filter(volume -> !isOfTheRunAlone(volume.getName())),
                    mounted.stream().map(Mounted::volume))
                .toList())
        .withContainers(
            worker(
                spec.getContainers().getFirst(),
                mounted,
                new Span(
                    point(run),
                    names(claims.stream().map(parts::get).filter(Objects::nonNull).toList()),
                    null)))
        .build();
  }

  /** Other claims, and Secrets that the run keeps: they have no business on this node. */
  private static boolean isOfTheRunAlone(String volume) {
    return volume.startsWith(Mounted.DATA) || volume.startsWith(Mounted.CONFIGURATION);
  }

  private static Container worker(Container worker, List<Mounted> mounted, Span span) {
    var own =
        new ContainerBuilder(worker)
            .withVolumeMounts(
                worker.getVolumeMounts().stream()
                    .filter(mount -> !isOfTheRunAlone(mount.getName()))
                    .toList())
            .withVolumeDevices(List.of())
            .removeMatchingFromEnv(
                variable ->
                    variable.getName().equals(WorkerEnvironment.SPAN)
                        || variable.getName().equals(WorkerEnvironment.SOURCE_TIMES))
            .addNewEnv()
            .withName(WorkerEnvironment.SPAN)
            .withValue(PodContainers.literal(span.text()))
            .endEnv();
    mounted.forEach(each -> each.into(own));
    return own.build();
  }

  /** Whether a Job of this name was made for this very run. */
  public static boolean belongs(Job leg, Job run) {
    return ClaimCopy.belongs(leg, run);
  }
}
