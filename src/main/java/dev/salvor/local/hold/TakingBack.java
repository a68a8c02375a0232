package dev.salvor.local.hold;

import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.HeldContainer;
import dev.salvor.plan.Stillness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has containers run again that were held, and insists on it. */
final class TakingBack {
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  /** Past this a host that is to end does not wait any longer; the next one goes on. */
  private static final Duration HOPE = Duration.ofMinutes(3);

  private static final Logger LOG = LoggerFactory.getLogger(TakingBack.class);

  private final Holds all;
  private final long began = System.nanoTime();
  private HoldRecord record;

  TakingBack(Holds all, HoldRecord record) {
    this.all = all;
    this.record = record;
  }

  boolean isHopeful() {
    return waited().compareTo(HOPE) < 0;
  }

  private Duration waited() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  void untilAllRun() {
    var names = record.names();
    var wait = FIRST_WAIT;
    while (!tryToTakeBack()) {
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts a hold", e);
      }
      wait = record.problem() == null ? FIRST_WAIT : longer(wait);
    }
    if (!names.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("run", record.run())
          .addKeyValue("containers", names)
          .addKeyValue("down", Duration.between(record.since(), all.now()))
          .log("containers run again");
    }
  }

  private static Duration longer(Duration wait) {
    var doubled = wait.multipliedBy(2);
    return doubled.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : doubled;
  }

  /** A full disk or a defect keeps nobody down for ever. */
  private boolean tryToTakeBack() {
    try {
      return takeBack();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("run", record.run()).log("containers are still down");
      record = record.left(record.layers(), e.toString());
      return false;
    }
  }

  /** Whether all were. */
  private boolean takeBack() {
    var problems = new ConcurrentHashMap<HeldContainer, String>();
    var left = new ArrayList<List<HeldContainer>>();
    try {
      for (var layer : record.layers().reversed()) {
        var still = takeBack(layer, problems);
        if (!still.isEmpty()) {
          left.addFirst(still);
        }
      }
    } catch (DockerUnreachable e) {
      note(record.layers(), e.why());
      return false;
    }
    if (left.isEmpty()) {
      all.records().remove(record.run());
      return true;
    }
    note(left, problems.values().stream().sorted().findFirst().orElse(null));
    return false;
  }

  private List<HeldContainer> takeBack(
      List<HeldContainer> layer, Map<HeldContainer, String> problems) {
    var seen = all.docker().consumers(record.hold().volumes());
    var still = new ArrayList<HeldContainer>();
    var failed =
        Together.on(
            layer,
            container -> {
              switch (Stillness.takeBack(record.hold().mode(), container, seen, waited())) {
                case START -> all.docker().start(container.id());
                case UNPAUSE -> all.docker().unpause(container.id());
                case LOOK_AGAIN -> {
                  synchronized (still) {
                    still.add(container);
                  }
                }
                case NOTHING -> {}
              }
            });
    // What Docker noted of a start that failed is no life.
    failed.keySet().forEach(container -> still.add(container.seen(null)));
    problems.putAll(failed);
    return still;
  }

  private void note(List<List<HeldContainer>> left, @Nullable String problem) {
    var next = record.left(left, problem);
    if (!next.equals(record)) {
      all.records().write(next);
      record = next;
      next.trouble().ifPresent(why -> LOG.atError().addKeyValue("run", record.run()).log(why));
    }
  }
}
