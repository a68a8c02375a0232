package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.Failure;
import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.api.StorageVersions;
import dev.salvor.plan.restore.HostedRestorePlanning.Configuration;
import dev.salvor.plan.restore.HostedRestorePlanning.Database;
import dev.salvor.plan.restore.HostedRestorePlanning.Functions;
import dev.salvor.plan.restore.HostedRestorePlanning.Seen;
import dev.salvor.plan.restore.HostedRestorePlanning.Storage;
import dev.salvor.task.Credential;
import dev.salvor.task.Header;
import dev.salvor.task.HostedFacts;
import dev.salvor.task.HostedTarget;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.ServerFacts;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.SupabaseState;
import dev.salvor.task.SupabaseState.Fact;
import dev.salvor.task.Task;
import dev.salvor.task.TreeFacts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a restore to a hosted project would do, and all that stands in its way. */
class HostedRestorePlanningTest {
  private static final Instant NOW = Instant.parse("2026-11-22T17:00:00Z");
  private static final ServerReference SERVER =
      new ServerReference(
          Credential.TARGET,
          Credential.TARGET_PASSWORD,
          Credential.TARGET_CA,
          null,
          null,
          null,
          null,
          null);

  private static final StorageFacts OBJECTS =
      new StorageFacts(
          new StorageLayout("stub", "stub", StorageVersions.FOLDER), 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);

  private int version = 170_006;
  private List<String> customers = List.of();
  private boolean isDone;
  private boolean begun;
  private int attempt = 1;
  private String project = "zyxwvutsrqponmlkjihg";
  private List<String> lacking = List.of();
  private List<String> denied = List.of();
  private List<String> unavailable = List.of();
  private List<String> unmet = List.of();
  private boolean atWork;
  private String migration = "57";
  private @Nullable Integer secrets = 2;
  private List<String> others = List.of();
  private List<String> acknowledge = List.of();
  private @Nullable HostedFacts hosted =
      new HostedFacts("abcdefghijklmnopqrst", List.of("password of role reporting"), null);
  private List<String> trees = List.of("functions");
  private @Nullable Instant notAfter;
  private @Nullable StorageEndpoint storageAt;
  private @Nullable Storage storage;
  private @Nullable StorageFacts objects;

  @Test
  void allOfADatabaseIsOneTransaction() {
    assertThat(carriedOut().steps())
        .containsExactly(
            "read the dump from the store, to see that it can be had",
            "in one transaction: make roles my_api, restore the database (1000 bytes), write 2"
                + " secrets of Vault, compare it with its facts",
            "from then on its cron jobs run and its triggers call whom they call",
            "deploy Edge Functions hello, and compare them",
            "set auth.site_url");
    assertThat(carriedOut().leftOut())
        .containsExactly(
            "to enter anew: password of role reporting, setting auth.smtp_pass",
            "settings: x",
            "Edge Function pay",
            "rows of y");
  }

  @Test
  void whatIsThereAlreadyIsLeft() {
    isDone = true;
    customers = List.of("public.posts");

    // Since then somebody may have set what is set there.
    assertThat(refused().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(refused().message()).contains("(auth.site_url)", "Nothing was touched");
    acknowledge = List.of("overwrite-settings-ilv2foqd");
    assertThat(carriedOut().steps())
        .startsWith("leave the database, which holds what the recovery point does")
        .noneMatch(step -> step.contains("transaction"));
  }

  /** Of another attempt of another request nobody knows what was set since. */
  @Test
  void whatThisRequestHasBegunItEnds() {
    isDone = true;
    attempt = 2;
    assertThat(refused().reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    begun = true;
    assertThat(carriedOut().steps()).contains("set auth.site_url");
  }

  @Test
  void aProjectIsNotRestoredToItself() {
    project = "abcdefghijklmnopqrst";
    assertThat(absent()).contains("is of project abcdefghijklmnopqrst itself", "Nothing was touch");
  }

  /** Each by itself, and none is helped by a token. */
  @Test
  void nothingIsTouchedWhereSomethingStandsInTheWay() {
    customers = List.of("public.mine", "rows of auth.users");
    refusedBy(Reason.TARGET_NOT_EMPTY, "(public.mine, rows of auth.users)");
    customers = List.of();
    lacking = List.of("CREATE on schema public");
    refusedBy(Reason.INSUFFICIENT_PRIVILEGE, "CREATE on schema public");
    lacking = List.of();
    denied = List.of("auth.identities");
    refusedBy(Reason.INSUFFICIENT_PRIVILEGE, "auth.identities");
    denied = List.of();
    unmet = List.of("trigger a needs function supabase_functions.http_request()");
    refusedBy(Reason.TARGET_UNUSABLE, "Database Webhooks");
    unmet = List.of();
    atWork = true;
    refusedBy(Reason.TARGET_UNUSABLE, "at work");
    atWork = false;
    version = 150_008;
    refusedBy(Reason.TARGET_UNUSABLE, "PostgreSQL is 15, not 17");
    version = 170_000;
    migration = "56";
    refusedBy(Reason.TARGET_UNUSABLE, "storage.migrations is at 56, not 57");
    migration = "58";
    others = List.of("hello");
    refusedBy(Reason.TARGET_NOT_EMPTY, "(hello)");
    others = List.of();
    notAfter = NOW.minusSeconds(1);
    assertThat(refused().reason()).isEqualTo(Reason.EXPIRED);
    notAfter = NOW;
    assertThat(carriedOut().steps()).isNotEmpty();
  }

  private void refusedBy(Reason reason, String says) {
    assertThat(refused().reason()).isEqualTo(reason);
    assertThat(refused().message()).contains(says).endsWith("Nothing was touched.");
  }

  @Test
  void allOfThemAreToldAtOnce() {
    customers = List.of("public.mine");
    version = 150_008;
    unavailable = List.of("pgjwt");

    assertThat(refused().message())
        .startsWith("3 things stand in the way. Nothing was touched.")
        .contains("public.mine", "PostgreSQL is 15", "pgjwt");
  }

  @Test
  void extensionsMayBeDoneWithout() {
    unavailable = List.of("pgjwt");

    assertThat(refused().reason()).isEqualTo(Reason.EXTENSION_UNAVAILABLE);
    acknowledge = List.of(refused().message().replaceFirst(".*Token: ", ""));
    assertThat(carriedOut().steps()).isNotEmpty();
    unavailable = List.of("pgjwt", "plv8");
    assertThat(refused().reason()).isEqualTo(Reason.EXTENSION_UNAVAILABLE);
  }

  @Test
  void secretsThatNobodyKeptAreSaid() {
    secrets = null;

    assertThat(carriedOut().leftOut())
        .contains("secrets of Vault: the point does not hold what they are");
    secrets = 0;
    assertThat(carriedOut().steps()).noneMatch(step -> step.contains("Vault"));
  }

  /** Before anybody is reached. */
  @Test
  void aPointIsAskedForWhatItHolds() {
    assertThat(HostedRestorePlanning.absent(target(), point())).isEmpty();
    trees = List.of();
    assertThat(absent()).contains("does not hold functions of a hosted project");
    // Files of a project of one's own are no functions of a hosted one, whatever they are called.
    trees = List.of("functions");
    hosted = null;
    assertThat(absent()).contains("does not hold functions, configuration of a hosted project");
    assertThat(
            HostedRestorePlanning.absent(
                new HostedTarget("zyxwvutsrqponmlkjihg", SERVER, null, List.of(), null), point()))
        .isEmpty();
  }

  @Test
  void objectsAreAskedForWhereThePointHasThem() {
    storageAt = new StorageEndpoint("http://127.0.0.1:1", "local");
    assertThat(absent()).contains("does not hold storage of a hosted project");
    objects = OBJECTS;
    assertThat(absent()).contains("does not hold storage of a hosted project");
    trees = List.of("functions", "storage");
    assertThat(HostedRestorePlanning.absent(target(), point())).isEmpty();
  }

  private void storage(String endpoint, List<String> missing, List<String> others) {
    storageAt = new StorageEndpoint(endpoint, "local");
    storage = new Storage(3, 700, 2, List.of("stub/stub/a"), missing, others);
  }

  @Test
  void objectsComeAfterTheDatabase() {
    storage("https://zyxwvutsrqponmlkjihg.storage.supabase.co/storage/v1/s3", List.of(), List.of());
    assertThat(carriedOut().steps())
        .containsSubsequence(
            "from then on its cron jobs run and its triggers call whom they call",
            "put 3 objects (700 bytes) into Storage, and compare them and their rows",
            "deploy Edge Functions hello, and compare them");
    assertThat(carriedOut().leftOut())
        .contains(
            "2 objects of Storage, of which the point has no bytes",
            "objects of Storage that its protocol cannot name: stub/stub/a");
  }

  @Test
  void objectsGoToTheProjectThatIsNamedAlone() {
    for (var another :
        List.of(
            "https://abcdefghijklmnopqrst.storage.supabase.co/storage/v1/s3",
            "https://elsewhere.example/zyxwvutsrqponmlkjihg",
            "https://xzyxwvutsrqponmlkjihg.supabase.co")) {
      storage(another, List.of(), List.of());
      assertThat(absent()).contains(another, "names another project", "Nothing was touched");
    }
    objects = OBJECTS;
    trees = List.of("functions", "storage");
    for (var right :
        List.of(
            "http://localhost:9000", "https://zyxwvutsrqponmlkjihg.supabase.co/storage/v1/s3")) {
      storage(right, List.of(), List.of());
      assertThat(HostedRestorePlanning.absent(target(), point())).isEmpty();
    }
  }

  @Test
  void objectsThatAreThereAreLeftAndBucketsAreNotMade() {
    storage("http://127.0.0.1:1", List.of("docs"), List.of("docs/a"));
    assertThat(refused().reason()).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(refused().message()).contains("docs/a");
    storage("http://127.0.0.1:1", List.of("docs"), List.of());
    // The database makes them.
    carriedOut();
    isDone = true;
    acknowledge = List.of("overwrite-settings-ilv2foqd");
    assertThat(refused().reason()).isEqualTo(Reason.TARGET_UNUSABLE);
    assertThat(refused().message()).contains("Buckets of Storage are not there (docs)");
  }

  private String absent() {
    return HostedRestorePlanning.absent(target(), point()).orElseThrow().message();
  }

  private ProjectDecision.CarriedOut carriedOut() {
    return ProjectDecisions.carriedOut(decide());
  }

  private Failure refused() {
    return ProjectDecisions.refused(decide());
  }

  private ProjectDecision decide() {
    return HostedRestorePlanning.decide(
        task(),
        point(),
        new Seen(
            new Database(
                version,
                customers,
                isDone,
                begun,
                lacking,
                denied,
                unavailable,
                unmet,
                atWork,
                state(migration),
                List.of("my_api"),
                secrets,
                1000,
                List.of("rows of y")),
            storage,
            new Functions(List.of("hello"), others, List.of("Edge Function pay")),
            new Configuration(
                List.of("auth.site_url"),
                List.of("setting auth.smtp_pass"),
                List.of("settings: x"))),
        NOW);
  }

  private static SupabaseState state(String migration) {
    return new SupabaseState(
        List.of(new Fact(SupabaseState.NEWEST_MIGRATION, "storage.migrations", migration)));
  }

  private Manifest point() {
    var dump = part("postgres", DumpFormat.STREAM);
    return new Manifest(
        3,
        "20261122t020000z-abcdef",
        Manifest.Origin.SCHEDULE,
        new Owner("c", "shop", "project"),
        "run",
        NOW,
        NOW,
        "1",
        "",
        true,
        Stream.concat(Stream.of(dump), trees.stream().map(name -> part(name, null))).toList(),
        new Manifest.Supabase(
            new Manifest.Postgres(
                170_006,
                new ServerFacts("supabase_admin", List.of(), List.of(), true),
                List.of(),
                FactsMode.FULL),
            new Manifest.Files(
                trees.stream().map(_ -> new TreeFacts("e", 1, 1, 1, 0, Map.of())).toList()),
            dump,
            null,
            new SupabaseFacts(null, List.of(), objects, state("57"), null, hosted, null)));
  }

  private static Manifest.Part part(String name, @Nullable DumpFormat format) {
    return new Manifest.Part(name, "/" + name, "t", "s", "t", 1, NOW, format, null);
  }

  private HostedTarget target() {
    return new HostedTarget(
        project,
        SERVER,
        "https://api.supabase.com",
        List.of("functions", "configuration"),
        storageAt);
  }

  private Task.RestoreHosted task() {
    var store =
        new StoreTarget("offsite", new StoreTarget.Directory("/s"), Initialize.NEVER, null, null);
    return new Task.RestoreHosted(
        new Header("run", attempt, NOW, 60, List.of()),
        new RepositoryTarget(store, "shop/p", new Owner("c", "shop", "p"), null, List.of()),
        new PointReference("20261122t020000z-abcdef", null),
        target(),
        RolesMode.MISSING,
        Task.Effect.CARRY_OUT,
        notAfter,
        "uid-1",
        acknowledge);
  }
}
