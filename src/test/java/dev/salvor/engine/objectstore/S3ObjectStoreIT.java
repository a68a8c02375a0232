package dev.salvor.engine.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.S3Checksums;
import dev.salvor.task.StoreTarget.Bucket;
import dev.salvor.testing.S3Server;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3ObjectStoreIT extends ObjectStoreContract {
  private final S3Server server = S3Server.shared();
  private final String bucket = server.bucket();
  private final ObjectStore store = open(server.place(bucket, "some/prefix"), S3Server.SECRET_KEY);

  private static ObjectStore open(Bucket place, String secret) {
    return new S3ObjectStore(new S3Access(place, S3Server.ACCESS_KEY, secret, null, null));
  }

  private static ObjectStore reader(Bucket place) {
    return new S3ObjectStore(
        new S3Access(place, S3Server.READER, S3Server.READER_SECRET, null, null));
  }

  @Override
  ObjectStore store() {
    return store;
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void whatIsStoredIsTheContentAndNothingElse() throws Exception {
    store.put("a.json", "content".getBytes(StandardCharsets.UTF_8));

    // Checksums as trailers would stand in the file of a server that does not know them.
    assertThat(server.objects(bucket).resolve("some/prefix/a.json")).hasContent("content");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "versioned", "locked"})
  void saysWhatTheBucketDoes(String kind) {
    var name =
        switch (kind) {
          case "versioned" -> server.versionedBucket();
          case "locked" -> server.lockedBucket();
          default -> server.bucket();
        };
    try (var other = open(server.place(name, null), S3Server.SECRET_KEY)) {
      var capabilities = other.capabilities();

      assertThat(Boolean.TRUE.equals(capabilities.versioning())).isEqualTo(!kind.equals("plain"));
      assertThat(capabilities.objectLock())
          .isEqualTo(kind.equals("locked") ? "COMPLIANCE 30d" : null);
    }
  }

  @Test
  void aWrongKeyIsDenied() {
    try (var other = open(server.place(bucket, null), "wrong")) {
      var thrown = fails(() -> other.get("a"));

      assertThat(thrown.reason()).isEqualTo(Reason.STORE_ACCESS_DENIED);
      assertThat(thrown.failure().message()).doesNotContain(S3Server.ACCESS_KEY);
    }
  }

  @Test
  void aMissingBucketIsAnotherPlace() {
    try (var other = open(server.place("no-such-bucket", null), S3Server.SECRET_KEY)) {
      assertThat(fails(() -> other.get("a")).reason()).isEqualTo(Reason.STORE_UNKNOWN);
      assertThat(fails(() -> other.list("", 1)).reason()).isEqualTo(Reason.STORE_UNKNOWN);
      assertThat(fails(() -> other.put("a", new byte[1])).reason()).isEqualTo(Reason.STORE_UNKNOWN);
    }
  }

  @Test
  void aServerThatIsNotThereIsUnreachable() {
    var place = new Bucket(bucket, null, "http://127.0.0.1:1", "eu-test-1", null, null);
    try (var other = open(place, S3Server.SECRET_KEY)) {
      assertThat(fails(() -> other.get("a")).reason()).isEqualTo(Reason.STORE_UNREACHABLE);
    }
  }

  @Test
  void readOnlyKeysReadAndSayThatTheyCannotWrite() {
    store.put("a", new byte[] {1});
    try (var other = reader(server.place(bucket, "some/prefix"))) {
      assertThat(other.get("a")).contains(new byte[] {1});
      assertThat(other.list("", 5)).containsExactly("a");
      assertThat(fails(() -> new StoreRoot(other, Clock.systemUTC()).probe("run")).reason())
          .isEqualTo(Reason.STORE_READ_ONLY);
    }
  }

  @Test
  void checksumsAreSentOnlyWhereTheyAreKnownToBeUnderstood() {
    var custom = new S3Access(server.place(bucket, null), "a", "b", null, null);
    var amazon =
        new S3Access(new Bucket("b", null, null, "eu-central-1", null, null), "a", "b", null, null);

    assertThat(custom.checksums()).isEqualTo(S3Checksums.WHEN_REQUIRED);
    assertThat(amazon.checksums()).isEqualTo(S3Checksums.WHEN_SUPPORTED);
    assertThat(amazon.pathStyle()).isFalse();
    assertThat(custom.resticLocation("shop/db"))
        .isEqualTo("s3:" + server.endpoint() + "/" + bucket + "/shop/db");
    assertThat(amazon.resticLocation("shop/db"))
        .isEqualTo("s3:https://s3.eu-central-1.amazonaws.com/b/shop/db");
    assertThat(custom.toString()).doesNotContain("secretKey");
    assertThat(Files.exists(server.objects(bucket))).isTrue();
  }
}
