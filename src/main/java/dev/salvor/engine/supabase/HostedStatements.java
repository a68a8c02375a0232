package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.SqlFailures;
import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Carries out entries of a dump one by one, and notes which were refused: what nothing that is
 * restored hangs on is tried in a savepoint, so that a transaction goes on without it.
 */
final class HostedStatements {
  /** Refused, or about a role that only Supabase could make. */
  private static final Set<String> NOT_FOR_US = Set.of("42501", "42704");

  /** The same of what an extension brings, which another version of it may not. */
  private static final Set<String> NOT_HERE = Set.of("42501", "42704", "42883", "42P01");

  /** A right that was not taken, or not given, and the statement carried out all the same. */
  private static final String NOT_TAKEN = "01006";

  private static final Set<String> NOT_ALL = Set.of(NOT_TAKEN, "01007");

  /** Whoever restores these may be refused: nothing that is restored hangs on them. */
  private static final Set<String> PERHAPS = Set.of("EVENT TRIGGER", "PUBLICATION");

  private final PostgresSession session;
  private final HostedSelection selection;
  private final Set<Integer> ofExtensions;
  private final List<String> leftOut = new ArrayList<>();
  private final Set<Integer> refused = new HashSet<>();
  private final List<String> kept = new ArrayList<>();

  HostedStatements(PostgresSession session, HostedSelection selection) {
    this.session = session;
    this.selection = selection;
    this.ofExtensions = selection.ofExtensions();
  }

  /**
   * Goes on without something.
   *
   * @param what for people
   */
  void leave(String what) {
    leftOut.add(what);
  }

  /** What was left out, for people. */
  List<String> leftOut() {
    return leftOut;
  }

  /** Ids of entries that were. */
  Set<Integer> refused() {
    return refused;
  }

  /** Rights that somebody has there and had not at the source, for people. */
  List<String> kept() {
    return kept;
  }

  /** What cannot be done without. */
  void execute(String statement) {
    try {
      session.execute(statement);
    } catch (EngineException e) {
      throw e.reason() == Reason.INSUFFICIENT_PRIVILEGE
          ? new EngineException(Reason.RESTORE_FAILED, statement + ": " + e.failure().message(), e)
          : e;
    }
  }

  /** Why it was refused; empty: it was not. */
  Optional<EngineException> perhaps(String statement) {
    return perhaps(NOT_FOR_US, () -> session.execute(statement));
  }

  private Optional<EngineException> perhaps(Set<String> states, Runnable statement) {
    session.execute("SAVEPOINT perhaps");
    try {
      statement.run();
      session.execute("RELEASE SAVEPOINT perhaps");
      return Optional.empty();
    } catch (EngineException e) {
      if (!states.contains(SqlFailures.state(e))) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT perhaps; RELEASE SAVEPOINT perhaps");
      return Optional.of(e);
    }
  }

  /**
   * Makes what an entry says.
   *
   * @throws EngineException RESTORE_FAILED naming it
   */
  void make(DumpEntry entry) {
    if (statement(entry).isBlank()) {
      return;
    }
    var isOfExtension = ofExtensions.contains(entry.id());
    try {
      if (PERHAPS.contains(entry.type()) || isOfExtension || hangsOnRefused(entry)) {
        perhaps(isOfExtension ? NOT_HERE : NOT_FOR_US, () -> carryOut(entry))
            .ifPresent(
                _ -> {
                  refused.add(entry.id());
                  if (entry.definition().contains("REVOKE ")) {
                    kept.add(entry.text());
                  }
                  if (!entry.type().equals("COMMENT")) {
                    leftOut.add(entry.text());
                  }
                });
      } else {
        carryOut(entry);
      }
    } catch (EngineException e) {
      throw switch (e.reason()) {
        case ENGINE_FAILED, INSUFFICIENT_PRIVILEGE ->
            new EngineException(
                Reason.RESTORE_FAILED, entry.text() + ": " + e.failure().message(), e);
        default -> e;
      };
    }
  }

  /** Another who gave a right cannot be had: it is its owner's then, and the same right. */
  private String statement(DumpEntry entry) {
    return selection.unvalidated().contains(entry.id())
        ? entry.definition().strip().replaceFirst(";$", " NOT VALID")
        : entry.type().equals("ACL")
            ? entry.definition().replaceAll("(?m)^(SET|RESET) SESSION AUTHORIZATION[^;]*;\\R?", "")
            : entry.definition();
  }

  private void carryOut(DumpEntry entry) {
    var warned = session.executeHeeding(statement(entry));
    if (entry.type().equals("ACL") && warned.stream().anyMatch(NOT_ALL::contains)) {
      leftOut.add(entry.text() + ": not all of it, for another gave it");
    }
    if (warned.contains(NOT_TAKEN)) {
      kept.add(entry.text());
    }
  }

  private boolean hangsOnRefused(DumpEntry entry) {
    return entry.dependencies().stream().anyMatch(refused::contains);
  }
}
