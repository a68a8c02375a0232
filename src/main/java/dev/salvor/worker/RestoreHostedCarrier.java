package dev.salvor.worker;

import dev.salvor.api.HostedSupabase;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.ManagementApi;
import dev.salvor.engine.supabase.ManagementApi.Answer;
import dev.salvor.engine.supabase.ManagementDocument;
import dev.salvor.plan.restore.HostedRestorePlanning;
import dev.salvor.plan.restore.HostedRestorePlanning.Seen;
import dev.salvor.plan.restore.ProjectDecision;
import dev.salvor.task.Credential;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Restores a project to one that Supabase hosts and that nobody has used: the database first, then
 * what the Management API takes. Each part is there whole and equal, or is made: an attempt that
 * follows another sees what is there, and goes on.
 */
final class RestoreHostedCarrier {
  private static final int LONGEST_COVERAGE = 600;

  private final WorkerContext context;

  RestoreHostedCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.RestoreHosted task) {
    context.progress().step(Step.OPEN_REPOSITORY);
    try (var points = RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.READ)) {
      context.progress().step(Step.PLAN);
      var set = points.require(task.point());
      var manifest = points.manifest(set);
      HostedRestorePlanning.absent(task.target(), manifest)
          .ifPresent(
              failure -> {
                throw new EngineException(failure);
              });
      var kept =
          KeptConfiguration.read(
              context, points, set, ((Manifest.Supabase) manifest.content()).facts());
      if (task.target().endpoint() == null) {
        return carryOut(task, points, set, manifest, kept, null);
      }
      try (var api = api(task, task.target().endpoint());
          var _ = context.ending().register(api::close)) {
        requireThere(api);
        return carryOut(task, points, set, manifest, kept, api);
      }
    }
  }

  private ManagementApi api(Task.RestoreHosted task, String endpoint) {
    context.credentials().require(Credential.TARGET_TOKEN);
    return new ManagementApi(
        endpoint,
        task.target().project(),
        new ManagementApi.Token(
            context.credentials().text(Credential.TARGET_TOKEN, Credential.VALUE).orElse("")),
        context.clock(),
        // The database comes between the first question and the last.
        context.clock().instant().plus(Duration.ofSeconds(context.header().deadlineSeconds())),
        Thread::sleep);
  }

  private static void requireThere(ManagementApi api) {
    if (api.document(ManagementDocument.PROJECT) instanceof Answer.Refused<byte[]>(var why)) {
      throw new EngineException(
          Reason.TARGET_UNUSABLE, "The Management API: " + why + ". Nothing was touched.");
    }
  }

  private TaskResult carryOut(
      Task.RestoreHosted task,
      RecoveryPoints points,
      RecoverySet set,
      Manifest manifest,
      KeptConfiguration kept,
      @Nullable ManagementApi api) {
    var database =
        task.target().server() == null ? null : HostedRestore.look(context, points, kept, task);
    try (var storage =
        task.target().storage() == null
            ? null
            : HostedStorage.look(context, points, set, manifest, task, task.target().storage())) {
      return carryOut(task, points, set, manifest, kept, api, database, storage);
    }
  }

  private TaskResult carryOut(
      Task.RestoreHosted task,
      RecoveryPoints points,
      RecoverySet set,
      Manifest manifest,
      KeptConfiguration kept,
      @Nullable ManagementApi api,
      @Nullable HostedRestore database,
      @Nullable HostedStorage storage) {
    var functions =
        api != null && task.target().byApi().contains(HostedSupabase.FUNCTIONS)
            ? HostedFunctions.look(context, api, points, set, manifest)
            : null;
    var configuration =
        api != null && task.target().byApi().contains(SupabaseTarget.CONFIGURATION)
            ? HostedConfiguration.look(context, api, kept)
            : null;
    var seen =
        new Seen(
            database == null ? null : database.seen(),
            storage == null ? null : storage.seen(),
            functions == null ? null : functions.seen(),
            configuration == null ? null : configuration.seen());
    var plan =
        switch (HostedRestorePlanning.decide(task, manifest, seen, context.clock().instant())) {
          case ProjectDecision.Refused(var failure) -> throw new EngineException(failure);
          case ProjectDecision.CarriedOut carriedOut -> carriedOut;
        };
    var sizeBytes = database == null ? 0 : database.source().sizeBytes();
    if (task.effect() != Task.Effect.CARRY_OUT) {
      return new TaskResult.Restored(
          plan.steps(), orNull(plan.leftOut()), sizeBytes, null, null, null, null);
    }
    var work = new Work(plan);
    if (database != null) {
      work.restore(database);
    }
    if (storage != null) {
      work.restore(storage, database);
    }
    if (functions != null) {
      work.restore(functions);
    }
    if (configuration != null) {
      work.restore(configuration);
      if (database != null) {
        database.end();
      }
    }
    return work.result(sizeBytes);
  }

  private static @Nullable List<String> orNull(List<String> texts) {
    return texts.isEmpty() ? null : texts;
  }

  /** Part after part; from the second on, what goes wrong says how far it came. */
  private static final class Work {
    private final ProjectDecision.CarriedOut plan;
    private final List<String> leftOut;
    private final List<String> restored = new ArrayList<>();
    private final List<String> coverage = new ArrayList<>();
    private boolean isVerified = true;

    Work(ProjectDecision.CarriedOut plan) {
      this.plan = plan;
      this.leftOut = new ArrayList<>(plan.leftOut());
    }

    void restore(HostedRestore database) {
      var outcome = database.carryOut();
      // No plan told of these, and a report has little room.
      leftOut.addAll(0, outcome.leftOut());
      isVerified &= outcome.compared().outcome() == VerdictOutcome.VERIFIED;
      coverage.add(SupabaseTarget.DATABASE + ": " + outcome.compared().coverage());
      restored.add(SupabaseTarget.DATABASE);
    }

    void restore(HostedStorage storage, @Nullable HostedRestore database) {
      try {
        var outcome = storage.carryOut(database);
        leftOut.addAll(outcome.leftOut());
        outcome
            .validated()
            .forEach(key -> leftOut.removeIf(text -> text.startsWith("that " + key + " holds")));
        isVerified &= outcome.outcome() == VerdictOutcome.VERIFIED;
        coverage.add(outcome.coverage());
      } catch (EngineException e) {
        throw sayingHowFar(e);
      }
      restored.add(SupabaseSource.STORAGE);
    }

    void restore(HostedFunctions functions) {
      try {
        coverage.add(functions.carryOut());
      } catch (EngineException e) {
        throw sayingHowFar(e);
      }
      isVerified &= functions.isWhole();
      restored.add(HostedSupabase.FUNCTIONS);
    }

    void restore(HostedConfiguration configuration) {
      try {
        var outcome = configuration.carryOut();
        coverage.add(outcome.text());
        leftOut.addAll(outcome.leftOut());
        isVerified &= outcome.leftOut().isEmpty();
      } catch (EngineException e) {
        throw sayingHowFar(e);
      }
    }

    TaskResult.Restored result(long sizeBytes) {
      var text = String.join("; ", coverage);
      return new TaskResult.Restored(
          plan.steps(),
          orNull(leftOut.stream().distinct().toList()),
          sizeBytes,
          null,
          null,
          isVerified ? VerdictOutcome.VERIFIED : VerdictOutcome.UNPROVEN,
          text.length() > LONGEST_COVERAGE ? text.substring(0, LONGEST_COVERAGE) + "..." : text);
    }

    private EngineException sayingHowFar(EngineException e) {
      return restored.isEmpty()
          ? e
          : new EngineException(
              e.reason()
                  .failure(
                      e.failure()
                          .messageAnd(
                              "Restored before that, and equal with the point: "
                                  + String.join(", ", restored)
                                  + ". Mend it and create the request anew: it goes on from there,"
                                  + " as long as nobody and no job has written to the database;"
                                  + " else restore the other parts alone (select.parts)."),
                      e.failure().logTail()),
              e);
    }
  }
}
