package dev.salvor.local.hold;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.StillnessMode;
import dev.salvor.local.state.DurableFile;
import dev.salvor.local.state.FileNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file for each run that holds containers. Who only looks may read beside the host. */
public record HoldRecords(Path folder) {
  private static final String ENDING = ".json";

  /**
   * What is there.
   *
   * @param unreadable files of which that is not known, in words: containers are down for them, and
   *     all others are taken back nevertheless
   */
  public record Found(List<HoldRecord> records, List<String> unreadable) {
    public Found {
      records = List.copyOf(records);
      unreadable = List.copyOf(unreadable);
    }
  }

  /** All that can be read; none where no run ever held anything. */
  public List<HoldRecord> all() {
    return find().records();
  }

  /** All that are there. */
  public Found find() {
    var records = new ArrayList<HoldRecord>();
    var unreadable = new ArrayList<String>();
    if (Files.isDirectory(folder)) {
      try (var files = Files.newDirectoryStream(folder, "*" + ENDING)) {
        files.forEach(file -> read(file, records, unreadable));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + folder, e);
      }
    }
    return new Found(records, unreadable);
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

  private static void read(Path file, List<HoldRecord> records, List<String> unreadable) {
    try {
      var bytes = DurableFile.read(file);
      if (bytes.isEmpty()) {
        return;
      }
      var record =
          Json.mapper()
              .readValue(new String(bytes.get(), StandardCharsets.UTF_8), HoldRecord.class);
      if (record.hold().mode() == StillnessMode.UNKNOWN) {
        unreadable.add(unreadable(file, "it was written by a later version"));
      } else {
        records.add(record);
      }
    } catch (JsonProcessingException | RuntimeException e) {
      unreadable.add(unreadable(file, String.valueOf(e.getMessage())));
    }
  }

  private static String unreadable(Path file, String why) {
    return file
        + " cannot be read, and containers may be down for it: start those that it names, and"
        + " remove it. "
        + why;
  }
}
