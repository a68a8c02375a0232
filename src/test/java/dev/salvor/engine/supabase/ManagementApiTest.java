package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.ManagementApi.Answer;
import dev.salvor.engine.supabase.ManagementApi.Token;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.ManagementStub.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the Management API says is taken for what it is, and its token goes nowhere else. */
@NullUnmarked
class ManagementApiTest {
  private static final String PROJECT = "abcdefghijklmnopqrst";
  private static final String TOKEN = "sbp_secret";

  @TempDir private Path folder;
  private ManagementStub stub;
  private Instant now = Instant.parse("2026-11-22T18:00:00Z");
  private final List<Duration> pauses = new ArrayList<>();

  @BeforeEach
  void start() {
    stub = ManagementStub.start(PROJECT, TOKEN);
  }

  @AfterEach
  void stop() {
    stub.close();
  }

  private ManagementApi api(String token) {
    InstantSource clock = () -> now;
    return new ManagementApi(
        stub.endpoint(),
        PROJECT,
        new Token(token),
        clock,
        now.plus(Duration.ofMinutes(5)),
        pause -> {
          pauses.add(pause);
          now = now.plus(pause);
        });
  }

  private Answer<byte[]> ask(ManagementDocument document) {
    try (var api = api(TOKEN)) {
      return api.document(document);
    }
  }

  private static String why(Answer<?> answer) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    var why = ((Answer.Refused<?>) answer).why();
    assertThat(why).doesNotContain(TOKEN);
    return why;
  }

  private static String text(Answer<byte[]> answer) {
    assertThat(answer).as(String.valueOf(answer)).isInstanceOf(Answer.Told.class);
    return new String(((Answer.Told<byte[]>) answer).what(), StandardCharsets.UTF_8);
  }

  /** A question may be repeated; so may these. */
  @Test
  void whatIsWrittenIsTakenRefusedOrNotToBeHad() {
    try (var api = api(TOKEN)) {
      var fields = "{\"max_rows\": 7}".getBytes(StandardCharsets.UTF_8);
      assertThat(text(api.change(ManagementDocument.POSTGREST, fields))).contains("7");
      assertThat(stub.document("/postgrest")).contains("\"max_rows\":7");
      // A plan or the API itself has no such thing: whoever asks may try less.
      var unknown = "{\"odd\": 1}".getBytes(StandardCharsets.UTF_8);
      assertThat(api.change(ManagementDocument.POSTGREST, unknown))
          .isInstanceOf(Answer.Absent.class);

      stub.answer("PATCH /postgrest", Reply.of(403));
      assertThat(why(api.change(ManagementDocument.POSTGREST, fields)))
          .isEqualTo("PATCH /postgrest says that the token lacks the right rest:write (403)");
      stub.answer("PATCH /postgrest", Reply.of(500), Reply.body("{}"));
      assertThat(text(api.change(ManagementDocument.POSTGREST, fields))).isEqualTo("{}");

      var deployment = new FunctionSources.Deployment("text/plain", "x");
      stub.answer(
          "POST /functions/deploy", Reply.of(302, "Location", "https://elsewhere.invalid/"));
      assertThat(why(api.deploy("pay", deployment)))
          .isEqualTo("POST /functions/deploy leads elsewhere (302), where no token is sent");
      stub.answer("POST /functions/deploy", Reply.of(201));
      assertThat(api.deploy("pay", deployment)).isInstanceOf(Answer.Told.class);
    }
  }

  static Stream<Arguments> refused() {
    var large = "[" + " ".repeat(1 << 20) + "]";
    return Stream.of(
        Arguments.of(Reply.of(401), "GET /postgrest says that the token is none"),
        Arguments.of(Reply.of(403), "GET /postgrest says that the token lacks the right rest:read"),
        Arguments.of(Reply.of(404), "GET /postgrest says that there is no such project"),
        Arguments.of(Reply.of(418), "GET /postgrest answers 418"),
        Arguments.of(Reply.of(500), "GET /postgrest answers 500"),
        Arguments.of(Reply.of(429), "GET /postgrest answers 429"),
        Arguments.of(Reply.body("<html>"), "GET /postgrest has an answer that is no JSON"),
        Arguments.of(Reply.body(""), "GET /postgrest has an answer that is no JSON"),
        Arguments.of(Reply.body("{}").cutOff(), "GET /postgrest is not answered whole"),
        Arguments.of(Reply.body(large), "GET /postgrest is not answered whole"),
        Arguments.of(
            Reply.body("[]").with("Link", "</v1/x?page=2>; rel=\"next\""),
            "GET /postgrest has more pages than are read"));
  }

  @ParameterizedTest
  @MethodSource
  void refused(Reply reply, String why) {
    stub.answer("/postgrest", reply);

    assertThat(why(ask(ManagementDocument.POSTGREST))).startsWith(why);
  }

  @Test
  void whatAPlanLacksIsNotThereAndWhatEveryProjectHasIsAskedForInVain() {
    for (var status : List.of(400, 402, 404, 422)) {
      stub.answer("/custom-hostname", Reply.of(status));
      stub.answer("/config/auth", Reply.of(status));

      assertThat(ask(ManagementDocument.CUSTOM_HOSTNAME)).isInstanceOf(Answer.Absent.class);
      assertThat(why(ask(ManagementDocument.AUTH))).startsWith("GET /config/auth");
    }
  }

  @Test
  void aTokenThatIsNoneIsToldSo() {
    try (var api = api("sbp_other")) {
      assertThat(why(api.document(ManagementDocument.PROJECT))).contains("(401)");
    }
    assertThat(pauses).isEmpty();
  }

  @Test
  void whoIsAskedToWaitWaitsAsLongAsItIsSaid() {
    stub.answer("/secrets", Reply.of(429, "Retry-After", "7"), Reply.body("[]"));

    assertThat(text(ask(ManagementDocument.SECRETS))).isEqualTo("[]");
    assertThat(pauses).containsExactly(Duration.ofSeconds(7));
  }

  @Test
  void whoIsAskedToWaitPastTheEndDoesNot() {
    stub.answer("/secrets", Reply.of(429, "Retry-After", "301"), Reply.body("[]"));

    assertThat(why(ask(ManagementDocument.SECRETS))).endsWith("answers 429");
    assertThat(pauses).isEmpty();
    assertThat(stub.asked("/secrets")).isEqualTo(1);
  }

  @Test
  void aPassingFailureIsWaitedForLongerEachTimeAndNotForEver() {
    stub.answer("/secrets", Reply.of(502, "X", "y"));

    assertThat(why(ask(ManagementDocument.SECRETS))).endsWith("answers 502");
    assertThat(pauses).extracting(Duration::toSeconds).containsExactly(2L, 4L, 8L, 16L);
    assertThat(stub.asked("/secrets")).isEqualTo(5);
  }

  @Test
  void noRedirectIsFollowed() {
    try (var other = ManagementStub.start(PROJECT, TOKEN)) {
      stub.answer("/secrets", Reply.of(307, "Location", other.endpoint() + "/v1/projects/secrets"));

      assertThat(why(ask(ManagementDocument.SECRETS))).contains("leads elsewhere (307)");
      assertThat(other.asked("/v1/projects/secrets")).isZero();
      assertThat(other.asked("/secrets")).isZero();
    }
  }

  @Test
  void aFunctionIsHadWholeOrNotAtAll() throws Exception {
    var target = folder.resolve("body");
    var body = "/functions/hello/body";
    try (var api = api(TOKEN)) {
      stub.answer(body, Reply.body("a longer one").cutOff(), Reply.body("whole"));
      assertThat(api.function("hello", "application/octet-stream", target))
          .isInstanceOf(Answer.Told.class);
      assertThat(target).hasContent("whole");

      stub.answer(body, Reply.body("cut").cutOff());
      assertThat(why(api.function("hello", "application/octet-stream", target)))
          .startsWith("GET /functions/hello/body is not answered whole");
      stub.answer(body, Reply.body(""));
      assertThat(why(api.function("hello", "application/octet-stream", target)))
          .isEqualTo("GET /functions/hello/body has an empty answer");
    }
  }

  @Test
  void aListOfFunctionsIsAList() {
    stub.answer("/functions", Reply.body("{\"message\": \"no\"}"));
    try (var api = api(TOKEN)) {
      assertThat(why(api.functions())).endsWith("no list");
    }
  }

  @Test
  void aTokenIsSentToNobodyInClear() {
    assertThatThrownBy(
            () ->
                new ManagementApi(
                    "http://api.supabase.com",
                    PROJECT,
                    new Token(TOKEN),
                    InstantSource.system(),
                    now,
                    pauses::add))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_SPEC));
    assertThatThrownBy(() -> new Token("two\nlines"))
        .isInstanceOf(EngineException.class)
        .hasMessageNotContaining("lines");
    assertThat(new Token(TOKEN)).asString().doesNotContain(TOKEN);
  }
}
