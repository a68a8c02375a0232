package dev.salvor.testing;

import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.StoreTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;

/**
 * A throw-away S3 server (versitygw) on 127.0.0.1, with versioning and object lock. {@link #shared}
 * is one for a test run: take a fresh bucket of it.
 */
public final class S3Server implements AutoCloseable {
  public static final String ACCESS_KEY = "salvor-root";
  public static final String SECRET_KEY = "root-s3cr3t-of-tests";
  public static final String READER = "salvor-reader";
  public static final String READER_SECRET = "reader-s3cr3t-of-tests";
  public static final String REGION = "eu-test-1";

  private static final AtomicReference<@Nullable S3Server> SHARED = new AtomicReference<>();
  private static final AtomicInteger BUCKETS = new AtomicInteger();

  private final Path folder;
  private final int port;
  private final Process process;
  private final S3Client client;
  private final Thread atExit = new Thread(this::end);

  private S3Server(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
    this.client =
        S3Client.builder()
            .endpointOverride(URI.create(endpoint()))
            .region(Region.of(REGION))
            .forcePathStyle(true)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build();
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** One server, stopped when the test run ends. */
  public static synchronized S3Server shared() {
    var running = SHARED.get();
    if (running == null) {
      running = start();
      SHARED.set(running);
    }
    return running;
  }

  /** A server of its own, to be stopped in the middle of something. */
  public static S3Server start() {
    try {
      var port = freePort();
      var folder = Files.createTempDirectory("salvor-s3-");
      for (var name : List.of("buckets", "versions", "users")) {
        Files.createDirectory(folder.resolve(name));
      }
      var builder =
          new ProcessBuilder(
              program().toString(),
              "--port=127.0.0.1:" + port,
              "--region=" + REGION,
              "--iam-dir=" + folder.resolve("users"),
              "--quiet",
              "posix",
              "--versioning-dir=" + folder.resolve("versions"),
              folder.resolve("buckets").toString());
      builder.environment().put("ROOT_ACCESS_KEY_ID", ACCESS_KEY);
      builder.environment().put("ROOT_SECRET_ACCESS_KEY", SECRET_KEY);
      builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile());
      var server = new S3Server(folder, port, builder.start());
      await().atMost(Duration.ofSeconds(60)).until(server::answers);
      server.makeReader();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Path program() {
    return Programs.here().cache().resolve("test/versitygw/versitygw");
  }

  private boolean answers() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private void makeReader() {
    var command =
        Command.of(
                program(),
                "admin",
                "--endpoint-url=" + endpoint(),
                "--region=" + REGION,
                "create-user",
                "--access=" + READER,
                "--secret=" + READER_SECRET,
                "--role=user")
            .withEnvironment("ADMIN_ACCESS_KEY_ID", ACCESS_KEY)
            .withEnvironment("ADMIN_SECRET_ACCESS_KEY", SECRET_KEY);
    var made = new ProcessRunner(Map.of(), Deadline.after(Duration.ofMinutes(1))).run(command);
    if (!made.succeeded()) {
      throw new IllegalStateException("no reader: " + made.output() + made.errorTail());
    }
  }

  public String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  /** The folder in which this server keeps its objects, to be damaged by hand. */
  public Path objects(String bucket) {
    return folder.resolve("buckets").resolve(bucket);
  }

  /** A fresh bucket that {@link #READER} may read. */
  public String bucket() {
    var name = "bucket-" + BUCKETS.incrementAndGet();
    client.createBucket(request -> request.bucket(name));
    allowReading(name);
    return name;
  }

  /** A bucket of this name, if it is not there yet, that {@link #READER} may read. */
  public void bucket(String name) {
    if (!Files.exists(objects(name))) {
      client.createBucket(request -> request.bucket(name));
      allowReading(name);
    }
  }

  /** A fresh bucket that keeps old versions. */
  public String versionedBucket() {
    var name = bucket();
    client.putBucketVersioning(
        request ->
            request
                .bucket(name)
                .versioningConfiguration(it -> it.status(BucketVersioningStatus.ENABLED)));
    return name;
  }

  /** A fresh bucket whose objects cannot be removed for 30 days. */
  public String lockedBucket() {
    var name = "bucket-" + BUCKETS.incrementAndGet();
    client.createBucket(request -> request.bucket(name).objectLockEnabledForBucket(true));
    client.putObjectLockConfiguration(
        request ->
            request
                .bucket(name)
                .objectLockConfiguration(
                    it ->
                        it.objectLockEnabled("Enabled")
                            .rule(
                                rule ->
                                    rule.defaultRetention(
                                        retention -> retention.mode("COMPLIANCE").days(30)))));
    return name;
  }

  private void allowReading(String bucket) {
    var policy =
        """
        {"Version": "2012-10-17", "Statement": [{
          "Effect": "Allow", "Principal": {"AWS": ["%1$s"]},
          "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
          "Resource": ["arn:aws:s3:::%2$s", "arn:aws:s3:::%2$s/*"]}]}
        """
            .formatted(READER, bucket);
    client.putBucketPolicy(request -> request.bucket(bucket).policy(policy));
  }

  /** A bucket of this server as a store names it. */
  public StoreTarget.Bucket place(String bucket, @Nullable String prefix) {
    return new StoreTarget.Bucket(bucket, prefix, endpoint(), REGION, null, null);
  }

  public S3Client client() {
    return client;
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atExit);
    client.close();
    end();
  }

  private void end() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
