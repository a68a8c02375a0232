package dev.salvor.local.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlDocumentsTest {
  /** As kubectl's reader has it (YAML 1.1 without numbers to base 60, times as text). */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: yes          | {'a':true}",
        "a: Off          | {'a':false}",
        "a: y            | {'a':'y'}",
        "a: ~            | {'a':null}",
        "a:              | {'a':null}",
        "a: 1:30         | {'a':'1:30'}",
        "a: 0755         | {'a':493}",
        "a: 0x1F         | {'a':31}",
        "a: -1_000       | {'a':-1000}",
        "a: 4294967296   | {'a':4294967296}",
        "a: 3.0          | {'a':3}",
        "a: 1e3          | {'a':1000}",
        "a: 2026-11-22   | {'a':'2026-11-22'}",
        "a: 2026-11-22T18:00:00Z | {'a':'2026-11-22T18:00:00Z'}",
        "a: '1'          | {'a':'1'}",
        "a: !!str 1      | {'a':'1'}",
        "1: a            | {'1':'a'}",
        "{a: &x [1], b: *x} | {'a':[1],'b':[1]}",
        "{a: &x {b: 1, c: 2}, d: {<<: *x, c: 3}} | {'a':{'b':1,'c':2},'d':{'c':3,'b':1}}",
      })
  void readsAsKubectlDoes(String yaml, String json) throws Exception {
    assertThat(parse(yaml)).isEqualTo(Json.mapper().readTree(json.replace('\'', '"')));
  }

  @Test
  void keepsItsCountOfDocuments() throws Exception {
    var documents = YamlDocuments.parse("---\n---\na: 1\n---\n# only this\n".getBytes(UTF_8));

    assertThat(documents).extracting(JsonNode::isNull).containsExactly(true, false, true);
    assertThat(YamlDocuments.parse(new byte[0])).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{a: 1, a: 2}",
        "? [a]\n: b",
        "a: .inf",
        "a: !!java.util.Date 2026-11-22",
        "a: !custom b",
        "a: !!binary aGk=",
        "<<: 1",
        "a: *nowhere",
        "a: b: c",
        "\"a\\qb\"",
        "\tb: c",
      })
  void refuses(String yaml) {
    assertThatThrownBy(() -> parse(yaml)).isInstanceOf(ManifestUnreadable.class);
  }

  @Test
  void refusesWhatIsTooMuch() {
    refusesSoon("a: " + "b".repeat(YamlDocuments.MOST_BYTES), "larger than 1048576 bytes");
    refusesSoon("---\na: b\n".repeat(YamlDocuments.MOST_DOCUMENTS + 1), "more than 200 documents");
    refusesSoon("[".repeat(100_000), "not YAML, or nested deeper than 40 levels");
    refusesSoon("[" + "1,".repeat(30_000) + "1]", "more than 20000 values");
    refusesSoon("a: " + "9".repeat(80), "a number that JSON does not have");
  }

  /** Ten of ten of ten...: some 500 bytes that stand for 10 to the power of 12 values. */
  @Test
  void refusesAnAvalancheOfAliases() {
    var levels =
        IntStream.rangeClosed(1, 12)
            .mapToObj(
                level ->
                    "a%d: &a%d [%s]"
                        .formatted(
                            level,
                            level,
                            ("*a" + (level - 1) + ",").repeat(9) + "*a" + (level - 1)))
            .collect(Collectors.joining("\n"));

    refusesSoon("a0: &a0 x\n" + levels, "more than 20000 values");
  }

  @Test
  void refusesAnAliasOfItself() {
    refusesSoon("a: &a [*a]", "nested deeper than 40 levels");
  }

  @Test
  void refusesOtherEncodings() {
    assertThatThrownBy(() -> YamlDocuments.parse("a: ü".getBytes(ISO_8859_1)))
        .hasMessage("not UTF-8");
  }

  private static void refusesSoon(String yaml, String message) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThatThrownBy(() -> parse(yaml))
                .isInstanceOf(ManifestUnreadable.class)
                .hasMessageContaining(message));
  }

  private static JsonNode parse(String yaml) throws ManifestUnreadable {
    return YamlDocuments.parse(yaml.getBytes(UTF_8)).getFirst();
  }
}
