package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.HostedFacts;
import dev.salvor.task.HostedProject;
import dev.salvor.task.Manifest;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.ManagementStub.Reply;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A project that Supabase hosts is kept by a role that is no superuser, and proven. */
@NullUnmarked
@NeedsRoot
class HostedSupabaseIT {
  private static final String PROJECT = "abcdefghijklmnopqrst";

  private static SelfHostedSupabase supabase;
  private static ManagementStub stub;

  private Path folder;
  private SupabaseWorld world;

  @BeforeAll
  static void start() {
    supabase = SelfHostedSupabase.startHosted();
    stub = ManagementStub.start(PROJECT, SupabaseWorld.TOKEN);
  }

  @AfterAll
  static void stop() {
    stub.close();
    supabase.close();
  }

  @BeforeEach
  void make() throws IOException {
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "hosted");
    stub.forget();
    world =
        new SupabaseWorld(folder, supabase)
            .hosted(new HostedProject(PROJECT, stub.endpoint(), null));
  }

  @AfterEach
  void remove() {
    Script.run("rm -rf \"$1\"", folder);
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  private TaskResult.BackedUp partial(String warning) {
    var report = world.backup();
    assertThat(report.warnings()).anySatisfy(said -> assertThat(said).contains(warning));
    var made = SupabaseWorld.partial(report);
    assertThat(made.complete()).isFalse();
    return made;
  }

  private static void verified(TaskResult.Compared compared) {
    assertThat(compared.outcome()).as(String.valueOf(compared)).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void theDatabaseIsKeptWithoutWhatNobodyMayReadAndIsVerified() {
    world.hosted(new HostedProject(PROJECT, null, null));
    var report = world.backup();
    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(report);

    assertThat(made.complete()).isTrue();
    assertThat(report.warnings())
        .contains("configuration and Edge Functions are not kept: the policy names no management")
        .anySatisfy(
            said ->
                assertThat(said)
                    .startsWith("not kept, for role postgres may not read it: pgsodium.key, "));
    var manifest = world.manifest(made.recoveryPoint());
    assertThat(manifest.format()).isEqualTo(3);
    assertThat(manifest.lineage()).isEqualTo("supabase:" + PROJECT);
    assertThat(manifest.parts()).extracting(Manifest.Part::name).containsExactly("postgres");
    var facts = manifest.postgres().databases().getFirst();
    assertThat(facts.leftOut())
        .containsExactlyInAnyOrder(
            "what the role may not read: pgsodium.key",
            "what the role may not read: pgsodium.key_id_seq",
            "what the role may not read: pgsodium.valid_key",
            "what the role may not read: storage.buckets_vectors",
            "what the role may not read: storage.vector_indexes",
            "what the role may not read: storage.Odd.\"name\"*");
    assertThat(facts.tables())
        .anySatisfy(table -> assertThat(table.name()).isEqualTo("Odd.\"name\" of the customer"));
    assertThat(world.facts(made.recoveryPoint()).hosted().toEnterAnew())
        .containsExactly("password of role reporting");
    assertThat(world.beside(made.recoveryPoint(), "configuration/vault/secrets.json"))
        .contains("stripe", SelfHostedSupabase.VAULT_SECRET + "-stripe");

    verified(world.prove(made.recoveryPoint()));
  }

  @Test
  void functionsAndConfigurationAreKeptWithItAndWhatCannotBeIsListed() throws Exception {
    var made = world.succeed();

    assertThat(made.complete()).isTrue();
    var point = made.recoveryPoint();
    assertThat(world.manifest(point).parts())
        .extracting(Manifest.Part::name)
        .containsExactly("postgres", "functions");
    assertThat(world.facts(point).hosted())
        .isEqualTo(
            new HostedFacts(
                PROJECT,
                List.of(
                    "password of role reporting",
                    "secret of Edge Functions STRIPE_KEY",
                    "private keys by which Auth signs"),
                Instant.parse("2026-11-20T03:00:00Z")));
    assertThat(made.hosted().providersBackup()).isEqualTo("2026-11-20T03:00:00Z");
    assertThat(made.hosted().toEnterAnew()).hasSize(3).contains("password of role reporting");
    assertThat(world.facts(point).configuration())
        .extracting(SupabaseFacts.Configured::name)
        .contains(
            "management/auth.json",
            "management/buckets.json",
            "management/api-keys.json",
            "vault/secrets.json");
    assertThat(world.beside(point, "configuration/management/postgrest.json")).contains("max_rows");
    assertThat(world.beside(point, "configuration/management/not-there.json"))
        .isEqualTo("[\"sso-providers\",\"custom-hostname\",\"vanity-subdomain\",\"pgsodium\"]");
    assertThat(world.restoreFiles(point, "functions", folder.resolve("f")).failure()).isNull();
    assertThat(folder.resolve("f/pay/body.eszip")).hasContent("ESZIP2.2 bundle of pay");
    assertThat(Files.readString(folder.resolve("f/hello/source.mime")))
        .startsWith("MIME-Version: 1.0\r\nContent-Type: multipart/form-data; boundary=")
        .contains("Deno.serve(hello)");
    assertThat(folder.resolve("f/hello/source.part")).doesNotExist();
    assertThat(folder.resolve("f/functions.json")).isNotEmptyFile();

    verified(world.prove(point));
  }

  @Test
  void aFunctionThatCannotBeReadMakesThePointPartialAndIsNamed() throws Exception {
    stub.answer("/functions/pay/body", Reply.of(500));

    var made = partial("Edge Function pay: GET /functions/pay/body answers 500");

    assertThat(world.restoreFiles(made.recoveryPoint(), "functions", folder.resolve("f")).failure())
        .isNull();
    assertThat(folder.resolve("f/hello/body.eszip")).isNotEmptyFile();
    assertThat(folder.resolve("f/pay/body.eszip")).doesNotExist();
  }

  @Test
  void sourcesThatAreCutOffMakeThePointPartial() {
    stub.answer(
        "/functions/pay/body",
        Reply.body("bundle"),
        Reply.body("--b\r\n\r\nhalf").with("Content-Type", "multipart/form-data; boundary=b"));

    partial("sources of pay were cut off");
  }

  @Test
  void functionsThatAreDeployedMeanwhileAreReadOnceMore() throws Exception {
    var before = "[{\"slug\": \"hello\", \"version\": 3}]";
    var after = "[{\"slug\": \"hello\", \"version\": 4}]";
    stub.answer("/functions", Reply.body(before), Reply.body(after));

    var made = world.succeed();

    assertThat(made.complete()).isTrue();
    assertThat(world.restoreFiles(made.recoveryPoint(), "functions", folder.resolve("f")).failure())
        .isNull();
    assertThat(Files.readString(folder.resolve("f/hello/function.json"))).contains("4");
  }

  @Test
  void aTokenThatIsRefusedLeavesTheDatabase() {
    stub.answer("", Reply.of(401));

    var made = partial("GET the project says that the token is none, or is no longer (401)");

    assertThat(stub.asked("/config/auth")).isZero();
    assertThat(world.manifest(made.recoveryPoint()).databaseParts()).hasSize(1);
  }

  @Test
  void aTokenThatIsNotThereIsSaidBeforeAnythingIsDumped() throws Exception {
    Script.run("rm -r credentials/source-token", world.stores.folder);

    assertThat(reason(world.backup())).isEqualTo(Reason.CREDENTIALS_MISSING);
    assertThat(world.steps).doesNotContain("DUMP");
  }

  @Test
  void secretsOfVaultAreHadInClearOrByTheirKey() {
    supabase.server().execute("postgres", "REVOKE SELECT ON vault.decrypted_secrets FROM postgres");
    try {
      partial("Vault holds secrets that cannot be read again by what this point holds");

      stub.answer("/pgsodium", Reply.body("{\"root_key\": \"%s\"}".formatted("0a".repeat(32))));
      assertThat(world.succeed().complete()).isTrue();
    } finally {
      supabase.server().execute("postgres", "GRANT SELECT ON vault.decrypted_secrets TO postgres");
    }
  }

  @Test
  void objectsThatAreNotKeptAreSaid() {
    var report = world.backup();

    assertThat(((TaskResult.BackedUp) SupabaseWorld.succeeded(report)).complete()).isTrue();
    assertThat(report.warnings())
        .contains("Storage's objects are not kept, only their rows: the policy names no storage");
  }

  @Test
  void onlyWhatSupabaseManagesIsPassedOver() {
    for (var table : List.of("auth.users", "auth.identities", "public.hidden", "app.hidden")) {
      var schema = table.replaceFirst("[.].*", "");
      supabase
          .server()
          .execute(
              "postgres",
              "CREATE SCHEMA IF NOT EXISTS " + schema,
              "CREATE TABLE IF NOT EXISTS " + table + " (id int)",
              "REVOKE SELECT ON " + table + " FROM postgres");
      try {
        var report = world.backup();

        assertThat(reason(report)).isEqualTo(Reason.INSUFFICIENT_PRIVILEGE);
        assertThat(report.failure().message())
            .contains(schema.equals("app") ? "USAGE on schema app" : table);
      } finally {
        supabase.server().execute("postgres", "GRANT SELECT ON " + table + " TO postgres");
        if (table.endsWith("hidden")) {
          supabase.server().execute("postgres", "DROP TABLE " + table);
        }
      }
    }
  }

  @Test
  void itsDatabaseIsHadBackOnAServerOfOnesOwn() {
    var made = world.succeed();
    try (var other = SelfHostedSupabase.start()) {
      var restore = new RestoreWorld(world.stores, other.server()).replacing();
      restore.database = SelfHostedSupabase.DATABASE;
      restore.strategy = RestoreStrategy.RECREATE;
      restore.uri = other.server().uri("postgres");
      other.server().execute("postgres", "DELETE FROM public.posts");

      var restored = restore.succeed(made.recoveryPoint(), "postgres");

      assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
      assertThat(other.server().query("postgres", "SELECT count(*) FROM public.posts"))
          .isEqualTo("1000");
      assertThat(restored.leftOut()).contains("what the role may not read: pgsodium.key");
    }
  }
}
