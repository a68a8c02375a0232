package dev.salvor.operator;

import dev.salvor.api.Json;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;

/**
 * The one writer of statuses: by server-side apply, whole, and only where something differs. The
 * version that was decided about goes along, so that of two leaders the slower one writes nothing.
 */
final class StatusWriter {
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("salvor")
          .withForce(true)
          .build();

  private final KubernetesClient client;

  StatusWriter(KubernetesClient client) {
    this.client = client;
  }

  /** What came of it. */
  enum Written {
    CHANGED,
    /** It says so already; nothing was sent. */
    SAME,
    /** Someone else changed the resource since it was read: decide anew. */
    OUTDATED
  }

  /**
   * Stores a status.
   *
   * @param live as it was read from the API server when it was decided about
   */
  <R extends CustomResource<?, S>, S> Written write(Kind<R, S> kind, R live, S status) {
    if (tree(status).equals(tree(live.getStatus()))) {
      return Written.SAME;
    }
    var metadata = live.getMetadata();
    var fresh = kind.fresh().get();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(metadata.getNamespace())
            .withName(metadata.getName())
            .withUid(metadata.getUid())
            .withResourceVersion(metadata.getResourceVersion())
            .build());
    fresh.setStatus(status);
    try {
      client.resource(fresh).subresource("status").patch(APPLY);
      return Written.CHANGED;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Written.OUTDATED;
      }
      throw e;
    }
  }

  /** Whether nobody has changed it since it was read. */
  boolean isCurrent(HasMetadata live) {
    var now = client.resource(live).get();
    return now != null
        && now.getMetadata().getResourceVersion().equals(live.getMetadata().getResourceVersion());
  }

  private static String tree(Object status) {
    return Json.mapper().valueToTree(status).toString();
  }
}
