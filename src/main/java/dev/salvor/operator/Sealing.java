package dev.salvor.operator;

import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.Purpose;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;

/**
 * Cuts a verification off from the network once its data is there: the pod gets a label, and a
 * policy that never changes denies all to pods of that label. The worker goes on only when even the
 * store is out of reach, or says that nothing enforced it.
 */
final class Sealing {
  static final String SEALED = "salvor.dev/sealed";
  static final String POLICY = "salvor-sealed";

  /** Name of the init container that needs the network. */
  private static final String FETCH = "fetch";

  private final KubernetesClient client;
  private final JobCache cache;

  Sealing(KubernetesClient client, JobCache cache) {
    this.client = client;
    this.cache = cache;
  }

  /** Sees to it that the policy is there before a pod may need it. */
  void ensurePolicy(String namespace) {
    var policies = client.network().v1().networkPolicies().inNamespace(namespace);
    if (policies.withName(POLICY).get() != null) {
      return;
    }
    try {
      policies.resource(policy(namespace)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /** Labels the pods whose data is there. */
  void seal() {
    OneByOne.each(cache.allPods().stream().filter(Sealing::isToBeSealed).toList(), this::seal);
  }

  private void seal(Pod pod) {
    try {
      client
          .pods()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(pod.getMetadata().getName())
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"metadata\":{\"uid\":\""
                  + pod.getMetadata().getUid()
                  + "\",\"labels\":{\""
                  + SEALED
                  + "\":\"true\"}}}");
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  static boolean isToBeSealed(Pod pod) {
    var labels = pod.getMetadata().getLabels();
    return Purpose.VERIFY.text().equals(labels.get(JobLabels.MANAGED))
        && !"true".equals(labels.get(SEALED))
        && pod.getStatus() != null
        && pod.getStatus().getInitContainerStatuses().stream()
            .filter(container -> container.getName().equals(FETCH))
            .map(container -> container.getState())
            .anyMatch(
                state ->
                    state != null
                        && state.getTerminated() != null
                        && Integer.valueOf(0).equals(state.getTerminated().getExitCode()));
  }

  private static NetworkPolicy policy(String namespace) {
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(POLICY)
        .endMetadata()
        .withNewSpec()
        .withNewPodSelector()
        .addToMatchLabels(SEALED, "true")
        .endPodSelector()
        .withPolicyTypes("Ingress", "Egress")
        .endSpec()
        .build();
  }
}
