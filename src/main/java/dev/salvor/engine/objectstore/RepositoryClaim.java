package dev.salvor.engine.objectstore;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one run at a time make a repository (SAFETY 26). Whoever holds the claim renews it; a claim
 * that nobody renews while another run looks on is a dead one's. No times are compared: the clocks
 * of two machines differ.
 */
final class RepositoryClaim {
  static final Timing USUAL = new Timing(Duration.ofSeconds(10), Duration.ofSeconds(60));

  private static final Logger LOG = LoggerFactory.getLogger(RepositoryClaim.class);

  private final ObjectStore objects;
  private final String key;
  private final String run;
  private final Timing timing;

  RepositoryClaim(ObjectStore objects, String key, String run, Timing timing) {
    this.objects = objects;
    this.key = key;
    this.run = run;
    this.timing = timing;
  }

  /**
   * How a claim is kept and lost.
   *
   * @param renewal how often its holder renews it
   * @param patience for how long another run looks on before it takes it over; several renewals
   */
  record Timing(Duration renewal, Duration patience) {}

  /** Who makes a repository, and how often that was said. */
  @Model
  record Claim(String run, long renewals) {}

  /**
   * Does the work while nobody else does.
   *
   * @throws EngineException REPOSITORY_LOCKED while another run does; INTERRUPTED
   */
  <T> T hold(Supplier<T> work) {
    take();
    var renewals = Executors.newSingleThreadScheduledExecutor();
    var every = timing.renewal().toMillis();
    var _ = renewals.scheduleWithFixedDelay(new Renewal(), every, every, TimeUnit.MILLISECONDS);
    try {
      return work.get();
    } finally {
      release(renewals);
    }
  }

  private void take() {
    var mine = new Claim(run, 0);
    if (!objects.create(key, write(mine)) && !isFree()) {
      objects.put(key, write(mine));
    }
    // Servers that ignore the condition let two through: the last one that wrote goes on.
    if (!read().equals(Optional.of(mine))) {
      throw locked(read().orElse(null));
    }
  }

  /** Looks on. True: it was given back, and is ours now; false: its holder is dead. */
  private boolean isFree() {
    var seen = read();
    var end = System.nanoTime() + timing.patience().toNanos();
    while (System.nanoTime() < end) {
      pause();
      var now = read();
      if (now.isEmpty() && objects.create(key, write(new Claim(run, 0)))) {
        return true;
      }
      if (!now.equals(seen)) {
        throw locked(now.orElse(null));
      }
    }
    return false;
  }

  private void pause() {
    try {
      Thread.sleep(timing.renewal().dividedBy(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the wait for " + key + " was ended", e);
    }
  }

  /** Also in a run that is being ended: its next attempt would wait for nobody. */
  private void release(ScheduledExecutorService renewals) {
    var interrupted = Thread.interrupted();
    renewals.shutdown();
    try {
      if (!renewals.awaitTermination(timing.patience().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("a renewal does not end");
      }
      objects.delete(key);
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Optional<Claim> read() {
    return objects
        .get(key)
        .map(
            bytes -> {
              try {
                return Json.mapper().readValue(bytes, Claim.class);
              } catch (IOException e) {
                throw new EngineException(Reason.STORE_UNKNOWN, key + " cannot be read", e);
              }
            });
  }

  private static byte[] write(Claim claim) {
    try {
      return Json.mapper().writeValueAsBytes(claim);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private EngineException locked(@Nullable Claim other) {
    return new EngineException(
        Reason.REPOSITORY_LOCKED,
        (other == null ? "another run" : "run " + other.run())
            + " makes the repository ("
            + key
            + ")");
  }

  private final class Renewal implements Runnable {
    private long renewals;

    @Override
    public void run() {
      try {
        renewals++;
        objects.put(key, write(new Claim(run, renewals)));
      } catch (EngineException passing) {
        LOG.atWarn().addKeyValue("why", passing.failure().message()).log("a claim was not renewed");
      }
    }
  }
}
