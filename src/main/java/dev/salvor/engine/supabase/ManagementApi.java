package dev.salvor.engine.supabase;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what Supabase's Management API tells of one project, and changes it where that is asked
 * for; either may be repeated. Its token goes to the one endpoint: no redirect is followed, and
 * nothing but this machine is reached without TLS. What the API refuses is an answer and no
 * exception: whoever asks goes on.
 */
public final class ManagementApi implements AutoCloseable {
  /** Configurations are some kilobytes. */
  private static final int LARGEST_DOCUMENT = 1 << 20;

  /** The platform takes bundles of up to 20 MB. */
  private static final int LARGEST_FUNCTION = 64 << 20;

  /** What a token must be allowed for Edge Functions. */
  private static final String FUNCTIONS = "edge_functions:read";

  private static final Duration LONGEST_ANSWER = Duration.ofMinutes(2);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
  private static final int ATTEMPTS = 5;

  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int TOO_MANY = 429;

  /**
   * By which it says that a plan or a setting lacks something: bad, to be paid, not found, not in
   * this form.
   */
  private static final List<Integer> NOT_THERE = List.of(400, 402, 404, 406, 422);

  private final HttpClient client;
  private final URI project;
  private final Token token;
  private final InstantSource clock;
  private final Instant until;
  private final Pause pause;

  /** By which one may ask. */
  public record Token(String text) {
    public Token {
      // The client would quote it in a message.
      if (!text.matches("[!-~]+")) {
        throw new EngineException(
            Reason.CREDENTIALS_MISSING, "the token of the Management API is no token");
      }
    }

    @Override
    public String toString() {
      return "token";
    }
  }

  /** Waits. */
  @FunctionalInterface
  public interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  /** What a question came to. */
  public sealed interface Answer<T> {
    /**
     * An answer.
     *
     * @param type as Content-Type says
     */
    record Told<T>(T what, String type) implements Answer<T> {}

    /** The project has no such thing. */
    record Absent<T>() implements Answer<T> {}

    /**
     * None, and why.
     *
     * @param why names the question, and never the token
     */
    record Refused<T>(String why) implements Answer<T> {}
  }

  /** One attempt that may be repeated. */
  private record Later(String why, Duration pause) {}

  /**
   * Of one project.
   *
   * @param until when all questions must be answered
   * @throws EngineException INVALID_SPEC where the token would go over a network in clear
   */
  public ManagementApi(
      String endpoint,
      String project,
      Token token,
      InstantSource clock,
      Instant until,
      Pause pause) {
    var place = URI.create(endpoint);
    var ofThisMachine = List.of("127.0.0.1", "localhost").contains(String.valueOf(place.getHost()));
    if (!"https".equals(place.getScheme())
        && !("http".equals(place.getScheme()) && ofThisMachine)) {
      throw new EngineException(
          Reason.INVALID_SPEC, "the Management API is asked by https alone, not at " + endpoint);
    }
    this.project = place.resolve("/v1/projects/" + project);
    this.token = token;
    this.clock = clock;
    this.until = until;
    this.pause = pause;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(20))
            .build();
  }

  /** One document: JSON, whole. */
  public Answer<byte[]> document(ManagementDocument document) {
    var answer = json(document.path(), document.right());
    return answer instanceof Answer.Absent<byte[]> && !document.mayLack()
        ? new Answer.Refused<>(
            question(document.path()) + " says that there is no such project, or nothing of it")
        : answer;
  }

  /** The list of Edge Functions. */
  public Answer<byte[]> functions() {
    var path = "/functions";
    var answer = json(path, FUNCTIONS);
    return answer instanceof Answer.Told<byte[]> told && !read(told.what()).orElseThrow().isArray()
        ? new Answer.Refused<>(question(path) + " has an answer that is no list")
        : answer;
  }

  /**
   * What a function is made of.
   *
   * @param accept the bundle, or its sources
   * @param target is written over
   */
  public Answer<Path> function(String slug, String accept, Path target) {
    var path = "/functions/" + slug + "/body";
    var answer = ask(path, FUNCTIONS, accept, whole(target));
    return answer instanceof Answer.Told<Path> && isEmpty(target)
        ? new Answer.Refused<>(question(path) + " has an empty answer")
        : answer;
  }

  /**
   * Sets fields of a document.
   *
   * @param fields JSON
   */
  public Answer<byte[]> change(ManagementDocument document, byte[] fields) {
    return written(
        new Question("PATCH", document.path(), document.right().replace(":read", ":write")),
        "application/json",
        fields);
  }

  /** Deploys an Edge Function anew. */
  public Answer<byte[]> deploy(String slug, FunctionSources.Deployment deployment) {
    return written(
        new Question("POST", "/functions/deploy?slug=" + slug, "edge_functions:write"),
        deployment.type(),
        deployment.bytes());
  }

  /** Absent: the API does not take it, of this plan or at all. */
  private Answer<byte[]> written(Question question, String type, byte[] body) {
    var request =
        builder(question.path())
            .header("Accept", "application/json")
            .header("Content-Type", type)
            .method(question.method(), BodyPublishers.ofByteArray(body))
            .build();
    return ask(question, request, limited(BodyHandlers.ofByteArray()));
  }

  private Answer<byte[]> json(String path, String right) {
    var answer = ask(path, right, "application/json", limited(BodyHandlers.ofByteArray()));
    return answer instanceof Answer.Told<byte[]> told && read(told.what()).isEmpty()
        ? new Answer.Refused<>(question(path) + " has an answer that is no JSON")
        : answer;
  }

  /** Parsed; empty where it is none. */
  public static Optional<JsonNode> read(byte[] json) {
    try {
      var tree = Json.mapper().readTree(json);
      return tree == null || tree.isMissingNode() ? Optional.empty() : Optional.of(tree);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static BodyHandler<byte[]> limited(BodyHandler<byte[]> handler) {
    return BodyHandlers.limiting(handler, LARGEST_DOCUMENT);
  }

  /** Of errors nothing is written. */
  private static BodyHandler<Path> whole(Path target) {
    return BodyHandlers.limiting(
        info ->
            info.statusCode() == OK
                ? BodySubscribers.ofFile(target, CREATE, WRITE, TRUNCATE_EXISTING)
                : BodySubscribers.replacing(target),
        LARGEST_FUNCTION);
  }

  private static boolean isEmpty(Path file) {
    try {
      return Files.size(file) == 0;
    } catch (IOException e) {
      return true;
    }
  }

  private <T> Answer<T> ask(String path, String right, String accept, BodyHandler<T> handler) {
    return ask(
        new Question("GET", path, right), builder(path).header("Accept", accept).build(), handler);
  }

  private HttpRequest.Builder builder(String path) {
    return HttpRequest.newBuilder(URI.create(project + path))
        .header("Authorization", "Bearer " + token.text());
  }

  /**
   * What is asked.
   *
   * @param right that a token must have
   */
  private record Question(String method, String path, String right) {
    /** For people. */
    String text() {
      return method + " " + (path.isEmpty() ? "the project" : path.replaceFirst("\\?.*", ""));
    }
  }

  private <T> Answer<T> ask(Question asked, HttpRequest request, BodyHandler<T> handler) {
    try {
      for (var attempt = 1; ; attempt++) {
        Later later;
        try {
          var response = send(request, handler);
          var status = response.statusCode();
          if (status != TOO_MANY && status < 500) {
            return judge(asked.text(), asked.right(), response);
          }
          later = new Later("answers " + status, pauseOf(response, attempt));
        } catch (IOException | TimeoutException e) {
          later = new Later("is not answered whole (" + nameOf(e) + ")", pauseOf(null, attempt));
        }
        if (attempt == ATTEMPTS || !clock.instant().plus(later.pause()).isBefore(until)) {
          return new Answer.Refused<>(asked.text() + " " + later.why());
        }
        pause.of(later.pause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the run was ended from outside", e);
    }
  }

  private static String nameOf(Exception e) {
    return e.getClass().getSimpleName();
  }

  /** A body may stop without an end: the time is for all of it. */
  private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException, TimeoutException {
    var left = Duration.between(clock.instant(), until);
    var wait = left.compareTo(LONGEST_ANSWER) < 0 ? left : LONGEST_ANSWER;
    var answer = client.sendAsync(request, handler);
    try {
      return answer.get(Math.max(wait.toMillis(), 1), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  /** By the header, in seconds, or twice as long each time. */
  private static Duration pauseOf(@Nullable HttpResponse<?> response, int attempt) {
    var asked =
        response == null
            ? Optional.<String>empty()
            : response.headers().firstValue("Retry-After").filter(it -> it.matches("[0-9]{1,6}"));
    return asked
        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
        .orElse(FIRST_PAUSE.multipliedBy(1L << (attempt - 1)));
  }

  private static <T> Answer<T> judge(String question, String right, HttpResponse<T> response) {
    var status = response.statusCode();
    if (status == OK || status == CREATED) {
      return response.headers().allValues("Link").stream().anyMatch(it -> it.contains("\"next\""))
          ? new Answer.Refused<>(question + " has more pages than are read")
          : new Answer.Told<>(
              response.body(), response.headers().firstValue("Content-Type").orElse(""));
    }
    if (NOT_THERE.contains(status)) {
      return new Answer.Absent<>();
    }
    return new Answer.Refused<>(
        question
            + switch (status) {
              case UNAUTHORIZED -> " says that the token is none, or is no longer (401)";
              case FORBIDDEN -> " says that the token lacks the right " + right + " (403)";
              default ->
                  status / 100 == 3
                      ? " leads elsewhere (" + status + "), where no token is sent"
                      : " answers " + status;
            });
  }

  private static String question(String path) {
    return new Question("GET", path, "").text();
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
