package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Initialize;
import dev.salvor.api.PostgresSource.Selection;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.RolesMode;
import dev.salvor.plan.restore.RestoreDecision.AlreadyDone;
import dev.salvor.plan.restore.RestoreDecision.CarriedOut;
import dev.salvor.plan.restore.RestoreDecision.Method;
import dev.salvor.plan.restore.RestoreDecision.Refused;
import dev.salvor.plan.restore.RestorePlanning.Presence;
import dev.salvor.plan.restore.TargetState.Content;
import dev.salvor.plan.restore.TargetState.Existing;
import dev.salvor.plan.restore.TargetState.Leftover;
import dev.salvor.task.Credential;
import dev.salvor.task.DatabaseFacts;
import dev.salvor.task.DatabaseFacts.Extension;
import dev.salvor.task.DatabaseFacts.SchemaFacts;
import dev.salvor.task.DatabaseProperties;
import dev.salvor.task.Header;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class RestorePlanningTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");
  private static final DatabaseProperties PROPERTIES =
      new DatabaseProperties(
          "boss", "UTF8", "libc", null, "C", "C", "pg_default", -1, List.of(), List.of(), null);
  private static final Existing FULL = existing(Content.SOME, List.of(), List.of(), List.of());

  private Task.Existing existing = Task.Existing.REFUSE;
  private RestoreStrategy strategy = RestoreStrategy.RENAME;
  private Selection select;
  private Instant notAfter;
  private List<String> acknowledge = List.of();
  private List<Extension> extensions = List.of(new Extension("plpgsql", "1.0"));
  private List<String> reach = List.of();
  private List<String> users = List.of();
  private String tablespace = "pg_default";
  private int sourceVersion = 150_000;
  private Leftover leftover = Leftover.NONE;
  private String kept;
  private String keptInPoint;

  @Test
  void aFreeNameIsTakenByRename() {
    var plan = carriedOut(null);
    assertThat(plan.method()).isEqualTo(Method.CREATE);
    assertThat(plan.steps())
        .containsExactly(
            "make roles app",
            "restore shop of 20261122t180000z-abcdef (1000 bytes) into "
                + names().side()
                + ", compare it with its facts",
            "rename " + names().side() + " to shop");
  }

  @Test
  void whatIsThereIsReplacedOnlyWhereThatWasSaid() {
    assertRefused(FULL, Reason.TARGET_EXISTS, "is not empty");
    assertRefused(
        existing(Content.UNKNOWN, List.of(), List.of(), List.of()),
        Reason.TARGET_EXISTS,
        "lets nobody in");
    // An empty one replaces nothing.
    assertThat(carriedOut(existing(Content.EMPTY, List.of(), List.of(), List.of())).method())
        .isEqualTo(Method.RENAME);
    existing = Task.Existing.REPLACE;
    var plan = carriedOut(FULL);
    assertThat(plan.method()).isEqualTo(Method.RENAME);
    assertThat(plan.steps())
        .anyMatch(step -> step.startsWith("rename shop to shop__salvor_kept_"))
        .anyMatch(step -> step.startsWith("keep the replaced shop__salvor_kept_"));
    strategy = RestoreStrategy.RECREATE;
    assertThat(carriedOut(FULL).steps())
        .containsSubsequence(
            "read recovery point 20261122t180000z-abcdef to its end",
            "take a safety point of shop",
            "drop shop");
  }

  @Test
  void anOldRequestTouchesNothing() {
    existing = Task.Existing.REPLACE;
    notAfter = NOW.minusSeconds(1);
    assertRefused(FULL, Reason.EXPIRED, "nothing was touched");
    assertRefused(null, Reason.EXPIRED, "nothing was touched");
    notAfter = NOW;
    assertThat(carriedOut(FULL).method()).isEqualTo(Method.RENAME);
  }

  @Test
  void anEarlierAttemptIsSeen() {
    existing = Task.Existing.REPLACE;
    kept = "shop__salvor_kept_abcdefgh_2026112221";
    // Before the time is looked at: it was carried out in time.
    notAfter = NOW.minusSeconds(1);
    assertThat(decide(FULL)).isEqualTo(new AlreadyDone(kept, null));
    kept = null;
    notAfter = null;
    leftover = Leftover.SIDE_DATABASE;
    assertThat(carriedOut(FULL).steps().getFirst()).startsWith("drop " + names().side());
    leftover = Leftover.HALF_RESTORED;
    var plan = carriedOut(null);
    assertThat(plan.method()).isEqualTo(Method.CREATE_IN_PLACE);
    assertThat(plan.steps()).contains("drop shop, left unfinished by an earlier attempt");
  }

  @Test
  void whatAnEarlierAttemptRecreatedIsNotDroppedOnceMore() {
    existing = Task.Existing.REPLACE;
    strategy = RestoreStrategy.RECREATE;
    keptInPoint = "20260101t000000z-aaaaaa";
    assertThat(decide(FULL)).isEqualTo(new AlreadyDone(null, keptInPoint));
    // Not that attempt's work: somebody made the name anew while it was free.
    assertThat(carriedOut(existing(Content.EMPTY, List.of(), List.of(), List.of())).method())
        .isEqualTo(Method.RECREATE);
    leftover = Leftover.SIDE_DATABASE;
    assertThat(carriedOut(FULL).method()).isEqualTo(Method.RECREATE);
    leftover = Leftover.SIDE_OF_DROPPED;
    assertThat(carriedOut(null).method()).isEqualTo(Method.CREATE_IN_PLACE);
  }

  /** A request after one that failed behind its drop; the same one goes on by itself. */
  @Test
  void whatAnotherRequestLeftHalfMadeNeedsAnAcknowledgement() {
    existing = Task.Existing.REPLACE;
    for (var way : List.of(RestoreStrategy.RENAME, RestoreStrategy.RECREATE)) {
      strategy = way;
      acknowledge = List.of();
      var refused = (Refused) decide(halfMade("other", "20260101t000000z-aaaaaa"));
      assertThat(refused.failure().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
      assertThat(refused.failure().message())
          .contains(
              "another request, other, or was left half-made by it. What was there before it is"
                  + " recovery point 20260101t000000z-aaaaaa.");
      acknowledge = List.of(token(refused));
      assertThat(carriedOut(halfMade("other", "20260101t000000z-aaaaaa")).steps())
          .anyMatch(step -> step.contains("20260101t000000z-aaaaaa"));
      // Yet another one was not shown.
      assertRefused(halfMade("third", null), Reason.ACKNOWLEDGEMENT_NEEDED, "was not kept");
      // Nobody knows which, nor whether anything was.
      assertRefused(halfMade("", null), Reason.ACKNOWLEDGEMENT_NEEDED, "was altered");
    }
  }

  private static Existing halfMade(String request, String safetyPoint) {
    return new Existing(
        16_384,
        PROPERTIES,
        new TargetState.Unfinished(request, safetyPoint),
        Content.EMPTY,
        5000,
        List.of(),
        new TargetState.Attached(List.of(), List.of(), List.of()));
  }

  @Test
  void aServerThatCannotHoldItIsRefused() {
    sourceVersion = 180_000;
    assertRefused(null, Reason.RESTORE_FAILED, "PostgreSQL 17, older than the source's 18");
    sourceVersion = 170_000;
    extensions = List.of(new Extension("postgis", "3"), new Extension("plpgsql", "1"));
    assertRefused(null, Reason.EXTENSION_UNAVAILABLE, "lacks extensions postgis.");
    // The chosen part may do without.
    select = new Selection(null, List.of("public.t"));
    assertThat(carriedOut(null).method()).isEqualTo(Method.CREATE);
  }

  @Test
  void whatIsBoundToItsNameIsNotRenamed() {
    existing = Task.Existing.REPLACE;
    assertRefused(
        existing(Content.SOME, List.of("pg_net"), List.of(), List.of()),
        Reason.CANNOT_RENAME,
        "pg_net");
    extensions = List.of(new Extension("pg_cron", "1"));
    assertRefused(FULL, Reason.CANNOT_RENAME, "pg_cron");
    assertThat(carriedOut(null).method()).isEqualTo(Method.CREATE_IN_PLACE);
    strategy = RestoreStrategy.RECREATE;
    assertThat(carriedOut(FULL).method()).isEqualTo(Method.RECREATE);
  }

  /** Services of a Supabase are no workers in the database, and hold to its name all the same. */
  @Test
  void whatServicesKnowByItsNameIsNotRenamed() {
    existing = Task.Existing.REPLACE;
    users = List.of("Supabase");
    assertRefused(FULL, Reason.CANNOT_RENAME, "Supabase");
    assertThat(carriedOut(null).method()).isEqualTo(Method.CREATE);
    strategy = RestoreStrategy.RECREATE;
    assertThat(carriedOut(FULL).method()).isEqualTo(Method.RECREATE);
  }

  @Test
  void whatIsAttachedIsAcknowledgedAndNothingElse() {
    existing = Task.Existing.REPLACE;
    var attached = existing(Content.SOME, List.of(), List.of("slot_a"), List.of("gid"));
    for (var way : List.of(RestoreStrategy.RENAME, RestoreStrategy.RECREATE)) {
      strategy = way;
      acknowledge = List.of();
      var refused = (Refused) decide(attached);
      assertThat(refused.failure().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
      assertThat(refused.failure().message())
          .contains("logical slot slot_a")
          .contains("subscription s")
          .contains("prepared transaction gid");
      acknowledge = List.of(token(refused));
      assertThat(decide(attached)).isInstanceOf(CarriedOut.class);
      // A slot that came later was not accepted with it.
      var more = existing(Content.SOME, List.of(), List.of("slot_a", "slot_b"), List.of("gid"));
      assertThat(((Refused) decide(more)).failure().message()).contains("slot_b");
    }
  }

  @Test
  void aPartReplacesAWholeOnlyIfAcknowledged() {
    existing = Task.Existing.REPLACE;
    select = new Selection(List.of("app"), null);
    var refused = (Refused) decide(FULL);
    assertThat(refused.failure().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    acknowledge = List.of(token(refused));
    assertThat(decide(FULL)).isInstanceOf(CarriedOut.class);
  }

  @Test
  void withoutASafetyPointNothingIsDroppedUnlessAcknowledged() {
    var failure = RestorePlanning.withoutSafety(task(), "could not read.").orElseThrow();
    assertThat(failure.reason()).isEqualTo(Reason.SAFETY_COPY_FAILED);
    assertThat(failure.message()).contains("could not read. It was not touched.");
    acknowledge = List.of(failure.message().substring(failure.message().indexOf("without-")));
    assertThat(RestorePlanning.withoutSafety(task(), "could not read.")).isEmpty();
  }

  @Test
  void whatTheTargetWillLackStandsInThePlan() {
    tablespace = "fast";
    reach = List.of("subscription s", "foreign server f (postgres_fdw)");
    assertThat(carriedOut(null).leftOut())
        .containsExactly(
            "rows of foreign table x",
            "tablespace fast: the server has none of that name",
            "subscription s");
  }

  @Test
  void undoIsARenameBack() {
    existing = Task.Existing.REPLACE;
    var name = "shop__salvor_kept_abcdefgh_2026112221";
    assertThat(undo("shop", Presence.THERE, FULL)).isInstanceOf(Refused.class);
    assertThat(((Refused) undo(name, Presence.GONE, FULL)).failure().reason())
        .isEqualTo(Reason.NO_MATCHING_RECOVERY_POINT);
    var plan = (CarriedOut) undo(name, Presence.THERE, FULL);
    assertThat(plan.steps()).anyMatch(step -> step.contains("and " + name + " to shop, at once"));
    assertThat(((CarriedOut) undo(name, Presence.THERE, null)).steps())
        .contains("rename " + name + " to shop");
    kept = "shop__salvor_kept_hgfedcba_2026112221";
    assertThat(undo(name, Presence.GONE, FULL)).isEqualTo(new AlreadyDone(kept, null));
    kept = null;
    existing = Task.Existing.REFUSE;
    assertThat(((Refused) undo(name, Presence.THERE, FULL)).failure().reason())
        .isEqualTo(Reason.TARGET_EXISTS);
    existing = Task.Existing.REPLACE;
    notAfter = NOW.minusSeconds(1);
    assertThat(((Refused) undo(name, Presence.THERE, FULL)).failure().reason())
        .isEqualTo(Reason.EXPIRED);
  }

  private RestoreDecision undo(String name, Presence there, Existing target) {
    return RestorePlanning.decideUndo(task(), name, there, state(target), NOW);
  }

  private void assertRefused(Existing target, Reason reason, String message) {
    var failure = ((Refused) decide(target)).failure();
    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.message()).contains(message);
  }

  private CarriedOut carriedOut(Existing target) {
    return (CarriedOut) decide(target);
  }

  private RestoreDecision decide(Existing target) {
    return RestorePlanning.decide(
        task(),
        new RestorePlanning.Point(
            "20261122t180000z-abcdef",
            sourceVersion,
            facts(),
            1000,
            users,
            List.of("app"),
            List.of("rows of foreign table x")),
        state(target),
        NOW);
  }

  private TargetState state(Existing target) {
    return new TargetState(
        170_011,
        target,
        kept,
        keptInPoint,
        leftover,
        Set.of("plpgsql", "pg_cron", "pg_net"),
        Set.of("pg_default"));
  }

  private Task.Restore task() {
    return new Task.Restore(
        new Header("run", 1, NOW, 3600, List.of()),
        new RepositoryTarget(
            new StoreTarget(
                "offsite", new StoreTarget.Directory("/s"), Initialize.NEVER, null, null),
            "shop/db",
            new Owner("c", "shop", "db"),
            null,
            List.of()),
        new Task.FromPoint(new PointReference("20261122t180000z-abcdef", null), null),
        new ServerReference(
            Credential.TARGET,
            Credential.TARGET_PASSWORD,
            Credential.TARGET_CA,
            null,
            null,
            null,
            null,
            null),
        "shop",
        RolesMode.MISSING,
        strategy,
        existing,
        Task.Effect.CARRY_OUT,
        select,
        notAfter,
        3600,
        "uid",
        acknowledge);
  }

  private static RestoreNames names() {
    return new RestoreNames("shop", "uid");
  }

  private DatabaseFacts facts() {
    return new DatabaseFacts(
        "shop",
        NOW,
        new DatabaseProperties(
            "boss", "UTF8", "libc", null, "C", "C", tablespace, -1, List.of(), List.of(), null),
        List.of(),
        List.of(),
        extensions,
        List.of(),
        List.of(),
        0,
        null,
        new SchemaFacts(0, 0, 0, 0, 0, 0, 0, 0, null),
        reach,
        List.of(),
        null);
  }

  private static Existing existing(
      Content content, List<String> bound, List<String> slots, List<String> prepared) {
    return new Existing(
        16_384,
        content == Content.UNKNOWN ? null : PROPERTIES,
        null,
        content,
        5000,
        bound,
        new TargetState.Attached(slots, slots.isEmpty() ? List.of() : List.of("s"), prepared));
  }

  private static String token(Refused refused) {
    var message = refused.failure().message();
    return message.substring(message.indexOf("Token: ") + "Token: ".length());
  }
}
