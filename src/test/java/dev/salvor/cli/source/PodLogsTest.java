package dev.salvor.cli.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.source.Resources.Following;
import dev.salvor.task.Step;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs need a kubelet, which the API server of the tests has not: this one has answers by hand. */
class PodLogsTest {
  private static final String PODS =
      "/api/v1/namespaces/shop/pods?labelSelector=batch.kubernetes.io%2Fjob-name%3Drun-1";
  private static final String POD =
      """
      {"items": [{"metadata": {"name": "run-1-x", "creationTimestamp": "2026-11-22T18:00:00Z"},
        "spec": {"initContainers": [{"name": "fetch"}, {"name": "server", "restartPolicy": "Always"}],
          "containers": [{"name": "compare"}]},
        "status": {"phase": "@PHASE@",
          "initContainerStatuses": [{"name": "fetch", "state": {"terminated": {}}},
            {"name": "server", "state": {"running": {}}}],
          "containerStatuses": [{"name": "compare", "state": {"running": {}}}]}}]}
      """;
  private static final String PROGRESS =
      "{\"time\":\"2026-11-22T18:00:00Z\",\"run\":\"run-1\",\"step\":\"%s\"}\n";

  private record Reply(int code, String body) {}

  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private ClusterApi api;

  @BeforeEach
  void answer(@TempDir Path folder) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::reply);
    server.start();
    var kubeconfig =
        Files.writeString(
            folder.resolve("kubeconfig"),
            """
            current-context: test
            clusters: [{name: test, cluster: {server: 'http://127.0.0.1:%d'}}]
            contexts: [{name: test, context: {cluster: test, user: test, namespace: shop}}]
            users: [{name: test, user: {token: none}}]
            """
                .formatted(server.getAddress().getPort()));
    api = Clusters.api(new SourceChoice.Cluster(kubeconfig, null), new Clusters.OfContext());
    replies.put(PODS, new Reply(200, POD.replace("@PHASE@", "Running")));
    replies.put(log("fetch", ""), new Reply(200, PROGRESS.formatted("RESTORE") + "fetched\n"));
    replies.put(log("compare", ""), new Reply(200, "compared\n"));
  }

  @AfterEach
  void stop() {
    api.close();
    server.stop(0);
  }

  @Test
  void theContainersThatWorkAreReadInTurn() {
    assertThat(printed("run-1", Following.NOTHING_MORE))
        .containsExactly(PROGRESS.formatted("RESTORE").strip(), "fetched", "compared");
  }

  @Test
  void followingEndsWithThePod() {
    replies.put(PODS, new Reply(200, POD.replace("@PHASE@", "Succeeded")));
    replies.put(log("fetch", "&follow=true"), new Reply(200, "fetched\n"));
    replies.put(log("compare", "&follow=true"), new Reply(200, "compared\n"));

    assertThat(printed("run-1", Following.UNTIL_THE_END)).containsExactly("fetched", "compared");
  }

  @Test
  void ofAPolicyTheNewestJobIsTaken() {
    replies.put(
        "/apis/salvor.dev/v1alpha1/namespaces/shop/backuppolicies/shop-db",
        new Reply(200, "{\"metadata\": {\"name\": \"shop-db\", \"uid\": \"u\"}}"));
    replies.put(
        "/apis/batch/v1/namespaces/shop/jobs?labelSelector=salvor.dev%2Fpolicy%3Du",
        new Reply(
            200,
            """
            {"items": [
              {"metadata": {"name": "run-0", "creationTimestamp": "2026-11-22T17:00:00Z"}},
              {"metadata": {"name": "run-1", "creationTimestamp": "2026-11-22T18:00:00Z"}}]}
            """));

    assertThat(printed("shop-db", Following.NOTHING_MORE)).contains("compared");
  }

  @Test
  void aJobWithoutAPodSaysThatItWaits() {
    replies.put(PODS, new Reply(200, "{\"items\": []}"));
    replies.put(
        "/apis/batch/v1/namespaces/shop/jobs/run-1",
        new Reply(200, "{\"metadata\": {\"name\": \"run-1\"}}"));

    assertThatThrownBy(() -> printed("run-1", Following.NOTHING_MORE))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("its Job has no pod");
  }

  @Test
  void theNewestProgressIsThatOfTheContainerThatWorksNow() {
    replies.put(
        log("compare", "&tailLines=20"),
        new Reply(200, PROGRESS.formatted("RESTORE") + PROGRESS.formatted("COMPARE") + "text\n"));

    assertThat(pending().progress("run-1").orElseThrow().step()).isEqualTo(Step.COMPARE);
  }

  /** And is not asked for again: each refusal would stand in the audit log. */
  @Test
  void whoMayNotReadLogsWaitsWithoutProgress() {
    replies.put(PODS, status(403));
    var pending = pending();

    assertThat(pending.progress("run-1")).isEmpty();
    assertThat(pending.progress("run-1")).isEmpty();
    assertThat(asked).filteredOn(PODS::equals).hasSize(1);
  }

  @Test
  void anApiServerThatIsAwayForAMomentIsWaitedFor() {
    replies.put("/apis/salvor.dev/v1alpha1/namespaces/shop/backuprequests/now", status(503));
    var pending = pending();
    assertThat(pending.look()).isEmpty();

    replies.put(
        "/apis/salvor.dev/v1alpha1/namespaces/shop/backuprequests/now",
        new Reply(200, "{\"metadata\": {\"name\": \"now\"}}"));
    assertThat(pending.look()).isPresent();
  }

  private List<String> printed(String name, Following following) {
    var lines = new ArrayList<String>();
    new ClusterResources(api, new Clusters.OfContext()).log(name, following, lines::add);
    return lines;
  }

  private ClusterPending pending() {
    return new ClusterPending(
        api, Call.get(Call.SALVOR, "backuprequests", "shop", "now"), new PodLogs(api, "shop"));
  }

  private static String log(String container, String more) {
    return "/api/v1/namespaces/shop/pods/run-1-x/log?container=" + container + more;
  }

  private static Reply status(int code) {
    return new Reply(
        code,
        "{\"kind\": \"Status\", \"apiVersion\": \"v1\", \"code\": "
            + code
            + ", \"message\": \"no\"}");
  }

  private void reply(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().toString();
    asked.add(path);
    var reply = replies.getOrDefault(path, missing(path));
    var body = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.code(), body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** What an API server says of an object that is not there, or an empty collection. */
  private static Reply missing(String path) {
    if (path.contains("labelSelector")) {
      return new Reply(200, "{\"items\": []}");
    }
    var name = path.substring(path.lastIndexOf('/') + 1);
    return new Reply(
        404,
        "{\"kind\": \"Status\", \"apiVersion\": \"v1\", \"code\": 404, \"message\": \"not found\","
            + " \"details\": {\"name\": \""
            + name
            + "\"}}");
  }
}
