package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A run as its host sees it.
 *
 * @param ended null while it is queued or running
 * @param reports of the tasks that left a readable report, in order
 * @param hostFailure why a report is missing, where the host knows: killed, evicted, not started
 * @param waitingFor why it has not begun, in words; null if that is not known, or it has
 * @param mayHaveClosed whether a point of it may be looked for where its report is lost
 */
public record RunView(
    RunLabels labels,
    State state,
    Instant created,
    @Nullable Instant ended,
    List<TaskReport> reports,
    @Nullable Failure hostFailure,
    @Nullable String waitingFor,
    boolean mayHaveClosed) {

  /** One that may have closed a point. */
  public RunView(
      RunLabels labels,
      State state,
      Instant created,
      @Nullable Instant ended,
      List<TaskReport> reports,
      @Nullable Failure hostFailure,
      @Nullable String waitingFor) {
    this(labels, state, created, ended, reports, hostFailure, waitingFor, true);
  }

  /** How far it is. */
  public enum State {
    QUEUED,
    RUNNING,
    ENDED
  }

  public boolean hasEnded() {
    return state == State.ENDED;
  }

  /**
   * How far it is, for people.
   *
   * @param what "The backup" and the like
   */
  public String progress(String what) {
    var how =
        switch (state) {
          case QUEUED -> " is queued";
          case RUNNING -> waitingFor == null ? " is running" : " waits";
          case ENDED -> " has ended";
        };
    return what + how + (waitingFor == null ? "." : ": " + waitingFor);
  }

  /** The last report; empty if the run left none. */
  public Optional<TaskReport> lastReport() {
    return reports.isEmpty() ? Optional.empty() : Optional.of(reports.getLast());
  }

  /** The result of this kind, of whichever task of the run brought it about. */
  public <R extends TaskResult> Optional<R> result(Class<R> kind) {
    return reports.stream()
        .map(TaskReport::result)
        .filter(kind::isInstance)
        .map(kind::cast)
        .findFirst();
  }

  /** A policy that never wrote has none yet; whether that is wrong its status says. */
  public boolean foundNoRepository() {
    return labels.purpose() == Purpose.INSPECT
        && failure().filter(why -> why.reason() == Reason.REPOSITORY_MISSING).isPresent();
  }

  /** What went wrong: the report's word first, then the host's; empty if nothing did. */
  public Optional<Failure> failure() {
    return lastReport()
        .filter(report -> !report.isDraft() || hostFailure == null)
        .map(TaskReport::failure)
        .or(() -> Optional.ofNullable(hostFailure));
  }
}
