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
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The way to a cluster. Clients write Salvor's records as Salvor does: times as ISO 8601, not as
 * numbers.
 *
 * @param client for all that is read for a decision, and written
 * @param following for caches alone: what it reads is lean, and no ground for a decision
 * @param commanding for commands in pods alone: it asks once, so that what was given up does not
 *     begin later
 */
public record KubernetesConnection(
    KubernetesClient client, KubernetesClient following, KubernetesClient commanding)
    implements AutoCloseable {
  /** A call that failed is tried again by whoever needs it; the client only bridges a moment. */
  private static final int RETRIES = 3;

  /** A command that could not be begun by then is not begun. */
  static final Duration COMMAND_BEGINS = Duration.ofSeconds(10);

  /** To be closed by the caller. */
  public static KubernetesConnection open(Config config) {
    return open(config, http -> {});
  }

  static KubernetesConnection open(Config config, Consumer<HttpClient.Builder> http) {
    return new KubernetesConnection(
        client(patient(config), Json.mapper().copy(), http),
        client(patient(config), leanMapper(), http),
        client(once(config), Json.mapper().copy(), http));
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

  private static Config patient(Config config) {
    return new ConfigBuilder(config).withRequestRetryBackoffLimit(RETRIES).build();
  }

  private static Config once(Config config) {
    var patience = Math.toIntExact(COMMAND_BEGINS.toMillis());
    return new ConfigBuilder(config)
        .withRequestRetryBackoffLimit(0)
        .withConnectionTimeout(patience)
        .withRequestTimeout(patience)
        .build();
  }

  private static KubernetesClient client(
      Config config, ObjectMapper mapper, Consumer<HttpClient.Builder> http) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withKubernetesSerialization(new KubernetesSerialization(mapper, true))
        .withHttpClientBuilderConsumer(http)
        .build();
  }

  @Override
  public void close() {
    commanding.close();
    following.close();
    client.close();
  }
}
