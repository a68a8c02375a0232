package dev.salvor.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Stands before an S3 server, writes down what it is asked for, and answers otherwise where it is
 * told to. One request for each connection: an answer ends where the server ends it.
 */
public final class S3Front implements AutoCloseable {
  /** What is made of an answer. */
  @FunctionalInterface
  public interface Lie {
    /**
     * The answer that is given.
     *
     * @param request its line without the protocol, decoded: {@code GET /bucket/key?query}
     * @param answer of the server, head and body
     */
    byte[] instead(String request, byte[] answer) throws InterruptedException;
  }

  private final ServerSocket listening;
  private final URI server;
  private final List<String> asked = new ArrayList<>();
  private volatile @Nullable Dripping dripping;
  private volatile Lie lie = (request, answer) -> answer;

  public S3Front(S3Server server) {
    try {
      this.server = URI.create(server.endpoint());
      this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("s3-front").start(this::listen);
  }

  public String endpoint() {
    return "http://127.0.0.1:" + listening.getLocalPort();
  }

  /** From now on; what was asked for before is forgotten. */
  public synchronized void lie(Lie next) {
    asked.clear();
    dripping = null;
    lie = next;
  }

  /**
   * From now on what is answered comes byte by byte.
   *
   * @param after the part of it that comes at once, to the end of this
   */
  public synchronized void drip(String after, Duration pause) {
    lie((request, answer) -> answer);
    dripping = new Dripping(after, pause);
  }

  private record Dripping(String after, Duration pause) {
    void give(byte[] answer, OutputStream to) throws IOException, InterruptedException {
      var text = new String(answer, StandardCharsets.ISO_8859_1);
      var at = text.indexOf(after) + after.length();
      to.write(answer, 0, at);
      for (; at < answer.length; at++) {
        to.write(answer[at]);
        to.flush();
        Thread.sleep(pause);
      }
    }
  }

  /** What was asked for and begins so, since the last lie. */
  public synchronized List<String> asked(String beginning) {
    return asked.stream().filter(each -> each.startsWith(beginning)).toList();
  }

  /** An answer that the server did not give. */
  public static byte[] answer(String status, String body) {
    return "HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        .formatted(status, body.length(), body)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** The same answer with another head. */
  public static byte[] retold(byte[] answer, UnaryOperator<String> head) {
    var text = new String(answer, StandardCharsets.ISO_8859_1);
    var end = text.indexOf("\r\n\r\n");
    return (head.apply(text.substring(0, end)) + text.substring(end))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The same answer with another body. */
  public static byte[] altered(byte[] answer, UnaryOperator<String> body) {
    var text = new String(answer, StandardCharsets.UTF_8);
    var end = text.indexOf("\r\n\r\n");
    var other = body.apply(text.substring(end + 4)).getBytes(StandardCharsets.UTF_8);
    var head =
        text.substring(0, end)
            .replaceFirst("(?i)content-length: *[0-9]+", "Content-Length: " + other.length);
    var altered = new ByteArrayOutputStream();
    altered.writeBytes((head + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    altered.writeBytes(other);
    return altered.toByteArray();
  }

  private void listen() {
    while (!listening.isClosed()) {
      try {
        var client = listening.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        var upstream = new Socket(server.getHost(), server.getPort())) {
      var input = client.getInputStream();
      var head = head(input);
      if (head.isEmpty()) {
        return;
      }
      var lines = head.lines().filter(line -> !line.isEmpty()).toList();
      var request =
          URLDecoder.decode(
              lines.getFirst().replace("+", "%2B").replaceFirst(" HTTP/1.1$", ""),
              StandardCharsets.UTF_8);
      synchronized (this) {
        asked.add(request);
      }
      var length = 0;
      var passed = new StringBuilder();
      for (var line : lines) {
        var name = line.toLowerCase(Locale.ROOT);
        if (name.startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
        }
        if (name.startsWith("expect:")) {
          client
              .getOutputStream()
              .write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } else if (!name.startsWith("connection:")) {
          passed.append(line).append("\r\n");
        }
      }
      passed.append("Connection: close\r\n\r\n");
      upstream.getOutputStream().write(passed.toString().getBytes(StandardCharsets.ISO_8859_1));
      upstream.getOutputStream().write(input.readNBytes(length));
      var answer = upstream.getInputStream().readAllBytes();
      var told = lie.instead(request, answer);
      var drops = dripping;
      if (drops == null) {
        client.getOutputStream().write(told);
      } else {
        drops.give(told, client.getOutputStream());
      }
    } catch (IOException | InterruptedException gone) {
      // The client or the server is over.
    }
  }

  private static String head(InputStream input) throws IOException {
    var head = new ByteArrayOutputStream();
    for (var each = input.read(); each >= 0; each = input.read()) {
      head.write(each);
      var text = head.toString(StandardCharsets.ISO_8859_1);
      if (text.endsWith("\r\n\r\n")) {
        return text;
      }
    }
    return "";
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
