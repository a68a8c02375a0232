package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.Failure;
import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SslMode;
import dev.salvor.api.StorageVersions;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Fate;
import dev.salvor.plan.restore.SupabaseRestorePlanning.KeyThere;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Part;
import dev.salvor.plan.restore.SupabaseRestorePlanning.Seen;
import dev.salvor.task.Credential;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Header;
import dev.salvor.task.HostedFacts;
import dev.salvor.task.Manifest;
import dev.salvor.task.Manifest.Origin;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.ProjectTarget;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.ServerFacts;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StorageTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.SupabaseFacts.Configured;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.SupabaseState.Fact;
import dev.salvor.task.Task;
import dev.salvor.task.TreeFacts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a restore of a whole project would do, and all that stands in its way. */
class SupabaseRestorePlanningTest {
  private static final Instant NOW = Instant.parse("2026-11-22T17:00:00Z");
  private static final String KEY = "ab".repeat(32);

  private static final Part DATABASE =
      new Part("postgres", "postgres", Fate.REPLACED, 1000, List.of(), List.of("lost: x"));
  private static final Part STORAGE =
      new Part("storage", "/srv/storage", Fate.REPLACED, 2000, List.of(), List.of());

  private KeyThere key = new KeyThere.Found(KEY);
  private List<String> connected = List.of();
  private List<String> nested = List.of();
  private List<String> configured = List.of();
  private List<String> acknowledge = List.of();
  private List<FileTrees.Tree> trees = List.of(new FileTrees.Tree("storage", "/srv/storage"));
  private @Nullable StorageTarget objects;
  private String stored = "storage";
  private Part database = DATABASE;
  private Part storage = STORAGE;
  private Origin origin = Origin.SCHEDULE;
  private @Nullable String noted = KEY;
  private @Nullable HostedFacts hosted;
  private @Nullable SupabaseState there = state("57", "s1");
  private @Nullable List<ServiceImage> images;
  private @Nullable List<String> notKept;
  private Instant notAfter = NOW;
  private Task.Effect effect = Task.Effect.CARRY_OUT;
  private boolean sessionsEnd;

  private static SupabaseState state(String migration, String secret) {
    return new SupabaseState(
        List.of(
            new Fact(SupabaseState.NEWEST_MIGRATION, "storage.migrations", migration),
            new Fact(SupabaseState.SETTING, SupabaseState.JWT_SECRET, secret)));
  }

  @Test
  void whatGoesIsKeptAsOneBeforeAnythingIsTouched() {
    assertThat(carriedOut().steps())
        .containsExactly(
            "read all that is restored from the store, to see that it can be had",
            "end all sessions, let nobody write, and take one safety point of postgres,"
                + " /srv/storage",
            "make roles my_api",
            "drop database postgres, restore database postgres (1000 bytes), compare it with its"
                + " facts",
            "restore storage (2000 bytes) over /srv/storage, and remove what it does not hold",
            "write 1 files of the configuration to /root/recovered",
            "compare the project with its facts, and Storage's objects with their bytes");
    assertThat(carriedOut().leftOut()).containsExactly("lost: x");
  }

  /** Nobody else remembers, when the status has long been written over. */
  @Test
  void whatTheBackupLeftOutIsSaidByTheRestore() {
    notKept = List.of("functions: no pod mounts /home/deno/functions");

    assertThat(carriedOut().leftOut())
        .contains("at the backup: functions: no pod mounts /home/deno/functions");
  }

  @Test
  void whatAnEarlierAttemptRestoredStays() {
    database = new Part("postgres", "postgres", Fate.DONE, 1000, List.of(), List.of());
    storage = new Part("storage", "/srv/storage", Fate.MADE, 2000, List.of(), List.of());

    assertThat(carriedOut().steps())
        .contains("leave database postgres, which an earlier attempt restored")
        .contains("restore storage (2000 bytes) into /srv/storage")
        .noneMatch(step -> step.contains("safety point"));
  }

  /** A bucket is a place as a folder is. */
  @Test
  void objectsGoToABucket() {
    trees = List.of();
    objects =
        new StorageTarget(
            new StoreTarget.Bucket("files", null, null, "eu", null, null),
            new StorageLayout("files", "stub", StorageVersions.FOLDER));
    storage =
        new Part(
            "storage",
            objects.text(),
            Fate.REPLACED,
            2000,
            List.of(),
            List.of("it keeps versions"));

    assertThat(carriedOut().steps())
        .contains(
            "end all sessions, let nobody write, and take one safety point of postgres, bucket"
                + " files at https://s3.eu.amazonaws.com below stub/",
            "restore storage (2000 bytes) over bucket files at https://s3.eu.amazonaws.com below"
                + " stub/, and remove what it does not hold");
    assertThat(carriedOut().leftOut()).containsExactly("lost: x", "it keeps versions");
  }

  @Test
  void aPointWithoutStorageHasNoneForABucket() {
    objects =
        new StorageTarget(
            new StoreTarget.Bucket("files", null, null, "eu", null, null),
            new StorageLayout("files", "stub", StorageVersions.FOLDER));

    assertThat(SupabaseRestorePlanning.absent(task(), point())).isEmpty();
    stored = "functions";
    trees = List.of();
    assertThat(SupabaseRestorePlanning.absent(task(), point())).containsExactly("storage");
  }

  @Test
  void nothingIsTouchedAfterItsTime() {
    notAfter = NOW.minusSeconds(1);

    assertThat(refused().reason()).isEqualTo(Reason.EXPIRED);
  }

  /** Also one that nobody said where it is: on what is not known no secrets are staked. */
  @Test
  void anotherKeyIsAccepted() {
    for (var other :
        List.of(
            new KeyThere.Found("cd".repeat(32)),
            new KeyThere.Unreadable("gone"),
            new KeyThere.Unasked())) {
      key = other;
      acknowledge = List.of();
      assertThat(refused().reason()).isEqualTo(Reason.VAULT_KEY_DIFFERS);
      acknowledge = List.of(token(refused()));
      assertThat(carriedOut().steps()).isNotEmpty();
    }
    // Another point's key is another matter.
    noted = "ef".repeat(32);
    assertThat(refused().reason()).isEqualTo(Reason.VAULT_KEY_DIFFERS);
    noted = null;
    assertThat(carriedOut().leftOut()).anyMatch(text -> text.contains("key of Vault"));
  }

  @Test
  void whoIsConnectedIsNamedAndMayBeAccepted() {
    connected = List.of("PostgREST as authenticator");

    assertThat(refused().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(refused().message()).contains("PostgREST as authenticator");
    acknowledge = List.of(token(refused()));
    assertThat(carriedOut().steps()).isNotEmpty();
  }

  /** A plan stops nobody, and says who is there. */
  @ParameterizedTest
  @CsvSource({"PLAN_ONLY, true, true", "PLAN_ONLY, false, false", "CARRY_OUT, true, false"})
  void whoIsConnectedIsNotInTheWayOfAPlanWhoseServicesAreStopped(
      Task.Effect effect, boolean sessionsEnd, boolean goesOn) {
    connected = List.of("PostgREST as authenticator");
    this.effect = effect;
    this.sessionsEnd = sessionsEnd;

    assertThat(decide() instanceof ProjectDecision.CarriedOut).isEqualTo(goesOn);
    if (goesOn) {
      assertThat(carriedOut().steps().getFirst()).contains("PostgREST as authenticator");
    }
  }

  @ParameterizedTest
  @CsvSource({"57, true", "58, true", "100, true", "56, false", "9, false"})
  void servicesAreNotOlderThanTheirData(String migration, boolean fits) {
    there = state(migration, "s1");

    assertThat(decide() instanceof ProjectDecision.CarriedOut).isEqualTo(fits);
  }

  /** A person who must upgrade wants to know to what. */
  @Test
  void theImagesThatThePointWasTakenWithAreNamed() {
    images =
        List.of(
            new ServiceImage("auth", "supabase/gotrue:v2.180", null),
            new ServiceImage("db", "supabase/postgres:17.6", null),
            new ServiceImage("storage", "mirror/supabase/storage-api:v1.44", null));
    there = state("56", "s1");

    assertThat(refused().message())
        .contains(
            "upgrade the images (the point was taken with supabase/gotrue:v2.180,"
                + " mirror/supabase/storage-api:v1.44) and start them once");
  }

  @Test
  void whatIsSignedElsewhereIsSaid() {
    there = state("57", "s2");

    assertThat(carriedOut().leftOut())
        .anyMatch(text -> text.contains("tokens and API keys of the source are invalid"));
  }

  @Test
  void allThatStandsInTheWayIsOneMessage() {
    database =
        new Part(
            "postgres",
            "postgres",
            Fate.REPLACED,
            1,
            List.of(Reason.ACKNOWLEDGEMENT_NEEDED.failure("A slot. Nothing was touched. Token: t")),
            List.of());
    nested = List.of("the place of key lies in that of storage");
    configured = List.of("it holds .env");

    var failure = refused();

    assertThat(failure.reason()).isEqualTo(Reason.INVALID_SPEC);
    assertThat(failure.message())
        .startsWith("3 things stand in the way. Nothing was touched. (1) the place of key lies")
        .contains("(2) A slot. Token: t (3) The configuration cannot be written")
        .containsOnlyOnce("Nothing was touched.");
  }

  @Test
  void aHostedProjectIsNotRestoredAsAWhole() {
    hosted = new HostedFacts("abcdefghijklmnopqrst", List.of(), null);

    assertThat(refused().reason()).isEqualTo(Reason.INVALID_SPEC);
    assertThat(refused().message()).contains("abcdefghijklmnopqrst", "target.postgres");
  }

  @Test
  void aPartThatThePointLacksIsRefusedAndLeftByAnUndo() {
    trees =
        List.of(
            new FileTrees.Tree("storage", "/srv/storage"),
            new FileTrees.Tree("functions", "/srv/functions"));

    assertThat(refused().message()).contains("does not hold functions");
    origin = Origin.SAFETY;
    assertThat(carriedOut().leftOut()).contains("functions: not in the point, stays as it is");
  }

  @Test
  void whatAnEarlierAttemptBeganIsNotSaidToBeUntouched() {
    connected = List.of("authenticator");

    assertThat(SupabaseRestorePlanning.begun(refused(), "20261122t020000z-abcdef").message())
        .startsWith("An earlier attempt has begun, and the project may be half restored.")
        .contains("before is recovery point 20261122t020000z-abcdef. Connected are authenticator")
        .contains("Token: connected-")
        .doesNotContain("Nothing was touched");
  }

  @Test
  void losingWhatIsReplacedMustBeAccepted() {
    var refused = SupabaseRestorePlanning.withoutSafety(task(), List.of("postgres"), "it is full.");

    assertThat(refused.orElseThrow().reason()).isEqualTo(Reason.SAFETY_COPY_FAILED);
    acknowledge = List.of(token(refused.orElseThrow()));
    assertThat(SupabaseRestorePlanning.withoutSafety(task(), List.of("postgres"), "it is full."))
        .isEmpty();
  }

  private static String token(Failure failure) {
    return failure.message().replaceFirst(".*Token: ", "");
  }

  private ProjectDecision.CarriedOut carriedOut() {
    return ProjectDecisions.carriedOut(decide());
  }

  private Failure refused() {
    return ProjectDecisions.refused(decide());
  }

  private ProjectDecision decide() {
    return SupabaseRestorePlanning.decide(
        task(),
        point(),
        new Seen(
            List.of(database),
            List.of("my_api"),
            List.of(storage),
            nested,
            key,
            connected,
            there,
            configured),
        NOW);
  }

  private Manifest point() {
    var dump = part("postgres", DumpFormat.STREAM);
    return new Manifest(
        3,
        "20261122t020000z-abcdef",
        origin,
        new Owner("c", "shop", "project"),
        "run",
        NOW,
        NOW,
        "1",
        "",
        true,
        List.of(dump, part(stored, null)),
        new Manifest.Supabase(
            new Manifest.Postgres(
                170_006,
                new ServerFacts("supabase_admin", List.of(), List.of(), true),
                List.of(),
                FactsMode.FULL),
            new Manifest.Files(List.of(new TreeFacts("e", 1, 1, 1, 0, Map.of()))),
            dump,
            null,
            new SupabaseFacts(
                noted,
                List.of(new Configured(".env", 1, "x")),
                null,
                state("57", "s1"),
                images,
                hosted,
                notKept)));
  }

  private static Manifest.Part part(String name, @Nullable DumpFormat format) {
    return new Manifest.Part(name, "/" + name, "t", "s", "t", 1, NOW, format, null);
  }

  private Task.RestoreSupabase task() {
    var store =
        new StoreTarget("offsite", new StoreTarget.Directory("/s"), Initialize.NEVER, null, null);
    return new Task.RestoreSupabase(
        new Header("run", 1, NOW, 60, List.of()),
        new RepositoryTarget(store, "shop/p", new Owner("c", "shop", "p"), null, List.of()),
        new PointReference("20261122t020000z-abcdef", null),
        new ProjectTarget(
            new ServerReference(
                Credential.TARGET,
                Credential.TARGET_PASSWORD,
                Credential.TARGET_CA,
                null,
                null,
                null,
                null,
                SslMode.PREFER),
            trees,
            "/srv/key",
            "/root/recovered",
            objects),
        RolesMode.MISSING,
        Task.Existing.REPLACE,
        effect,
        notAfter,
        "uid-1",
        acknowledge,
        sessionsEnd);
  }
}
