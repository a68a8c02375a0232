package dev.salvor.cli.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An API server as JSON: unknown fields and kinds of any version pass through. Every failure is one
 * that a person can read.
 */
public final class ClusterApi implements AutoCloseable {
  private final KubernetesClient client;
  private final ClusterPlace place;

  ClusterApi(KubernetesClient client, ClusterPlace place) {
    this.client = client;
    this.place = place;
  }

  public ClusterPlace place() {
    return place;
  }

  /** What is there, a collection or an object. */
  public JsonNode get(Call call) {
    return json(send(call, null));
  }

  /** The object, if it is there. */
  public Optional<JsonNode> find(Call call) {
    try {
      return Optional.of(json(client.raw(call.path(), "GET", null)));
    } catch (KubernetesClientException e) {
      var failure = failure(e);
      if (failure.isMissing(call)) {
        return Optional.empty();
      }
      throw failure.explain(call, place);
    }
  }

  public JsonNode create(Call call, ObjectNode object) {
    return json(send(call, object.toString()));
  }

  /** Hands over each line as it comes, until the server has no more. */
  void lines(Call call, Consumer<String> lines) {
    var request =
        client
            .getHttpClient()
            .newHttpRequestBuilder()
            .forStreaming()
            .timeout(0, TimeUnit.SECONDS)
            .uri(place.server().replaceAll("/$", "") + call.path())
            .build();
    HttpResponse<InputStream> response;
    try {
      response = client.getHttpClient().sendAsync(request, InputStream.class).join();
    } catch (CompletionException e) {
      throw unreachable(root(e)).explain(call, place);
    }
    try (var body =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      if (!response.isSuccessful()) {
        throw failure(response.code(), body.readAllAsString()).explain(call, place);
      }
      for (var line = body.readLine(); line != null; line = body.readLine()) {
        lines.accept(line);
      }
    } catch (IOException e) {
      throw unreachable(e).explain(call, place);
    }
  }

  @Override
  public void close() {
    client.close();
  }

  private String send(Call call, @Nullable String body) {
    try {
      return client.raw(call.path(), body == null ? "GET" : "POST", body);
    } catch (KubernetesClientException e) {
      throw failure(e).explain(call, place);
    }
  }

  private static JsonNode json(String text) {
    try {
      return Json.mapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new CommandFailed(
          Exit.UNAVAILABLE, "what answers is no API server: it sent no JSON. Check the context");
    }
  }

  private static ClusterFailure failure(KubernetesClientException e) {
    var status = e.getStatus();
    // The client says 0 or -1 where nothing came back.
    if (e.getCode() <= 0) {
      return unreachable(root(e));
    }
    var details = status == null ? null : status.getDetails();
    var message = status == null ? null : status.getMessage();
    return new ClusterFailure(
        e.getCode(),
        Objects.requireNonNullElse(message, String.valueOf(e.getMessage())),
        details == null ? null : details.getName());
  }

  /** Of an answer that was asked for as a stream: a Status, or the text of a proxy. */
  private static ClusterFailure failure(int code, String body) {
    try {
      var status = Json.mapper().readTree(body);
      return new ClusterFailure(
          code, status.path("message").asText(body), status.at("/details/name").asText(null));
    } catch (JsonProcessingException noStatus) {
      return new ClusterFailure(code, body, null);
    }
  }

  private static ClusterFailure unreachable(Throwable cause) {
    var name = cause.getClass().getSimpleName();
    return new ClusterFailure(
        0, cause.getMessage() == null ? name : name + ": " + cause.getMessage(), null);
  }

  private static Throwable root(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
