package dev.salvor.operator;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets so many writes through and then nothing at all: a process that was killed after the last.
 */
final class CutOff implements Interceptor {
  private final AtomicInteger left;

  CutOff(int writes) {
    left = new AtomicInteger(writes);
  }

  boolean isReached() {
    return left.get() < 0;
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    var isRead = request.method().equals("GET");
    if (isRead ? left.get() < 0 : left.decrementAndGet() < 0) {
      throw new KubernetesClientException("cut off");
    }
  }
}
