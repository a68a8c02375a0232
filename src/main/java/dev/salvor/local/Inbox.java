package dev.salvor.local;

import dev.salvor.local.state.DurableFile;
import dev.salvor.local.state.StoredResource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;

/**
 * Requests that commands made. They lie in the state folder and not among the manifests, which may
 * be a checkout of a repository that others own. Those that are done are kept for a while.
 */
public final class Inbox {
  private static final Duration KEPT = Duration.ofDays(30);
  private static final String ENDING = ".yaml";

  private final Path folder;

  public Inbox(Path folder) {
    this.folder = folder;
  }

  /**
   * Hands a request to the host.
   *
   * @param name of the request, which is new
   */
  public Path put(String name, String yaml) {
    var file = folder.resolve(name + ENDING);
    if (Files.exists(file)) {
      throw new UncheckedIOException(new IOException(file + " is there already"));
    }
    DurableFile.write(file, yaml);
    return file;
  }

  /** Removes requests that were done long ago; they are then gone like any manifest. */
  void tidy(Collection<StoredResource> resources, Instant now) {
    for (var resource : resources) {
      var finished = resource.status().path("finished").asText();
      if (!finished.isEmpty()
          && !isKeeping(resource)
          && Instant.parse(finished).plus(KEPT).isBefore(now)) {
        DurableFile.delete(folder.resolve(resource.key().name() + ENDING));
      }
    }
  }

  /** Nobody else would drop what it replaced. */
  private static boolean isKeeping(StoredResource resource) {
    var undo = resource.status().path("undo");
    return undo.hasNonNull("keptDatabase") && !undo.hasNonNull("dropped");
  }
}
