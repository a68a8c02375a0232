package dev.salvor.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.salvor.operator.OperatorHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Health and metrics of an operator: {@code /healthz} (restart it?), {@code /readyz} (count on it?)
 * and {@code /metrics}. Nothing can be changed through it, and it shows no data.
 */
public final class OperatorServer implements AutoCloseable {
  private static final String TEXT = "text/plain; charset=utf-8";

  /** What Prometheus asks for. */
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Serves from now on.
   *
   * @param port 0: any that is free
   * @throws UncheckedIOException if the port cannot be had
   */
  public OperatorServer(int port, OperatorHost host) {
    try {
      server = HttpServer.create(new InetSocketAddress(port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on port " + port, e);
    }
    server.setExecutor(threads);
    serve("/healthz", () -> state(host.isAlive()));
    serve("/readyz", () -> state(host.isReady()));
    serve("/metrics", () -> new Page(HttpURLConnection.HTTP_OK, METRICS, host.metrics()));
    server.start();
  }

  private record Page(int code, String type, String text) {}

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }

  private static Page state(boolean good) {
    return good
        ? new Page(HttpURLConnection.HTTP_OK, TEXT, "ok\n")
        : new Page(HttpURLConnection.HTTP_UNAVAILABLE, TEXT, "no\n");
  }

  private void serve(String path, Supplier<Page> page) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            answer(exchange, path, page);
          }
        });
  }

  private static void answer(HttpExchange exchange, String path, Supplier<Page> page)
      throws IOException {
    if (!exchange.getRequestURI().getPath().equals(path)) {
      exchange.sendResponseHeaders(HttpURLConnection.HTTP_NOT_FOUND, -1);
      return;
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      exchange.sendResponseHeaders(HttpURLConnection.HTTP_BAD_METHOD, -1);
      return;
    }
    var found = page.get();
    var bytes = found.text().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", found.type());
    exchange.sendResponseHeaders(found.code(), bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
