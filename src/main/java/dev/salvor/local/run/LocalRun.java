package dev.salvor.local.run;

import dev.salvor.api.Failure;
import dev.salvor.local.run.HostFailures.Ending;
import dev.salvor.local.state.DurableFile;
import dev.salvor.plan.RunView;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.task.Header;
import dev.salvor.task.TaskReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run and its worker. Used by the host's one thread, which waits for no Docker: what a worker
 * needs is laid out aside, and so is what a proof leaves taken away.
 */
final class LocalRun {
  /** A worker ends itself at its deadline and tidies up; past this grace the host ends it. */
  private static final Duration DEADLINE_GRACE = Duration.ofMinutes(2);

  /** From asking a worker to end, so that restic removes its locks, to killing it. */
  static final Duration TERMINATION_GRACE = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(LocalRun.class);

  private final RunFolder folder;
  private final RunRecord record;
  private final Workshop workshop;
  private int task;
  private @Nullable ProcessIdentity worker;
  private @Nullable Process child;
  private @Nullable Instant asked;

  /** The environment of the next worker, while it is laid out; null: it is not. */
  private @Nullable CompletableFuture<Map<String, String>> preparing;

  /** Its container is looked at and removed; null: it is not. */
  private @Nullable CompletableFuture<SandboxEnd> removing;

  /** How the worker ended whose container is being removed; null: none was. */
  private @Nullable Ending ending;

  private boolean mayAsk;

  /** What its container writes to was to be emptied, and could not be yet. */
  private boolean held;

  LocalRun(RunFolder folder, RunRecord record, Workshop workshop) {
    this.folder = folder;
    this.record = record;
    this.workshop = workshop;
  }

  /**
   * Goes on with what a host before this one held for its worker. Where that is gone, its engines
   * are ended, so that all can be taken back.
   */
  void watchOrEndWhatHolds() {
    if (record.hold() == null || folder.end().isPresent()) {
      return;
    }
    var last = lastBegun();
    var found = last < 0 ? Optional.<ProcessIdentity>empty() : identity(last);
    if (found.isPresent() && found.get().isAlive()) {
      letHold();
    } else {
      found.ifPresent(LocalRun::endSession);
    }
  }

  /** Finds out where a host before this one stood. */
  void adopt() {
    if (folder.end().isPresent()) {
      if (Sandboxes.mayHaveMadeOne(folder)) {
        var _ = workshop.sandboxes().end(folder);
      }
      clean();
      return;
    }
    var last = lastBegun();
    if (last < 0) {
      return; // queued
    }
    task = last;
    if (folder.claimForNobody(task)) {
      settle(new HostFailures.NeverBegan());
      return;
    }
    worker = identity(task).orElse(ProcessIdentity.NOBODY);
    if (Sandboxes.mayHaveMadeOne(folder)) {
      workshop.sandboxes().adopt(name());
    }
    if (worker.isAlive()) {
      if (!mayAsk) {
        letHold(); // it claimed its task only now
      }
      LOG.atInfo().addKeyValue("run", name()).addKeyValue("pid", worker.pid()).log("adopted a run");
    }
  }

  /** The task that a worker was last to be started for; -1: none. */
  private int lastBegun() {
    var last = -1;
    while (last + 1 < record.tasks().size() && Files.exists(folder.starting(last + 1))) {
      last++;
    }
    return last;
  }

  private Optional<ProcessIdentity> identity(int of) {
    return ProcessIdentity.read(folder.claim(of));
  }

  private void letHold() {
    if (record.hold() != null) {
      mayAsk = true;
      workshop.holds().watch(name(), record.hold(), folder.hold());
    }
  }

  RunView view() {
    var end = folder.end();
    var state =
        end.isPresent()
            ? RunView.State.ENDED
            : Files.exists(folder.starting(0)) ? RunView.State.RUNNING : RunView.State.QUEUED;
    return new RunView(
        record.labels(),
        state,
        record.created(),
        end.map(RunRecord.End::ended).orElse(null),
        reports(end),
        end.map(RunRecord.End::failure).orElse(null),
        null);
  }

  String name() {
    return record.labels().name();
  }

  RunFolder folder() {
    return folder;
  }

  String namespace() {
    return record.namespace();
  }

  /** Whether a worker lives, is about to be started, or left something to be taken away. */
  boolean isUnderWay() {
    return worker != null || preparing != null || ending != null;
  }

  /** Whether its worker lives; it may be under way without one. */
  boolean isAtWork() {
    return worker != null && worker.isAlive();
  }

  /** Where the credentials of the running task stand. */
  Optional<Path> credentials() {
    return worker == null
        ? Optional.empty()
        : Optional.of(workshop.credentials().folder(folder, task));
  }

  /** Begins the current task: its worker starts when all that it needs is laid out. */
  void start() {
    LOG.atInfo().addKeyValue("run", name()).addKeyValue("task", taskName()).log("starting");
    DurableFile.write(folder.starting(task), workshop.clock().instant() + "\n");
    var begun = task;
    preparing = workshop.aside(() -> workshop.environment(folder, record, begun));
  }

  private void start(CompletableFuture<Map<String, String>> environment) {
    try {
      var started =
          WorkerProcess.start(
              workshop.command(),
              folder.path(),
              folder.claim(task),
              folder.log(),
              result(environment));
      letHold();
      child = started;
      worker = awaitClaim(started);
      var _ = started.onExit().thenRun(workshop.wake());
    } catch (RunRefused e) {
      settle(new HostFailures.Refused(e.failure()));
    } catch (IOException | UncheckedIOException e) {
      settle(new HostFailures.NotStarted(String.valueOf(e.getMessage())));
    }
  }

  /** What it came to, or what it threw. */
  private static <T> T result(CompletableFuture<T> done) {
    try {
      return done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw e;
    }
  }

  /**
   * Looks at the worker; goes on to the next task, or ends the run, when it has ended.
   *
   * @return whether the run ended
   */
  boolean look() {
    if (preparing != null && preparing.isDone()) {
      var done = preparing;
      preparing = null;
      if (asked == null) {
        start(done);
      } else {
        settle(new HostFailures.NeverBegan());
      }
      return !isUnderWay();
    }
    if (ending != null && removing != null && removing.isDone()) {
      var how = ending;
      var found = result(removing);
      ending = null;
      removing = null;
      conclude(how, found);
      return !isUnderWay();
    }
    if (worker == null) {
      return false;
    }
    if (worker.isAlive()) {
      enforceDeadline();
      return false;
    }
    settle(ending());
    return !isUnderWay();
  }

  /** Asks the worker to end; past its grace it is killed. One that is not there never begins. */
  void terminate() {
    if (worker == null && preparing == null) {
      return;
    }
    var now = workshop.clock().instant();
    if (asked == null) {
      asked = now;
      if (worker != null) {
        worker.terminate();
      }
    } else if (worker != null && asked.plus(TERMINATION_GRACE).isBefore(now)) {
      worker.kill();
    }
  }

  private Ending ending() {
    if (asked != null && deadline().isBefore(asked)) {
      return new HostFailures.PastDeadline(header().deadlineSeconds());
    }
    if (child == null) {
      return new HostFailures.Unwatched();
    }
    try {
      // It is gone from /proc or a zombie: this does not wait.
      return new HostFailures.Exited(child.waitFor());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new HostFailures.Unwatched();
    }
  }

  private void settle(Ending ending) {
    if (worker != null) {
      endSession(worker);
    }
    workshop.holds().end(name());
    workshop.credentials().remove(folder, task);
    worker = null;
    child = null;
    asked = null;
    if (Sandboxes.mayHaveMadeOne(folder)) {
      this.ending = ending;
      removing = workshop.aside(() -> workshop.sandboxes().end(folder));
    } else {
      conclude(ending, null);
    }
  }

  /**
   * Goes on to the next task, or ends the run.
   *
   * @param container how the server's was found, which is over; null: there was none
   */
  private void conclude(Ending ending, @Nullable SandboxEnd container) {
    var report = folder.report(task).filter(read -> !read.isDraft());
    var instead =
        Optional.ofNullable(container).flatMap(end -> instead(end, ending, report.orElse(null)));
    var succeeded =
        instead.isEmpty()
            && report.filter(done -> done.outcome() == TaskReport.Outcome.SUCCEEDED).isPresent();
    if (succeeded && task + 1 < record.tasks().size()) {
      task++;
      start();
      return;
    }
    var failure =
        instead.orElseGet(
            () -> report.isPresent() ? null : HostFailures.of(ending, LogTail.lines(folder.log())));
    clean();
    folder.writeEnd(new RunRecord.End(workshop.clock().instant(), failure));
    LOG.atInfo()
        .addKeyValue("run", name())
        .addKeyValue("outcome", report.map(done -> done.outcome().name()).orElse("NO_REPORT"))
        .log("ended");
  }

  /** What the server's container says of a proof; empty: nothing. */
  private static Optional<Failure> instead(
      SandboxEnd end, Ending ending, @Nullable TaskReport report) {
    return switch (ending) {
      case HostFailures.Exited exited -> end.instead(report);
      case HostFailures.Unwatched unwatched -> end.instead(report);
      case HostFailures.PastDeadline late -> end.instead(report);
      case HostFailures.NeverBegan never -> Optional.empty();
      case HostFailures.NotStarted not -> Optional.empty();
      case HostFailures.Refused refused -> Optional.empty();
    };
  }

  /** Engines outlive a worker that was killed; none may when its run is over. */
  private static void endSession(ProcessIdentity worker) {
    var left = worker.session();
    if (left.isEmpty()) {
      return;
    }
    left.forEach(ProcessHandle::destroy);
    left.forEach(
        process -> {
          try {
            process.onExit().get(TERMINATION_GRACE.toSeconds(), TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (ExecutionException | TimeoutException e) {
            LOG.atWarn().addKeyValue("pid", process.pid()).log("an engine had to be killed");
          }
        });
    worker.kill();
  }

  private void enforceDeadline() {
    if (workshop.clock().instant().isAfter(deadline())) {
      terminate();
    } else if (asked != null) {
      terminate();
    }
  }

  private Instant deadline() {
    try {
      return Files.getLastModifiedTime(folder.starting(task))
          .toInstant()
          .plusSeconds(header().deadlineSeconds())
          .plus(DEADLINE_GRACE);
    } catch (IOException e) {
      return Instant.MAX;
    }
  }

  private Header header() {
    return record.tasks().get(task).header();
  }

  private String taskName() {
    return record.tasks().get(task).getClass().getSimpleName();
  }

  /**
   * What was reported; where the host knows better why a run ended, without the last word of its
   * worker, but with what that wrote over.
   */
  private List<TaskReport> reports(Optional<RunRecord.End> end) {
    var begun =
        (int)
            IntStream.range(0, record.tasks().size())
                .filter(each -> Files.exists(folder.starting(each)))
                .count();
    var known = end.map(RunRecord.End::failure).isPresent();
    return IntStream.range(0, record.tasks().size())
        .mapToObj(
            each ->
                folder
                    .report(each)
                    .filter(report -> !known || each < begun - 1 || report.isDraft()))
        .flatMap(Optional::stream)
        .toList();
  }

  private ProcessIdentity awaitClaim(Process started) {
    while (true) {
      var claim = ProcessIdentity.read(folder.claim(task));
      if (claim.isPresent()) {
        return claim.get();
      }
      try {
        if (started.waitFor(2, TimeUnit.MILLISECONDS)) {
          return ProcessIdentity.read(folder.claim(task)).orElse(ProcessIdentity.NOBODY);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return ProcessIdentity.NOBODY;
      }
    }
  }

  /** Whether the container that it restored into may still be there. */
  boolean isHeld() {
    return held;
  }

  /** Asks once more, a minute after the last time, and empties it then. */
  void release() {
    if (!held) {
      return;
    }
    if (removing == null) {
      if (workshop.sandboxes().mayAskAgain(name())) {
        removing = workshop.aside(() -> workshop.sandboxes().end(folder));
      }
    } else if (removing.isDone()) {
      removing = null;
      clean();
    }
  }

  /** Empties what workers filled. What another user's server left may need root; it is said. */
  private void clean() {
    held = workshop.sandboxes().isUnseen(name());
    if (held) {
      LOG.atWarn()
          .addKeyValue("run", name())
          .log("its container is not seen to be gone; what it writes to stays until then");
      return;
    }
    for (var filled : List.of(folder.scratch(), folder.sandbox())) {
      try {
        DurableFile.deleteFolder(filled);
      } catch (UncheckedIOException e) {
        LOG.atWarn().addKeyValue("folder", filled).log("cannot be emptied; remove it by hand");
      }
    }
  }
}
