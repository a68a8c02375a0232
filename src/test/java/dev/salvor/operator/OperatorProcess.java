package dev.salvor.operator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code salvor operator} as a process of its own, with the variables that the chart sets. */
final class OperatorProcess implements AutoCloseable {
  private static final Duration LONGEST_START = Duration.ofMinutes(1);
  private static final Duration LONGEST_END = Duration.ofSeconds(30);
  private static final int POLL_MILLISECONDS = 20;
  private static final int KIBIBYTES = 1024;

  private final Process process;
  private final Duration start;

  /**
   * Starts it, and returns when it says that it is ready.
   *
   * @param program what comes before {@code operator}
   * @param folder for the kubeconfig and the log, which is added to
   */
  OperatorProcess(List<String> program, String kubeconfig, Path folder)
      throws IOException, InterruptedException {
    var port = freePort();
    var builder =
        new ProcessBuilder(new ArrayList<>(program))
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("operator.log").toFile()));
    builder.command().add("operator");
    builder
        .environment()
        .putAll(
            Map.of(
                "KUBECONFIG",
                Files.writeString(folder.resolve("kubeconfig"), kubeconfig).toString(),
                "SALVOR_IMAGE",
                "salvor:bench",
                "SALVOR_LEADER_ELECTION",
                "off",
                "SALVOR_METRICS_PORT",
                Integer.toString(port)));
    var begun = Instant.now();
    process = builder.start();
    try {
      awaitReady(port, begun.plus(LONGEST_START));
    } catch (IllegalStateException e) {
      close();
      throw e;
    }
    start = Duration.between(begun, Instant.now());
  }

  /** From the start of the process until {@code /readyz} said so. */
  Duration start() {
    return start;
  }

  /** Memory that is resident now, in bytes. */
  long residentBytes() {
    return status("VmRSS");
  }

  /** The most that was ever resident, in bytes. */
  long mostResidentBytes() {
    return status("VmHWM");
  }

  @Override
  public void close() {
    process.destroy();
    process
        .onExit()
        .completeOnTimeout(process, LONGEST_END.toSeconds(), TimeUnit.SECONDS)
        .join()
        .destroyForcibly();
  }

  /** A field of proc_pid_status(5), which are in KiB. */
  private long status(String field) {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith(field + ":"))
          .map(line -> line.replaceAll("[^0-9]", ""))
          .mapToLong(Long::parseLong)
          .map(kibibytes -> kibibytes * KIBIBYTES)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("the operator has ended", e);
    }
  }

  private void awaitReady(int port, Instant until) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz")).build();
    try (var http = HttpClient.newHttpClient()) {
      while (!isReady(http, request)) {
        if (!process.isAlive() || Instant.now().isAfter(until)) {
          throw new IllegalStateException("the operator does not get ready; see its log");
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLISECONDS);
      }
    }
  }

  private static boolean isReady(HttpClient http, HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (ConnectException notYet) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
