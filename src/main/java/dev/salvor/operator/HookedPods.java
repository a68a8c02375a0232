package dev.salvor.operator;

import dev.salvor.api.VolumeSource.Hook;
import dev.salvor.operator.jobs.HookMark;
import dev.salvor.operator.jobs.JobLabels;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.AnyNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Pods of applications, read live, and the marks on them. */
final class HookedPods {
  private static final PatchContext PATCH =
      new PatchContext.Builder().withPatchType(PatchType.JSON).withFieldManager("salvor").build();

  /** A leader that stood still may have written late where nothing was. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

  private final KubernetesClient client;
  private final Set<String> namespaces;

  /** Namespaces in which marks were written, or seen at the last look. */
  private final Set<String> places = new HashSet<>();

  private @Nullable Instant lookedAtAll;

  /**
   * Those of a cluster.
   *
   * @param namespaces that are watched; empty: all
   */
  HookedPods(KubernetesClient client, Set<String> namespaces) {
    this.client = client;
    this.namespaces = namespaces;
  }

  /** Those that bear the labels of any of these hooks, but none of Salvor's own. */
  List<Pod> of(String namespace, List<Hook> hooks) {
    var found = new LinkedHashMap<String, Pod>();
    hooks.stream()
        .map(Hook::matchLabels)
        .distinct()
        .flatMap(
            labels ->
                client
                    .pods()
                    .inNamespace(namespace)
                    .withLabels(labels)
                    .withoutLabel(JobLabels.MANAGED)
                    .list()
                    .getItems()
                    .stream())
        .forEach(pod -> found.put(pod.getMetadata().getUid(), pod));
    return List.copyOf(found.values());
  }

  /**
   * Adds the marked ones: of the namespaces where some were written or seen, and of all now and
   * then.
   *
   * @throws RuntimeException if one namespace could not be listed; the others were added
   */
  void addMarked(List<Pod> marked, Instant now) {
    var isAll = lookedAtAll == null || !lookedAtAll.plus(LOOK_AGAIN).isAfter(now);
    lookedAtAll = isAll ? now : lookedAtAll;
    OneByOne.each(
        places(isAll), place -> marked.addAll(place.withLabel(HookMark.MARK).list().getItems()));
    places.clear();
    marked.forEach(pod -> places.add(pod.getMetadata().getNamespace()));
  }

  private List<AnyNamespaceOperation<Pod, PodList, PodResource>> places(boolean isAll) {
    if (isAll && namespaces.isEmpty()) {
      return List.of(client.pods().inAnyNamespace());
    }
    return (isAll ? namespaces : places)
        .stream()
            .<AnyNamespaceOperation<Pod, PodList, PodResource>>map(
                namespace -> client.pods().inNamespace(namespace))
            .toList();
  }

  /**
   * Marks it, or changes its mark.
   *
   * @throws KubernetesClientException a {@link Refusal} is one of this pod: it is still as it was
   */
  void mark(Pod pod, HookMark mark) {
    write(pod, mark.marking(pod));
  }

  /**
   * Changes a mark.
   *
   * @return false: the pod is gone, and with it what was to be taken back
   */
  boolean change(Pod pod, HookMark mark) {
    return patch(pod, mark.marking(pod));
  }

  /** Takes a mark away; of a pod that is gone there is none. */
  void unmark(Pod pod) {
    patch(pod, HookMark.unmarking(pod));
  }

  private boolean patch(Pod pod, String patch) {
    try {
      write(pod, patch);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  /** A test that failed has the code of what is not valid: the pod itself tells them apart. */
  private void write(Pod pod, String patch) {
    places.add(pod.getMetadata().getNamespace());
    try {
      client.resource(pod).patch(PATCH, patch);
    } catch (KubernetesClientException e) {
      if (!Refusal.is(e)) {
        throw e;
      }
      var metadata = pod.getMetadata();
      var live =
          client.pods().inNamespace(metadata.getNamespace()).withName(metadata.getName()).get();
      if (HookMark.isAsRead(pod, live)) {
        throw e;
      }
      var isGone = live == null || !live.getMetadata().getUid().equals(metadata.getUid());
      throw new KubernetesClientException(
          "pod " + metadata.getName() + (isGone ? " is gone" : " was changed since it was read"),
          isGone ? HttpURLConnection.HTTP_NOT_FOUND : 0,
          null);
    }
  }
}
