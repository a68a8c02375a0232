package dev.salvor.worker;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.plan.proof.StateComparison;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Fate;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.SupabaseState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A project whose parts were restored, as one beside what was noted of it. */
final class RestoredProject {
  private final WorkerContext context;
  private final RecoveryPoints points;
  private final PlannedProject project;
  private final @Nullable Path objects;

  /**
   * Of one restore.
   *
   * @param objects of Storage as they are in its bucket, lines of {@link TargetObject}; null: none
   *     were restored to one
   */
  RestoredProject(
      WorkerContext context,
      RecoveryPoints points,
      PlannedProject project,
      @Nullable Path objects) {
    this.context = context;
    this.points = points;
    this.project = project;
    this.objects = objects;
  }

  /**
   * Compares its state beyond tables, and objects with their bytes where both were restored. What
   * an earlier attempt restored may have been written to since: a difference there is only said.
   *
   * @return empty where there is nothing to compare
   * @throws EngineException FACTS_DIFFER
   */
  Optional<Proof> compare() {
    var server = project.server();
    var database =
        project.databases().stream()
            .filter(each -> each.name().equals(SupabaseSource.DATABASE))
            .findFirst();
    if (server == null
        || database.isEmpty()
        || !(project.manifest().content() instanceof Manifest.Supabase noted)) {
      return Optional.empty();
    }
    context.progress().step(Step.COMPARE, "the project");
    try (var open = server.open(SupabaseSource.DATABASE)) {
      var state =
          Optional.ofNullable(noted.facts().state()).map(facts -> state(open.session(), facts));
      var objects =
          Optional.ofNullable(noted.facts().storage())
              .flatMap(facts -> objects(open.session(), facts));
      var proof = state.map(first -> objects.map(first::and).orElse(first)).or(() -> objects);
      proof
          .filter(found -> found.judgement().outcome() == VerdictOutcome.REFUTED)
          .ifPresent(found -> tell(found, database.get().fate()));
      return proof;
    }
  }

  private void tell(Proof proof, Fate fate) {
    if (fate != Fate.DONE) {
      throw new EngineException(Reason.FACTS_DIFFER, proof.judgement().message());
    }
    context
        .warnings()
        .add(
            "since an earlier attempt restored the database, it has become another: "
                + proof.judgement().message());
  }

  private Proof state(PostgresSession session, SupabaseState noted) {
    var there = StateReader.read(session);
    var ofPlace = StateComparison.compare(only(noted, StateReader::isOfThePlace), there, List.of());
    if (!ofPlace.differences().isEmpty()) {
      context
          .warnings()
          .add(
              "as it was at this place, and not as at the source: "
                  + TreesBackup.some(ofPlace.differences()));
    }
    var compared =
        StateComparison.compare(
            only(noted, fact -> !StateReader.isOfThePlace(fact)), there, List.of());
    return Proof.of(Findings.of(compared.coverage(), compared.differences()));
  }

  private static SupabaseState only(SupabaseState state, Predicate<SupabaseState.Fact> asked) {
    return new SupabaseState(state.facts().stream().filter(asked).toList());
  }

  private Optional<Proof> objects(PostgresSession session, StorageFacts facts) {
    return copy()
        .map(
            copy -> {
              var notes = context.scratch().resolve(StorageFacts.FILE);
              points.notes(
                  project.set(),
                  project.manifest(),
                  StorageFacts.FILE,
                  stream -> Files.copy(stream, notes, REPLACE_EXISTING));
              return new ObjectsProof(
                      context, facts, project.manifest().postgres().factsMode(), notes, copy)
                  .attempt(session);
            });
  }

  private Optional<ObjectsProof.Copy> copy() {
    return objects != null
        ? Optional.of(ObjectsProof.Copy.ofBucket(objects))
        : project.places().stream()
            .filter(PlannedProject.Folder.class::isInstance)
            .map(PlannedProject.Folder.class::cast)
            .filter(folder -> folder.name().equals(SupabaseSource.STORAGE))
            .map(folder -> ObjectsProof.Copy.of(folder.target().path()))
            .findFirst();
  }
}
