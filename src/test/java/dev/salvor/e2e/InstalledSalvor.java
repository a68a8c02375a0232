package dev.salvor.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Salvor in the cluster by its chart, under exactly the chart's rights: installed before the first
 * story that asks for it, uninstalled after the last one.
 */
public final class InstalledSalvor implements AutoCloseable {
  private static final String RELEASE = "salvor";

  /** Always the same: the CRDs stay, and belong to the release of that namespace. */
  private static final String NAMESPACE = "salvor-e2e";

  private final Cluster cluster = Cluster.connect();
  private final ClusterBucket bucket = ClusterBucket.ofEnvironment();

  private InstalledSalvor() {
    upgrade();
  }

  public Cluster cluster() {
    return cluster;
  }

  public ClusterBucket bucket() {
    return bucket;
  }

  /** Installs the chart, or changes its values; returns when the operator is ready. */
  public void upgrade(String... values) {
    var command =
        new ArrayList<>(
            List.of(
                variable("SALVOR_E2E_HELM"),
                "upgrade",
                "--install",
                RELEASE,
                "helm/salvor",
                "--namespace",
                NAMESPACE,
                "--create-namespace",
                "--wait",
                "--timeout",
                "8m",
                "--set",
                "image.repository=salvor,image.tag=test,image.pullPolicy=IfNotPresent,replicas=2,"
                    + "scaleToZero.enabled=true"));
    for (var value : values) {
      Collections.addAll(command, "--set", value);
    }
    LocalProgram.run(environment(), command).succeeded();
  }

  /** Its resources and their CRDs stay. */
  void uninstall() {
    var helm = variable("SALVOR_E2E_HELM");
    var command = List.of(helm, "uninstall", RELEASE, "--namespace", NAMESPACE, "--wait");
    LocalProgram.run(environment(), command).succeeded();
  }

  /** A command as a person types it. */
  LocalProgram.Outcome salvor(String... words) {
    return inContext("./salvor", words);
  }

  /** A command of kubectl; its output, if it succeeded. */
  String kubectl(String... words) {
    return inContext(variable("SALVOR_E2E_KUBECTL"), words).succeeded();
  }

  private LocalProgram.Outcome inContext(String program, String... words) {
    var command = new ArrayList<>(List.of(program));
    Collections.addAll(command, words);
    var context = System.getenv("SALVOR_E2E_CONTEXT");
    if (context != null) {
      command.add("--context=" + context);
    }
    return LocalProgram.run(environment(), command);
  }

  /** Its instances. */
  List<Pod> operators() {
    return cluster.pods(NAMESPACE, "app.kubernetes.io/name", "salvor");
  }

  /** All instances at once; others take their place. */
  void killOperators() {
    for (var pod : operators()) {
      var name = pod.getMetadata().getName();
      kubectl(
          "-n", NAMESPACE, "delete", "pod", name, "--now", "--wait=false", "--ignore-not-found");
    }
  }

  /** Returns when there are so many and they are ready, or all are gone. */
  void scale(int instances) {
    kubectl("-n", NAMESPACE, "scale", "deployment", RELEASE, "--replicas=" + instances);
    if (instances > 0) {
      kubectl("-n", NAMESPACE, "rollout", "status", "deployment", RELEASE, "--timeout=3m");
    } else {
      kubectl("-n", NAMESPACE, "wait", "pods", "--all", "--for=delete", "--timeout=3m");
    }
  }

  /** What both instances of the operator wrote. */
  public String operatorLogs() {
    var text = new StringBuilder();
    for (var pod : operators()) {
      text.append(cluster.logs(NAMESPACE, pod.getMetadata().getName()));
    }
    return text.toString();
  }

  /** Keeps what can be seen of all stories' namespaces, without Secrets. */
  private void keepTraces(String test) {
    var folder = Path.of("target", "e2e-traces", test);
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("operator.log"), operatorLogs());
      for (var each : cluster.namespaces()) {
        var resources =
            kubectl("-n", each, "get", "bstore,bpol,breq,rreq,jobs,pods,events", "-o", "yaml");
        var logs = new StringBuilder();
        for (var pod : cluster.client().pods().inNamespace(each).list().getItems()) {
          logs.append(cluster.logs(each, pod.getMetadata().getName()));
        }
        Files.writeString(folder.resolve(each + ".yaml"), resources);
        Files.writeString(folder.resolve(each + ".log"), logs);
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** Nothing of the user's own Helm is seen. */
  private Map<String, String> environment() {
    var folder = System.getProperty("java.io.tmpdir") + "/salvor-e2e-helm";
    var environment = new HashMap<String, String>();
    for (var kind : List.of("CACHE", "CONFIG", "DATA")) {
      environment.put("HELM_" + kind + "_HOME", folder);
    }
    var context = System.getenv("SALVOR_E2E_CONTEXT");
    if (context != null) {
      environment.put("HELM_KUBECONTEXT", context);
    }
    return environment;
  }

  private static String variable(String name) {
    return ClusterBucket.variable(name);
  }

  @Override
  public void close() {
    try {
      uninstall();
    } finally {
      cluster.close();
    }
  }

  /** Hands it to stories, and keeps what there was to see when a test failed. */
  static final class Extension
      implements ParameterResolver,
          AfterTestExecutionCallback,
          LifecycleMethodExecutionExceptionHandler {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == InstalledSalvor.class;
    }

    @Override
    public InstalledSalvor resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return installed(context);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
      if (context.getExecutionException().isPresent()) {
        keepTraces(context);
      }
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
        throws Throwable {
      keepTraces(context);
      throw failure;
    }

    private static void keepTraces(ExtensionContext context) {
      var name = context.getRequiredTestClass().getSimpleName() + " " + context.getDisplayName();
      installed(context).keepTraces(name.replaceAll("[^A-Za-z0-9-]+", "-"));
    }

    private static InstalledSalvor installed(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .computeIfAbsent(
              InstalledSalvor.class, key -> new InstalledSalvor(), InstalledSalvor.class);
    }
  }
}
