package dev.salvor.local.hold;

import dev.salvor.local.docker.Docker;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.Stillness;
import dev.salvor.task.HoldFiles;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds containers for the runs of a host (ADR 22): each on a thread of its own, since to stop a
 * server may take minutes. The host says which run may ask, and when its worker is gone.
 */
public final class Holds {
  private final HoldRecords records;
  private final Docker docker;
  private final Runnable wake;
  private final Clock clock;
  private final Map<String, Hold> holds = new HashMap<>();

  /** Who chooses sees who else has chosen: two never hold one container. */
  private final ReentrantLock choosing = new ReentrantLock();

  /**
   * For one host.
   *
   * @param wake called when containers were taken back, from another thread
   */
  public Holds(HoldRecords records, Docker docker, Runnable wake, Clock clock) {
    this.records = records;
    this.docker = docker;
    this.wake = wake;
    this.clock = clock;
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
   */
  public void takeBackAllOthers() {
    for (var record : records.all()) {
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

  /** What could not be taken back until now, in words. */
  public List<String> problems() {
    return records.all().stream().flatMap(record -> record.trouble().stream()).toList();
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
      var choice = Stillness.choose(wish, docker.consumers(wish.volumes()), elsewhere);
      if (choice instanceof Stillness.Choice.Hold(var layers)) {
        var record = new HoldRecord(run, wish, now(), HoldRecord.Stage.TAKING, layers, null);
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

  private Map<String, String> elsewhere(String run) {
    var held = new HashMap<String, String>();
    for (var record : new ArrayList<>(records.all())) {
      if (!record.run().equals(run)) {
        record.containers().forEach(each -> held.put(each.id(), record.run()));
      }
    }
    return held;
  }

  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
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
