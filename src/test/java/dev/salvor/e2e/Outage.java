package dev.salvor.e2e;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A part of the cluster, such as kubelet, that was killed and is started again at the end. */
final class Outage implements AutoCloseable {
  private final String part;

  Outage(String part) {
    this.part = part;
    cluster("kill");
  }

  static void of(String part, Duration length) {
    try (var _ = new Outage(part)) {
      Thread.sleep(length);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void close() {
    cluster("start");
  }

  private void cluster(String command) {
    LocalProgram.run(Map.of(), List.of("src/test/scripts/cluster", command, part)).succeeded();
  }
}
