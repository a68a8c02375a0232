package dev.salvor.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What the API server was asked so far, by its own count. */
record RequestCounts(long reads, long writes) {
  private static final Pattern REQUESTS =
      Pattern.compile(
          "(?m)^apiserver_request_total\\{.*group=\"([^\"]*)\".*resource=\"([^\"]*)\""
              + ".*verb=\"([^\"]*)\".*} (.*)$");

  /** Leases, and what the API server itself writes time and again. */
  private static final Set<String> LEFT_OUT =
      Set.of("coordination.k8s.io", "flowcontrol.apiserver.k8s.io");

  private static final Predicate<String> WRITE =
      Pattern.compile("POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION").asMatchPredicate();

  static RequestCounts of(KubernetesClient client) {
    var reads = 0L;
    var writes = 0L;
    var requests = REQUESTS.matcher(client.raw("/metrics"));
    while (requests.find()) {
      var count = Math.round(Double.parseDouble(requests.group(4)));
      if (WRITE.test(requests.group(3))) {
        writes += LEFT_OUT.contains(requests.group(1)) ? 0 : count;
      } else if (requests.group(2).equals("backuppolicies")) {
        reads += count;
      }
    }
    return new RequestCounts(reads, writes);
  }
}
