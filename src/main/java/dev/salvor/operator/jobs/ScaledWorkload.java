package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.plan.ClaimView.Workload;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a StatefulSet or Deployment bears that was scaled to zero for a run. Written in the one
 * patch that scales it, so that there is no instant at which its number is known to nobody.
 *
 * @param run name of the Job
 * @param uid of the Job
 * @param replicas that it had, at least 1
 * @param since when it was scaled
 */
@Model
public record ScaledWorkload(String run, String uid, int replicas, Instant since) {
  /** Label, the number of pods that it had, and annotation, as JSON. */
  public static final String MARK = "salvor.dev/scaled-to-zero";

  /** Where a person took the annotation away: Kubernetes' own default. */
  private static final int DEFAULT = 1;

  private static final String APPS = "apps/v1";
  private static final String TEMPLATE_HASH = "pod-template-hash";

  public ScaledWorkload {
    Objects.requireNonNull(run);
    Objects.requireNonNull(uid);
    Objects.requireNonNull(since);
    replicas = Math.max(replicas, 1);
  }

  /** What makes this pod anew; empty: nothing that can be scaled. */
  public static Optional<Workload> of(Pod pod) {
    return pod.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .filter(owner -> APPS.equals(owner.getApiVersion()))
        .flatMap(owner -> of(owner, pod.getMetadata().getLabels()).stream())
        .findFirst();
  }

  /** A ReplicaSet is named after its Deployment and the hash that its pods bear. */
  private static Optional<Workload> of(OwnerReference owner, @Nullable Map<String, String> labels) {
    var hash = labels == null ? null : labels.get(TEMPLATE_HASH);
    var name = owner.getName();
    return switch (owner.getKind()) {
      case "StatefulSet" -> Optional.of(new Workload(Workload.Kind.STATEFUL_SET, name));
      case "ReplicaSet" ->
          hash != null && name.endsWith("-" + hash)
              ? Optional.of(
                  new Workload(
                      Workload.Kind.DEPLOYMENT,
                      name.substring(0, name.length() - hash.length() - 1)))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  /** Which one it is. */
  public static Workload of(GenericKubernetesResource workload) {
    return Stream.of(Workload.Kind.values())
        .filter(kind -> kind.text().equals(workload.getKind()))
        .map(kind -> new Workload(kind, workload.getMetadata().getName()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("not scaled: " + workload.getKind()));
  }

  /**
   * Whether it is one of these, or its pods would mount one of these claims, also while it has
   * none.
   *
   * @param what claims, and workloads as Kind/name
   */
  public static boolean concerns(GenericKubernetesResource workload, Collection<String> what) {
    return what.contains(of(workload).path()) || uses(workload, what);
  }

  private static boolean uses(GenericKubernetesResource workload, Collection<String> claims) {
    return Stream.concat(
            maps(workload.get("spec", "template", "spec", "volumes"))
                .map(volume -> volume.get("persistentVolumeClaim"))
                .filter(Map.class::isInstance)
                .map(claim -> Pattern.quote(String.valueOf(((Map<?, ?>) claim).get("claimName")))),
            maps(workload.get("spec", "volumeClaimTemplates"))
                .map(template -> template.get("metadata"))
                .filter(Map.class::isInstance)
                .map(metadata -> ofEachReplica(workload, (Map<?, ?>) metadata)))
        .map(Pattern::compile)
        .anyMatch(name -> claims.stream().anyMatch(claim -> name.matcher(claim).matches()));
  }

  private static String ofEachReplica(GenericKubernetesResource workload, Map<?, ?> template) {
    return Pattern.quote(template.get("name") + "-" + workload.getMetadata().getName()) + "-[0-9]+";
  }

  private static Stream<Map<?, ?>> maps(@Nullable Object list) {
    return list instanceof List<?> items
        ? items.stream().filter(Map.class::isInstance).map(item -> (Map<?, ?>) item)
        : Stream.of();
  }

  /** Whether its claims go with its pods: to scale it to zero would be to lose what they hold. */
  public static boolean losesClaims(GenericKubernetesResource workload) {
    return "Delete"
        .equals(workload.get("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"));
  }

  /** How many pods it is to have now. */
  public static int replicas(GenericKubernetesResource workload) {
    return workload.get("spec", "replicas") instanceof Number number ? number.intValue() : DEFAULT;
  }

  /** Whether it is scaled to zero for a run, whatever is known of that. */
  public static boolean isMarked(GenericKubernetesResource workload) {
    return label(workload) != null;
  }

  private static @Nullable String label(GenericKubernetesResource workload) {
    var labels = workload.getMetadata().getLabels();
    return labels == null ? null : labels.get(MARK);
  }

  /**
   * For which run it was scaled; empty: for none, or somebody changed what stood there. A rollback
   * brings back the annotations of an older ReplicaSet, and leaves the labels: without its label an
   * annotation says nothing.
   */
  public static Optional<ScaledWorkload> read(GenericKubernetesResource workload) {
    if (!isMarked(workload)) {
      return Optional.empty();
    }
    var annotations = workload.getMetadata().getAnnotations();
    var text = annotations == null ? null : annotations.get(MARK);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(Json.mapper().readValue(text, ScaledWorkload.class));
    } catch (JsonProcessingException notOurs) {
      return Optional.empty();
    }
  }

  /** Whether it is that Job for which it was scaled. */
  public boolean isFor(Job job) {
    return uid.equals(job.getMetadata().getUid());
  }

  /** The merge patch that scales it; refused if anybody changed it since it was read. */
  public static String scaling(GenericKubernetesResource workload, Job job, Instant now) {
    var mark =
        new ScaledWorkload(
            job.getMetadata().getName(), job.getMetadata().getUid(), replicas(workload), now);
    var patch = patch(workload);
    patch.withObject("/metadata/labels").put(MARK, Integer.toString(mark.replicas()));
    try {
      patch.withObject("/metadata/annotations").put(MARK, Json.mapper().writeValueAsString(mark));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a mark that cannot be written", e);
    }
    patch.putObject("spec").put("replicas", 0);
    return patch.toString();
  }

  /**
   * The merge patch that puts it back. A number that somebody set meanwhile is theirs; refused if
   * anybody changed it since it was read.
   */
  public static String puttingBack(GenericKubernetesResource workload) {
    var patch = patch(workload);
    patch.withObject("/metadata/labels").putNull(MARK);
    patch.withObject("/metadata/annotations").putNull(MARK);
    if (replicas(workload) == 0) {
      patch.putObject("spec").put("replicas", before(workload));
    }
    return patch.toString();
  }

  /** How many pods it had, as its label says. */
  private static int before(GenericKubernetesResource workload) {
    try {
      return Math.max(DEFAULT, Integer.parseInt(String.valueOf(label(workload))));
    } catch (NumberFormatException notOurs) {
      return read(workload).map(ScaledWorkload::replicas).orElse(DEFAULT);
    }
  }

  private static ObjectNode patch(GenericKubernetesResource workload) {
    var patch = Json.mapper().createObjectNode();
    patch.putObject("metadata").put("resourceVersion", workload.getMetadata().getResourceVersion());
    return patch;
  }

  /** Who set the number of its pods last, by the name that it gave the API server. */
  public static Optional<String> lastScaledBy(GenericKubernetesResource workload) {
    return workload.getMetadata().getManagedFields().stream()
        .filter(
            entry ->
                entry.getFieldsV1() != null
                    && entry.getFieldsV1().getAdditionalProperties().get("f:spec")
                        instanceof Map<?, ?> spec
                    && spec.containsKey("f:replicas"))
        .max(
            (one, other) ->
                String.valueOf(one.getTime()).compareTo(String.valueOf(other.getTime())))
        .map(entry -> entry.getManager());
  }
}
