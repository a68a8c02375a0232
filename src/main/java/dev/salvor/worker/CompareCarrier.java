package dev.salvor.worker;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.restore.DumpCommands;
import dev.salvor.engine.postgres.restore.RestoreTrouble;
import dev.salvor.plan.verdict.IsolationRule;
import dev.salvor.plan.verdict.Judgement;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves the recovery point in the sandbox folder, without any credentials: restores it, compares
 * facts, asks the checks. What it finds is its result, also where that is Refuted; it fails only
 * where it could not work (no server, ended, no folder), which the host takes for Unproven.
 *
 * <p>A dump that cannot be read to its end is Refuted with CORRUPT_RECOVERY_POINT. Each Refuted is
 * confirmed by a second restore from nothing.
 */
final class CompareCarrier {
  private final WorkerContext context;

  CompareCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Compare task) {
    var started = context.clock().instant();
    var folder =
        context
            .sandbox()
            .orElseThrow(
                () -> new EngineException(Reason.INTERNAL_ERROR, "Compare needs a sandbox folder"));
    context.progress().step(Step.SEAL);
    var point = SandboxPoint.read(folder, task.point().id());
    var damage = parse(point);
    if (damage.isPresent()) {
      return result(task, damage.get(), Isolation.ENFORCED, started);
    }
    context.progress().step(Step.START_SERVER);
    try (var server = ProvingServer.start(task.server(), point.manifest(), context)) {
      var obstacle = IsolationRule.obstacle(task.isolation(), server.isolation(), reach(point));
      if (obstacle.isPresent()) {
        return result(
            task,
            Proof.unproven(Reason.NOT_ISOLATED, obstacle.get().message()),
            server.isolation(),
            started);
      }
      return result(task, prove(task, point, server), server.isolation(), started);
    }
  }

  /** Every verification reads each dump to its end, whatever the comparison covers (SAFETY 8). */
  private Optional<Proof> parse(SandboxPoint point) {
    var pgRestore =
        context.programs().postgres(point.manifest().serverVersion() / 10_000, "pg_restore");
    for (var part : point.manifest().parts()) {
      try {
        point.checkSize(part);
      } catch (EngineException e) {
        return Optional.of(Proof.ofFailedRestore(e.failure()));
      }
      var completed = context.processes().run(new DumpCommands(pgRestore).parse(point.path(part)));
      if (!completed.succeeded()) {
        var failure = RestoreTrouble.read("reading " + part.database(), completed.errorTail());
        return Optional.of(
            failure.reason() == Reason.ENGINE_FAILED
                ? Proof.refuted(Reason.CORRUPT_RECOVERY_POINT, failure.message())
                : Proof.ofFailedRestore(failure));
      }
    }
    return Optional.empty();
  }

  private Proof prove(Task.Compare task, SandboxPoint point, ProvingServer server) {
    var judgements = new ArrayList<Judgement>();
    while (true) {
      var proof = new PointProof(context, point, server, task).attempt();
      judgements.add(proof.judgement());
      if (Verdicts.confirm(judgements) instanceof Verdicts.Confirmation.Settled(var judgement)) {
        return new Proof(judgement, proof.differences(), proof.coverage());
      }
      context.warnings().add("restored once more: " + proof.judgement().message());
    }
  }

  private static List<String> reach(SandboxPoint point) {
    return point.manifest().databases().stream()
        .map(DatabaseFacts::reach)
        .flatMap(List::stream)
        .distinct()
        .toList();
  }

  private TaskResult result(Task.Compare task, Proof proof, Isolation isolation, Instant started) {
    var coverage = proof.coverage();
    return new TaskResult.Compared(
        proof.judgement().outcome(),
        proof.judgement().reason(),
        proof.judgement().message(),
        isolation,
        coverage == null ? "nothing" : coverage,
        task.checksHash(),
        Duration.between(started, context.clock().instant()).toSeconds(),
        proof.differences().isEmpty() ? null : proof.differences());
  }
}
