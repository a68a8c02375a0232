package dev.salvor.operator;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An API server on a bad day: two of five writes fail with 409 or 500, so does the first removal of
 * each object, and the first watch of each kind asks for what is long forgotten, which a real API
 * server answers with 410.
 */
final class Hiccups implements Interceptor {
  final AtomicInteger writes = new AtomicInteger();
  final AtomicInteger watches = new AtomicInteger();
  final Set<String> forgotten = ConcurrentHashMap.newKeySet();
  private final Set<String> kept = ConcurrentHashMap.newKeySet();

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    var uri = request.uri().toString();
    if (uri.contains("watch=true")) {
      watches.getAndIncrement();
      if (forgotten.add(request.uri().getPath())) {
        builder.uri(URI.create(uri.replaceFirst("resourceVersion=[0-9]+", "resourceVersion=1")));
      }
    } else if (request.method().equals("DELETE") && kept.add(request.uri().getPath())) {
      throw failure(HttpURLConnection.HTTP_INTERNAL_ERROR);
    } else if (!request.method().equals("GET")) {
      switch (writes.getAndIncrement() % 5) {
        case 1 -> throw failure(HttpURLConnection.HTTP_CONFLICT);
        case 3 -> throw failure(HttpURLConnection.HTTP_INTERNAL_ERROR);
        default -> {}
      }
    }
  }

  private static KubernetesClientException failure(int code) {
    return new KubernetesClientException(
        new StatusBuilder().withCode(code).withMessage("a bad day").build());
  }
}
