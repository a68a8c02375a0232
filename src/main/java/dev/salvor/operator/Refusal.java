package dev.salvor.operator;

import dev.salvor.operator.jobs.Words;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Set;

/** That an API server said no: by a quota, an admission policy, a missing right or a rule. */
final class Refusal {
  private static final int UNPROCESSABLE = 422;

  private static final Set<Integer> CODES =
      Set.of(HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE);

  private Refusal() {}

  static boolean is(KubernetesClientException answer) {
    return CODES.contains(answer.getCode());
  }

  /** The server's own words, without the client's around them. */
  static String words(KubernetesClientException answer) {
    var status = answer.getStatus();
    return Words.of(status == null ? answer.getMessage() : status.getMessage());
  }
}
