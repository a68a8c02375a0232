package dev.salvor.local.run;

import dev.salvor.local.docker.Docker;
import dev.salvor.local.hold.HoldRecords;
import dev.salvor.local.hold.Holds;
import dev.salvor.local.state.DurableFile;
import dev.salvor.local.state.StateFolder;
import dev.salvor.plan.Admission;
import dev.salvor.plan.Launch;
import dev.salvor.plan.RunView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All runs of a state folder. Used by the host's one thread. */
public final class RunTable {
  /** Logs of recorded runs that are kept, the newest. */
  private static final int LOGS = 200;

  private static final Duration MOMENT = Duration.ofMillis(100);
  private static final Duration FOR_CONTAINERS = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(RunTable.class);

  private final StateFolder state;
  private final Clock clock;
  private final Workshop workshop;
  private final Map<String, LocalRun> runs = new LinkedHashMap<>();

  /**
   * Takes over what is there: adopts workers that live, judges those that ended, and removes what
   * killed hosts left.
   *
   * @param wake called when a worker has ended, from another thread
   */
  public RunTable(
      StateFolder state,
      WorkerCommand command,
      CredentialsPlace credentials,
      Docker docker,
      Runnable wake,
      Clock clock) {
    this.state = state;
    this.clock = clock;
    this.workshop =
        new Workshop(
            state,
            command,
            credentials,
            new AtomicReference<>((namespace, name) -> Optional.empty()),
            docker,
            new Sandboxes(docker, state.clusterId(), clock),
            new Holds(new HoldRecords(state.held()), docker, wake, clock),
            wake,
            clock);
    adopt();
  }

  /** The Secrets that runs which start from now on get. */
  public void secrets(Secrets secrets) {
    workshop.secrets().set(secrets);
  }

  public List<RunView> views() {
    return runs.values().stream().map(LocalRun::view).toList();
  }

  /** Queues a run; one of that name that exists already is the same run. */
  public void create(Launch launch, String namespace) {
    var name = launch.labels().name();
    if (runs.containsKey(name)) {
      return;
    }
    var record =
        new RunRecord(
            launch.labels(),
            namespace,
            clock.instant(),
            launch.tasks(),
            NewVolume.of(launch.footing()),
            launch.server(),
            launch.memory(),
            launch.footing().hold());
    runs.put(name, new LocalRun(RunFolder.create(state.runs(), record), record, workshop));
    LOG.atInfo().addKeyValue("run", name).log("queued");
  }

  /**
   * Looks at every worker: what ended is written down, a next task is started. Containers that
   * outlived their runs are asked about again.
   *
   * @return how many runs ended
   */
  public int look() {
    runs.values().forEach(LocalRun::release);
    return (int) runs.values().stream().filter(LocalRun::look).count();
  }

  /** Starts what may start now, and says how many. */
  public int admit(Admission.Limits limits) {
    var started = 0;
    var views = views();
    var queue = candidates(views, view -> view.state() == RunView.State.QUEUED);
    var running = candidates(views, view -> view.state() == RunView.State.RUNNING);
    for (var place : Admission.admit(queue, running, limits, clock.instant())) {
      if (place instanceof Admission.Place.Admitted(var run)) {
        Objects.requireNonNull(runs.get(run.name())).start();
        started++;
      }
    }
    return started;
  }

  /**
   * Removes a run that is recorded elsewhere, or that nobody wants; its log is kept for a while.
   * One whose container is not seen to be gone stays, to be removed later.
   */
  public void remove(String name) {
    var run = runs.get(name);
    if (run == null || run.isUnderWay() || run.isHeld()) {
      return;
    }
    keepLog(run);
    DurableFile.deleteFolder(run.folder().path());
    runs.remove(name);
  }

  /** Asks all workers to end. */
  public void terminate() {
    runs.values().forEach(LocalRun::terminate);
  }

  /**
   * Asks all workers to end and waits for them, without a write: for a host that can write no more.
   * The next one finds what they report, or that they reported nothing.
   *
   * @throws InterruptedException if the thread is told not to wait
   */
  public void endWithoutAWord() throws InterruptedException {
    while (runs.values().stream().anyMatch(LocalRun::isAtWork)) {
      terminate();
      Thread.sleep(MOMENT);
    }
    // What was stopped for them runs again now, or is the next host's first work.
    for (var waited = Duration.ZERO;
        workshop.holds().anyLeft() && waited.compareTo(FOR_CONTAINERS) < 0;
        waited = waited.plus(MOMENT)) {
      Thread.sleep(MOMENT);
    }
  }

  /** Whether any worker lives, or something that one had stopped is about to run again. */
  public boolean anyRunning() {
    return runs.values().stream().anyMatch(LocalRun::isUnderWay) || workshop.holds().anyLeft();
  }

  /** Containers that are down for runs and cannot be started again, in words. */
  public List<String> stillDown() {
    return workshop.holds().problems();
  }

  private void adopt() {
    try (var folders = Files.newDirectoryStream(state.runs(), Files::isDirectory)) {
      for (var path : folders) {
        var folder = new RunFolder(path);
        folder
            .record()
            .ifPresent(
                record ->
                    runs.put(
                        path.getFileName().toString(), new LocalRun(folder, record, workshop)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + state.runs(), e);
    }
    // Before anything is written: applications are down for runs that are over.
    runs.values().forEach(RunTable::watchOrEndWhatHolds);
    workshop.holds().takeBackAllOthers();
    try {
      runs.values().forEach(LocalRun::adopt);
    } catch (RuntimeException e) {
      workshop.holds().awaitAll();
      throw e;
    }
    var alive = new HashSet<Path>();
    runs.values().forEach(run -> run.credentials().ifPresent(alive::add));
    workshop.credentials().removeAllBut(alive);
  }

  private static void watchOrEndWhatHolds(LocalRun run) {
    try {
      run.watchOrEndWhatHolds();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("run", run.name()).log("what it holds is taken back");
    }
  }

  private void keepLog(LocalRun run) {
    var log = run.folder().log();
    if (!Files.exists(log)) {
      return;
    }
    try {
      Files.move(
          log,
          state.logs().resolve(run.name() + ".log"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      try (var logs = Files.list(state.logs())) {
        logs.sorted(Comparator.comparing(RunTable::modified).reversed())
            .skip(LOGS)
            .forEach(DurableFile::delete);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep " + log, e);
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static Collection<Admission.Candidate> candidates(
      List<RunView> views, Predicate<RunView> which) {
    return views.stream()
        .filter(which)
        .map(
            view ->
                new Admission.Candidate(
                    view.labels().name(),
                    view.labels().purpose(),
                    view.labels().storeKey(),
                    view.labels().repositoryKey(),
                    Set.of(),
                    view.labels().tick()))
        .toList();
  }
}
