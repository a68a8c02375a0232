package dev.salvor.local.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlLinesTest {
  private static final String YAML =
      """
      # one
      kind: A
      ---
      kind: B
      spec:
        checks:
        - name: first
        - {name: second,
           sql: {query: x}}
        labels: {"a/b": c}
      ---
      """;

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource({
    "1, '', 2",
    "2, '', 4",
    "2, spec, 5",
    "2, spec.checks, 6",
    "2, spec.checks[0].name, 7",
    "2, spec.checks[1].sql.query, 9",
    "2, spec.checks[1].nothing, 8",
    "2, spec.checks[7].name, 6",
    "2, spec.nothing.at.all, 5",
    "2, spec.labels[a/b], 10",
    "2, nothing, 4",
  })
  void isThatOfWhatIsMeantOrOfWhereItShouldBe(int document, String path, int line)
      throws IOException {
    var file = Files.writeString(temporary.resolve("a.yaml"), YAML);

    assertThat(YamlLines.find(new Origin(file, document), path)).hasValue(line);
  }

  @Test
  void ofAFileAsAWholeOrOneThatIsGoneThereIsNone() throws IOException {
    var file = Files.writeString(temporary.resolve("a.yaml"), YAML);

    assertThat(YamlLines.find(new Origin(file, 0), "")).isEmpty();
    assertThat(YamlLines.find(new Origin(file, 9), "")).isEmpty();
    assertThat(YamlLines.find(new Origin(temporary.resolve("gone"), 1), "")).isEmpty();
    Files.writeString(file, "a: [");
    assertThat(YamlLines.find(new Origin(file, 1), "a")).isEmpty();
  }
}
