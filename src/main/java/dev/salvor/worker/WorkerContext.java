package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.plan.restore.Expiry;
import dev.salvor.task.Header;
import dev.salvor.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a carrier works with.
 *
 * @param request uid of the restore that this is; null: it is none
 * @param environment the worker's own; engines never see it but through {@code processes}
 * @param credentials copied to memory, for this run only
 * @param memory a folder in memory, mode 0700, for what holds secrets; removed after the run
 * @param scratch an empty folder of this run, removed after it
 * @param sandbox what Fetch fills and Compare reads; only those two have it
 * @param resticCache that lasts from run to run; absent: proofs and throw-away pods
 * @param repositoryLock file that is locked for the repository, on one machine
 * @param processes ends its programs with the run
 * @param cleanUp for what must still be done when the run was ended: a minute, not ended with it
 * @param warnings what the report shall say besides
 */
public record WorkerContext(
    Header header,
    @Nullable String request,
    Map<String, String> environment,
    Credentials credentials,
    Path memory,
    Path scratch,
    Optional<Path> sandbox,
    Optional<Path> resticCache,
    Optional<Path> repositoryLock,
    ProgressLines progress,
    ProcessRunner processes,
    Supplier<ProcessRunner> cleanUp,
    Programs programs,
    Clock clock,
    Ending ending,
    Warnings warnings) {

  /**
   * The same with a scratch folder of its own: names of two points' notes are the same.
   *
   * @throws EngineException SCRATCH_FULL
   */
  WorkerContext apart() {
    try {
      return new WorkerContext(
          header,
          request,
          environment,
          credentials,
          memory,
          Files.createTempDirectory(scratch, "apart"),
          sandbox,
          resticCache,
          repositoryLock,
          progress,
          processes,
          cleanUp,
          programs,
          clock,
          ending,
          warnings);
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "the scratch folder cannot be written", e);
    }
  }

  /**
   * The sandbox folder.
   *
   * @param who asks for it: a Task that cannot do without
   * @throws EngineException INTERNAL_ERROR if the host gave none
   */
  Path requireSandbox(String who) {
    return sandbox.orElseThrow(
        () -> new EngineException(Reason.INTERNAL_ERROR, who + " needs a sandbox folder"));
  }

  /**
   * Keeps a restore whose time is over from touching anything.
   *
   * @param notAfter null: it never is
   * @throws EngineException EXPIRED
   */
  void refuseIfExpired(@Nullable Instant notAfter) {
    Expiry.of(notAfter, clock.instant())
        .ifPresent(
            failure -> {
              throw new EngineException(failure);
            });
  }

  /** In the order in which they came up. */
  public static final class Warnings {
    private final List<String> texts = new ArrayList<>();
    private final Consumer<TaskResult.Restored> written;
    private @Nullable String safetyPoint;

    /** Those of a run without a report. */
    public Warnings() {
      this(restored -> {});
    }

    /**
     * Those of a run.
     *
     * @param written is told as soon as something is about to be written over
     */
    Warnings(Consumer<TaskResult.Restored> written) {
      this.written = written;
    }

    /** A fact that does not fail the run; the same text counts once. No secrets. */
    public synchronized void add(String text) {
      if (!texts.contains(text)) {
        texts.add(text);
      }
    }

    /** The same, before all others: a report of much is cut to its first warning. */
    public synchronized void addFirst(String text) {
      texts.addFirst(text);
    }

    public synchronized List<String> texts() {
      return List.copyOf(texts);
    }

    /**
     * From now on something is written over: however the run ends, it says where that is to be had.
     *
     * @param safetyPoint null: nothing was there, or losing it was acknowledged, or it is there
     *     still
     */
    synchronized void writesOver(@Nullable String safetyPoint) {
      if (!Objects.equals(safetyPoint, this.safetyPoint)) {
        this.safetyPoint = safetyPoint;
        Optional.ofNullable(writtenOver()).ifPresent(written);
      }
    }

    /** What was written over, for whoever takes a restore back that failed; null: nothing. */
    synchronized TaskResult.@Nullable Restored writtenOver() {
      return safetyPoint == null
          ? null
          : new TaskResult.Restored(List.of(), null, 0, null, safetyPoint, null, null);
    }

    /** A failure of a run that was ended, and what it was about to write over. */
    synchronized Failure ofEnded(Failure failure) {
      return safetyPoint == null
          ? failure
          : new Failure(
              failure.reason(),
              failure.messageAnd("What was there before is recovery point " + safetyPoint + "."),
              failure.hint(),
              failure.logTail());
    }
  }
}
