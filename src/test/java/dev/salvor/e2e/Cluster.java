package dev.salvor.e2e;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The cluster that the environment names (KUBECONFIG, SALVOR_E2E_CONTEXT). What a story makes in it
 * goes with the namespaces that it took, so that a cluster of a user's own is left as it was.
 */
public final class Cluster implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private final KubernetesClient client;
  private final List<String> namespaces = new CopyOnWriteArrayList<>();

  private Cluster(KubernetesClient client) {
    this.client = client;
  }

  /** With the rights of the kubeconfig's user. */
  public static Cluster connect() {
    var config = Config.autoConfigure(System.getenv("SALVOR_E2E_CONTEXT"));
    return new Cluster(new KubernetesClientBuilder().withConfig(config).build());
  }

  public KubernetesClient client() {
    return client;
  }

  /** A fresh namespace, deleted at the end. Its default service account is there. */
  public String namespace(String story) {
    var suffix = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    var name = "e2e-%s-%s".formatted(story, suffix);
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
    namespaces.add(name);
    await()
        .atMost(PATIENCE)
        .until(() -> client.serviceAccounts().inNamespace(name).withName("default").get() != null);
    return name;
  }

  /** All that stories took here. */
  public List<String> namespaces() {
    return List.copyOf(namespaces);
  }

  /** Applies one or more YAML documents. */
  public void apply(String namespace, String yaml) {
    var documents = new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8));
    for (var resource : client.load(documents).items()) {
      client.resource(resource).inNamespace(namespace).forceConflicts().serverSideApply();
    }
  }

  /** Applies a Job and waits for its end. What it wrote, if it succeeded. */
  public String runJob(String namespace, String name, String yaml) {
    apply(namespace, yaml);
    var job = client.batch().v1().jobs().inNamespace(namespace).withName(name);
    await()
        .alias("the end of Job " + name)
        .atMost(PATIENCE)
        .until(() -> has(job.get(), "Complete") || has(job.get(), "Failed"));
    var logs = jobLogs(namespace, name);
    if (has(job.get(), "Failed")) {
      throw new AssertionError("Job " + name + " failed: " + logs);
    }
    return logs;
  }

  private static boolean has(Job job, String condition) {
    return job.getStatus().getConditions().stream()
        .anyMatch(it -> it.getType().equals(condition) && it.getStatus().equals("True"));
  }

  /** What all pods of a Job wrote, its first container's. */
  public String jobLogs(String namespace, String job) {
    var text = new StringBuilder();
    for (var pod : pods(namespace, "batch.kubernetes.io/job-name", job)) {
      text.append(logs(namespace, pod.getMetadata().getName()));
    }
    return text.toString();
  }

  /** What a pod wrote; why there is nothing, if its container never ran. */
  public String logs(String namespace, String pod) {
    try {
      return client.pods().inNamespace(namespace).withName(pod).getLog();
    } catch (KubernetesClientException neverRan) {
      return String.format(Locale.ROOT, "no logs of %s: %s%n", pod, neverRan.getMessage());
    }
  }

  public List<Pod> pods(String namespace, String label, String value) {
    return client.pods().inNamespace(namespace).withLabel(label, value).list().getItems();
  }

  /** Runs a command in the first container of a pod; its output, if it succeeded. */
  public String execute(String namespace, String pod, String... command) {
    var output = new ByteArrayOutputStream();
    var errors = new ByteArrayOutputStream();
    try (var running =
        client
            .pods()
            .inNamespace(namespace)
            .withName(pod)
            .writingOutput(output)
            .writingError(errors)
            .exec(command)) {
      var code = running.exitCode().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (code != 0) {
        throw new AssertionError(
            "exit code %d in %s: %s".formatted(code, pod, errors.toString(StandardCharsets.UTF_8)));
      }
      return output.toString(StandardCharsets.UTF_8);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    } catch (ExecutionException | TimeoutException broken) {
      throw new IllegalStateException("no end of a command in " + pod, broken);
    }
  }

  /** A PostgreSQL of the image postgres:test, when it answers by the name of its Service. */
  public PostgresPod postgres(String namespace, String name) {
    return postgres(namespace, name, PostgresPod.manifest(name));
  }

  /** One that is made by this. */
  PostgresPod postgres(String namespace, String name, String manifest) {
    // The namespace may have been allowed such a pod a moment ago: admission hears of it late.
    await()
        .atMost(PATIENCE)
        .ignoreException(KubernetesClientException.class)
        .untilAsserted(() -> apply(namespace, manifest));
    client
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .waitUntilReady(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    // kube-proxy hears of a new endpoint a moment later, and refuses connections until then. By the
    // long name: the short one is the pod's own, which its hosts file knows.
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsMatching(refused -> true)
        .untilAsserted(
            () ->
                execute(
                    namespace,
                    name,
                    "pg_isready",
                    "-h",
                    name + "." + namespace + ".svc.cluster.local"));
    return new PostgresPod(this, namespace, name);
  }

  /** Does not wait until the namespaces are gone. */
  @Override
  public void close() {
    for (var name : namespaces) {
      client.namespaces().withName(name).delete();
    }
    client.close();
  }
}
