package dev.salvor.local.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Looks at folders of this machine that others named. One of a share whose server is gone never
 * answers, and who asks cannot be interrupted: that is a thread of its own, which is waited for
 * once, for a moment.
 */
final class FolderLook {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Map<Path, FutureTask<Seen>> UNANSWERED = new ConcurrentHashMap<>();

  private FolderLook() {}

  /**
   * What there is.
   *
   * @param fileSystem by its number; null: it cannot be told
   */
  record Seen(boolean exists, boolean isFolder, boolean readable, @Nullable Long fileSystem) {}

  /** Empty: nobody answers. */
  static Optional<Seen> at(Path path) {
    var hung = UNANSWERED.get(path);
    if (hung != null && !hung.isDone()) {
      return Optional.empty();
    }
    var look = new FutureTask<>(() -> look(path));
    UNANSWERED.put(path, look);
    Thread.ofPlatform().daemon().name("look-at-folder").start(look);
    try {
      var seen = look.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      UNANSWERED.remove(path, look);
      return Optional.of(seen);
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a look at " + path + " failed", e.getCause());
    }
  }

  private static Seen look(Path path) {
    return new Seen(
        Files.exists(path), Files.isDirectory(path), Files.isReadable(path), fileSystem(path));
  }

  private static @Nullable Long fileSystem(Path path) {
    try {
      return (Long) Files.getAttribute(path, "unix:dev");
    } catch (IOException e) {
      return null;
    }
  }
}
