package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.engine.volume.RawDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The first block of a device while it is restored to; its own is written last. So nobody takes a
 * device for whole that is not, and the next attempt of the same request knows that it may go on.
 *
 * @param request uid of the request; empty: somebody altered the block
 * @param safetyPoint holds what was there before; null: nothing was, or losing it was acknowledged
 */
@Model
record DeviceMarker(String request, @Nullable String safetyPoint) {
  private static final String BEGINNING =
      "salvor restores to this device; when it is done, its own first block is here\n";

  private static final DeviceMarker ALTERED = new DeviceMarker("", null);

  DeviceMarker {
    Objects.requireNonNull(request);
  }

  /** Whosever it is; empty where there is none. */
  static Optional<DeviceMarker> read(RawDevice device) throws IOException {
    byte[] block;
    try (var bytes = device.read(0)) {
      block = bytes.readNBytes(RawDevice.BLOCK_BYTES);
    }
    var text = new String(block, StandardCharsets.UTF_8);
    if (!text.startsWith(BEGINNING)) {
      return Optional.empty();
    }
    try {
      var marker = Json.mapper().readValue(text.substring(BEGINNING.length()), DeviceMarker.class);
      return Optional.of(marker == null ? ALTERED : marker);
    } catch (JsonProcessingException altered) {
      return Optional.of(ALTERED);
    }
  }

  byte[] block() {
    try {
      var text = BEGINNING + Json.mapper().writeValueAsString(this) + "\n";
      return Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), RawDevice.BLOCK_BYTES);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a marker cannot be written", e);
    }
  }
}
