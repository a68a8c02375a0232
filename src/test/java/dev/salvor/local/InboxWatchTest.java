package dev.salvor.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InboxWatchTest {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir private Path folder;

  @Test
  void eachRequestWakesTheHost() throws InterruptedException {
    var woken = new Semaphore(0);
    try (var _ = InboxWatch.begin(folder, woken::release)) {
      var inbox = new Inbox(folder);
      for (var name : new String[] {"first", "second"}) {
        inbox.put(name, "kind: BackupRequest");
        assertThat(woken.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)).as(name).isTrue();
        woken.drainPermits();
      }
    }
  }

  /** As the looks of the host do then. */
  @Test
  void aFolderThatCannotBeWatchedStopsNobody() {
    InboxWatch.begin(folder.resolve("none"), () -> {}).close();
  }
}
