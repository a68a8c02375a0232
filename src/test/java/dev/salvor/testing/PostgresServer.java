package dev.salvor.testing;

import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A throw-away PostgreSQL on 127.0.0.1 and a Unix socket. Local connections are trusted, those by
 * TCP need a password. Its bootstrap user is not called postgres and its password holds what a
 * passfile and a uri must escape, so that code which assumes either fails.
 *
 * <p>{@link #shared} is one server for each major in a test run: take a fresh database of it. Tests
 * that change the server itself, or need settings, {@link #start} their own and close it.
 */
public final class PostgresServer implements AutoCloseable {
  /** Every rule of the engines holds on both. */
  public static final List<Integer> MAJORS = List.of(15, 17);

  public static final String SUPERUSER = "boss";
  public static final String PASSWORD = "pa:ss\\w'o rd@/%";

  private static final Map<Integer, PostgresServer> SHARED = new ConcurrentHashMap<>();
  private static final Map<Integer, Path> MADE = new ConcurrentHashMap<>();
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final int major;
  private final String superuser;
  private final Path folder;
  private final int port;
  private final Process process;
  private final Thread atExit = new Thread(this::end);

  private PostgresServer(int major, String superuser, Path folder, int port, Process process) {
    this.major = major;
    this.superuser = superuser;
    this.folder = folder;
    this.port = port;
    this.process = process;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** One server for each major, stopped when the test run ends. */
  public static PostgresServer shared(int major) {
    return SHARED.computeIfAbsent(major, PostgresServer::start);
  }

  /**
   * A server of its own.
   *
   * @param settings such as {@code shared_preload_libraries=auto_explain}
   */
  public static PostgresServer start(int major, String... settings) {
    return start(major, newFolder(major), settings);
  }

  /** The same, whose bootstrap user bears this name. */
  public static PostgresServer startAs(String superuser, int major, String... settings) {
    var folder = newFolder(major);
    initialize(major, superuser, folder);
    return launch(major, superuser, folder, settings);
  }

  /** The same with a certificate for localhost; {@link #certificate} is its authority too. */
  public static PostgresServer startWithTls(int major, String... settings) {
    var folder = newFolder(major);
    TestCertificate.write(folder, "localhost");
    give(folder.resolve(TestCertificate.CERTIFICATE));
    give(folder.resolve(TestCertificate.KEY));
    var all = new ArrayList<>(List.of(settings));
    all.add("ssl=on");
    all.add("ssl_cert_file=" + folder.resolve(TestCertificate.CERTIFICATE));
    all.add("ssl_key_file=" + folder.resolve(TestCertificate.KEY));
    return start(major, folder, all.toArray(String[]::new));
  }

  /** A hot standby of this one, caught up when it returns. */
  public PostgresServer startStandby(String... settings) {
    var standby = newFolder(major);
    program(
        major,
        "pg_basebackup",
        "--host=" + socketDirectory(),
        "--port=" + port,
        "--username=" + SUPERUSER,
        "--pgdata=" + standby.resolve("data"),
        "--checkpoint=fast",
        "--no-sync",
        "--write-recovery-conf");
    return launch(major, SUPERUSER, standby, settings);
  }

  private static PostgresServer start(int major, Path folder, String... settings) {
    // A copy takes a tenth of what initdb takes.
    var made = MADE.computeIfAbsent(major, PostgresServer::make);
    run("cp", command(List.of("cp", "-R", made.toString(), folder.resolve("data").toString())));
    return launch(major, SUPERUSER, folder, settings);
  }

  /** A data folder that no server has run in, removed when the test run ends. */
  private static Path make(int major) {
    var folder = newFolder(major);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
    initialize(major, SUPERUSER, folder);
    return folder.resolve("data");
  }

  private static void initialize(int major, String superuser, Path folder) {
    var password = folder.resolve("password");
    try {
      Files.writeString(password, PASSWORD + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    give(password);
    program(
        major,
        "initdb",
        "--pgdata=" + folder.resolve("data"),
        "--username=" + superuser,
        "--pwfile=" + password,
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync");
  }

  private static PostgresServer launch(
      int major, String superuser, Path folder, String... settings) {
    var port = freePort();
    var arguments = new ArrayList<String>();
    arguments.add("-D");
    arguments.add(folder.resolve("data").toString());
    for (var setting :
        List.of(
            "listen_addresses=127.0.0.1",
            "port=" + port,
            "unix_socket_directories=" + folder.resolve("socket"),
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
            "max_connections=60",
            "wal_level=logical",
            "max_prepared_transactions=4",
            "autovacuum=off",
            "jit=off")) {
      arguments.add("-c");
      arguments.add(setting);
    }
    for (var setting : settings) {
      arguments.add("-c");
      arguments.add(setting);
    }
    var log = folder.resolve("log");
    try {
      var process =
          new ProcessBuilder(command(major, "postgres", arguments))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      var server = new PostgresServer(major, superuser, folder, port, process);
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(30))
          .until(() -> server.ready() || !process.isAlive());
      if (!process.isAlive()) {
        var said = Files.readString(log);
        server.close();
        throw new IllegalStateException("PostgreSQL " + major + " did not start: " + said);
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean ready() throws IOException {
    var pidFile = folder.resolve("data/postmaster.pid");
    if (!Files.exists(pidFile)) {
      return false;
    }
    var lines = Files.readAllLines(pidFile);
    return lines.size() >= 8 && lines.get(7).strip().equals("ready");
  }

  public int major() {
    return major;
  }

  public String host() {
    return "127.0.0.1";
  }

  public int port() {
    return port;
  }

  /** What libpq takes as a host too. */
  public Path socketDirectory() {
    return folder.resolve("socket");
  }

  /** Of a server started with TLS. */
  public Path certificate() {
    return folder.resolve(TestCertificate.CERTIFICATE);
  }

  /** What the server wrote so far. */
  public String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As a Secret's key {@code uri} would say it. */
  public String uri(String database) {
    return "postgresql://"
        + superuser
        + ":"
        + URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8).replace("+", "%20")
        + "@"
        + host()
        + ":"
        + port
        + "/"
        + URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A new empty database of its own name. */
  public String createDatabase() {
    var name = "db_" + DATABASES.incrementAndGet();
    execute("postgres", "CREATE DATABASE " + name);
    return name;
  }

  public Connection connect(String database) {
    return connect(database, superuser, PASSWORD);
  }

  public Connection connect(String database, String user, String password) {
    var source = new PGSimpleDataSource();
    source.setServerNames(new String[] {host()});
    source.setPortNumbers(new int[] {port});
    source.setDatabaseName(database);
    source.setUser(user);
    source.setPassword(password);
    source.setApplicationName("test");
    try {
      return source.getConnection();
    } catch (SQLException e) {
      throw new IllegalStateException("cannot connect to " + database + " as " + user, e);
    }
  }

  /** Each in a transaction of its own. */
  public void execute(String database, String... statements) {
    try (var connection = connect(database);
        var statement = connection.createStatement()) {
      for (var sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** The first value as text; "null" where it is null or there is no row. */
  public String query(String database, String sql) {
    try (var connection = connect(database);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "null";
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Path of a program of this server's major. */
  public Path program(String name) {
    return Programs.here().postgres(major, name);
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException alreadyExiting) {
      return;
    }
  }

  private void end() {
    try {
      if (process.isAlive()) {
        // SIGQUIT: at once, without waiting for sessions; nobody needs these data any more.
        new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start().waitFor();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
      remove(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Its children may still be removing files of their own. */
  private static void remove(Path folder) {
    await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(
            () -> {
              if (Files.exists(folder)) {
                try (var walk = Files.walk(folder)) {
                  for (var path : walk.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                  }
                }
              }
              return !Files.exists(folder);
            });
  }

  private static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static List<String> command(int major, String program, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(Programs.here().postgres(major, program).toString());
    command.addAll(arguments);
    return command(command);
  }

  /** PostgreSQL refuses to run as root. */
  private static List<String> command(List<String> words) {
    var command = new ArrayList<String>();
    if (root()) {
      command.addAll(
          List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"));
    }
    command.addAll(words);
    return command;
  }

  private static void program(int major, String program, String... arguments) {
    run(program, command(major, program, List.of(arguments)));
  }

  private static void run(String program, List<String> command) {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(program + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(program + " was interrupted", e);
    }
  }

  /** Short, since a socket's path holds at most 107 bytes. */
  private static Path newFolder(int major) {
    try {
      var folder = Files.createTempDirectory("salvor-pg" + major + "-");
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      give(folder);
      give(Files.createDirectory(folder.resolve("socket")));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void give(Path path) {
    if (!root()) {
      return;
    }
    try {
      Files.setOwner(
          path,
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
