package dev.salvor.engine.objectstore;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one run at a time make a repository (SAFETY 26). Whoever holds the claim renews it, and
 * stops its work where it could not for a while, or finds another's; a claim that nobody renews for
 * twice as long while another run looks on is a dead one's. No times are compared: the clocks of
 * two machines differ.
 */
final class RepositoryClaim {
  /** A call of an object store may take a minute: the patience is several of them. */
  static final Timing USUAL =
      new Timing(Duration.ofSeconds(10), Duration.ofMinutes(5), Duration.ofSeconds(3));

  private static final Logger LOG = LoggerFactory.getLogger(RepositoryClaim.class);

  private final ObjectStore objects;
  private final String key;
  private final Timing timing;
  private final Claim mine;

  RepositoryClaim(ObjectStore objects, String key, String run, Timing timing) {
    this.objects = objects;
    this.key = key;
    this.timing = timing;
    this.mine = new Claim(run, UUID.randomUUID().toString(), 0);
  }

  /**
   * How a claim is kept and lost.
   *
   * @param renewal how often its holder renews it
   * @param patience for how long another run looks on before it takes it over
   * @param settling how long one that took over waits for others that do the same
   */
  record Timing(Duration renewal, Duration patience, Duration settling) {}

  /**
   * Who makes a repository.
   *
   * @param holder by chance: two processes of one run are two
   * @param renewals how often that was said
   */
  @Model
  record Claim(String run, String holder, long renewals) {
    boolean isOf(Claim other) {
      return holder.equals(other.holder);
    }
  }

  /**
   * Does the work while nobody else does. The thread is interrupted where the claim is lost.
   *
   * @throws EngineException REPOSITORY_LOCKED while another run does; INTERRUPTED
   */
  <T> T hold(Supplier<T> work) {
    take();
    var renewals = Executors.newSingleThreadScheduledExecutor();
    var every = timing.renewal().toMillis();
    var _ =
        renewals.scheduleWithFixedDelay(
            new Renewal(Thread.currentThread()), every, every, TimeUnit.MILLISECONDS);
    try {
      return work.get();
    } finally {
      release(renewals);
    }
  }

  private void take() {
    if (!objects.create(key, write(mine))) {
      takeOver();
    }
    // Servers that ignore the condition let two through; the renewals tell the other one later.
    requireMine();
  }

  private void requireMine() {
    var found = read();
    if (found.filter(mine::isOf).isEmpty()) {
      throw locked(found.orElse(null));
    }
  }

  private void takeOver() {
    var seen = read();
    var end = System.nanoTime() + timing.patience().toNanos();
    while (System.nanoTime() < end) {
      pause(timing.renewal().dividedBy(2));
      if (!read().equals(seen)) {
        throw locked(seen.orElse(null));
      }
    }
    objects.delete(key);
    if (!objects.create(key, write(mine))) {
      throw locked(seen.orElse(null));
    }
    pause(timing.settling());
  }

  private void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the wait for " + key + " was ended", e);
    }
  }

  /** Also in a run that is being ended: its next attempt would wait for nobody. */
  private void release(ScheduledExecutorService renewals) {
    renewals.shutdown();
    var interrupted = Thread.interrupted();
    try {
      if (renewals.awaitTermination(timing.patience().toMillis(), TimeUnit.MILLISECONDS)
          && read().filter(mine::isOf).isPresent()) {
        objects.delete(key);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (EngineException e) {
      // It dies by itself. What was made, or why it could not be, matters more.
      LOG.atWarn().addKeyValue("why", e.failure().message()).log("a claim was not given back");
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** One that cannot be read is nobody's, and as dead as it stays. */
  private Optional<Claim> read() {
    return objects.get(key).map(RepositoryClaim::claim);
  }

  private static Claim claim(byte[] bytes) {
    try {
      var claim = Json.mapper().readValue(bytes, Claim.class);
      return claim.holder() == null ? new Claim(claim.run(), "", 0) : claim;
    } catch (IOException e) {
      return new Claim("unknown", "", 0);
    }
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

  /** Says that the holder lives; ends its work where that cannot be said any more. */
  private final class Renewal implements Runnable {
    private final Thread holder;
    private long renewals;
    private long said = System.nanoTime();

    Renewal(Thread holder) {
      this.holder = holder;
    }

    @Override
    public void run() {
      try {
        if (read().filter(mine::isOf).isEmpty()) {
          lose("another run took it over");
          return;
        }
        renewals++;
        objects.put(key, write(new Claim(mine.run(), mine.holder(), renewals)));
        said = System.nanoTime();
      } catch (RuntimeException passing) {
        LOG.atWarn().setCause(passing).log("a claim was not renewed");
        if (System.nanoTime() - said > timing.patience().dividedBy(2).toNanos()) {
          lose("it could not be renewed");
        }
      }
    }

    private void lose(String why) {
      LOG.atError().addKeyValue("claim", key).addKeyValue("why", why).log("the claim is lost");
      holder.interrupt();
    }
  }
}
