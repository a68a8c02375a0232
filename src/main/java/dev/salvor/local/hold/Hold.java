package dev.salvor.local.hold;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.local.state.DurableFile;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ContainerHold.Work;
import dev.salvor.plan.HeldContainer;
import dev.salvor.plan.HeldContainer.Stand;
import dev.salvor.plan.Stillness;
import dev.salvor.task.HoldAnswer;
import dev.salvor.task.HoldFiles;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds containers for one run: when its worker asks, until it says that all is read, the run is
 * over, or their time is. What it has noted on the disk is taken back by whoever finds it there.
 */
final class Hold {
  /** Applications are down for as long as a question lies unread. */
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(20);

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  /** A run that waits for another keeps its repository open, and a place from others. */
  private static final Duration PATIENCE_WITH_OTHERS = Duration.ofMinutes(10);

  /** A daemon that is started anew answers again by then. */
  private static final Duration PATIENCE_WITH_DOCKER = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(Hold.class);

  private final Holds all;
  private final String run;
  private final ContainerHold wish;
  private final @Nullable HoldFiles files;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable TakingBack takingBack;
  private @Nullable HoldRecord record;

  /** By a clock that nobody sets; null: a host before this one began. */
  private @Nullable Long began;

  /**
   * For one run.
   *
   * @param files by which its worker asks; null: there is none any more
   * @param record what a host before this one noted; null: nothing is held
   */
  Hold(
      Holds all,
      String run,
      ContainerHold wish,
      @Nullable HoldFiles files,
      @Nullable HoldRecord record) {
    this.all = all;
    this.run = run;
    this.wish = wish;
    this.files = files;
    this.record = record;
    this.thread = Thread.ofPlatform().daemon().name("hold-" + run).unstarted(this::work);
  }

  String run() {
    return run;
  }

  void start() {
    thread.start();
  }

  /** Its worker is gone. */
  void end() {
    ended.countDown();
  }

  boolean isOver() {
    return ended.getCount() == 0 && thread.getState() == Thread.State.TERMINATED;
  }

  /** Whether its worker may still read or write. */
  boolean isNeeded() {
    return thread.isAlive() && takingBack == null && ended.getCount() > 0;
  }

  /** While its worker works that is what is waited for. */
  boolean mayBeOverSoon() {
    var returning = takingBack;
    return thread.isAlive() && (returning == null ? ended.getCount() == 0 : returning.isHopeful());
  }

  private void work() {
    try {
      if (files != null) {
        serve(files);
      }
    } catch (DockerUnreachable e) {
      refuse(Stillness.notHeld("Docker cannot be asked. " + e.why()));
    } catch (Throwable e) {
      LOG.atError().setCause(e).addKeyValue("run", run).log("a defect, or a full disk");
      refuse(Reason.INTERNAL_ERROR.failure("The containers cannot be held: " + e));
    } finally {
      takeBack();
    }
  }

  private void takeBack() {
    var left = record;
    if (left != null) {
      var returning = new TakingBack(all, left, all.nanoTime());
      takingBack = returning;
      returning.untilAllRun();
    }
    all.wake();
  }

  private void serve(HoldFiles asked) {
    if (record == null) {
      if (Files.exists(asked.held())) {
        return; // answered by a host before this one, and taken back by now
      }
      await(asked.wanted());
      if (hasEnded()) {
        return;
      }
      take(asked);
    } else if (record.stage() == HoldRecord.Stage.TAKING) {
      answer(
          asked.held(),
          HoldAnswer.no(
              Reason.INTERRUPTED.failure(
                  "The host was ended while it stopped or paused containers.")));
      return;
    }
    if (record != null && record.stage() == HoldRecord.Stage.HELD && !hasEnded()) {
      if (!Files.exists(asked.held())) {
        answer(asked.held(), HoldAnswer.YES);
      }
      watch(asked);
    }
  }

  private void take(HoldFiles asked) {
    var chosen = choose();
    if (chosen.isEmpty()) {
      return;
    }
    var taken = chosen.get();
    record = taken;
    began = System.nanoTime();
    for (var layer : taken.layers()) {
      if (hasEnded()) {
        return;
      }
      if (isTimeOver(taken)) {
        refuse(tooLong(taken));
        return;
      }
      taken = taken.with(Stand.ASKED, layer);
      note(taken);
      var alreadySo = ConcurrentHashMap.<HeldContainer>newKeySet();
      var failed = hold(layer, alreadySo);
      // Somebody else stopped it in the meantime, or it has ended by itself.
      taken = taken.without(alreadySo);
      record = taken;
      if (!failed.isEmpty()) {
        refuse(Stillness.notHeld(failed.values().iterator().next()));
        return;
      }
    }
    if (!hasEnded()) {
      settle(asked, taken);
    }
  }

  private void settle(HoldFiles asked, HoldRecord taken) {
    var seen = patiently(() -> all.docker().consumers(wish));
    var noted = Stillness.note(wish, seen);
    var disturbance = Stillness.disturbance(wish, noted, seen);
    if (disturbance.isPresent()) {
      refuse(Stillness.notHeld(disturbance.get()));
      return;
    }
    note(taken.held(noted.lives()));
    answer(asked.held(), new HoldAnswer(null, Stillness.reservation(wish, seen).orElse(null)));
    if (!taken.containers().isEmpty()) {
      LOG.atInfo()
          .addKeyValue("run", run)
          .addKeyValue("mode", wish.how())
          .addKeyValue("containers", taken.names())
          .log("containers hold still");
    }
  }

  private void note(HoldRecord next) {
    record = next;
    all.records().write(next);
  }

  /** Waits for other runs that hold one of them; empty: it is refused, or nobody needs it. */
  private Optional<HoldRecord> choose() {
    var patience = System.nanoTime() + PATIENCE_WITH_OTHERS.toNanos();
    while (true) {
      var chosen = patiently(() -> all.choose(run, wish));
      switch (chosen.choice()) {
        case Stillness.Choice.Hold hold -> {
          return chosen.record();
        }
        case Stillness.Choice.Refused(var failure) -> {
          refuse(failure);
          return Optional.empty();
        }
        case Stillness.Choice.Wait(var why) -> {
          if (System.nanoTime() > patience) {
            refuse(Stillness.notHeld(why));
            return Optional.empty();
          }
        }
      }
      if (pause(BETWEEN_LOOKS)) {
        return Optional.empty();
      }
    }
  }

  private Map<HeldContainer, String> hold(
      List<HeldContainer> layer, Collection<HeldContainer> alreadySo) {
    return Together.on(
        layer,
        container -> {
          switch (wish.how()) {
            case STOP -> {
              if (all.docker().stop(container.id(), container.grace()) == Docker.Change.NONE) {
                alreadySo.add(container);
              }
            }
            case PAUSE -> all.docker().pause(container.id());
            case UNKNOWN -> throw new IllegalStateException("a mode that is not known here");
          }
        });
  }

  private void watch(HoldFiles asked) {
    var disturbed = Optional.<String>empty();
    var nextLook = System.nanoTime();
    while (!hasEnded() && !Files.exists(asked.confirmed())) {
      var held = Objects.requireNonNull(record);
      if (Files.exists(asked.over())) {
        confirm(asked, held, disturbed);
        return;
      }
      if (isTimeOver(held)) {
        refuse(tooLong(held));
        return;
      }
      if (System.nanoTime() - nextLook >= 0) {
        var now = look(held);
        disturbed = disturbed.or(() -> now);
        if (disturbed.isPresent() && wish.work() == Work.READ) {
          refuse(Stillness.notHeld(disturbed.get()));
          return;
        }
        nextLook = System.nanoTime() + BETWEEN_LOOKS.toNanos();
      }
      pause(BETWEEN_QUESTIONS);
    }
  }

  private boolean isTimeOver(HoldRecord held) {
    var limit = wish.limit();
    if (limit == null) {
      return false;
    }
    if (began != null) {
      return System.nanoTime() - began > limit.toNanos();
    }
    var now = all.now();
    return now.isAfter(held.since().plus(limit)) || now.isBefore(held.since());
  }

  private Failure tooLong(HoldRecord held) {
    return Stillness.notHeld(
        "maxDowntime ("
            + wish.limitSeconds()
            + " s) was over before all was read: "
            + held.names()
            + " run again, and no recovery point was made. Allow more, or pause them (mode:"
            + " Pause).");
  }

  /** What does not answer now is asked again: the last look counts. */
  private Optional<String> look(HoldRecord held) {
    try {
      var seen = all.docker().consumers(wish);
      var disturbance = Stillness.disturbance(wish, held.noted(), seen);
      if (wish.work() == Work.WRITE) {
        holdAgain(held, Stillness.awake(held.containers(), seen));
      }
      return disturbance;
    } catch (DockerUnreachable e) {
      return Optional.empty();
    }
  }

  /** A Docker that is started anew starts what must not run beside a restore. */
  private void holdAgain(HoldRecord held, List<HeldContainer> awake) {
    if (awake.isEmpty()) {
      return;
    }
    LOG.atWarn().addKeyValue("run", run).addKeyValue("containers", awake.size()).log("held again");
    try {
      note(held.with(Stand.ASKED, awake));
    } catch (UncheckedIOException e) {
      LOG.atError().setCause(e).addKeyValue("run", run).log("cannot be noted");
    }
    var failed = hold(awake, ConcurrentHashMap.newKeySet());
    failed.values().forEach(why -> LOG.atWarn().addKeyValue("run", run).log(why));
  }

  private void confirm(HoldFiles asked, HoldRecord held, Optional<String> before) {
    var disturbed = before.or(() -> lastLook(held));
    answer(
        asked.confirmed(),
        switch (wish.work()) {
          case READ ->
              disturbed.map(why -> HoldAnswer.no(Stillness.notHeld(why))).orElse(HoldAnswer.YES);
          case WRITE ->
              new HoldAnswer(
                  null,
                  disturbed
                      .map(why -> Reason.CONTAINERS_NOT_HELD + ": " + why + " Look at what it did.")
                      .orElse(null));
        });
  }

  private Optional<String> lastLook(HoldRecord held) {
    try {
      var seen = patiently(() -> all.docker().consumers(wish));
      return Stillness.disturbance(wish, held.noted(), seen);
    } catch (DockerUnreachable e) {
      return Optional.of("Whether all held still until now is not known. " + e.why());
    }
  }

  /** Asks until Docker answers, it does not for long, or the run ends. */
  private <T> T patiently(Supplier<T> question) {
    var patience = System.nanoTime() + PATIENCE_WITH_DOCKER.toNanos();
    while (true) {
      try {
        return question.get();
      } catch (DockerUnreachable e) {
        if (System.nanoTime() - patience > 0 || pause(BETWEEN_LOOKS)) {
          throw e;
        }
      }
    }
  }

  /** Whichever it waits for now, or will. */
  private void refuse(Failure failure) {
    LOG.atWarn().addKeyValue("run", run).addKeyValue("why", failure.message()).log("not held");
    if (files == null) {
      return;
    }
    try {
      answer(Files.exists(files.held()) ? files.confirmed() : files.held(), HoldAnswer.no(failure));
    } catch (RuntimeException e) {
      // The worker waits in vain, until its deadline. The containers do not.
      LOG.atError().setCause(e).addKeyValue("run", run).log("a worker cannot be answered");
    }
  }

  private void answer(Path file, HoldAnswer answer) {
    if (hasEnded()) {
      return; // nobody reads it, and the folder may be gone
    }
    try {
      DurableFile.write(file, Json.mapper().writeValueAsString(answer));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot be written: " + answer, e);
    }
  }

  private void await(Path question) {
    var over = hasEnded();
    while (!over && !Files.exists(question)) {
      over = pause(BETWEEN_QUESTIONS);
    }
  }

  private boolean hasEnded() {
    return ended.getCount() == 0;
  }

  /** Whether the run ended meanwhile. */
  private boolean pause(Duration wait) {
    try {
      return ended.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a hold", e);
    }
  }
}
