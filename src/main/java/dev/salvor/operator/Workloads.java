package dev.salvor.operator;

import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.ClaimView.Workload;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** StatefulSets and Deployments, read live, and alike: what sets them apart is no matter here. */
final class Workloads {
  private static final PatchContext PATCH =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withFieldManager("salvor")
          .build();

  private final KubernetesClient client;
  private final Set<String> namespaces;

  /**
   * Those of a cluster.
   *
   * @param namespaces that are watched; empty: all
   */
  Workloads(KubernetesClient client, Set<String> namespaces) {
    this.client = client;
    this.namespaces = namespaces;
  }

  List<GenericKubernetesResource> of(String namespace) {
    return Stream.of(Workload.Kind.values())
        .flatMap(
            kind ->
                all(kind).inNamespace(namespace).list().getItems().stream()
                    .map(item -> typed(item, kind)))
        .toList();
  }

  /** What the API server lists has no kind of its own. */
  private static GenericKubernetesResource typed(
      GenericKubernetesResource item, Workload.Kind kind) {
    item.setApiVersion("apps/v1");
    item.setKind(kind.text());
    return item;
  }

  Optional<GenericKubernetesResource> find(String namespace, Workload workload) {
    return Optional.ofNullable(
        all(workload.kind()).inNamespace(namespace).withName(workload.name()).get());
  }

  /**
   * What is listed at once.
   *
   * @param namespace null: all of them
   */
  record Place(Workload.Kind kind, @Nullable String namespace) {}

  /** All there are. */
  List<Place> places() {
    return Stream.of(Workload.Kind.values())
        .flatMap(
            kind ->
                namespaces.isEmpty()
                    ? Stream.of(new Place(kind, null))
                    : namespaces.stream().map(namespace -> new Place(kind, namespace)))
        .toList();
  }

  /** Those of a place that are scaled to zero for a run. */
  List<GenericKubernetesResource> marked(Place place) {
    var kind = all(place.kind());
    var there =
        place.namespace() == null ? kind.inAnyNamespace() : kind.inNamespace(place.namespace());
    return there.withLabel(ScaledWorkload.MARK).list().getItems().stream()
        .map(item -> typed(item, place.kind()))
        .toList();
  }

  GenericKubernetesResource patch(GenericKubernetesResource workload, String patch) {
    return client.resource(workload).patch(PATCH, patch);
  }

  private MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      all(Workload.Kind kind) {
    return client.genericKubernetesResources(
        new ResourceDefinitionContext.Builder()
            .withGroup("apps")
            .withVersion("v1")
            .withKind(kind.text())
            .withPlural(kind.text().toLowerCase(Locale.ROOT) + "s")
            .withNamespaced(true)
            .build());
  }
}
