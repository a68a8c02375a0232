package dev.salvor.operator.jobs;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** On which nodes a run must be, and what keeps its pods off one. */
public final class Placement {
  /** As for a node that the scheduler does not find. */
  public static final Duration PATIENCE = PodStart.SCHEDULING_PATIENCE;

  private static final String NAME = "metadata.name";
  private static final Set<String> KEEPING_OFF = Set.of("NoSchedule", "NoExecute");

  private Placement() {}

  /** By affinity and not by nodeName, which would pass the scheduler by and overfill the node. */
  static @Nullable Affinity on(@Nullable String node) {
    return node == null
        ? null
        : new AffinityBuilder()
            .withNewNodeAffinity()
            .withNewRequiredDuringSchedulingIgnoredDuringExecution()
            .addNewNodeSelectorTerm()
            .addNewMatchField()
            .withKey(NAME)
            .withOperator("In")
            .withValues(node)
            .endMatchField()
            .endNodeSelectorTerm()
            .endRequiredDuringSchedulingIgnoredDuringExecution()
            .endNodeAffinity()
            .build();
  }

  /**
   * Where it is yet to read: its own node, and those of its legs that have not kept their share.
   * Without those of which only the scheduler knows.
   */
  public static Set<String> nodes(Job run) {
    return Stream.concat(
            Leg.nodesInOrder(run).skip(JobLabels.shares(run).size()), own(run).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Optional<String> own(Job run) {
    return Optional.ofNullable(run.getSpec().getTemplate().getSpec().getAffinity())
        .map(Affinity::getNodeAffinity)
        .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
        .flatMap(required -> required.getNodeSelectorTerms().stream().findFirst())
        .flatMap(term -> term.getMatchFields().stream().findFirst())
        .filter(field -> NAME.equals(field.getKey()))
        .map(NodeSelectorRequirement::getValues)
        .flatMap(names -> names.stream().findFirst());
  }

  /**
   * What keeps the pods of a run off a node of it.
   *
   * @param node as the cluster shows it; null: there is none of that name
   */
  public static Optional<String> obstacle(Job run, String name, @Nullable Node node) {
    if (node == null) {
      return Optional.of("there is no node " + name + ", which has claims of it.");
    }
    var tolerations = run.getSpec().getTemplate().getSpec().getTolerations();
    return node.getSpec().getTaints().stream()
        .filter(taint -> KEEPING_OFF.contains(taint.getEffect()))
        .filter(taint -> tolerations.stream().noneMatch(it -> tolerates(it, taint)))
        .findFirst()
        .map(
            taint ->
                "node "
                    + name
                    + ", which has claims of it, takes no pods (taint "
                    + taint.getKey()
                    + ").");
  }

  /** As the scheduler reads them: what a toleration leaves out, it does not ask for. */
  private static boolean tolerates(Toleration toleration, Taint taint) {
    return isLeftOutOr(toleration.getEffect(), taint.getEffect())
        && isLeftOutOr(toleration.getKey(), taint.getKey())
        && ("Exists".equals(toleration.getOperator())
            || text(toleration.getValue()).equals(text(taint.getValue())));
  }

  private static boolean isLeftOutOr(@Nullable String asked, String there) {
    return text(asked).isEmpty() || there.equals(asked);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
