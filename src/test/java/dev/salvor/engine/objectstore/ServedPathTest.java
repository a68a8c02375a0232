package dev.salvor.engine.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.salvor.task.StoreTarget;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Supabase's Storage answers below a path, and its buckets have names that S3 does not know. */
@NullUnmarked
class ServedPathTest {
  @TempDir private Path folder;

  @Test
  void bucketsOfAnyNameAreAskedForBelowThePathOfTheEndpoint() throws Exception {
    var asked = new CopyOnWriteArrayList<String>();
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().getRawPath());
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("bytes".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    server.start();
    var place =
        new StoreTarget.Bucket(
            "",
            null,
            "http://127.0.0.1:" + server.getAddress().getPort() + "/storage/v1/s3",
            "eu-central-1",
            true,
            null);
    var file = Files.createFile(folder.resolve("file"));
    var empty = Files.createFile(folder.resolve("empty"));
    try (var storage = new ObjectBucket(new S3Access(place, "id", "secret", null, null))) {
      for (var bucket : List.of("a", "My Bucket (1)", "UPPER", "a.b_c", "x=1,2;3+4")) {
        assertThat(storage.beside(bucket).fetch("a b/\u00fc%2F+.png", file, more -> {}))
            .isInstanceOf(Fetched.Whole.class);
      }
      assertThat(storage.beside("larger").ask("than its row says", empty, more -> {}, 4))
          .isInstanceOf(Fetched.TooLarge.class);
    } finally {
      server.stop(0);
    }

    assertThat(empty).isEmptyFile();

    assertThat(file).hasContent("bytes");
    var key = "/a%20b/%C3%BC%252F%2B.png";
    assertThat(asked)
        .startsWith(
            "/storage/v1/s3/a" + key,
            "/storage/v1/s3/My%20Bucket%20%281%29" + key,
            "/storage/v1/s3/UPPER" + key,
            "/storage/v1/s3/a.b_c" + key,
            "/storage/v1/s3/x%3D1%2C2%3B3%2B4" + key);
  }
}
