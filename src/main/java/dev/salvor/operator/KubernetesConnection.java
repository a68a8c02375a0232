package dev.salvor.operator;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.Json;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.function.Consumer;

/** Clients that write Salvor's records as Salvor does: times as ISO 8601, not as numbers. */
public final class KubernetesConnection {
  /** A call that failed is tried again by whoever needs it; the client only bridges a moment. */
  private static final int RETRIES = 3;

  private KubernetesConnection() {}

  public static KubernetesClient open(Config config) {
    return open(config, http -> {});
  }

  static KubernetesClient open(Config config, Consumer<HttpClient.Builder> http) {
    return open(config, Json.mapper().copy(), http);
  }

  /** For caches alone: what it reads is lean, and no ground for a decision. */
  static KubernetesClient openToFollow(Config config) {
    return open(config, leanMapper(), http -> {});
  }

  /**
   * Leaves out what is most of a resource and what nobody looks up in a cache. Thousands of
   * policies are held there for as long as the operator runs.
   */
  static ObjectMapper leanMapper() {
    return Json.mapper()
        .copy()
        .addMixIn(ObjectMeta.class, LeanMetadata.class)
        .addMixIn(BackupPolicyStatus.class, LeanPolicyStatus.class);
  }

  @JsonIgnoreProperties("managedFields")
  private interface LeanMetadata {}

  @JsonIgnoreProperties({"recoveryPoints", "runs", "restores"})
  private interface LeanPolicyStatus {}

  private static KubernetesClient open(
      Config config, ObjectMapper mapper, Consumer<HttpClient.Builder> http) {
    return new KubernetesClientBuilder()
        .withConfig(new ConfigBuilder(config).withRequestRetryBackoffLimit(RETRIES).build())
        .withKubernetesSerialization(new KubernetesSerialization(mapper, true))
        .withHttpClientBuilderConsumer(http)
        .build();
  }
}
