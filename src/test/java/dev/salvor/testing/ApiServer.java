package dev.salvor.testing;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.engine.process.Programs;
import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubeapitest.KubeAPITestException;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A real etcd and kube-apiserver with Salvor's CRDs, and nothing else of a cluster: no Job runs and
 * nothing is collected. One for a test run, stopped when it ends.
 */
public final class ApiServer {
  private static final int STARTUP_MILLISECONDS = 60_000;
  private static final int ATTEMPTS = 3;

  private final KubernetesClient client;
  private final String kubeconfig;

  private ApiServer(KubernetesClient client, String kubeconfig) {
    this.client = client;
    this.kubeconfig = kubeconfig;
  }

  private static final class Shared {
    static final ApiServer SERVER = start();
  }

  public static ApiServer shared() {
    return Shared.SERVER;
  }

  /** A client with all rights. */
  public KubernetesClient client() {
    return client;
  }

  /** With all rights, for programs that are given a file. */
  public String kubeconfig() {
    return kubeconfig;
  }

  /** What {@code kubectl get} shows of a collection: a Table of meta.k8s.io. */
  public JsonNode table(String path) {
    var http = client.getHttpClient();
    var request =
        http.newHttpRequestBuilder()
            .uri(client.getMasterUrl().toString().replaceAll("/$", "") + path)
            .header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
            .build();
    try {
      return Json.mapper().readTree(http.sendAsync(request, String.class).join().body());
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException("the server answered no JSON", broken);
    }
  }

  private static ApiServer start() {
    var server = running(folder());
    Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
    var client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
            .build();
    installCrds(client);
    return new ApiServer(client, server.getKubeConfigYaml());
  }

  /** Another process may take a port between its being found free and its being listened on. */
  private static KubeAPIServer running(Path folder) {
    for (var attempt = 1; ; attempt++) {
      var server =
          new KubeAPIServer(
              KubeAPIServerConfigBuilder.anAPIServerConfig()
                  .withTestDir(folder.toString())
                  .withOfflineMode(true)
                  .withApiServerVersion(version(folder.resolve("k8s")))
                  .withStartupTimeout(STARTUP_MILLISECONDS)
                  .build());
      try {
        server.start();
        return server;
      } catch (KubeAPITestException failed) {
        server.stop();
        if (attempt == ATTEMPTS) {
          throw failed;
        }
      }
    }
  }

  /**
   * One for each process: in a folder that several share they all make the server's certificate the
   * first time, and one's key ends beside another's certificate. The programs are linked.
   */
  private static Path folder() {
    try {
      var folder = Files.createTempDirectory("api-server");
      Files.createSymbolicLink(
          folder.resolve("k8s"), Programs.here().cache().resolve("test").resolve("k8s"));
      return folder;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The folder is named by version and platform; the version is a name to kube-api-test only. */
  private static String version(Path kubernetes) {
    try (var folders = Files.list(kubernetes)) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .filter(name -> name.contains("-linux-"))
          .map(name -> name.substring(0, name.indexOf("-linux-")))
          .max(String::compareTo)
          .orElseThrow(() -> new IllegalStateException("no API server in " + kubernetes));
    } catch (IOException absent) {
      throw new UncheckedIOException("src/test/scripts/test-tools ensure k8s gets it", absent);
    }
  }

  private static void installCrds(KubernetesClient client) {
    try (var files = Files.list(Path.of("crds"))) {
      for (var file : files.sorted().toList()) {
        var definition =
            client
                .getKubernetesSerialization()
                .unmarshal(Files.readString(file), CustomResourceDefinition.class);
        client.apiextensions().v1().customResourceDefinitions().resource(definition).create();
        client
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .resource(definition)
            .waitUntilCondition(ApiServer::isEstablished, 30, TimeUnit.SECONDS);
        awaitServed(client, definition);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The API server itself hears of it a moment later. */
  private static void awaitServed(KubernetesClient client, CustomResourceDefinition definition) {
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(
            () ->
                client
                        .genericKubernetesResources(
                            CustomResourceDefinitionContext.fromCrd(definition))
                        .inAnyNamespace()
                        .list()
                    != null);
  }

  private static boolean isEstablished(CustomResourceDefinition definition) {
    return definition != null
        && definition.getStatus() != null
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("Established")
                        && condition.getStatus().equals("True"));
  }
}
