package dev.salvor.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.salvor.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;

/**
 * Supabase's Management API, as far as one project is read by it: shapes as its specification has
 * them, and whatever a test wants instead.
 */
public final class ManagementStub implements AutoCloseable {
  /** A bundle and its source, by the slug of a function. */
  private static final String BUNDLE = "ESZIP2.2 bundle of ";

  private static final String BOUNDARY = "----formdata-undici-012345678901";

  private static final Map<String, String> RECORDED =
      Map.ofEntries(
          Map.entry("", "{\"id\": \"1\", \"name\": \"shop\", \"region\": \"eu-central-1\"}"),
          Map.entry(
              "/config/auth", "{\"site_url\": \"https://shop.example\", \"smtp_pass\": \"sha\"}"),
          Map.entry(
              "/config/auth/signing-keys",
              "{\"keys\": [{\"id\": \"k\", \"algorithm\": \"ES256\"}]}"),
          Map.entry("/config/auth/third-party-auth", "[]"),
          Map.entry("/postgrest", "{\"db_schema\": \"public\", \"max_rows\": 1000}"),
          Map.entry("/config/database/postgres", "{\"max_connections\": 60}"),
          Map.entry("/config/database/pooler", "[{\"default_pool_size\": 15}]"),
          Map.entry("/config/storage", "{\"fileSizeLimit\": 52428800}"),
          Map.entry("/storage/buckets", "[{\"id\": \"avatars\", \"public\": true}]"),
          Map.entry("/config/realtime", "{\"max_concurrent_users\": 200}"),
          Map.entry("/network-restrictions", "{\"entitlement\": \"allowed\"}"),
          Map.entry("/ssl-enforcement", "{\"currentConfig\": {\"database\": true}}"),
          Map.entry(
              "/secrets",
              "[{\"name\": \"STRIPE_KEY\", \"value\": \"digest\"},"
                  + " {\"name\": \"SUPABASE_URL\", \"value\": \"digest\"}]"),
          Map.entry("/api-keys", "[{\"name\": \"anon\", \"api_key\": \"an-api-key\"}]"),
          Map.entry("/branches", "[]"),
          Map.entry(
              "/database/backups",
              "{\"region\": \"eu\", \"pitr_enabled\": false, \"walg_enabled\": true, \"backups\":"
                  + " [{\"status\": \"COMPLETED\", \"inserted_at\": \"2026-11-20T03:00:00Z\"},"
                  + " {\"status\": \"FAILED\", \"inserted_at\": \"2026-11-21T03:00:00Z\"}]}"),
          Map.entry(
              "/functions",
              "[{\"slug\": \"hello\", \"version\": 3, \"updated_at\": 1, \"verify_jwt\": true},"
                  + " {\"slug\": \"pay\", \"version\": 1, \"updated_at\": 2}]"));

  private final HttpServer server;
  private final String project;
  private final String token;
  private final Map<String, Deque<Reply>> scripted = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final Map<String, String> documents = new HashMap<>(RECORDED);
  private final Map<String, Deployed> deployed = new TreeMap<>();

  /** One that was deployed here: what was said of it, and the message that it came in. */
  private record Deployed(ObjectNode about, String type, String message) {}

  /**
   * An answer.
   *
   * @param length that is said; the body may be shorter
   */
  public record Reply(int status, Map<String, String> headers, String body, long length) {
    public static Reply of(int status) {
      return new Reply(status, Map.of("Retry-After", "0"), "", -1);
    }

    public static Reply of(int status, String header, String value) {
      return new Reply(status, Map.of(header, value), "", -1);
    }

    public static Reply body(String text) {
      return new Reply(200, Map.of(), text, text.getBytes(StandardCharsets.UTF_8).length);
    }

    public Reply with(String header, String value) {
      return new Reply(status, Map.of(header, value), body, length);
    }

    /** The connection ends before all of it was sent. */
    public Reply cutOff() {
      return new Reply(status, headers, body, length + 1000);
    }
  }

  private ManagementStub(HttpServer server, String project, String token) {
    this.server = server;
    this.project = project;
    this.token = token;
  }

  /** On this machine, without TLS. */
  public static ManagementStub start(String project, String token) {
    try {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      var stub = new ManagementStub(server, project, token);
      server.createContext("/", stub::answer);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      return stub;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** A project that nobody has used: without functions, and with settings as they are at first. */
  public static ManagementStub startNew(String project, String token) {
    var stub = start(project, token);
    stub.makeNew();
    return stub;
  }

  /** As it was when it was made. */
  public synchronized void makeNew() {
    forget();
    deployed.clear();
    documents.putAll(RECORDED);
    documents.put("/functions", "[]");
    documents.put(
        "/config/auth",
        "{\"site_url\": \"http://localhost:3000\", \"smtp_pass\": null, \"jwt_exp\": 3600}");
    documents.put("/postgrest", "{\"db_schema\": \"public\", \"max_rows\": 500}");
  }

  /** What is set now. */
  public synchronized String document(String path) {
    return documents.getOrDefault(path, "");
  }

  /** Removes a function, or what was said of it. */
  public synchronized void remove(String slug) {
    deployed.remove(slug);
  }

  /** From now on, in this order; the last one again and again. */
  public synchronized void answer(String path, Reply... replies) {
    scripted.put(path, new ArrayDeque<>(List.of(replies)));
  }

  /** As it was recorded. */
  public synchronized void forget() {
    scripted.clear();
    asked.clear();
  }

  /** How often. */
  public synchronized long asked(String path) {
    return asked.stream().filter(path::equals).count();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var reply = reply(exchange);
      reply.headers().forEach(exchange.getResponseHeaders()::add);
      exchange.sendResponseHeaders(reply.status(), reply.length() == 0 ? -1 : reply.length());
      if (reply.length() > 0) {
        exchange.getResponseBody().write(reply.body().getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private synchronized Reply reply(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath().replaceFirst("^/v1/projects/" + project, "");
    var method = exchange.getRequestMethod();
    asked.add(method.equals("GET") ? path : method + " " + path);
    if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      return Reply.of(401);
    }
    var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
    var script = scripted.get(method.equals("GET") ? path : method + " " + path);
    if (script != null) {
      return script.size() > 1 ? script.removeFirst() : script.getFirst();
    }
    if (method.equals("PATCH")) {
      return change(path, body);
    }
    if (method.equals("POST")) {
      return deploy(exchange, body);
    }
    var slug = path.replaceFirst("^/functions/([a-z]+)/body$", "$1");
    var own = deployed.get(slug);
    if (own != null) {
      return Reply.body(own.message()).with("Content-Type", own.type());
    }
    if (path.equals("/functions") && !deployed.isEmpty()) {
      return Reply.body(deployed.values().stream().map(Deployed::about).toList().toString());
    }
    if (path.matches("/functions/[a-z]+/body")) {
      return function(
          path.replaceFirst("^/functions/([a-z]+)/body$", "$1"),
          exchange.getRequestHeaders().getFirst("Accept"));
    }
    var recorded = documents.get(path);
    return recorded == null ? Reply.of(404) : Reply.body(recorded);
  }

  /** What it knows is set, and what it does not know is refused, all of it. */
  private Reply change(String path, String body) throws IOException {
    var document = (ObjectNode) Json.mapper().readTree(documents.getOrDefault(path, "{}"));
    var fields = Json.mapper().readTree(body);
    if (fields.properties().stream().anyMatch(field -> !document.has(field.getKey()))) {
      return Reply.of(400);
    }
    fields.properties().forEach(field -> document.set(field.getKey(), field.getValue()));
    documents.put(path, document.toString());
    return Reply.body(document.toString());
  }

  private Reply deploy(HttpExchange exchange, String body) throws IOException {
    var type = exchange.getRequestHeaders().getFirst("Content-Type");
    var about = (ObjectNode) Json.mapper().readTree(body.replaceFirst("(?s).*?\r\n\r\n", ""));
    if (!about.hasNonNull("entrypoint_path")) {
      return Reply.of(400);
    }
    about.put("slug", exchange.getRequestURI().getQuery().replaceFirst("slug=", ""));
    about.put("version", 1);
    deployed.put(about.path("slug").asText(), new Deployed(about, type, body));
    return new Reply(201, Map.of(), about.toString(), about.toString().length());
  }

  private static Reply function(String slug, String accept) {
    return accept.equals("multipart/form-data")
        ? Reply.body(
                "--%1$s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"index.ts\"\r\n\r\nDeno.serve(%2$s)\r\n--%1$s--\r\n"
                    .formatted(BOUNDARY, slug))
            .with("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
        : Reply.body(BUNDLE + slug);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
