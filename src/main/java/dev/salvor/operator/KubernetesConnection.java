package dev.salvor.operator;

import dev.salvor.api.Json;
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
    return new KubernetesClientBuilder()
        .withConfig(new ConfigBuilder(config).withRequestRetryBackoffLimit(RETRIES).build())
        .withKubernetesSerialization(new KubernetesSerialization(Json.mapper().copy(), true))
        .withHttpClientBuilderConsumer(http)
        .build();
  }
}
