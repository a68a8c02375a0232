package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Isolation;
import dev.salvor.engine.process.Deadline;
import dev.salvor.task.NetworkAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealIT {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Deadline DEADLINE = Deadline.after(Duration.ofMinutes(1));

  @TempDir Path sandbox;

  @Test
  void whatStaysWithinReachIsNotEnforced() throws IOException {
    try (var store = listen()) {
      Seal.note(sandbox, address(store));
      var seal = Seal.read(sandbox, address(store));
      assertThat(seal.await(DEADLINE, SHORT)).isEqualTo(Isolation.NOT_ENFORCED);
      assertThat(seal.isClosed()).isFalse();
    }
  }

  @Test
  void whatIsCutOffIsEnforced() throws IOException {
    var store = listen();
    Seal.note(sandbox, address(store));
    store.close();
    assertThat(Seal.read(sandbox, address(store)).await(DEADLINE, SHORT))
        .isEqualTo(Isolation.ENFORCED);
  }

  @Test
  void aSealMayTakeItsTime() throws IOException {
    var store = listen();
    Seal.note(sandbox, address(store));
    var seal = Seal.read(sandbox, address(store));
    var closing =
        CompletableFuture.runAsync(
            () -> close(store), CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS));
    assertThat(seal.await(DEADLINE, LONG)).isEqualTo(Isolation.ENFORCED);
    closing.join();
  }

  @Test
  void theRunsDeadlineEndsTheWait() throws IOException {
    try (var store = listen()) {
      Seal.note(sandbox, address(store));
      var seal = Seal.read(sandbox, address(store));
      assertThat(seal.await(Deadline.after(SHORT), LONG)).isEqualTo(Isolation.NOT_ENFORCED);
    }
  }

  @Test
  void aSealThatFallsIsSeen() throws IOException {
    var store = listen();
    var address = address(store);
    Seal.note(sandbox, address);
    store.close();
    var seal = Seal.read(sandbox, address);
    assertThat(seal.isClosed()).isTrue();
    try (var again = new ServerSocket(address.port(), 200, InetAddress.getLoopbackAddress())) {
      assertThat(again.isBound()).isTrue();
      assertThat(seal.isClosed()).isFalse();
    }
  }

  /** Out of reach for whatever reason: that says nothing about a seal. */
  @Test
  void whatWasNeverWithinReachIsUnknown() throws IOException {
    var store = listen();
    store.close();
    Seal.note(sandbox, address(store));
    assertThat(Seal.read(sandbox, address(store)).await(DEADLINE, LONG))
        .isEqualTo(Isolation.UNKNOWN);
    Seal.note(sandbox, new NetworkAddress("no-such-host.invalid", 9));
    assertThat(Seal.read(sandbox, null).await(DEADLINE, LONG)).isEqualTo(Isolation.UNKNOWN);
  }

  @Test
  void withoutANoteOrWithThatOfAnotherPlaceNothingIsClaimed() throws IOException {
    assertThat(Seal.read(sandbox, null).await(DEADLINE, LONG)).isEqualTo(Isolation.UNKNOWN);
    assertThat(Seal.NONE.await(DEADLINE, LONG)).isEqualTo(Isolation.UNKNOWN);
    try (var store = listen()) {
      Seal.note(sandbox, address(store));
      assertThat(Seal.read(sandbox, new NetworkAddress("other", 1)).await(DEADLINE, LONG))
          .isEqualTo(Isolation.UNKNOWN);
      assertThat(Seal.read(sandbox, null).await(DEADLINE, SHORT)).isEqualTo(Isolation.NOT_ENFORCED);
    }
    Files.writeString(sandbox.resolve("reached.json"), "{");
    assertThat(Seal.read(sandbox, null).await(DEADLINE, LONG)).isEqualTo(Isolation.UNKNOWN);
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
  }

  private static NetworkAddress address(ServerSocket socket) {
    return new NetworkAddress("localhost", socket.getLocalPort());
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
