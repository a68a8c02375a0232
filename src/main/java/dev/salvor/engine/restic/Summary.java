package dev.salvor.engine.restic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import org.jspecify.annotations.Nullable;

/** Reads the JSON lines that backup and restore write while they work. */
final class Summary {
  private final ByteProgress progress;
  private @Nullable String snapshot;
  private long bytes;
  private long added;

  Summary(ByteProgress progress) {
    this.progress = progress;
  }

  synchronized void line(String line) {
    if (!line.startsWith("{")) {
      return;
    }
    var json = Restic.parse(line);
    switch (json.path("message_type").asText()) {
      case "status" -> status(json);
      case "summary" -> summary(json);
      default -> {
        // A message of a newer version.
      }
    }
  }

  private void status(JsonNode json) {
    var done = json.has("bytes_restored") ? json.path("bytes_restored") : json.path("bytes_done");
    var total = json.path("total_bytes").asLong();
    progress.at(done.asLong(), total > 0 && total >= done.asLong() ? total : null);
  }

  private void summary(JsonNode json) {
    var id = json.path("snapshot_id");
    snapshot = id.isTextual() ? id.textValue() : null;
    bytes = json.path("total_bytes_processed").asLong();
    added = json.path("data_added_packed").asLong();
  }

  synchronized @Nullable String snapshot() {
    return snapshot;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized Stored stored() {
    if (snapshot == null) {
      throw new EngineException(Reason.ENGINE_FAILED, "restic names no snapshot that it made");
    }
    return new Stored(snapshot, bytes, added);
  }
}
