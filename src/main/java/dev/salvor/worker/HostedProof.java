package dev.salvor.worker;

import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.DumpSelection;
import dev.salvor.engine.postgres.FactsReader;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.CopyFacts;
import dev.salvor.engine.supabase.HostedDatabase;
import dev.salvor.engine.supabase.HostedSelection;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.engine.supabase.VaultSecrets;
import dev.salvor.plan.proof.FactsComparison;
import dev.salvor.plan.proof.StateComparison;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.plan.verdict.Verdicts;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.SupabaseState.Fact;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A database of a hosted project beside what was noted of its source: of that what was to be
 * restored, and nothing else. Within the transaction that restored it, so that what is not the same
 * is never there.
 *
 * @param there as it was before
 * @param noted null: nothing was noted of its state
 * @param secrets of Vault; null: nobody kept what they are
 */
record HostedProof(
    WorkerContext context,
    RestoreSource source,
    HostedSelection selection,
    HostedDatabase there,
    @Nullable SupabaseState noted,
    @Nullable List<VaultSecrets.Secret> secrets) {
  private static final String JOB = "cron job";
  private static final String MIGRATION = SupabaseState.NEWEST_MIGRATION;

  /**
   * What of it was left out while it was restored.
   *
   * @param entries ids
   * @param jobs names
   * @param others tables that have other columns there and do not give back what was written to
   *     them; null: nobody looked
   * @param kept rights that were to be taken
   */
  record Refused(
      Set<Integer> entries, Set<String> jobs, @Nullable List<String> others, List<String> kept) {}

  /**
   * Compares.
   *
   * @throws EngineException FACTS_DIFFER
   */
  RestoredDatabase.Compared compare(PostgresSession session, Refused refused) {
    var copy = copy(session);
    var expected = expected(copy.facts(), refused);
    var facts =
        FactsComparison.compare(
            source.manifest().postgres().serverVersion(),
            expected,
            List.of(),
            RestoredDatabase.asCopy(copy));
    var found = StateReader.read(session);
    var state = StateComparison.compare(named(expected(refused)), named(found), List.of());
    var differences = new ArrayList<>(facts.differences());
    differences.addAll(state.differences());
    differences.addAll(secrets(session));
    var judgement =
        Verdicts.judge(
            new Findings(
                source.factsMode(),
                facts.coverage(),
                differences,
                List.of(),
                List.of(),
                List.of()));
    if (judgement.outcome() == VerdictOutcome.REFUTED) {
      throw new EngineException(Reason.FACTS_DIFFER, judgement.message());
    }
    tellOfThePlace(found);
    var others = refused.others() == null ? withOtherColumns() : refused.others();
    var doubts = new ArrayList<>(unread(expected, copy.facts()));
    if (refused.others() != null && !others.isEmpty()) {
      doubts.add(
          "rows of "
              + String.join(", ", others)
              + " do not read there as they were written: compare them with the source");
    }
    selection.schemas().forEach(rights -> doubts.addAll(rights.differences(there.user(), session)));
    if (!refused.kept().isEmpty()) {
      doubts.add("rights could not be taken: " + TreesBackup.some(refused.kept()));
    }
    if (!selection.powers().isEmpty()) {
      doubts.add(
          "acts with other rights than at the source: " + TreesBackup.some(selection.powers()));
    }
    if (!doubts.isEmpty()) {
      // A report may have room for one alone.
      context.warnings().addFirst(String.join("; ", doubts));
    }
    var isKnown = noted != null && secrets != null && others.isEmpty() && doubts.isEmpty();
    var outcome = isKnown ? judgement.outcome() : VerdictOutcome.UNPROVEN;
    return new RestoredDatabase.Compared(
        outcome, facts.coverage().text() + "; " + state.coverage().text());
  }

  /** What was known of the source, and could not be read there. */
  private static List<String> unread(DatabaseFacts expected, DatabaseFacts copy) {
    var there =
        copy.tables().stream()
            .collect(Collectors.toMap(HostedProof::name, table -> table, (one, _) -> one));
    var unread =
        expected.tables().stream()
            .filter(table -> isLess(table, there.get(name(table))))
            .map(HostedProof::name)
            .collect(Collectors.toCollection(ArrayList::new));
    if (expected.largeObjectsHash() != null && copy.largeObjectsHash() == null) {
      unread.add("large objects");
    }
    return unread.isEmpty()
        ? List.of()
        : List.of("could not be read there, and was not compared: " + TreesBackup.some(unread));
  }

  /** One that is not there at all is a difference. */
  private static boolean isLess(DatabaseFacts.Table known, DatabaseFacts.@Nullable Table read) {
    return read != null
        && ((known.rows() != null && read.rows() == null)
            || (known.hash() != null && read.hash() == null));
  }

  private static String name(DatabaseFacts.Table table) {
    return table.schema() + "." + table.name();
  }

  private List<String> withOtherColumns() {
    return selection.tables().stream()
        .filter(table -> !selection.hasSameColumns(table, there))
        .toList();
  }

  private CopyFacts copy(PostgresSession session) {
    var without =
        DumpSelection.of(null, new PostgresSource.Selection(HostedDatabase.managedSchemas(), null));
    return CopyFacts.read(
        session,
        FactsReader.within(
            session,
            source.factsMode(),
            without,
            table -> selection.tables().contains(table.text())));
  }

  private DatabaseFacts expected(DatabaseFacts copy, Refused refused) {
    var facts = source.facts();
    var sequences = names("SEQUENCE", refused);
    var views = names("MATERIALIZED VIEW", refused);
    var triggers = names("EVENT TRIGGER", refused);
    return new DatabaseFacts(
        facts.database(),
        facts.time(),
        facts.properties(),
        facts.tables().stream()
            .filter(table -> selection.tables().contains(name(table)))
            .map(this::comparable)
            .toList(),
        facts.sequences().stream()
            .filter(each -> sequences.contains(each.schema() + "." + each.name()))
            .toList(),
        facts.extensions().stream()
            .filter(extension -> !selection.unavailable().contains(extension.name()))
            .toList(),
        facts.materializedViews().stream()
            .filter(view -> views.contains(view.schema() + "." + view.name()))
            .toList(),
        List.copyOf(triggers),
        facts.largeObjects(),
        facts.largeObjectsHash(),
        copy.schema(),
        facts.reach(),
        facts.leftOut(),
        facts.oid());
  }

  private Set<String> names(String type, Refused refused) {
    return selection.names(type, refused.entries());
  }

  /** Rows of a table that has other columns there are counted; what was written is compared. */
  private DatabaseFacts.Table comparable(DatabaseFacts.Table table) {
    return selection.hasSameColumns(name(table), there)
        ? table
        : new DatabaseFacts.Table(table.schema(), table.name(), table.bytes(), table.rows(), null);
  }

  /** Of what was noted what is to be there now. */
  private SupabaseState expected(Refused refused) {
    if (noted == null) {
      return new SupabaseState(List.of());
    }
    var hung = new HashSet<>(names("POLICY", refused));
    hung.addAll(names("TRIGGER", refused));
    var publications = new HashSet<>(names("PUBLICATION", refused));
    publications.addAll(there.publications());
    var triggers = names("EVENT TRIGGER", refused);
    return new SupabaseState(
        noted.facts().stream()
            .filter(
                fact ->
                    switch (fact.kind()) {
                      case "policy", "trigger" -> !isManaged(fact) || hung.contains(fact.name());
                      case "row security of table", "function" -> !isManaged(fact);
                      case "publication" ->
                          publications.contains(fact.name())
                              && !fact.name().equals(HostedSelection.MESSAGES);
                      case "table of publication" -> isPublished(fact, publications);
                      case "event trigger" -> triggers.contains(fact.name());
                      case JOB -> !refused.jobs().contains(fact.name());
                      case MIGRATION -> fact.name().startsWith("supabase_migrations.");
                      // Their ids and ciphertext are others: values are compared.
                      case "secret of Vault" -> false;
                      default -> !StateReader.isOfThePlace(fact);
                    })
            .toList());
  }

  private static boolean isManaged(Fact fact) {
    return HostedDatabase.managedSchemas().stream()
        .anyMatch(schema -> fact.name().startsWith(schema + "."));
  }

  /** By publication and table, with a colon between. */
  private static boolean isPublished(Fact fact, Set<String> publications) {
    return publications.stream()
        .filter(name -> !name.equals(HostedSelection.MESSAGES))
        .filter(name -> fact.name().startsWith(name + ": "))
        .map(name -> fact.name().substring(name.length() + 2))
        .anyMatch(
            table ->
                HostedDatabase.managedSchemas().stream()
                    .noneMatch(schema -> table.startsWith(schema + ".")));
  }

  /** Jobs without a name are told apart by what they are: their numbers are others. */
  private static SupabaseState named(SupabaseState state) {
    var unnamed =
        state.facts().stream()
            .filter(HostedProof::isUnnamed)
            .map(fact -> Objects.requireNonNullElse(fact.digest(), ""))
            .sorted(Comparator.naturalOrder())
            .toList();
    var facts =
        state.facts().stream()
            .filter(fact -> !isUnnamed(fact))
            .collect(Collectors.toCollection(ArrayList::new));
    for (var at = 0; at < unnamed.size(); at++) {
      facts.add(new Fact(JOB, "without a name, " + unnamed.get(at) + " " + times(unnamed, at), ""));
    }
    return new SupabaseState(facts);
  }

  private static long times(List<String> sorted, int at) {
    return sorted.subList(0, at).stream().filter(sorted.get(at)::equals).count();
  }

  private static boolean isUnnamed(Fact fact) {
    return fact.kind().equals(JOB) && fact.name().matches("number [0-9]+");
  }

  /** What Vault there gives back, by name and value; no value is told. */
  private List<String> secrets(PostgresSession session) {
    if (secrets == null || secrets.isEmpty()) {
      return List.of();
    }
    var found =
        VaultSecrets.read(session).secrets().stream()
            .map(HostedProof::text)
            .collect(Collectors.toCollection(ArrayList::new));
    // Each answers for one alone.
    return secrets.stream()
        .filter(secret -> !found.remove(text(secret)))
        .map(
            secret ->
                "secret of Vault "
                    + Objects.requireNonNullElse(secret.name(), "without a name")
                    + " cannot be read there, or is another")
        .toList();
  }

  private static List<String> text(VaultSecrets.Secret secret) {
    return List.of(
        Objects.requireNonNullElse(secret.name(), ""),
        Objects.requireNonNullElse(secret.description(), ""),
        secret.secret());
  }

  /** Roles and settings: what is Supabase's own there stays, and is no difference. */
  private void tellOfThePlace(SupabaseState found) {
    var ofPlace =
        (noted == null ? Stream.<Fact>empty() : noted.facts().stream())
            .filter(StateReader::isOfThePlace)
            .filter(fact -> !StateReader.isOfSupabase(fact.name().replaceFirst("( in |: ).*", "")))
            .filter(fact -> !fact.kind().startsWith("password"))
            .toList();
    var differences =
        StateComparison.compare(new SupabaseState(ofPlace), found, List.of()).differences();
    if (!differences.isEmpty()) {
      context
          .warnings()
          .add(
              "as it is in this project, and not as at the source: "
                  + TreesBackup.some(differences));
    }
  }
}
