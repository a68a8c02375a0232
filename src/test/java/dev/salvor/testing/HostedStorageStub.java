package dev.salvor.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Storage of a new hosted project, as its S3 protocol behaves: an S3 server, and a row for each
 * object that is put. Buckets are there beforehand, and empty.
 */
public final class HostedStorageStub implements AutoCloseable {
  private static final Pattern PUT =
      Pattern.compile("(?s)(?:PUT|POST) /([^/]+)/(.+?)(?:\\?uploadId=.*)?");

  private final S3Front front;
  private final PostgresServer database;

  public HostedStorageStub(S3Server server, PostgresServer database) {
    this.database = database;
    for (var bucket : List.of("avatars", "docs")) {
      server.bucket(bucket);
      var client = server.client();
      client
          .listObjectsV2(it -> it.bucket(bucket))
          .contents()
          .forEach(object -> client.deleteObject(it -> it.bucket(bucket).key(object.key())));
    }
    front = new S3Front(server);
    lie((request, answer) -> answer);
  }

  public String endpoint() {
    return front.endpoint();
  }

  /** As {@link S3Front#lie}; a row is made where what is answered is no error. */
  public void lie(S3Front.Lie lie) {
    front.lie(
        (request, answer) -> {
          var said = lie.instead(request, answer);
          var put = PUT.matcher(request);
          if (isDone(said) && !request.contains("partNumber=") && put.matches()) {
            row(put.group(1), put.group(2));
          }
          return said;
        });
  }

  private static boolean isDone(byte[] answer) {
    return new String(answer, 0, 12, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
  }

  private void row(String bucket, String name) {
    if (name.endsWith("?uploads=") || name.endsWith("?uploads")) {
      return;
    }
    database.execute(
        SelfHostedSupabase.DATABASE,
        """
        INSERT INTO storage.objects (id, bucket_id, name, version) VALUES (gen_random_uuid(), '%s', '%s',
          'made-anew') ON CONFLICT (bucket_id, name) DO UPDATE SET version = excluded.version
        """
            .formatted(bucket, name.replace("'", "''")));
  }

  public List<String> asked(String beginning) {
    return front.asked(beginning);
  }

  @Override
  public void close() throws IOException {
    front.close();
  }
}
