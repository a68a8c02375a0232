package dev.salvor.local.hold;

import dev.salvor.local.docker.Docker;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.HeldContainer;
import dev.salvor.plan.Stillness;
import dev.salvor.task.HoldFiles;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds containers for the runs of a host (ADR 22): each on a thread of its own, since to stop a
 * server may take minutes. The host says which run may ask, and when its worker is gone.
 */
public final class Holds {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  private static final Logger LOG = LoggerFactory.getLogger(Holds.class);

  private final HoldRecords records;
  private final Docker docker;
  private final Runnable wake;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Map<String, Hold> holds = new HashMap<>();

  /** Who chooses sees who else has chosen: two never hold one container. */
  private final ReentrantLock choosing = new ReentrantLock();

  /**
   * For one host.
   *
   * @param wake called when containers were taken back, from another thread
   */
  public Holds(HoldRecords records, Docker docker, Runnable wake, Clock clock) {
    this(records, docker, wake, clock, System::nanoTime);
  }

  /** By this time whoever may be on the way down is waited for. */
  Holds(HoldRecords records, Docker docker, Runnable wake, Clock clock, LongSupplier nanoTime) {
    this.records = records;
    this.docker = docker;
    this.wake = wake;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * A run works that may ask; what a host before this one held for it goes on, or is taken back.
   */
  public void watch(String run, ContainerHold wish, HoldFiles files) {
    begin(new Hold(this, run, wish, files, recorded(run).orElse(null)));
  }

  /** The worker of a run is gone, and so are its engines: what was held for it is taken back. */
  public synchronized void end(String run) {
    var hold = holds.get(run);
    if (hold != null) {
      hold.end();
    }
  }

  /**
   * Takes back what is held for runs that nobody watches: they ended, or are not known any more.
   * What cannot be read is said, and hinders no other.
   */
  public void takeBackAllOthers() {
    var found = records.find();
    found.unreadable().forEach(LOG::error);
    for (var record : found.records()) {
      if (!isWatched(record.run())) {
        var hold = new Hold(this, record.run(), record.hold(), null, record);
        hold.end();
        begin(hold);
      }
    }
  }

  /** Whether something is yet to be taken back that may be soon: a host had better wait for it. */
  public synchronized boolean anyLeft() {
    holds.values().removeIf(Hold::isOver);
    return holds.values().stream().anyMatch(Hold::mayBeOverSoon);
  }

  /** Has a host that is about to end for a defect, or a full disk, leave nobody down by that. */
  public void awaitAll() {
    try {
      while (anyLeft()) {
        Thread.sleep(BETWEEN_LOOKS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What is not taken back until now, though no worker needs it any more, in words. */
  public List<String> problems() {
    var found = records.find();
    return Stream.concat(
            found.unreadable().stream(),
            found.records().stream()
                .filter(record -> !record.containers().isEmpty() && !isNeeded(record.run()))
                .map(HoldRecord::trouble))
        .toList();
  }

  private synchronized boolean isNeeded(String run) {
    var hold = holds.get(run);
    return hold != null && hold.isNeeded();
  }

  private synchronized boolean isWatched(String run) {
    return holds.containsKey(run);
  }

  private synchronized void begin(Hold hold) {
    holds.put(hold.run(), hold);
    hold.start();
  }

  private Optional<HoldRecord> recorded(String run) {
    return records.all().stream().filter(record -> record.run().equals(run)).findFirst();
  }

  /**
   * Chooses for a run, and writes down what it is to hold before anything is done to it.
   *
   * @throws dev.salvor.local.docker.DockerUnreachable if Docker does not answer
   */
  Chosen choose(String run, ContainerHold wish) {
    choosing.lock();
    try {
      // Before the look: what another run has given back by then is seen to run.
      var elsewhere = elsewhere(run);
      var seen = docker.consumers(wish);
      var choice = Stillness.choose(wish, seen, elsewhere);
      if (choice instanceof Stillness.Choice.Hold(var layers)) {
        var record = HoldRecord.chosen(run, wish, seen.daemon(), now(), layers);
        records.write(record);
        return new Chosen(choice, Optional.of(record));
      }
      return new Chosen(choice, Optional.empty());
    } finally {
      choosing.unlock();
    }
  }

  /** What was chosen, and what stands on the disk of it. */
  record Chosen(Stillness.Choice choice, Optional<HoldRecord> record) {}

  private List<Stillness.Elsewhere> elsewhere(String run) {
    return records.all().stream()
        .filter(record -> !record.run().equals(run))
        .map(
            record ->
                new Stillness.Elsewhere(
                    record.run(),
                    record.hold(),
                    record.containers().stream()
                        .map(HeldContainer::id)
                        .collect(Collectors.toSet())))
        .toList();
  }

  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  LongSupplier nanoTime() {
    return nanoTime;
  }

  HoldRecords records() {
    return records;
  }

  Docker docker() {
    return docker;
  }

  void wake() {
    wake.run();
  }
}
