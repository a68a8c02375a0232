package dev.salvor.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What PgBouncer does with pool_mode = transaction: a session of the server belongs to a client
 * only from the begin to the end of a transaction, and the one that was given back last is handed
 * out first. Speaks just enough of the protocol: no TLS, no COPY, no cancel.
 */
public final class TransactionPooler implements AutoCloseable {
  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;

  private final PostgresServer server;
  private final ServerSocket listener;
  private final ConcurrentLinkedDeque<Backend> idle = new ConcurrentLinkedDeque<>();
  private final List<Backend> all = new CopyOnWriteArrayList<>();
  private final List<String> statements = new CopyOnWriteArrayList<>();

  private static final class Message {
    private final byte type;
    private final byte[] body;

    Message(int type, byte[] body) {
      this.type = (byte) type;
      this.body = body;
    }

    static Message read(DataInputStream in) throws IOException {
      var type = in.readByte();
      return new Message(type, in.readNBytes(in.readInt() - 4));
    }

    void write(DataOutputStream out) throws IOException {
      out.writeByte(type);
      out.writeInt(body.length + 4);
      out.write(body);
    }
  }

  private record Backend(SocketChannel channel, DataInputStream in, DataOutputStream out) {}

  private TransactionPooler(PostgresServer server, ServerSocket listener) {
    this.server = server;
    this.listener = listener;
  }

  /** A pooler on a port of its own. */
  public static TransactionPooler before(PostgresServer server) {
    try {
      var pooler =
          new TransactionPooler(server, new ServerSocket(0, 10, InetAddress.getLoopbackAddress()));
      Thread.ofVirtual().start(pooler::accept);
      return pooler;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Everything that clients sent to be parsed or carried out. */
  public List<String> statements() {
    return List.copyOf(statements);
  }

  private void accept() {
    try {
      while (!listener.isClosed()) {
        var client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void serve(Socket client) {
    try (client) {
      var in = new DataInputStream(client.getInputStream());
      var out = new DataOutputStream(client.getOutputStream());
      greet(in, out);
      Backend backend = null;
      while (true) {
        var message = Message.read(in);
        if (message.type == 'X') {
          return;
        }
        if (message.type == 'Q' || message.type == 'P') {
          statements.add(new String(message.body, StandardCharsets.UTF_8));
        }
        if (backend == null) {
          backend = take();
        }
        message.write(backend.out());
        backend.out().flush();
        if ((message.type == 'Q' || message.type == 'S') && answer(backend, out)) {
          idle.push(backend);
          backend = null;
        }
      }
    } catch (IOException gone) {
      return;
    }
  }

  private static void greet(DataInputStream in, DataOutputStream out) throws IOException {
    while (true) {
      var body = new byte[in.readInt() - 4];
      in.readFully(body);
      var code = java.nio.ByteBuffer.wrap(body).getInt();
      if (code != SSL_REQUEST && code != GSS_REQUEST) {
        break;
      }
      out.writeByte('N');
    }
    new Message('R', new byte[4]).write(out);
    for (var parameter :
        List.of(
            "server_version\00017.0\000",
            "client_encoding\000UTF8\000",
            "DateStyle\000ISO, MDY\000",
            "TimeZone\000UTC\000",
            "integer_datetimes\000on\000",
            "standard_conforming_strings\000on\000")) {
      new Message('S', parameter.getBytes(StandardCharsets.UTF_8)).write(out);
    }
    new Message('K', new byte[8]).write(out);
    new Message('Z', new byte[] {'I'}).write(out);
    out.flush();
  }

  /** Passes on until the server is ready; true where no transaction is open then. */
  private static boolean answer(Backend backend, DataOutputStream out) throws IOException {
    while (true) {
      var message = Message.read(backend.in());
      message.write(out);
      if (message.type == 'Z') {
        out.flush();
        return message.body[0] == 'I';
      }
    }
  }

  private Backend take() throws IOException {
    var free = idle.poll();
    if (free != null) {
      return free;
    }
    var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(
        UnixDomainSocketAddress.of(server.socketDirectory().resolve(".s.PGSQL." + server.port())));
    var backend =
        new Backend(
            channel,
            new DataInputStream(Channels.newInputStream(channel)),
            new DataOutputStream(Channels.newOutputStream(channel)));
    all.add(backend);
    var startup = new ByteArrayOutputStream();
    var body = new DataOutputStream(startup);
    body.writeInt(196608);
    body.write(
        ("user\000" + PostgresServer.SUPERUSER + "\000database\000postgres\000\000")
            .getBytes(StandardCharsets.UTF_8));
    backend.out().writeInt(startup.size() + 4);
    backend.out().write(startup.toByteArray());
    backend.out().flush();
    Message message;
    do {
      message = Message.read(backend.in());
    } while (message.type != 'Z');
    return backend;
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (var backend : all) {
        backend.channel().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
