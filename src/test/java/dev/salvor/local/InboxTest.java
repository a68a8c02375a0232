package dev.salvor.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.StoredResource;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InboxTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                                                             | true",
        "{finished: 2026-01-02T00:00:00Z}                                               | true",
        "{finished: 2026-01-01T00:00:00Z}                                               | false",
        "{finished: 2026-01-01T00:00:00Z, undo: {safetyPoint: s}}                       | false",
        "{finished: 2026-01-01T00:00:00Z, undo: {keptDatabase: k}}                      | true",
        "{finished: 2026-01-01T00:00:00Z, undo: {keptDatabase: k, dropped: 2026-01-09}} | false"
      })
  void whatWasDoneLongAgoGoesUnlessItKeepsADatabase(String status, boolean stays)
      throws JsonProcessingException {
    var inbox = new Inbox(folder);
    var file = inbox.put("back", "kind: RestoreRequest");
    var json = Json.mapper().createObjectNode();
    json.set("status", (ObjectNode) Json.yaml().readTree(status));
    var request = new StoredResource(new ResourceKey("RestoreRequest", "shop", "back"), json);

    inbox.tidy(List.of(request), Instant.parse("2026-01-31T00:00:01Z"));

    assertThat(file.toFile().exists()).isEqualTo(stays);
  }
}
