package dev.salvor.local.hold;

import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.HeldContainer;
import dev.salvor.plan.HeldContainer.Stand;
import dev.salvor.plan.Stillness;
import dev.salvor.plan.Stillness.Return;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
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
  private final LongSupplier nanoTime;
  private final long began;
  private volatile HoldRecord record;

  /** When Docker answered first, and did so ever since: what it was asked before goes its way. */
  private @Nullable Long answers;

  TakingBack(Holds all, HoldRecord record, LongSupplier nanoTime) {
    this.all = all;
    this.record = record;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
  }

  /** Who may be on the way down is waited for until that is known. */
  boolean isHopeful() {
    var window = Stillness.longestWindow(record.hold().how(), record.containers());
    var hope = window.plus(LONGEST_WAIT);
    return since(began).compareTo(hope.compareTo(HOPE) > 0 ? hope : HOPE) < 0;
  }

  private Duration since(long time) {
    return Duration.ofNanos(nanoTime.getAsLong() - time);
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

  /** Whether all were. A full disk or a defect keeps nobody down for ever. */
  boolean tryToTakeBack() {
    try {
      return takeBack();
    } catch (Throwable e) {
      LOG.atError().setCause(e).addKeyValue("run", record.run()).log("containers are still down");
      record = record.hindered(e.toString());
      return false;
    }
  }

  private boolean takeBack() {
    var problems = new HashMap<HeldContainer, String>();
    var done = new ArrayList<HeldContainer>();
    try {
      for (var layer : record.layers().reversed()) {
        done.addAll(takeBack(layer, problems));
      }
    } catch (DockerUnreachable e) {
      answers = null;
      note(record.hindered(e.why()));
      return false;
    }
    var left = record.without(done);
    if (left.containers().isEmpty()) {
      all.records().remove(record.run());
      return true;
    }
    note(left.hindered(problems.values().stream().sorted().findFirst().orElse(null)));
    return false;
  }

  /** Those that need nothing any more. */
  private Collection<HeldContainer> takeBack(
      List<HeldContainer> layer, Map<HeldContainer, String> problems) {
    var seen = all.docker().consumers(record.hold());
    var first = answers == null ? nanoTime.getAsLong() : answers;
    answers = first;
    var ways = new LinkedHashMap<HeldContainer, Return>();
    for (var container : layer) {
      ways.put(
          container,
          Stillness.takeBack(record.hold().how(), container, record.noted(), seen, since(first)));
    }
    var asked = which(ways, Return.START, Return.UNPAUSE);
    // Also of a host that is killed before it knows what became of it.
    note(record.with(Stand.RETURNING, asked));
    var failed =
        Together.on(
            asked,
            container -> {
              if (ways.get(container) == Return.START) {
                all.docker().start(container.id());
              } else {
                all.docker().unpause(container.id());
              }
            });
    problems.putAll(failed);
    which(ways, Return.ASK_ELSEWHERE)
        .forEach(
            container ->
                problems.put(
                    container,
                    "Container '"
                        + container.name()
                        + "' is of another Docker than the one that answers here: set DOCKER_HOST"
                        + " as it was, or wait until that one's disk is there."));
    asked.removeAll(failed.keySet());
    asked.addAll(which(ways, Return.NOTHING));
    return asked;
  }

  private static List<HeldContainer> which(Map<HeldContainer, Return> ways, Return... wanted) {
    var found = new ArrayList<HeldContainer>();
    ways.forEach(
        (container, way) -> {
          if (List.of(wanted).contains(way)) {
            found.add(container);
          }
        });
    return found;
  }

  /** Nobody stays down since it cannot be written. */
  private void note(HoldRecord next) {
    if (next.equals(record)) {
      return;
    }
    var before = record.problem();
    record = next;
    if (next.problem() != null && !next.problem().equals(before)) {
      LOG.atError().addKeyValue("run", record.run()).log(next.trouble());
    }
    try {
      all.records().write(next);
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("run", record.run()).log("cannot be noted");
    }
  }
}
