package dev.salvor.local;

import dev.salvor.local.manifest.ManifestFolder;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.state.ResourceStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the manifests when their files have changed. */
final class ManifestWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestWatch.class);

  private final ManifestFolder reader;
  private final Path manifests;
  private final Path inbox;
  private final ResourceStore store;
  private @Nullable String seen;
  private @Nullable String problem;

  ManifestWatch(ManifestFolder reader, Path manifests, Path inbox, ResourceStore store) {
    this.reader = reader;
    this.manifests = manifests;
    this.inbox = inbox;
    this.store = store;
  }

  /** What both folders hold. */
  record Reading(Manifests manifests, Manifests inbox) {}

  /**
   * Reads both folders; empty if nothing changed, or if the manifests cannot be read at all (an
   * unmounted folder): then everything stays as it is.
   *
   * @param again read even if nothing changed
   */
  Optional<Reading> read(boolean again) {
    try {
      var now = fingerprint(manifests) + fingerprint(inbox);
      if (now.equals(seen) && !again) {
        return Optional.empty();
      }
      var reading =
          new Reading(reader.read(manifests, store::previous), reader.read(inbox, store::previous));
      reading.manifests().notes().forEach(note -> LOG.info(note.toString()));
      reading.manifests().exposures().forEach(note -> LOG.warn(note.toString()));
      seen = now;
      problem = null;
      return Optional.of(reading);
    } catch (IOException e) {
      if (!e.toString().equals(problem)) {
        problem = e.toString();
        LOG.atError().addKeyValue("problem", problem).log("the manifests cannot be read");
      }
      return Optional.empty();
    }
  }

  /** Names, times, sizes and permissions; a file that vanishes meanwhile is seen next time. */
  private static String fingerprint(Path folder) throws IOException {
    var files = new TreeMap<String, String>();
    try (var entries = Files.newDirectoryStream(folder)) {
      for (var entry : entries) {
        try {
          var attributes =
              Files.readAttributes(
                  entry, "unix:lastModifiedTime,ctime,size,mode,ino", new LinkOption[0]);
          files.put(entry.getFileName().toString(), new TreeMap<>(attributes).toString());
        } catch (NoSuchFileException e) {
          files.put(entry.getFileName().toString(), "gone");
        }
      }
    }
    return files.toString();
  }
}
