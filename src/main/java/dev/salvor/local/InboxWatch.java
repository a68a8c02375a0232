package dev.salvor.local;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes the host when a command has put something into its inbox: a person sits before it, and the
 * next look of the host may be two seconds off. Where the kernel has no watch to give, that look
 * has to do.
 */
final class InboxWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InboxWatch.class);

  private final @Nullable WatchService service;

  private InboxWatch(@Nullable WatchService service) {
    this.service = service;
  }

  static InboxWatch begin(Path inbox, Runnable wake) {
    try {
      var service = FileSystems.getDefault().newWatchService();
      inbox.register(service, StandardWatchEventKinds.ENTRY_CREATE);
      Thread.ofPlatform().daemon().name("inbox").start(() -> wakeAtEach(service, wake));
      return new InboxWatch(service);
    } catch (IOException e) {
      LOG.atInfo().addKeyValue("why", e.toString()).log("requests are seen within two seconds");
      return new InboxWatch(null);
    }
  }

  private static void wakeAtEach(WatchService service, Runnable wake) {
    try {
      while (true) {
        var key = service.take();
        key.pollEvents();
        wake.run();
        if (!key.reset()) {
          return;
        }
      }
    } catch (ClosedWatchServiceException over) {
      // The host ends, and this with it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (service != null) {
      try {
        service.close();
      } catch (IOException e) {
        LOG.atDebug().setCause(e).log("the watch of the inbox was not closed");
      }
    }
  }
}
