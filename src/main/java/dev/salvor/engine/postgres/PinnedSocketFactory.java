package dev.salvor.engine.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import javax.net.SocketFactory;

/**
 * Sockets to one address, whatever the driver asks for: the driver's url keeps the name, so that
 * verify-full checks it, while every connection of a run meets the same server. The driver makes
 * one by its class name and one text.
 */
public final class PinnedSocketFactory extends SocketFactory {
  private static final String UNIX = "unix:";

  private final String target;

  /**
   * For the driver.
   *
   * @param target {@code unix:} and a path, or an address in hexadecimal digits, a slash and a port
   */
  public PinnedSocketFactory(String target) {
    this.target = target;
  }

  /** What the driver is to pass on. */
  static String target(ServerAddress address) {
    return switch (address) {
      case ServerAddress.Socket socket -> UNIX + socket.file();
      case ServerAddress.Tcp tcp -> tcp.address().getHostAddress() + "/" + tcp.port();
    };
  }

  @Override
  public Socket createSocket() throws IOException {
    if (target.startsWith(UNIX)) {
      return new UnixSocket(Path.of(target.substring(UNIX.length())));
    }
    var slash = target.lastIndexOf('/');
    return new PinnedSocket(
        new InetSocketAddress(
            InetAddress.ofLiteral(target.substring(0, slash)),
            Integer.parseInt(target.substring(slash + 1))));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    throw new IOException("sockets are connected after they were made");
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    throw new IOException("sockets are connected after they were made");
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    throw new IOException("sockets are connected after they were made");
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
      throws IOException {
    throw new IOException("sockets are connected after they were made");
  }

  private static final class PinnedSocket extends Socket {
    private final InetSocketAddress address;

    PinnedSocket(InetSocketAddress address) {
      this.address = address;
    }

    @Override
    public void connect(SocketAddress ignored, int timeout) throws IOException {
      super.connect(address, timeout);
    }
  }

  /** A Unix socket in the clothes of a Socket. Read time-outs do nothing; query time-outs work. */
  private static final class UnixSocket extends Socket {
    private final Path path;
    private final SocketChannel channel;
    private volatile int timeout;

    UnixSocket(Path path) throws IOException {
      this.path = path;
      this.channel = SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
    }

    @Override
    public void connect(SocketAddress ignored, int timeoutMillis) throws IOException {
      channel.connect(UnixDomainSocketAddress.of(path));
    }

    @Override
    public boolean isConnected() {
      return channel.isConnected();
    }

    @Override
    public boolean isClosed() {
      return !channel.isOpen();
    }

    @Override
    public InputStream getInputStream() {
      return Channels.newInputStream(channel);
    }

    @Override
    public OutputStream getOutputStream() {
      return Channels.newOutputStream(channel);
    }

    @Override
    public void shutdownOutput() throws IOException {
      channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public void setKeepAlive(boolean on) {}

    @Override
    public int getSoTimeout() {
      return timeout;
    }

    @Override
    public void setSoTimeout(int millis) {
      timeout = millis;
    }

    @Override
    public int getSendBufferSize() {
      return 0;
    }

    @Override
    public int getReceiveBufferSize() {
      return 0;
    }

    @Override
    public void setSendBufferSize(int size) {}

    @Override
    public void setReceiveBufferSize(int size) {}
  }
}
