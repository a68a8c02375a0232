package dev.salvor.worker;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.restore.DumpCommands;
import dev.salvor.engine.postgres.restore.RestoreTrouble;
import dev.salvor.plan.verdict.IsolationRule;
import dev.salvor.plan.verdict.Judgement;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Proves the recovery point in the sandbox folder, without any credentials: restores databases,
 * compares facts, asks the checks. File trees lie there already as they are to be compared. What it
 * finds is its result, also where that is Refuted; it fails only where it could not work (no
 * server, ended, no folder), which the host takes for Unproven.
 *
 * <p>Nothing is restored before a pod's network was seen to be cut off, or was waited for in vain:
 * then the verdict says so, or is not given ({@link IsolationRule}).
 *
 * <p>Where programs of the user look at files, it answers all else first and leaves the verdict as
 * a {@link DraftVerdict}: it holds once {@link ConcludeCarrier} is reached, which is after all of
 * them were content.
 *
 * <p>A dump that cannot be read to its end is Refuted with CORRUPT_RECOVERY_POINT. Each Refuted is
 * confirmed by a second restore from nothing.
 */
final class CompareCarrier {
  private final WorkerContext context;
  private final Duration sealPatience;

  CompareCarrier(WorkerContext context) {
    this(context, Seal.PATIENCE);
  }

  CompareCarrier(WorkerContext context, Duration sealPatience) {
    this.context = context;
    this.sealPatience = sealPatience;
  }

  TaskResult carryOut(Task.Compare task) {
    var started = context.clock().instant();
    var folder = context.requireSandbox("Compare");
    var fetched = SandboxPoint.read(folder, task.point().id());
    if (isOfDatabasesAlone(fetched.manifest(), task)) {
      return compareDatabases(task, folder, fetched, Optional.empty(), started);
    }
    // First: before restored code runs, and lost bytes are lost whatever a server lacks.
    var files = confirmed(new FilesProof(context, fetched, task)::attempt);
    return fetched.manifest().holdsDatabases()
            && files.judgement().outcome() != VerdictOutcome.REFUTED
        ? compareDatabases(task, folder, fetched, Optional.of(files), started)
        : conclude(task, folder, files, started);
  }

  /**
   * A hosted project of which nothing but the database is kept is one, if nobody asks for files.
   */
  private static boolean isOfDatabasesAlone(Manifest manifest, Task.Compare task) {
    return !manifest.holdsFiles()
        || (manifest.parts().stream().allMatch(Manifest.Part::isDump)
            && task.checks().stream().allMatch(check -> check.files() == null));
  }

  private TaskResult conclude(Task.Compare task, Path folder, Proof proof, Instant started) {
    if (task.commands().isEmpty() || proof.judgement().outcome() != VerdictOutcome.VERIFIED) {
      // Nothing of the copy is carried out.
      return result(task, proof, Isolation.UNKNOWN, started);
    }
    context.progress().step(Step.SEAL);
    var isolation = Seal.read(folder, null).await(context.processes().deadline(), sealPatience);
    var obstacle = IsolationRule.obstacleToCommands(task.isolation(), isolation);
    if (obstacle.isPresent()) {
      var unproven = Proof.unproven(Reason.NOT_ISOLATED, obstacle.get().message());
      return result(task, unproven, isolation, started);
    }
    var verdict = result(task, proof, isolation, started);
    new DraftVerdict(task.point().id(), started, verdict).write(folder);
    return new TaskResult.AwaitingChecks(
        verdict.isolation(), verdict.coverage(), verdict.checksHash());
  }

  /**
   * Restores and compares them.
   *
   * @param files what was found of the files beside them
   */
  private TaskResult compareDatabases(
      Task.Compare task, Path folder, SandboxPoint point, Optional<Proof> files, Instant started) {
    context.progress().step(Step.SEAL);
    // Before the restored database can write there.
    var seal = seal(task.server(), folder);
    var damage = parse(point);
    if (damage.isPresent()) {
      // No copy was made that could have been kept from anything.
      return result(task, damage.get(), Isolation.UNKNOWN, started);
    }
    var sealed = seal.await(context.processes().deadline(), sealPatience);
    context.progress().step(Step.START_SERVER);
    try (var server =
        ProvingServer.start(task.server(), sealed, folder, point.manifest(), context)) {
      var obstacle = IsolationRule.obstacle(task.isolation(), server.isolation(), reach(point));
      if (obstacle.isPresent()) {
        return result(
            task,
            Proof.unproven(Reason.NOT_ISOLATED, obstacle.get().message()),
            server.isolation(),
            started);
      }
      var databases = confirmed(new PointProof(context, point, server, task)::attempt);
      var proof = files.map(found -> found.and(databases)).orElse(databases);
      return result(task, proof, atTheEnd(server.isolation(), sealed, seal), started);
    }
  }

  private static Seal seal(Task.Server server, Path folder) {
    return switch (server) {
      case Task.Given(var socket, var from) -> Seal.read(folder, from);
      case Task.Initdb initdb -> Seal.NONE;
      case Task.NoServer none -> Seal.NONE;
    };
  }

  /** A seal that fell while the copy ran kept it from nothing. */
  private Isolation atTheEnd(Isolation isolation, Isolation sealed, Seal seal) {
    if (sealed != Isolation.ENFORCED || seal.isClosed()) {
      return isolation;
    }
    context.warnings().add("the sandbox was opened to " + seal.from() + " while the copy ran");
    return Isolation.NOT_ENFORCED;
  }

  /** Every verification reads each dump to its end, whatever the comparison covers (SAFETY 8). */
  private Optional<Proof> parse(SandboxPoint point) {
    var pgRestore =
        context
            .programs()
            .postgres(point.manifest().postgres().serverVersion() / 10_000, "pg_restore");
    for (var part : point.manifest().databaseParts()) {
      try {
        point.check(part);
      } catch (EngineException e) {
        return Optional.of(Proof.ofFailedRestore(e.failure()));
      }
      var completed = context.processes().run(new DumpCommands(pgRestore).parse(point.path(part)));
      if (!completed.succeeded()) {
        var failure = RestoreTrouble.read("reading " + part.name(), completed.errorTail());
        return Optional.of(
            failure.reason() == Reason.ENGINE_FAILED
                ? Proof.refuted(Reason.CORRUPT_RECOVERY_POINT, failure.message())
                : Proof.ofFailedRestore(failure));
      }
    }
    return Optional.empty();
  }

  private Proof confirmed(Supplier<Proof> attempt) {
    var judgements = new ArrayList<Judgement>();
    while (true) {
      var proof = attempt.get();
      judgements.add(proof.judgement());
      if (Verdicts.confirm(judgements) instanceof Verdicts.Confirmation.Settled(var judgement)) {
        return new Proof(judgement, proof.differences(), proof.coverage());
      }
      context.warnings().add("restored once more: " + proof.judgement().message());
    }
  }

  private static List<String> reach(SandboxPoint point) {
    return point.manifest().postgres().databases().stream()
        .map(DatabaseFacts::reach)
        .flatMap(List::stream)
        .distinct()
        .toList();
  }

  private TaskResult.Compared result(
      Task.Compare task, Proof proof, Isolation isolation, Instant started) {
    var coverage = proof.coverage();
    return new TaskResult.Compared(
        proof.judgement().outcome(),
        proof.judgement().reason(),
        proof.judgement().message(),
        isolation == Isolation.UNKNOWN ? null : isolation,
        coverage == null ? "nothing" : coverage,
        task.checksHash(),
        Duration.between(started, context.clock().instant()).toSeconds(),
        proof.differences().isEmpty() ? null : proof.differences());
  }
}
