package dev.salvor.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;

/**
 * Stands between a host and its Docker, and keeps a request or its answer back, so that whoever is
 * killed meanwhile is killed in the middle of it. What was kept back is never passed on.
 */
public final class DockerGate implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern REQUEST = Pattern.compile("^([A-Z]+ [^ ]+) HTTP/1\\.1\r\n");

  private final Path socket;
  private final DockerDaemon daemon;
  private final ServerSocketChannel server;
  private final List<Gate> gates = new CopyOnWriteArrayList<>();

  private DockerGate(Path socket, DockerDaemon daemon) throws IOException {
    this.socket = socket;
    this.daemon = daemon;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
  }

  /** Passes everything on, until told otherwise. */
  public static DockerGate before(DockerDaemon daemon, Path socket) {
    try {
      var gate = new DockerGate(socket, daemon);
      Thread.ofVirtual().start(gate::serve);
      return gate;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is kept back. */
  public enum Side {
    /** Docker never heard of it. */
    REQUEST,
    /** Docker did it, and nobody was told. */
    ANSWER
  }

  /** One request that is not answered. */
  public static final class Gate {
    private final Pattern request;
    private final Side side;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);

    private Gate(String request, Side side) {
      this.request = Pattern.compile(request);
      this.side = side;
    }

    /** Waits until somebody stands before it. */
    public void awaitReached() {
      await().atMost(PATIENCE).until(this::isReached);
    }

    public boolean isReached() {
      return reached.getCount() == 0;
    }

    private void hold() {
      reached.countDown();
      try {
        opened.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Keeps back what is asked by method and path. */
  public Gate shut(String request, Side side) {
    var gate = new Gate(request, side);
    gates.add(gate);
    return gate;
  }

  /** Whoever waits finds the connection closed, and what is asked from now on is passed on. */
  public void openAll() {
    gates.forEach(gate -> gate.opened.countDown());
    gates.clear();
  }

  /** As DOCKER_HOST names it. */
  public String address() {
    return "unix://" + socket;
  }

  private void serve() {
    try {
      while (true) {
        var client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      // It is over.
    }
  }

  private void serve(SocketChannel client) {
    try (client;
        var docker = SocketChannel.open(daemon.socket())) {
      var connection = new Connection(client, docker);
      Thread.ofVirtual().start(connection::answer);
      connection.ask();
    } catch (IOException gone) {
      // One of both is gone, and the other sees that.
    }
  }

  private final class Connection {
    private final SocketChannel client;
    private final SocketChannel docker;
    private volatile Optional<Gate> shut = Optional.empty();

    Connection(SocketChannel client, SocketChannel docker) {
      this.client = client;
      this.docker = docker;
    }

    void ask() throws IOException {
      var bytes = ByteBuffer.allocate(1 << 16);
      while (client.read(bytes.clear()) >= 0) {
        var gate = gate(bytes.flip());
        if (gate.isPresent() && gate.get().side == Side.REQUEST) {
          gate.get().hold();
          return;
        }
        shut = shut.or(() -> gate);
        write(bytes, docker);
      }
    }

    void answer() {
      var bytes = ByteBuffer.allocate(1 << 16);
      try (client;
          docker) {
        while (docker.read(bytes.clear()) >= 0) {
          if (shut.isPresent()) {
            shut.get().hold();
            return;
          }
          write(bytes.flip(), client);
        }
      } catch (IOException gone) {
        // Closed here, it is seen there.
      }
    }
  }

  /** A client asks its next question when the last is answered: each begins a read. */
  private Optional<Gate> gate(ByteBuffer bytes) {
    var text = StandardCharsets.ISO_8859_1.decode(bytes.duplicate());
    var asked = REQUEST.matcher(text);
    return asked.find()
        ? gates.stream().filter(gate -> gate.request.matcher(asked.group(1)).find()).findFirst()
        : Optional.empty();
  }

  private static void write(ByteBuffer bytes, SocketChannel to) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    openAll();
    server.close();
  }
}
