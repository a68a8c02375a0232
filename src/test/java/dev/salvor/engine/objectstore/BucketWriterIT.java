package dev.salvor.engine.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.StoreTarget.Bucket;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** What is put into a bucket is there, or it is said why not. */
class BucketWriterIT {
  private static final byte[] SMALL = "small".getBytes(StandardCharsets.UTF_8);
  private static final byte[] LARGE = large();

  private final S3Server server = S3Server.shared();
  private final S3Front front = new S3Front(server);
  private final String name = server.bucket();
  private final ObjectBucket bucket =
      bucket(S3Server.ACCESS_KEY, S3Server.SECRET_KEY, front.endpoint(), name);
  private final BucketWriter writer = new BucketWriter(bucket);
  private final List<String> uploads = new ArrayList<>();
  private long sent;

  private static ObjectBucket bucket(String key, String secret, String endpoint, String name) {
    return new ObjectBucket(
        new S3Access(
            new Bucket(name, null, endpoint, S3Server.REGION, null, null),
            key,
            secret,
            null,
            null));
  }

  /** Three parts. */
  private static byte[] large() {
    var bytes = new byte[(int) (2 * PartSizes.WHOLE_BYTES + 77)];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  @AfterEach
  void close() throws IOException {
    bucket.close();
    front.close();
  }

  private PutObject put(String key, byte[] bytes) throws IOException {
    return writer.put(
        new NewObject(key, bytes.length, "image/png", "max-age=3600"),
        new ByteArrayInputStream(bytes),
        more -> sent += more,
        uploads::add);
  }

  private ResponseBytes<GetObjectResponse> got(String key) {
    return server.client().getObjectAsBytes(it -> it.bucket(name).key(key));
  }

  @Test
  void anObjectOfOnePieceIsThereWithItsTypeAndIsNamedByItsMd5() throws Exception {
    var put = put("a/ü \"q\" <b>&+%41/1", SMALL);

    var got = got("a/ü \"q\" <b>&+%41/1");
    assertThat(got.asByteArray()).isEqualTo(SMALL);
    assertThat(got.response().contentType()).isEqualTo("image/png");
    assertThat(got.response().cacheControl()).isEqualTo("max-age=3600");
    assertThat(put.etag()).isEqualTo(put.md5());
    assertThat(writer.find("a/ü \"q\" <b>&+%41/1"))
        .contains(new FoundObject(SMALL.length, put.etag(), "image/png", "max-age=3600"));
    assertThat(BucketWriter.named(writer.find("a/ü \"q\" <b>&+%41/1").orElseThrow(), in(SMALL)))
        .contains(put);
    assertThat(uploads).isEmpty();
    assertThat(sent).isEqualTo(SMALL.length);
  }

  private static ByteArrayInputStream in(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  @Test
  void anObjectOfSeveralPartsIsThereAndIsKnownAgain() throws Exception {
    put("large", SMALL);

    var put = put("large", LARGE);

    var got = got("large");
    assertThat(got.asByteArray()).isEqualTo(LARGE);
    assertThat(got.response().contentType()).isEqualTo("image/png");
    assertThat(got.response().cacheControl()).isEqualTo("max-age=3600");
    assertThat(put.etag()).endsWith("-3");
    assertThat(uploads).hasSize(1);
    assertThat(front.asked("PUT /" + name + "/large?partNumber=")).hasSize(3);
    assertThat(sent).isEqualTo(SMALL.length + LARGE.length);
    var found = writer.find("large").orElseThrow();
    assertThat(BucketWriter.named(found, in(LARGE))).contains(put);
    var other = LARGE.clone();
    other[other.length - 1] ^= 1;
    assertThat(BucketWriter.named(found, in(other))).isEmpty();
  }

  @Test
  void anEmptyObjectIsOne() throws Exception {
    put("empty", new byte[0]);

    assertThat(got("empty").asByteArray()).isEmpty();
  }

  /** Of an upload that is not ended nothing may stay: it takes room that nobody sees. */
  @Test
  void anUploadThatFailsIsTakenBack() {
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(
            () ->
                writer.put(
                    new NewObject("large", LARGE.length, null, null),
                    in(Arrays.copyOf(LARGE, LARGE.length - 1)),
                    more -> {},
                    uploads::add));
    front.lie(
        (request, answer) ->
            request.contains("partNumber=2")
                ? S3Front.answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>")
                : answer);
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> put("large", LARGE))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.INSUFFICIENT_PRIVILEGE))
        .withMessageContaining("allow s3:PutObject");

    assertThat(uploads).hasSize(2);
    assertThat(unfinished()).isZero();
    assertThat(writer.find("large")).isEmpty();
    // Whoever is killed leaves one; the next takes it back, however often.
    var left = server.client().createMultipartUpload(it -> it.bucket(name).key("large")).uploadId();
    assertThat(unfinished()).isOne();
    writer.abort("large", left);
    writer.abort("large", left);
    assertThat(unfinished()).isZero();
  }

  private int unfinished() {
    return server.client().listMultipartUploads(it -> it.bucket(name)).uploads().size();
  }

  /** The answer to what ends an upload is lost, and the SDK asks again. */
  @Test
  void anUploadThatWasEndedAndNotSaidToBeIsEnded() throws Exception {
    front.lie(
        (request, answer) ->
            request.startsWith("POST ") && request.contains("uploadId=")
                ? S3Front.answer("404 Not Found", "<Error><Code>NoSuchUpload</Code></Error>")
                : answer);

    put("large", LARGE);

    assertThat(got("large").asByteArray()).isEqualTo(LARGE);
  }

  /** A server without MD5s: what it has is read back. */
  @Test
  void whatTheETagDoesNotNameIsReadBack() throws Exception {
    S3Front.Lie odd =
        (request, answer) ->
            request.startsWith("PUT ")
                ? new String(answer, StandardCharsets.ISO_8859_1)
                    .replaceFirst("(?i)etag: *\"?[0-9a-f]{32}\"?", "ETag: \"odd\"")
                    .getBytes(StandardCharsets.ISO_8859_1)
                : answer;
    front.lie(odd);

    assertThat(put("a", SMALL).etag()).isEqualTo("odd");
    assertThat(front.asked("GET /" + name + "/a")).hasSize(1);

    front.lie(
        (request, answer) -> {
          if (request.startsWith("GET ")) {
            answer[answer.length - 1] ^= 1;
          }
          return odd.instead(request, answer);
        });
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> put("a", SMALL))
        .withMessageContaining("has other bytes than were sent");
  }

  @ParameterizedTest
  @CsvSource({
    "403 Forbidden, AccessDenied, INSUFFICIENT_PRIVILEGE, allow s3:PutObject for these keys",
    "403 Forbidden, QuotaExceeded, TARGET_UNUSABLE, has no room",
    "507 Insufficient Storage, XMinioStorageFull, TARGET_UNUSABLE, has no room",
    "404 Not Found, NoSuchBucket, TARGET_UNUSABLE, make it",
    "403 Forbidden, InvalidAccessKeyId, AUTHENTICATION_FAILED, InvalidAccessKeyId"
  })
  void whatIsRefusedSaysWhatToDo(String status, String code, Reason reason, String says) {
    front.lie(
        (request, answer) ->
            S3Front.answer(status, "<Error><Code>%s</Code></Error>".formatted(code)));

    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> put("a", SMALL))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
        .withMessageContaining(says)
        .withMessageNotContaining(S3Server.ACCESS_KEY);
  }

  /** As long as it asks for patience it gets it. */
  @Test
  void aServerThatSaysToSlowDownIsAskedAgain() throws Exception {
    var times = new AtomicInteger();
    front.lie(
        (request, answer) ->
            times.getAndIncrement() < 2
                ? S3Front.answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>")
                : answer);

    put("a", SMALL);

    assertThat(got("a").asByteArray()).isEqualTo(SMALL);
    assertThat(times).hasValueGreaterThan(2);
  }

  @Test
  void whatIsGoneIsGoneAndWhatIsLockedStays() throws Exception {
    put("a", SMALL);
    assertThat(writer.read("a").orElseThrow().text()).isEqualTo("small");
    writer.delete("a");
    writer.delete("a");
    assertThat(writer.find("a")).isEmpty();
    assertThat(writer.read("a")).isEmpty();

    // Each version stays for 30 days; what is put over it is another.
    var locked = server.lockedBucket();
    try (var other = bucket(S3Server.ACCESS_KEY, S3Server.SECRET_KEY, server.endpoint(), locked)) {
      var there = new BucketWriter(other);
      for (var bytes : List.of(SMALL, LARGE)) {
        there.put(new NewObject("a", bytes.length, null, null), in(bytes), more -> {}, id -> {});
      }
      there.delete("a");
      assertThat(there.find("a")).isEmpty();
    }
  }

  private void putOver(String text, @Nullable String before) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    writer.putOver(new NewObject("a", bytes.length, "text/plain", null), bytes, before);
  }

  private String text() {
    return writer.read("a").orElseThrow().text();
  }

  @Test
  void whatIsPutOverIsTheOneThatIsKnown() {
    putOver("none of that", "0123456789abcdef0123456789abcdef");
    assertThat(writer.read("a")).isEmpty();
    putOver("first", null);
    assertThat(text()).isEqualTo("first");
    putOver("over one that is there", null);
    assertThat(text()).isEqualTo("first");
    var known = writer.read("a").orElseThrow().etag();
    putOver("second", known);
    assertThat(text()).isEqualTo("second");
    putOver("over another", known);
    assertThat(text()).isEqualTo("second");
    // A server that gives no ETag can have no condition.
    putOver("third", "");
    assertThat(text()).isEqualTo("third");
  }

  @Test
  void ofOneThatIsNotSmallTheFirstIsRead() throws Exception {
    put("a", LARGE);
    assertThat(text().length()).isLessThanOrEqualTo(1 << 16);
  }

  @Test
  void whoMayOnlyReadIsToldWhatIsLacking() {
    try (var reader = bucket(S3Server.READER, S3Server.READER_SECRET, server.endpoint(), name)) {
      var there = new BucketWriter(reader);
      assertThatExceptionOfType(EngineException.class)
          .isThrownBy(() -> there.delete("a"))
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.INSUFFICIENT_PRIVILEGE))
          .withMessageContaining("allow s3:DeleteObject");
    }
  }
}
