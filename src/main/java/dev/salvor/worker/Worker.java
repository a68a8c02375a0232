package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.ExitCode;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out one Task: reads it and the credentials, has its carrier do the work, writes the
 * report. Whatever happens, there is a report, and nothing of the run is left on this machine but
 * by SIGKILL.
 */
public final class Worker {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /** For what must still be done after the end: removing a side database, a lock. */
  private static final Duration CLEAN_UP = Duration.ofMinutes(1);

  /** After SIGTERM: engines have {@link ProcessRunner#GRACE} of it; no host kills before 60 s. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(50);

  /** Of a defect's exception: whoever threw it, and who called that. */
  private static final int MOST_FRAMES = 20;

  private final Map<String, String> environment;
  private final PrintStream output;
  private final Clock clock;
  private final Ending ending = new Ending();
  private @Nullable ProgressLines progress;
  private @Nullable Deadline deadline;

  Worker(Map<String, String> environment, PrintStream output, Clock clock) {
    this.environment = Map.copyOf(environment);
    this.output = output;
    this.clock = clock;
  }

  /** Carries out the Task that the environment names; see {@link WorkerEnvironment}. */
  public static ExitCode run(Map<String, String> environment) {
    var worker = new Worker(environment, System.out, Clock.systemUTC());
    var finished = new CountDownLatch(1);
    var hook =
        new Thread(
            () -> {
              worker.ending.end(Reason.INTERRUPTED);
              await(finished);
              Runtime.getRuntime().halt(ExitCode.INTERRUPTED.code());
            },
            "ended-by-signal");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return worker.run();
    } finally {
      finished.countDown();
      remove(hook);
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      LOG.debug("the hook runs already");
    }
  }

  private static void await(CountDownLatch finished) {
    try {
      if (!finished.await(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.error("the run did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the run from outside, as SIGTERM does. */
  void end() {
    ending.end(Reason.INTERRUPTED);
  }

  ExitCode run() {
    var report = environment.get(WorkerEnvironment.REPORT);
    var json = environment.get(WorkerEnvironment.TASK);
    if (report == null || json == null) {
      LOG.error("a worker needs " + WorkerEnvironment.TASK + " and " + WorkerEnvironment.REPORT);
      return ExitCode.USAGE;
    }
    Task task;
    try {
      task = TaskJson.read(json);
    } catch (IllegalArgumentException e) {
      LOG.atError().addKeyValue("why", e.getMessage()).log("the task is not understood");
      return ExitCode.USAGE;
    }
    return run(task, new ReportFile(Path.of(report)));
  }

  private ExitCode run(Task task, ReportFile file) {
    var started = clock.instant();
    var warnings =
        new WorkerContext.Warnings(restored -> leaveDraft(task, started, restored, file));
    TaskReport report;
    try {
      report = succeeded(task, started, carryOut(task, warnings), warnings);
    } catch (EngineException e) {
      report = failed(task, started, failure(task, e, warnings), warnings);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("what", withoutMessages(e)).log("a defect");
      report = failed(task, started, defect(task, e, warnings), warnings);
    }
    try {
      file.write(report);
    } catch (IOException e) {
      LOG.atError().setCause(e).log("the report cannot be written");
      return ExitCode.USAGE;
    }
    if (report.outcome() != TaskReport.Outcome.FAILED) {
      return isSettled(task, report) ? ExitCode.SETTLED : ExitCode.SUCCEEDED;
    }
    return ending.reason() == Reason.INTERRUPTED ? ExitCode.INTERRUPTED : ExitCode.FAILED;
  }

  /** Nothing else would tell after a SIGKILL. */
  private static void leaveDraft(
      Task task, Instant started, TaskResult.Restored restored, ReportFile file) {
    var warning = "what was there before is recovery point " + restored.safetyPoint();
    try {
      file.write(TaskReport.draft(task.header().run(), started, List.of(warning), restored));
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("what is written over cannot be noted");
    }
  }

  /** The kubelet starts no further container of a pod after one that did not end with 0. */
  private static boolean isSettled(Task task, TaskReport report) {
    return task instanceof Task.Compare compare
        && !compare.commands().isEmpty()
        && report.result() instanceof TaskResult.Compared;
  }

  private TaskResult carryOut(Task task, WorkerContext.Warnings warnings) {
    var header = task.header();
    var scratch = scratch();
    var interruption = new Interruption();
    deadline = Deadline.after(Duration.ofSeconds(header.deadlineSeconds()));
    var processes = new ProcessRunner(environment, deadline);
    try (var secrets = PrivateFolder.make(environment, scratch);
        var _ = ending.register(processes::endAll);
        var _ = ending.register(interruption::interrupt);
        var _ = Watch.start(ending, processes.deadline())) {
      secrets.copyCredentials(path(WorkerEnvironment.CREDENTIALS).orElse(null));
      var lines = new ProgressLines(output, clock, header.run());
      progress = lines;
      var context =
          new WorkerContext(
              header,
              task.requestUid(),
              environment,
              new Credentials(secrets.path(), header.credentials()),
              secrets.path(),
              scratch,
              path(WorkerEnvironment.SANDBOX),
              path(WorkerEnvironment.CACHE),
              path(WorkerEnvironment.REPOSITORY_LOCK),
              lines,
              processes,
              () -> new ProcessRunner(environment, Deadline.after(CLEAN_UP)),
              new Programs(environment),
              clock,
              ending,
              warnings);
      var result = carryOut(task, context);
      context.progress().step(Step.REPORT);
      return result;
    } finally {
      // What follows is short and must not be cut off: the report.
      interruption.end();
      // Whoever reads it finds no engine of this run any more.
      processes.endAll();
      Folders.delete(scratch);
    }
  }

  private static TaskResult carryOut(Task task, WorkerContext context) {
    return switch (task) {
      case Task.ProbeStore it -> new ProbeStoreCarrier(context).carryOut(it);
      case Task.Backup it -> new BackupCarrier(context).carryOut(it);
      case Task.Restore it -> new RestoreCarrier(context).carryOut(it);
      case Task.RestoreFiles it -> new RestoreFilesCarrier(context).carryOut(it);
      case Task.RestoreDevice it -> new RestoreDeviceCarrier(context).carryOut(it);
      case Task.RestoreSupabase it -> new RestoreSupabaseCarrier(context).carryOut(it);
      case Task.RestoreHosted it -> new RestoreHostedCarrier(context).carryOut(it);
      case Task.Fetch it -> new FetchCarrier(context).carryOut(it);
      case Task.Compare it -> new CompareCarrier(context).carryOut(it);
      case Task.Conclude it -> new ConcludeCarrier(context).carryOut(it);
      case Task.Maintain it -> new MaintainCarrier(context).carryOut(it);
      case Task.DropKept it -> new DropKeptCarrier(context).carryOut(it);
      case Task.Inspect it -> new InspectCarrier(context).carryOut(it);
    };
  }

  private Optional<Path> path(String variable) {
    return Optional.ofNullable(environment.get(variable)).map(Path::of);
  }

  private Path scratch() {
    var parent =
        path(WorkerEnvironment.SCRATCH)
            .orElse(Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
    try {
      Files.createDirectories(parent);
      return Files.createTempDirectory(parent, "run-");
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "no scratch folder can be made in " + parent, e);
    }
  }

  private TaskReport succeeded(
      Task task, Instant started, TaskResult result, WorkerContext.Warnings warnings) {
    var whole = !(result instanceof TaskResult.BackedUp made) || made.complete();
    return new TaskReport(
        task.header().run(),
        whole ? TaskReport.Outcome.SUCCEEDED : TaskReport.Outcome.PARTIAL,
        started,
        clock.instant(),
        null,
        orNull(warnings.texts()),
        result);
  }

  private TaskReport failed(
      Task task, Instant started, Failure failure, WorkerContext.Warnings warnings) {
    return new TaskReport(
        task.header().run(),
        TaskReport.Outcome.FAILED,
        started,
        clock.instant(),
        failure,
        orNull(warnings.texts()),
        warnings.writtenOver());
  }

  private static @Nullable List<String> orNull(List<String> texts) {
    return texts.isEmpty() ? null : texts;
  }

  /** A run that was ended fails for that reason, whatever broke when it was. */
  private Failure failure(Task task, EngineException e, WorkerContext.Warnings warnings) {
    var ended = ended();
    LOG.atWarn().addKeyValue("why", e.failure().message()).log("the run failed");
    return ended == null
        ? e.failure()
        : warnings.ofEnded(ended(task, ended, e.failure().logTail()));
  }

  private Failure defect(Task task, RuntimeException e, WorkerContext.Warnings warnings) {
    var ended = ended();
    return warnings.ofEnded(
        ended == null
            ? Reason.INTERNAL_ERROR.failure(
                e.getClass().getSimpleName() + ": the log of the run says where")
            : ended(task, ended, null));
  }

  /** Where it came from: nobody knows what others write into a message, a key perhaps. */
  private static String withoutMessages(Throwable e) {
    var said = new StringJoiner(" by ");
    for (Throwable each = e; each != null; each = each.getCause()) {
      said.add(
          each.getClass().getName()
              + " "
              + Stream.of(each.getStackTrace()).limit(MOST_FRAMES).toList());
    }
    return said.toString();
  }

  /** What waits by the clock may see its deadline before the watch does. */
  private @Nullable Reason ended() {
    var isLate = deadline != null && deadline.remaining().isZero();
    return ending.reason() == null && isLate ? Reason.DEADLINE_EXCEEDED : ending.reason();
  }

  private Failure ended(Task task, Reason reason, @Nullable String logTail) {
    var said = ending.failure();
    if (said != null) {
      return said;
    }
    return reason.failure(
        reason == Reason.DEADLINE_EXCEEDED
            ? "The run did not end within its deadline of "
                + task.header().deadlineSeconds()
                + " s. It had come to: "
                + (progress == null ? "nothing yet" : progress.current())
                + "."
                // Of a request nothing can be raised, and a late restore is not begun once more.
                + (task.requestUid() == null
                    ? ""
                    : " Its request is not tried again: create it anew with a longer deadline.")
            : "The run was ended from outside.",
        logTail);
  }
}
