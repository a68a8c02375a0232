package dev.salvor.worker;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.DatabasePropertiesReader;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.CopyFacts;
import dev.salvor.engine.postgres.restore.DatabaseStatements;
import dev.salvor.engine.postgres.restore.DumpCommands.Tablespaces;
import dev.salvor.engine.postgres.restore.EventTriggers;
import dev.salvor.engine.postgres.restore.PropertiesComparison;
import dev.salvor.engine.postgres.restore.TargetReader;
import dev.salvor.engine.postgres.restore.UnloggedTransaction;
import dev.salvor.plan.proof.FactsComparison;
import dev.salvor.plan.proof.RestoredCopy;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Step;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A database of a target server that is made, filled, compared and given its properties. */
final class RestoredDatabase {
  private final WorkerContext context;
  private final TargetServer server;
  private final RestoreSource source;
  private final DatabaseProperties properties;

  /** That it is to have. */
  RestoredDatabase(
      WorkerContext context,
      TargetServer server,
      RestoreSource source,
      DatabaseProperties properties) {
    this.context = context;
    this.server = server;
    this.source = source;
    this.properties = properties;
  }

  /**
   * What the comparison came to.
   *
   * @param outcome VERIFIED, or UNPROVEN where the point has no facts
   */
  record Compared(VerdictOutcome outcome, String coverage) {}

  /** Makes it empty, with nobody let in but its owner. */
  void create(PostgresSession session, String name, String comment) {
    try {
      var tablespace = properties.tablespace();
      session.execute(
          DatabaseStatements.create(name, properties)
              + (tablespace.equals(new TargetReader(session).defaultTablespace())
                  ? ""
                  : DatabaseStatements.tablespace(tablespace)));
    } catch (EngineException e) {
      throw new EngineException(
          Reason.RESTORE_FAILED.failure(
              "A database with the encoding and locale of the source cannot be made: "
                  + e.failure().message()),
          e);
    }
    session.execute("REVOKE ALL ON DATABASE " + PostgresSession.identifier(name) + " FROM PUBLIC");
    session.execute(DatabaseStatements.comment(name, comment));
  }

  /** Fills it. */
  void restore(String name) {
    EventTriggers behind;
    try (var open = server.open(name)) {
      behind = source.eventTriggers(open.session());
    }
    source.restoreInto(
        name,
        server.connection().major(),
        sameTablespaces() ? Tablespaces.AS_AT_SOURCE : Tablespaces.IGNORED,
        behind,
        server.environment(name));
    try (var open = server.open(name)) {
      if (!behind.isEmpty()) {
        behind.create(open.session());
      }
      // Without statistics the first queries are slow, as if the restore had gone wrong.
      open.session().execute("ANALYZE");
    }
  }

  private boolean sameTablespaces() {
    return source.facts().properties().tablespace().equals(properties.tablespace());
  }

  /**
   * Compares it with the facts of its source.
   *
   * @throws EngineException FACTS_DIFFER
   */
  Compared compare(String name) {
    context.progress().step(Step.COMPARE, name);
    try (var open = server.open(name)) {
      var copy = CopyFacts.read(open.session(), source.factsMode());
      var contents = source.contents();
      var expected =
          contents != null && contents.isSelection()
              ? SelectedFacts.of(source.facts(), contents, copy.facts())
              : source.facts();
      var comparison =
          FactsComparison.compare(
              source.manifest().postgres().serverVersion(), expected, List.of(), asCopy(copy));
      var judgement =
          Verdicts.judge(Findings.of(source.factsMode(), comparison, List.of(), List.of()));
      if (judgement.outcome() == VerdictOutcome.REFUTED) {
        throw new EngineException(Reason.FACTS_DIFFER, judgement.message());
      }
      return new Compared(judgement.outcome(), comparison.coverage().text());
    }
  }

  /** The same of one that somebody may have written to; empty where it differs. */
  Optional<Compared> compareFound(String name) {
    try {
      return Optional.of(compare(name));
    } catch (EngineException e) {
      if (e.reason() == Reason.FACTS_DIFFER) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Whether that says that it holds what its source did, content and all. */
  boolean isWhole(Compared compared) {
    return source.factsMode() == FactsMode.FULL && compared.outcome() == VerdictOutcome.VERIFIED;
  }

  /**
   * Gives it its properties and reads them back.
   *
   * @throws EngineException RESTORE_FAILED naming those that differ
   */
  void giveProperties(String name) {
    try (var open = server.open()) {
      UnloggedTransaction.carryOut(open.session(), DatabaseStatements.properties(name, properties));
    }
    try (var inside = server.open(name)) {
      var differences =
          PropertiesComparison.differences(
              properties, DatabasePropertiesReader.read(inside.session()));
      if (!differences.isEmpty()) {
        throw new EngineException(
            Reason.RESTORE_FAILED,
            "the restored database has not the properties that it is to have: " + differences);
      }
    }
  }

  /** What was read of a restored database, as it is laid beside the facts of its source. */
  static RestoredCopy asCopy(CopyFacts read) {
    return new RestoredCopy(
        read.serverVersion(),
        read.facts(),
        Set.copyOf(read.roles()),
        read.columnMaximum(),
        read.versionDependentTables());
  }
}
