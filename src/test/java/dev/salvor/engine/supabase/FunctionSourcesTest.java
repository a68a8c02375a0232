package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Sources of Edge Functions as the Management API gives them, and as it takes them. */
class FunctionSourcesTest {
  private static final String TYPE = "multipart/form-data; boundary=----f-1";
  private static final String BODY =
      """
      ------f-1
      Content-Disposition: form-data; name="metadata"

      {"deno2_entrypoint_path": "source/index.ts"}
      ------f-1
      Content-Disposition: form-data; name="file"; filename="source/index.ts"
      Content-Type: application/typescript

      import "../_shared/cors.ts"
      --not the end--

      ------f-1
      Content-Disposition: form-data; name="file"; filename="_shared/cors.ts"

      export {}
      ------f-1--
      """
          .replace("\n", "\r\n");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static FunctionSources sources() {
    return FunctionSources.of(
            bytes("MIME-Version: 1.0\r\nContent-Type: " + TYPE + "\r\n\r\n" + BODY))
        .orElseThrow();
  }

  @Test
  void filesAreThePartsThatBearAName() {
    assertThat(sources().files())
        .extracting(FunctionSources.File::name)
        .containsExactly("source/index.ts", "_shared/cors.ts");
    assertThat(sources().files().getFirst().content())
        .isEqualTo("import \"../_shared/cors.ts\"\r\n--not the end--\r\n");
    assertThat(FunctionSources.of(TYPE, bytes(BODY)).orElseThrow().digests())
        .isEqualTo(sources().digests());
  }

  @Test
  void aByteMakesAnother() {
    assertThat(
            FunctionSources.of(TYPE, bytes(BODY.replace("export {}", "export  {}")))
                .orElseThrow()
                .digests())
        .isNotEqualTo(sources().digests());
    assertThat(
            FunctionSources.of(TYPE, bytes(BODY.replace("_shared/cors", "_shared/other")))
                .orElseThrow()
                .digests())
        .isNotEqualTo(sources().digests());
  }

  @Test
  void whatIsNoSuchMessageIsNone() {
    assertThat(FunctionSources.of("application/octet-stream", bytes(BODY))).isEmpty();
    assertThat(FunctionSources.of(TYPE, bytes("ESZIP2"))).isEmpty();
    assertThat(FunctionSources.of(bytes("no head"))).isEmpty();
  }

  /** The API says where the file was when it bundled it. */
  @Test
  void aDeploymentSaysByWhichFileItBegins() throws Exception {
    var function =
        Json.mapper()
            .readTree(
                """
                {"slug": "pay", "name": "Pay", "verify_jwt": false, "import_map_path": null,
                 "entrypoint_path": "file:///tmp/user_fn_1/source/index.ts"}
                """);
    var deployment = sources().deployment(function).orElseThrow();

    var text = new String(deployment.bytes(), StandardCharsets.UTF_8);
    assertThat(text)
        .contains(
            "\"entrypoint_path\":\"source/index.ts\"", "\"verify_jwt\":false", "\"name\":\"Pay\"")
        .doesNotContain("import_map", "deno2");
    assertThat(FunctionSources.of(deployment.type(), deployment.bytes()).orElseThrow().digests())
        .isEqualTo(sources().digests());
  }

  /** Open to everybody is only what was said to be. */
  @Test
  void whatNobodySaidIsTheStricter() throws Exception {
    var function =
        Json.mapper().readTree("{\"slug\": \"pay\", \"entrypoint_path\": \"source/index.ts\"}");

    assertThat(sources().deployment(function).orElseThrow().body())
        .contains("\"verify_jwt\":true", "\"name\":\"pay\"");
    assertThat(sources().deployment(Json.mapper().readTree("{\"entrypoint_path\": \"main.ts\"}")))
        .isEmpty();
  }
}
