package dev.salvor.operator;

import dev.salvor.api.Json;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Plays an API server that has a pod, and upgrades a command's connection when it is told to. */
final class LateServer implements AutoCloseable {
  static final Pod POD =
      new PodBuilder()
          .withNewMetadata()
          .withNamespace("default")
          .withName("web-0")
          .withUid("one")
          .endMetadata()
          .withNewSpec()
          .addNewContainer()
          .withName("main")
          .endContainer()
          .endSpec()
          .build();

  /** Of RFC 6455. */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final int PATIENCE_MILLISECONDS = 10_000;

  private final ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
  private final CompletableFuture<Upgrade> upgrade = new CompletableFuture<>();

  private record Upgrade(Socket connection, String key) {}

  LateServer() throws IOException {
    Thread.ofVirtual().start(this::serve);
  }

  int port() {
    return socket.getLocalPort();
  }

  /** Only now. */
  void open() throws Exception {
    var asked = upgrade.join();
    var accept =
        MessageDigest.getInstance("SHA-1")
            .digest((asked.key() + GUID).getBytes(StandardCharsets.US_ASCII));
    try {
      write(
          asked.connection(),
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: "
              + Base64.getEncoder().encodeToString(accept)
              + "\r\n\r\n");
    } catch (SocketException closed) {
      // Before it opened.
    }
  }

  /** Whether the other side ends what was opened. */
  boolean isClosed() throws IOException {
    var connection = upgrade.join().connection();
    connection.setSoTimeout(PATIENCE_MILLISECONDS);
    try {
      var read = connection.getInputStream().read();
      // The end, or a frame that says so: FIN and opcode 8.
      return read == -1 || read == 0x88;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void serve() {
    try {
      while (true) {
        var connection = socket.accept();
        Thread.ofVirtual().start(() -> answer(connection));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void answer(Socket connection) {
    try {
      var input =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
      while (input.readLine() != null) {
        var headers = headers(input);
        var key = headers.get("sec-websocket-key");
        if (key != null) {
          upgrade.complete(new Upgrade(connection, key));
          return;
        }
        var pod = Json.mapper().writeValueAsString(POD);
        write(
            connection,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + pod.getBytes(StandardCharsets.UTF_8).length
                + "\r\n\r\n"
                + pod);
      }
    } catch (IOException closed) {
      // By the client.
    }
  }

  private static Map<String, String> headers(BufferedReader input) throws IOException {
    var headers = new HashMap<String, String>();
    for (var line = input.readLine(); line != null && !line.isEmpty(); line = input.readLine()) {
      var colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return headers;
  }

  private static void write(Socket connection, String text) throws IOException {
    connection.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    connection.getOutputStream().flush();
  }
}
