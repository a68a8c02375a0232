package dev.salvor.operator;

import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which node alone can have a volume, by its node affinity: that of a local one, say. The labels
 * are the driver's own and no names of nodes: the API server is asked which nodes bear them.
 */
final class VolumeHomes {
  /** What labels can be asked for; the scheduler knows {@code Gt} and {@code Lt} more. */
  private static final Set<String> ASKABLE = Set.of("In", "NotIn", "Exists", "DoesNotExist");

  private static final String NAME = "metadata.name";

  private final KubernetesClient client;

  VolumeHomes(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Of a claim's volume.
   *
   * @return null: several nodes can have it, none can now, or it is not known; the scheduler finds
   *     one then, as far as it can
   */
  @Nullable String of(PersistentVolumeClaim claim) {
    var name = claim.getSpec().getVolumeName();
    try {
      var volume = name == null ? null : client.persistentVolumes().withName(name).get();
      var nodes = volume == null ? Set.<String>of() : nodes(volume);
      return nodes.size() == 1 ? nodes.iterator().next() : null;
    } catch (KubernetesClientException e) {
      if (!Refusal.is(e)) {
        throw e;
      }
      // An operator of some namespaces may not ask.
      return null;
    }
  }

  /** Of many, some. */
  private Set<String> nodes(PersistentVolume volume) {
    var affinity = volume.getSpec().getNodeAffinity();
    var required = affinity == null ? null : affinity.getRequired();
    var terms =
        required == null ? List.<NodeSelectorTerm>of() : orEmpty(required.getNodeSelectorTerms());
    var nodes = new TreeSet<String>();
    for (var term : terms) {
      if (!isAskable(term)) {
        return Set.of();
      }
      nodes.addAll(nodes(term));
    }
    return nodes;
  }

  private static boolean isAskable(NodeSelectorTerm term) {
    var fields = orEmpty(term.getMatchFields());
    return orEmpty(term.getMatchExpressions()).stream()
            .allMatch(requirement -> ASKABLE.contains(requirement.getOperator()))
        && fields.size() <= 1
        && fields.stream()
            // Of one value, says the API server.
            .allMatch(field -> field.getKey().equals(NAME) && field.getOperator().equals("In"));
  }

  private List<String> nodes(NodeSelectorTerm term) {
    var labels =
        orEmpty(term.getMatchExpressions()).stream()
            .map(it -> new LabelSelectorRequirement(it.getKey(), it.getOperator(), it.getValues()))
            .toList();
    var fields =
        orEmpty(term.getMatchFields()).stream()
            .collect(Collectors.toMap(it -> it.getKey(), it -> it.getValues().getFirst()));
    if (labels.isEmpty() && fields.isEmpty()) {
      // Such a term selects nothing.
      return List.of();
    }
    // Two are one too many, and a zone has thousands.
    var two = new ListOptionsBuilder().withLimit(2L).build();
    return client
        .nodes()
        .withLabelSelector(new LabelSelectorBuilder().withMatchExpressions(labels).build())
        .withFields(fields)
        .list(two)
        .getItems()
        .stream()
        .map(node -> node.getMetadata().getName())
        .toList();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> items) {
    return items == null ? List.of() : items;
  }
}
