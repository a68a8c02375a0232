package dev.salvor.engine.restic;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of a tree that was laid out for restic.
 *
 * @param full those that have their bytes, by their paths in the snapshot ({@code /storage/a})
 * @param hollow how many have not
 */
public record StagedFiles(Set<String> full, long hollow) {
  /** Without a copy: there may be very many, and who made it waits for restic. */
  public StagedFiles {}

  /**
   * What restic says that it did with each (doc/075_scripting.rst, backup, verbose status): read
   * it, or took it from the parent as unchanged. Restic's own count at the end is not enough: a
   * hollow one that was read and a full one that was not would make up for each other.
   */
  static final class Seen {
    private final StagedFiles files;
    private long read;
    private long taken;
    private @Nullable String amiss;

    Seen(StagedFiles files) {
      this.files = files;
    }

    synchronized void line(String line) {
      if (!line.startsWith("{")) {
        return;
      }
      var json = Restic.parse(line);
      if (!json.path("message_type").asText().equals("verbose_status")) {
        return;
      }
      var item = json.path("item").asText();
      if (item.endsWith("/")) {
        return;
      }
      switch (json.path("action").asText()) {
        case "new", "modified" -> {
          read++;
          note(!files.full().contains(item), item + " was read, and is hollow");
        }
        case "unchanged" -> {
          taken++;
          note(files.full().contains(item), item + " was not read, though it is another");
        }
        default -> {
          // The end of a scan, among others.
        }
      }
    }

    private void note(boolean wrong, String what) {
      if (wrong && amiss == null) {
        amiss = what;
      }
    }

    /** The first that went wrong; empty: each file is what it should be, and none is missing. */
    synchronized Optional<String> amiss() {
      if (amiss == null && (read != files.full().size() || taken != files.hollow())) {
        return Optional.of(
            "%d files were read of %d, %d taken of %d"
                .formatted(read, files.full().size(), taken, files.hollow()));
      }
      return Optional.ofNullable(amiss);
    }
  }
}
