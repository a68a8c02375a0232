package dev.salvor.operator;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.Extent;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says of every Task that it went well, as a worker would. */
final class FakeWorker implements Function<Task, TaskReport> {
  static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("uuuuMMdd't'HHmmss'z'").withZone(ZoneOffset.UTC);

  private final AtomicInteger points = new AtomicInteger();

  @Override
  public TaskReport apply(Task task) {
    return switch (task) {
      case Task.ProbeStore probe ->
          done(task, new TaskResult.Probed("store-12345678", "abcdef12", null, null, null));
      case Task.Inspect inspect ->
          failed(task, Reason.REPOSITORY_MISSING, "There is no repository yet.");
      case Task.Backup backup -> done(task, backedUp());
      case Task.Restore restore ->
          done(
              task,
              new TaskResult.Restored(
                  List.of("restore"), null, 10, null, null, VerdictOutcome.VERIFIED, "100 %"));
      case Task.RestoreFiles _,
          Task.RestoreDevice _,
          Task.RestoreSupabase _,
          Task.RestoreHosted _ ->
          done(
              task,
              new TaskResult.Restored(
                  List.of("restore"), null, 10, null, null, VerdictOutcome.VERIFIED, "100 %"));
      case Task.Fetch fetch -> done(task, new TaskResult.Fetched(fetch.point().id(), 10));
      case Task.Compare compare ->
          done(
              task,
              compare.commands().isEmpty()
                  ? verified(compare.checksHash())
                  : new TaskResult.AwaitingChecks(
                      Isolation.ENFORCED, "100 %", compare.checksHash()));
      case Task.Conclude conclude -> done(task, verified("drawn up"));
      case Task.Maintain maintain ->
          done(
              task,
              new TaskResult.Maintained(
                  List.of(), List.of(), points.get(), 0, null, 10L, null, null, null));
      case Task.DropKept _ -> done(task, new TaskResult.DroppedKept(TaskResult.Fate.DROPPED, null));
    };
  }

  private static TaskResult verified(String checksHash) {
    return new TaskResult.Compared(
        VerdictOutcome.VERIFIED, null, null, Isolation.ENFORCED, "100 %", checksHash, 1, null);
  }

  static TaskReport failed(Task task, Reason reason, String message) {
    return report(task, TaskReport.Outcome.FAILED, reason, message, null);
  }

  private static TaskReport done(Task task, TaskResult result) {
    return report(task, TaskReport.Outcome.SUCCEEDED, null, "", result);
  }

  private static TaskReport report(
      Task task,
      TaskReport.Outcome outcome,
      @Nullable Reason reason,
      String message,
      @Nullable TaskResult result) {
    var now = Instant.now();
    return new TaskReport(
        task.header().run(),
        outcome,
        now.minusSeconds(1),
        now,
        reason == null ? null : reason.failure(message),
        null,
        result);
  }

  private TaskResult backedUp() {
    var now = Instant.now();
    var id = ID.format(now) + "-%06d".formatted(points.incrementAndGet());
    return new TaskResult.BackedUp(
        id,
        "manifest",
        now,
        true,
        10,
        5,
        new Extent.Tables(1, 3L),
        "lineage",
        "repo",
        "store-12345678",
        null,
        170000,
        null);
  }
}
