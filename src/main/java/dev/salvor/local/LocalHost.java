package dev.salvor.local;

import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerSocket;
import dev.salvor.local.manifest.ManifestFolder;
import dev.salvor.local.manifest.ManifestSchema;
import dev.salvor.local.run.CredentialsPlace;
import dev.salvor.local.run.RunTable;
import dev.salvor.local.run.WorkerCommand;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.plan.Admission;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one-machine host: a folder of manifests, a state folder, workers as child processes. It asks
 * the same planners as the Kubernetes host. One thread does everything; others only wake it.
 */
public final class LocalHost {
  /** How often files and adopted workers are looked at. */
  private static final Duration POLL = Duration.ofSeconds(2);

  /** A decision that never settles is a defect; it must not become a busy loop. */
  private static final int MOST_PASSES = 20;

  /** How long maintenance lets newer backups pass. */
  private static final Duration MAINTENANCE_PATIENCE = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(LocalHost.class);

  private final Settings settings;
  private final Judge judge;
  private final Docker docker;
  private final Semaphore wake = new Semaphore(0);
  private final AtomicBoolean stopping = new AtomicBoolean();

  public LocalHost(Settings settings) {
    this(settings, new PlannerJudge(), DockerSocket.of(System.getenv()));
  }

  LocalHost(Settings settings, Judge judge, Docker docker) {
    this.settings = settings;
    this.judge = judge;
    this.docker = docker;
  }

  /**
   * What a host is given.
   *
   * @param maximumRuns that work at once
   */
  public record Settings(
      Path manifests, Path state, int maximumRuns, WorkerCommand worker, Clock clock) {}

  /** How long it goes on. */
  public enum Until {
    /** Everything that is due now is done. */
    NOTHING_IS_DUE,
    STOPPED
  }

  /**
   * Runs, until there is no reason to.
   *
   * @throws StateFolder.InUseException if another host works in the state folder
   * @throws StateFolder.UnusableException if it is none
   */
  public Outcome run(Until until) {
    try (var state = StateFolder.host(settings.state())) {
      state.rememberManifests(settings.manifests());
      try (var _ = InboxWatch.begin(state.inbox(), wake::release)) {
        return new Session(state).run(until);
      }
    }
  }

  /** Ends the host from another thread: workers are asked to end, what they report is kept. */
  public void stop() {
    stopping.set(true);
    wake.release();
  }

  /** One holding of the state folder. */
  private final class Session {
    private final ManifestWatch watch;
    private final ResourceStore store;
    private final RunTable runs;
    private final Intake intake;
    private final Reconciliation reconciliation;
    private final Inbox inbox;
    private final OutcomeTally tally;
    private @Nullable Instant lookAgain;

    Session(StateFolder state) {
      var clock = settings.clock();
      store = new ResourceStore(state, clock);
      intake = new Intake(store);
      inbox = new Inbox(state.inbox());
      watch =
          new ManifestWatch(
              new ManifestFolder(ManifestSchema.packaged()),
              settings.manifests(),
              state.inbox(),
              store);
      var credentials = CredentialsPlace.find(state.clusterId());
      if (!credentials.isMemoryBacked()) {
        LOG.warn(
            "neither XDG_RUNTIME_DIR nor /dev/shm is in memory: Secrets of running workers stand"
                + " in the state folder");
      }
      runs = new RunTable(state, settings.worker(), credentials, docker, wake::release, clock);
      reconciliation = new Reconciliation(store, runs, intake, judge, docker, state.clusterId());
      tally = new OutcomeTally(store.all());
    }

    Outcome run(Until until) {
      try {
        return turns(until);
      } catch (UncheckedIOException disk) {
        // Left behind, they would be killed: systemd and Docker end what a main process leaves.
        LOG.error("cannot go on: asking the workers to end");
        endWithoutAWord();
        throw disk;
      }
    }

    private void endWithoutAWord() {
      try {
        runs.endWithoutAWord();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private Outcome turns(Until until) {
      while (true) {
        turn();
        if (stopping.get()) {
          end();
          return tally.outcome(store.all(), runs.stillDown());
        }
        if (until == Until.NOTHING_IS_DUE && !runs.anyRunning() && !intake.mustLookAgain()) {
          return tally.outcome(store.all(), runs.stillDown());
        }
        await(lookAgain);
      }
    }

    /** Reads, decides, acts, until nothing changes any more; a settled host only reads. */
    private void turn() {
      var reading = watch.read(intake.mustLookAgain());
      reading.ifPresent(
          found -> {
            intake.take(found.manifests(), found.inbox());
            runs.secrets(Intake.secrets(found.manifests()));
          });
      var settled = runs.look();
      tally.note(runs.views());
      var now = settings.clock().instant();
      if (reading.isEmpty() && settled == 0 && lookAgain != null && now.isBefore(lookAgain)) {
        return;
      }
      for (int number = 0; number < MOST_PASSES; number++) {
        var pass = reconciliation.pass(settings.clock().instant());
        lookAgain = pass.lookAgain();
        var started = stopping.get() ? 0 : runs.admit(limits());
        if (pass.change() == Reconciliation.Change.NOTHING && started == 0) {
          inbox.tidy(store.all(), now);
          return;
        }
      }
      LOG.warn("decisions do not settle; this is a defect of Salvor");
    }

    private Admission.Limits limits() {
      var most = settings.maximumRuns();
      return new Admission.Limits(most, most, most, MAINTENANCE_PATIENCE);
    }

    private void await(@Nullable Instant until) {
      var wait = POLL;
      if (until != null) {
        var due = Duration.between(settings.clock().instant(), until);
        wait = due.isNegative() ? Duration.ZERO : due.compareTo(wait) < 0 ? due : wait;
      }
      try {
        // At least a moment, so that a planner that is due at once cannot spin the host.
        if (wake.tryAcquire(Math.max(50, wait.toMillis()), TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stopping.set(true);
      }
    }

    /** Workers are asked to end and waited for; what they leave is recorded. */
    private void end() {
      LOG.info("stopping: asking the workers to end");
      while (runs.anyRunning()) {
        runs.terminate();
        runs.look();
        await(settings.clock().instant().plusMillis(200));
      }
      tally.note(runs.views());
      // A request is done only after its policy.
      for (int number = 0; number < MOST_PASSES; number++) {
        var pass = reconciliation.pass(settings.clock().instant());
        if (pass.change() == Reconciliation.Change.NOTHING) {
          return;
        }
      }
    }
  }
}
