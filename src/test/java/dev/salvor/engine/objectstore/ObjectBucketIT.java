package dev.salvor.engine.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.StoreTarget.Bucket;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;

/** What is made of answers that no bucket should give. */
class ObjectBucketIT {
  private static final String KEY = "a/object";

  private final S3Server server = S3Server.shared();
  private final S3Front front = new S3Front(server);
  private final String name = server.bucket();
  private final ObjectBucket bucket =
      new ObjectBucket(
          new S3Access(
              new Bucket(name, null, front.endpoint(), S3Server.REGION, null, null),
              S3Server.READER,
              S3Server.READER_SECRET,
              null,
              null));

  @TempDir private Path folder;
  private Path file;

  ObjectBucketIT() {
    file = Path.of("");
  }

  @BeforeEach
  void put() throws IOException {
    file = Files.createFile(folder.resolve("file"));
    server.client().putObject(it -> it.bucket(name).key(KEY), RequestBody.fromString("content"));
  }

  @AfterEach
  void close() throws IOException {
    bucket.close();
    front.close();
  }

  private Fetched fetch() throws IOException {
    return bucket.fetch(KEY, file, more -> {});
  }

  private static byte[] endingWith(byte[] answer, int last) {
    answer[answer.length - 1] = (byte) last;
    return answer;
  }

  @Test
  void bytesThatAreOthersEachTimeAreNone() throws Exception {
    var times = new AtomicInteger('0');
    front.lie((request, answer) -> endingWith(answer, times.getAndIncrement()));

    assertThat(fetch())
        .isInstanceOfSatisfying(
            Fetched.Unreadable.class,
            it -> assertThat(it.why()).contains("not those of its ETag", "others each time"));
    assertThat(front.asked("GET ")).hasSize(3);
  }

  @Test
  void bytesThatAreOthersOnceAreAskedForAgain() throws Exception {
    var times = new AtomicInteger();
    front.lie((request, answer) -> times.getAndIncrement() == 0 ? endingWith(answer, '0') : answer);

    assertThat(fetch())
        .isInstanceOfSatisfying(Fetched.Whole.class, it -> assertThat(it.isAsNamed()).isTrue());
    assertThat(file).hasContent("content");
  }

  /** Some servers give an ETag that looks like an MD5, and is none. */
  @Test
  void theSameBytesTwiceAreThoseOfTheBucket() throws Exception {
    front.lie((request, answer) -> endingWith(answer, '0'));

    assertThat(fetch())
        .isInstanceOfSatisfying(Fetched.Whole.class, it -> assertThat(it.isAsNamed()).isFalse());
    assertThat(file).hasContent("conten0");
    assertThat(front.asked("GET ")).hasSize(2);
  }

  /** What stands before a server knows nothing of S3. */
  @ParameterizedTest
  @CsvSource({
    "403 Forbidden, INSUFFICIENT_PRIVILEGE",
    "502 Bad Gateway, SOURCE_UNREACHABLE",
    "503 Service Unavailable, SOURCE_UNREACHABLE"
  })
  void anAnswerWithoutCodeSaysWhatItsStatusSays(String status, Reason reason) {
    front.lie((request, answer) -> S3Front.answer(status, "<html><h1>Sorry</h1></html>"));

    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(this::fetch)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
        .withMessageContaining("(HTTP " + status.substring(0, 3) + ")");
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> bucket.requireListed("a/"))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void onlyWhatTheServerSaysItHasNotIsGone() throws Exception {
    front.lie(
        (request, answer) ->
            S3Front.answer("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>"));
    assertThat(fetch()).isEqualTo(new Fetched.Gone());

    front.lie((request, answer) -> S3Front.answer("404 Not Found", "<html>Sorry</html>"));
    assertThat(fetch())
        .isEqualTo(new Fetched.Unreadable("no S3 error (HTTP 404)", Fetched.Cause.DENIED));
  }

  /** Of the server it is told what it is asked for next; so is what hangs. */
  @ParameterizedTest
  @CsvSource({
    "404 Not Found, NotFound, OBJECT",
    "404 Not Found, '', DENIED",
    "403 Forbidden, InvalidObjectState, OBJECT",
    "403 Forbidden, AccessDenied, DENIED",
    "400 Bad Request, InvalidRequest, DENIED",
    "403 Forbidden, InvalidAccessKeyId, KEYS",
    "401 Unauthorized, '', KEYS",
    "500 Internal Server Error, InternalError, SERVER",
    "502 Bad Gateway, '', SERVER",
    "429 Too Many Requests, '', SERVER"
  })
  void anAnswerTellsByWhatTheObjectCannotBeHad(String status, String code, Fetched.Cause cause)
      throws Exception {
    front.lie(
        (request, answer) ->
            S3Front.answer(
                status, code.isEmpty() ? "" : "<Error><Code>" + code + "</Code></Error>"));

    assertThat(cause(bucket.ask(KEY, file, more -> {}, 100))).isEqualTo(cause);
  }

  private static Fetched.Cause cause(Fetched fetched) {
    return switch (fetched) {
      case Fetched.Unreadable(_, var cause) -> cause;
      case Fetched.Failed(_, var cause) -> cause;
      default -> throw new AssertionError(fetched);
    };
  }

  private ObjectBucket impatient() {
    var brief = Duration.ofMillis(300);
    return new ObjectBucket(
        new S3Access(
            new Bucket(name, null, front.endpoint(), S3Server.REGION, null, null),
            S3Server.READER,
            S3Server.READER_SECRET,
            null,
            null),
        new S3Patience(brief, brief.multipliedBy(3), brief));
  }

  @Test
  void aServerThatNeverAnswersIsAskedAgainAndLeft() throws Exception {
    var never = new CountDownLatch(1);
    front.lie(
        (request, answer) -> {
          never.await();
          return answer;
        });

    try (var impatient = impatient()) {
      assertThat(cause(impatient.ask(KEY, file, more -> {}, 100))).isEqualTo(Fetched.Cause.SILENCE);
      assertThat(front.asked("GET ")).hasSizeGreaterThan(1);

      truthfully();
      assertThat(impatient.fetch(KEY, file, more -> {})).isInstanceOf(Fetched.Whole.class);
    } finally {
      never.countDown();
    }
  }

  private void truthfully() {
    front.lie((request, answer) -> answer);
  }

  /** Each byte comes before the silence would be one; the second time, in the head already. */
  @ParameterizedTest
  @ValueSource(strings = {"\r\n\r\n", "HTTP/1.1 "})
  void aServerThatDripsIsAskedAgainAndLeft(String after) throws Exception {
    var large = "x".repeat(100_000);
    server.client().putObject(it -> it.bucket(name).key(KEY), RequestBody.fromString(large));
    front.drip(after, Duration.ofMillis(50));

    try (var impatient = impatient()) {
      assertThat(cause(impatient.ask(KEY, file, more -> {}, large.length())))
          .isEqualTo(Fetched.Cause.SILENCE);
      assertThat(front.asked("GET ")).hasSizeGreaterThan(1);
    }
  }

  @Test
  void whatHasMoreBytesThanThereIsRoomForIsNotKept() throws Exception {
    assertThat(bucket.ask(KEY, file, more -> {}, 6)).isEqualTo(new Fetched.TooLarge(7L));
    front.lie(
        (request, answer) ->
            S3Front.retold(answer, head -> head.replaceAll("(?i)\r\ncontent-length:[^\r]*", "")));
    assertThat(bucket.ask(KEY, file, more -> {}, 6)).isEqualTo(new Fetched.TooLarge(null));
    assertThat(file).isEmptyFile();
    assertThat(bucket.ask(KEY, file, more -> {}, 7)).isInstanceOf(Fetched.Whole.class);
  }

  @Test
  void aListWithAKeyThatIsNotEncodedIsNotUnderstood() {
    front.lie(
        (request, answer) ->
            S3Front.altered(
                answer,
                body ->
                    body.replaceAll("<Key>[^<]*", "<Key>a%zz")
                        .replace(
                            "<IsTruncated>", "<EncodingType>url</EncodingType><IsTruncated>")));

    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> bucket.list("", object -> {}))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.SOURCE_UNREACHABLE));
  }
}
