package dev.salvor.operator;

import dev.salvor.operator.jobs.HookChoice;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.Words;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecListener;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.ByteArrayOutputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** As {@code kubectl exec} does. */
final class Executions implements PodCommands {
  /** What is kept of its words; the rest is read and dropped. */
  private static final int MOST_BYTES = 4096;

  private final KubernetesClient client;

  Executions(KubernetesClient client) {
    this.client = client;
  }

  /** The client has rules of its own for what it is asked, and breaks them without a code. */
  @Override
  public HookOutcome run(Pod pod, String container, List<String> command, Duration timeout) {
    Pod live;
    try {
      live = pods(pod).withName(pod.getMetadata().getName()).get();
    } catch (KubernetesClientException unasked) {
      return unasked.getCode() > 0
          ? refused(unasked, pod)
          : new HookOutcome.Refused("the cluster does not answer: " + Words.of(unasked.toString()));
    }
    if (live == null || !live.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
      return gone(pod);
    }
    if (!HookChoice.hasContainer(container, live)) {
      return new HookOutcome.Refused(
          "pod " + pod.getMetadata().getName() + " has no container '" + container + "'");
    }
    return execute(live, container, command, timeout);
  }

  private NonNamespaceOperation<Pod, PodList, PodResource> pods(Pod pod) {
    return client.pods().inNamespace(pod.getMetadata().getNamespace());
  }

  private HookOutcome execute(Pod pod, String container, List<String> command, Duration timeout) {
    var words = new Beginning();
    var end = new End();
    try (var running =
        pods(pod)
            .resource(pod)
            .inContainer(container)
            .writingOutput(words)
            .writingError(words)
            .usingListener(end)
            .exec(command.toArray(String[]::new))) {
      var code = running.exitCode().get(timeout.toSeconds(), TimeUnit.SECONDS);
      return outcome(code, words.text(), end.status);
    } catch (TimeoutException late) {
      return new HookOutcome.Lost("no end within " + timeout.toSeconds() + " s; it may go on");
    } catch (ExecutionException | KubernetesClientException broken) {
      return said(broken, pod);
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
      return new HookOutcome.Lost("the operator ended");
    }
  }

  private static HookOutcome gone(Pod pod) {
    return new HookOutcome.Refused(
        "there is no pod " + pod.getMetadata().getName() + " any more (HTTP 404)");
  }

  /** The client knows no code where the connection ended first, and -1 where the node has none. */
  static HookOutcome outcome(@Nullable Integer code, String words, @Nullable Status status) {
    if (code == null) {
      return new HookOutcome.Lost("the connection ended before the command did; it may go on");
    }
    if (code == 0) {
      return new HookOutcome.Succeeded();
    }
    if (code < 0) {
      return new HookOutcome.Broken(Words.of(status == null ? words : status.getMessage()));
    }
    return new HookOutcome.Failed(
        "exit code " + code + (words.isBlank() ? "" : ": " + Words.of(words)));
  }

  private static HookOutcome said(Exception broken, Pod pod) {
    for (@Nullable Throwable cause = broken; cause != null; cause = cause.getCause()) {
      if (cause instanceof KubernetesClientException answer && answer.getCode() > 0) {
        return refused(answer, pod);
      }
    }
    var cause = broken.getCause() == null ? broken : broken.getCause();
    return new HookOutcome.Lost(Words.of(cause.getMessage()));
  }

  /** An upgrade that is refused has a code, and a message of the client's making only. */
  static HookOutcome refused(KubernetesClientException answer, Pod pod) {
    var where = pod.getMetadata();
    return switch (answer.getCode()) {
      case HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_UNAUTHORIZED ->
          new HookOutcome.Refused(
              "the cluster refuses the operator pods/exec in namespace "
                  + where.getNamespace()
                  + " (HTTP "
                  + answer.getCode()
                  + "): name it in hooks.namespaces of the installation");
      case HttpURLConnection.HTTP_NOT_FOUND -> gone(pod);
      case HttpURLConnection.HTTP_BAD_REQUEST ->
          new HookOutcome.Refused(
              "the cluster refuses it (HTTP 400): is there such a container, and does it run?");
      default ->
          new HookOutcome.Lost("the cluster answers HTTP " + answer.getCode() + " to the command");
    };
  }

  /** What the node says of the end. */
  private static final class End implements ExecListener {
    private volatile @Nullable Status status;

    @Override
    public void onExit(int code, Status said) {
      status = said;
    }

    @Override
    public void onClose(int code, String reason) {
      // The exit code, or that there is none, comes another way.
    }
  }

  /** Keeps the first bytes. */
  private static final class Beginning extends ByteArrayOutputStream {
    @Override
    public synchronized void write(int one) {
      if (count < MOST_BYTES) {
        super.write(one);
      }
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
      super.write(bytes, from, Math.min(length, MOST_BYTES - count));
    }

    synchronized String text() {
      return toString(StandardCharsets.UTF_8);
    }
  }
}
