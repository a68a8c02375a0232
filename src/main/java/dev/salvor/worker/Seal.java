package dev.salvor.worker;

import dev.salvor.api.Isolation;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Deadline;
import dev.salvor.task.NetworkAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether the network that this process shares with the throw-away server was cut off: what Fetch
 * reached from it can be reached no more (SAFETY 17).
 *
 * <p>Only a change is evidence. What was never reached from here (behind a proxy, say) may be out
 * of reach for any reason, so that nothing is claimed then. Numbers are asked for, not names: a
 * name that cannot be looked up any more says nothing about the address.
 */
final class Seal {
  /** A host labels the pod once Fetch has ended, and the network takes note. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String FILE = "reached.json";
  private static final int MOST_NUMBERS = 4;

  /** A packet that was lost by chance is sent again after a second. */
  private static final Duration CONNECT = Duration.ofSeconds(2);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Where nothing is to be asked. */
  static final Seal NONE = new Seal(Optional.empty());

  private final Optional<Reached> reached;

  private Seal(Optional<Reached> reached) {
    this.reached = reached;
  }

  /**
   * What was reached.
   *
   * @param numbers that answered
   */
  record Reached(NetworkAddress address, List<String> numbers) {}

  /** Notes what can be reached from here; called by Fetch, while the network is open. */
  static void note(Path sandbox, NetworkAddress address) {
    try {
      var numbers =
          Stream.of(InetAddress.getAllByName(address.host()))
              .limit(MOST_NUMBERS)
              .filter(number -> answers(number, address.port()))
              .map(InetAddress::getHostAddress)
              .toList();
      Json.mapper().writeValue(sandbox.resolve(FILE).toFile(), new Reached(address, numbers));
    } catch (IOException unknownHost) {
      // Nothing is noted, and nothing will be claimed.
      Folders.delete(sandbox.resolve(FILE));
    }
  }

  /**
   * By what Fetch noted.
   *
   * @param from what the host says that it cuts off; null: whatever was noted
   */
  static Seal read(Path sandbox, @Nullable NetworkAddress from) {
    try {
      var file = sandbox.resolve(FILE);
      var noted =
          Files.isRegularFile(file)
              ? Optional.of(Json.mapper().readValue(file.toFile(), Reached.class))
              : Optional.<Reached>empty();
      return new Seal(
          noted.filter(
              it -> !it.numbers().isEmpty() && (from == null || it.address().equals(from))));
    } catch (IOException unreadable) {
      return new Seal(Optional.empty());
    }
  }

  /**
   * Waits until it is closed, that long at most.
   *
   * @return ENFORCED, NOT_ENFORCED if it stayed open, UNKNOWN if there was nothing to ask
   */
  Isolation await(Deadline deadline, Duration patience) {
    if (reached.isEmpty()) {
      return Isolation.UNKNOWN;
    }
    var until = deadline.within(patience);
    while (true) {
      if (isClosed()) {
        return Isolation.ENFORCED;
      }
      if (until.remaining().isZero()) {
        return Isolation.NOT_ENFORCED;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new EngineException(Reason.INTERRUPTED, "the run is ended from outside");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Asked twice: a single failure may be the network's own. */
  boolean isClosed() {
    return reached.isPresent() && !anyAnswers(reached.get()) && !anyAnswers(reached.get());
  }

  /** For messages. */
  String from() {
    return reached.map(it -> it.address().toString()).orElse("nothing");
  }

  private static boolean anyAnswers(Reached reached) {
    return reached.numbers().stream()
        .anyMatch(
            number -> {
              try {
                return answers(InetAddress.ofLiteral(number), reached.address().port());
              } catch (IllegalArgumentException noNumber) {
                return true;
              }
            });
  }

  private static boolean answers(InetAddress number, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(number, port), (int) CONNECT.toMillis());
      return true;
    } catch (IOException refusedOrLost) {
      return false;
    }
  }
}
