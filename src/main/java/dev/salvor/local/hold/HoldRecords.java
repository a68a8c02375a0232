package dev.salvor.local.hold;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.local.state.DurableFile;
import dev.salvor.local.state.FileNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A file for each run that holds containers. Who only looks may read beside the host. */
public record HoldRecords(Path folder) {
  private static final String ENDING = ".json";

  /** All that are there; none where no run ever held anything. */
  public List<HoldRecord> all() {
    var found = new ArrayList<HoldRecord>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (var files = Files.newDirectoryStream(folder, "*" + ENDING)) {
      for (var file : files) {
        read(file).ifPresent(found::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder, e);
    }
    return found;
  }

  void write(HoldRecord record) {
    try {
      DurableFile.folder(folder);
      DurableFile.write(
          file(record.run()),
          Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(record) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot be written: " + record, e);
    }
  }

  void remove(String run) {
    DurableFile.delete(file(run));
  }

  private Path file(String run) {
    return folder.resolve(FileNames.encode(run) + ENDING);
  }

  private static Optional<HoldRecord> read(Path file) {
    return DurableFile.read(file)
        .map(
            bytes -> {
              try {
                return Json.mapper()
                    .readValue(new String(bytes, StandardCharsets.UTF_8), HoldRecord.class);
              } catch (JsonProcessingException e) {
                // Never passed over: containers are down for it.
                throw new IllegalStateException(
                    file + " cannot be read: start the containers that it names, and remove it", e);
              }
            });
  }
}
