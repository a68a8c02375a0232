package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  @TempDir private Path temporary;
  private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void state() {
    folder = temporary.resolve("state");
    try (var state = StateFolder.host(folder)) {
      var store = new ResourceStore(state, Clock.systemUTC());
      var key = new ResourceKey("BackupPolicy", "shop", "shop-db");
      store.accept(
          key,
          json(
              """
              apiVersion: salvor.dev/v1alpha1
              kind: BackupPolicy
              metadata: {name: shop-db, namespace: shop}
              spec:
                source:
                  postgres:
                    connection: {secretRef: {name: shop-db-app}}
                    databases: {names: [shop]}
                storeRef: {name: offsite}
              """));
      store.writeStatus(
          key,
          json(
              """
              conditions:
              - {type: Ready, status: "True", reason: Accepted, message: It works., lastTransitionTime: "2026-11-22T18:00:00Z"}
              failure: {reason: StoreFull, message: No space is left., hint: Free some., logTail: "one\\ntwo"}
              runs:
              - {name: shop-db-backup-abc, purpose: backup, outcome: Failed, reason: StoreFull, attempt: 2, started: "2026-11-22T18:00:00Z", finished: "2026-11-22T18:01:30Z"}
              recoveryPoints:
              - {id: 20261122t020000z-abcdef, time: "2026-11-22T02:00:00Z", complete: true, verdict: Verified, sizeBytes: 1048576}
              """));
      store.accept(
          new ResourceKey("RestoreRequest", "shop", "earlier"),
          json(
              """
              apiVersion: salvor.dev/v1alpha1
              kind: RestoreRequest
              metadata: {name: earlier, namespace: shop}
              spec:
                source: {policyRef: {name: shop-db}, latest: {}}
                target: {postgres: {connection: {secretRef: {name: admin}}, database: shop}}
                strategy: Recreate
                replace: true
                notAfter: "2026-11-22T19:00:00Z"
              """));
    }
  }

  @Test
  void getShowsEveryKindThatThereIs() {
    assertThat(run("get")).isZero();

    assertThat(out.toString().lines().map(line -> line.split(" ", 2)[0]))
        .containsExactly("NAME", "backuppolicy/shop-db", "", "NAME", "restorerequest/earlier");
  }

  @Test
  void getPrintsOneResourceAsItIs() throws IOException {
    assertThat(run("get", "bpol", "shop-db", "--json")).isZero();

    var printed = Json.mapper().readTree(out.toString());
    assertThat(printed.at("/metadata/name").asText()).isEqualTo("shop-db");
    assertThat(printed.at("/status/failure/reason").asText()).isEqualTo("StoreFull");
  }

  @Test
  void getPrintsSeveralAsAList() throws IOException {
    assertThat(run("get", "-o", "yaml")).isZero();

    var printed = Json.yaml().readTree(out.toString());
    assertThat(printed.path("kind").asText()).isEqualTo("List");
    assertThat(printed.path("items")).hasSize(2);
  }

  @Test
  void getTakesThePlainWords() {
    assertThat(run("get", "policies")).isZero();
    assertThat(run("get", "requests")).isZero();
    assertThat(run("get", "points")).isZero();

    assertThat(out.toString())
        .contains("shop-db   True", "restorerequest/earlier", "shop/shop-db:\nPOINT");
  }

  @Test
  void getShowsMoreWhenWide() {
    assertThat(run("get", "policies", "-o", "wide")).isZero();

    assertThat(out.toString()).contains("PROTECTED   VERIFIED   STORE").contains("offsite");
  }

  @Test
  void aNameAloneIsEnoughWhereNothingElseHasIt() {
    assertThat(run("describe", "shop-db")).isZero();
    assertThat(run("describe", "earlier")).isZero();
    assertThat(run("describe", "nothing")).isEqualTo(Exit.NO_INPUT);

    assertThat(out.toString()).contains("Kind: BackupPolicy", "Kind: RestoreRequest");
    assertThat(err.toString()).contains("there is nothing named 'nothing'");
  }

  @Test
  void describeSaysWhatToDoNext() {
    assertThat(run("describe", "policy", "shop-db")).isZero();

    assertThat(out.toString())
        .endsWith(
            """
            Next steps:
              salvor doctor
              salvor restore shop-db --to-database shop_copy --wait -n shop
            """);
  }

  @Test
  void getListsRecoveryPoints() {
    assertThat(run("get", "points", "shop-db")).isZero();

    assertThat(out.toString()).contains("20261122t020000z-abcdef", "Verified", "1.0 MiB");
  }

  @Test
  void describeSaysWhatHappenedAndWhatToDo() {
    assertThat(run("describe", "bpol", "shop-db")).isZero();

    assertThat(out.toString())
        .contains("Ready   True")
        .contains("Reason: StoreFull", "Message: No space is left.", "What to do: Free some.")
        .contains("    | one\n    | two\n")
        .containsPattern("shop-db-backup-abc +backup +Failed +StoreFull +- +2 +90s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"backup", "verify"})
  void aPolicyThatIsNotThereIsNamedWithThoseThatAre(String command) {
    assertThat(run(command, "shop-bd")).isEqualTo(Exit.NO_INPUT);

    assertThat(err.toString())
        .isEqualTo("salvor: no BackupPolicy 'shop-bd'; there are [shop-db]\n");
  }

  @Test
  void backupHandsARequestToTheHost() throws IOException {
    assertThat(run("backup", "shop-db", "--reason", "before the migration")).isZero();

    var request = onlyRequest();
    assertThat(request.path("kind").asText()).isEqualTo("BackupRequest");
    assertThat(request.at("/metadata/namespace").asText()).isEqualTo("shop");
    assertThat(request.at("/metadata/name").asText()).startsWith("shop-db-backup-");
    assertThat(request.path("spec").toString())
        .isEqualTo("{\"policyRef\":{\"name\":\"shop-db\"},\"reason\":\"before the migration\"}");
  }

  @Test
  void verifyAsksForASandbox() throws IOException {
    assertThat(run("verify", "shop-db")).isZero();

    assertThat(onlyRequest().path("spec").toString())
        .isEqualTo(
            "{\"source\":{\"policyRef\":{\"name\":\"shop-db\"},\"latest\":{}},"
                + "\"target\":{\"sandbox\":{}}}");
  }

  @Test
  void restoreToAnotherDatabaseReplacesNothing() throws IOException {
    assertThat(run("restore", "shop-db", "--to-database", "copy", "--latest-verified")).isZero();

    var spec = onlyRequest().path("spec");
    assertThat(spec.path("source").has("latestVerified")).isTrue();
    assertThat(spec.at("/target/postgres").toString())
        .isEqualTo(
            "{\"connection\":{\"secretRef\":{\"name\":\"shop-db-app\"}},\"database\":\"copy\"}");
    assertThat(spec.has("replace")).isFalse();
    assertThat(spec.has("notAfter")).isFalse();
  }

  @Test
  void oneTableIsRestoredBeside() throws IOException {
    assertThat(
            run(
                "restore",
                "shop-db",
                "--to-database",
                "before",
                "--table",
                "public.orders",
                "--table",
                "public.lines",
                "--schema",
                "audit"))
        .isZero();

    assertThat(onlyRequest().at("/spec/select").toString())
        .isEqualTo("{\"tables\":[\"public.orders\",\"public.lines\"],\"schemas\":[\"audit\"]}");
    assertThat(run("restore", "shop-db", "--to-folder", "/x", "--table", "public.orders"))
        .isEqualTo(Exit.USAGE);
  }

  @Test
  void aReplacementExpiresWithinTheHour() throws IOException {
    assertThat(run("restore", "shop-db", "--to-database", "shop", "--replace", "--dry-run"))
        .isZero();

    var spec = onlyRequest().path("spec");
    assertThat(spec.path("replace").asBoolean()).isTrue();
    assertThat(spec.path("dryRun").asBoolean()).isTrue();
    assertThat(Instant.parse(spec.path("notAfter").asText()))
        .isBetween(Instant.now().plus(Duration.ofMinutes(55)), Instant.now().plusSeconds(3600));
  }

  @Test
  void undoGoesBackToWhereTheRestoreWent() throws IOException {
    assertThat(run("restore", "--undo", "earlier")).isZero();

    var spec = onlyRequest().path("spec");
    assertThat(spec.at("/source").toString())
        .isEqualTo(
            "{\"policyRef\":{\"name\":\"shop-db\"},\"undo\":{\"restoreRef\":{\"name\":\"earlier\"}}}");
    assertThat(spec.at("/target/postgres/database").asText()).isEqualTo("shop");
    assertThat(spec.at("/target/postgres/connection/secretRef/name").asText()).isEqualTo("admin");
    assertThat(spec.path("strategy").asText()).isEqualTo("Recreate");
  }

  @Test
  void aFolderIsATargetOfItsOwn() throws IOException {
    assertThat(
            run("restore", "shop-db", "--to-folder", "/srv/copy", "--path", "a", "--path", "b/c"))
        .isZero();

    var spec = onlyRequest().path("spec");
    assertThat(spec.path("target").toString())
        .isEqualTo("{\"volume\":{\"path\":\"/srv/copy\",\"mode\":\"Merge\"}}");
    assertThat(spec.at("/select/paths").toString()).isEqualTo("[\"a\",\"b/c\"]");
    assertThat(spec.has("replace")).isFalse();
  }

  @Test
  void aMirroredReplacementSaysSo() throws IOException {
    assertThat(run("restore", "shop-db", "--to-folder", "/srv/shop", "--replace", "--mirror"))
        .isZero();

    assertThat(onlyRequest().at("/spec/target/volume/mode").asText()).isEqualTo("Mirror");
  }

  /** To where its policy has it from; its configuration is never written over. */
  @Test
  void aProjectGoesBackToThePlacesOfItsPolicy() throws IOException {
    policyOf(
        "project",
        """
        selfHosted:
          database: {connection: {container: db}, names: [postgres]}
          storage: {place: {path: /srv/storage}, tenant: t}
          key: {place: {dockerVolume: key}}
          files: [{name: functions, place: {path: /srv/functions}}]
          configuration: {folder: /srv/supabase}
        """);
    assertThat(
            run("restore", "project", "--to-supabase", "--part", "storage", "--part", "database"))
        .isZero();

    var spec = onlyRequest().path("spec");
    assertThat(spec.at("/target/supabase/selfHosted").toString())
        .isEqualTo(
            "{\"database\":{\"connection\":{\"container\":\"db\"}},"
                + "\"storage\":{\"place\":{\"path\":\"/srv/storage\"}},"
                + "\"key\":{\"place\":{\"dockerVolume\":\"key\"}},"
                + "\"files\":[{\"name\":\"functions\",\"place\":{\"path\":\"/srv/functions\"}}]}");
    assertThat(spec.at("/select/parts").toString()).isEqualTo("[\"storage\",\"database\"]");
  }

  /** Nothing runs where a project is restored: what was found last says where its parts go. */
  @Test
  void aProjectThatIsPointedAtGoesBackToWhereItWasFound() throws IOException {
    var key = supabasePolicy("composeProject: supabase");
    assertThat(run("restore", "project", "--to-supabase")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("has not found its Compose project yet");

    writeStatus(
        key,
        """
        source:
          selfHosted:
            database: {connection: {composeService: {project: supabase, service: db}}}
            storage: {place: {path: /srv/storage}, tenant: t}
            key: {place: {dockerVolume: key}}
        """);
    assertThat(run("describe", "policy", "project")).isZero();
    assertThat(out.toString())
        .contains("service db of supabase", "/srv/storage", "Docker volume key");
    assertThat(run("restore", "project", "--to-supabase")).isZero();
    assertThat(onlyRequest().at("/spec/target/supabase/selfHosted").toString())
        .isEqualTo(
            "{\"database\":{\"connection\":{\"composeService\":{\"project\":\"supabase\","
                + "\"service\":\"db\"}}},\"storage\":{\"place\":{\"path\":\"/srv/storage\"}},"
                + "\"key\":{\"place\":{\"dockerVolume\":\"key\"}}}");
  }

  private void writeStatus(ResourceKey key, String status) {
    try (var state = StateFolder.host(folder)) {
      new ResourceStore(state, Clock.systemUTC()).writeStatus(key, json(status));
    }
  }

  /** A policy that only points at its project. */
  private ResourceKey supabasePolicy(String pointer) {
    return policyOf("project", "selfHosted: {%s}".formatted(pointer));
  }

  /** A policy of a Supabase. */
  private ResourceKey policyOf(String name, String project) {
    var key = new ResourceKey("BackupPolicy", "shop", name);
    try (var state = StateFolder.host(folder)) {
      new ResourceStore(state, Clock.systemUTC())
          .accept(
              key,
              json(
                  """
                  apiVersion: salvor.dev/v1alpha1
                  kind: BackupPolicy
                  metadata: {name: %s, namespace: shop}
                  spec:
                    source:
                      supabase:
                  %s
                    storeRef: {name: offsite}
                  """
                      .formatted(name, project.strip().indent(8).stripTrailing())));
    }
    return key;
  }

  @Test
  void aProjectOfAClusterGoesBackToTheClaimsInWhichItWasFound() throws IOException {
    var key = supabasePolicy("helmRelease: supa");
    assertThat(run("restore", "project", "--to-supabase")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("has not found its Helm release yet");

    writeStatus(
        key,
        """
        source:
          selfHosted:
            database: {connection: {host: supa-db, user: supabase_admin}}
            storage: {place: {claim: {name: supa-storage}}}
            key: {place: {claim: {name: supa-db, subPath: postgres-custom}}}
            files: [{name: functions, place: {claim: {name: supa-functions}}}]
            configuration: {secrets: [supa-jwt, supa-db], configMaps: [supa-kong]}
        """);
    assertThat(run("describe", "policy", "project")).isZero();
    assertThat(out.toString())
        .contains(
            "supa-db",
            "claim supa-storage",
            "claim supa-db, folder postgres-custom",
            "secrets supa-jwt, supa-db; configMaps supa-kong");

    assertThat(
            run(
                ("restore project --to-supabase --replace --scale-to-zero --service"
                        + " Deployment/supa-auth --service StatefulSet/supa-rest")
                    .split(" ")))
        .isZero();
    assertThat(onlyRequest().at("/spec/target/supabase/selfHosted").toString())
        .isEqualTo(
            "{\"database\":{\"connection\":{\"host\":\"supa-db\",\"user\":\"supabase_admin\"}},"
                + "\"storage\":{\"place\":{\"claim\":{\"name\":\"supa-storage\"}}},"
                + "\"key\":{\"place\":{\"claim\":{\"name\":\"supa-db\",\"subPath\":"
                + "\"postgres-custom\"}}},"
                + "\"files\":[{\"name\":\"functions\",\"place\":{\"claim\":{\"name\":"
                + "\"supa-functions\"}}}],"
                + "\"scaleToZero\":true,"
                + "\"services\":[\"Deployment/supa-auth\",\"StatefulSet/supa-rest\"]}");
  }

  @Test
  void aPartOfAFoundProjectGoesBackToItsServer() throws IOException {
    var key = supabasePolicy("helmRelease: supa");
    writeStatus(
        key,
        """
        source:
          selfHosted: {database: {connection: {host: supa-db, user: supabase_admin}}}
        """);
    assertThat(run("restore", "project", "--to-database", "postgres", "--replace")).isZero();
    assertThat(onlyRequest().at("/spec/target/postgres/connection").toString())
        .isEqualTo("{\"host\":\"supa-db\",\"user\":\"supabase_admin\"}");
  }

  /** Of Docker by the same words. */
  @Test
  void servicesOfAProjectAreStoppedMeanwhile() throws IOException {
    var key = supabasePolicy("composeProject: supabase");
    writeStatus(
        key,
        """
        source:
          selfHosted:
            database: {connection: {composeService: {project: supabase, service: db}}}
            storage: {place: {path: /srv/storage}}
        """);
    assertThat(
            run(
                "restore project --to-supabase --replace --stop-consumers --service auth"
                    .split(" ")))
        .isZero();
    assertThat(onlyRequest().at("/spec/target/supabase/selfHosted").toString())
        .endsWith("\"stopConsumers\":true,\"services\":[\"auth\"]}");
    assertThat(run("restore", "project", "--to-database", "postgres", "--stop-consumers"))
        .isEqualTo(Exit.USAGE);
    assertThat(err.toString())
        .contains("--stop-consumers goes with --to-docker-volume or --to-supabase");
  }

  @Test
  void aProjectWithABucketGoesBackToThatBucket() throws IOException {
    policyOf(
        "project",
        """
        selfHosted:
          database: {connection: {container: db}}
          storage:
            s3: {credentials: {secretRef: {name: keys}}}
            tenant: acme
            versions: Suffix
        """);

    assertThat(run("restore project --to-supabase --part storage --path docs/2026".split(" ")))
        .isZero();

    assertThat(onlyRequest().at("/spec/select").toString())
        .isEqualTo("{\"parts\":[\"storage\"],\"paths\":[\"docs/2026\"]}");
    assertThat(onlyRequest().at("/spec/target/supabase/selfHosted").toString())
        .isEqualTo(
            "{\"database\":{\"connection\":{\"container\":\"db\"}},\"storage\":{\"s3\":"
                + "{\"credentials\":{\"secretRef\":{\"name\":\"keys\"}}},\"bucket\":\"stub\","
                + "\"tenant\":\"acme\",\"versions\":\"Suffix\"}}");
  }

  @Test
  void aHostedProjectIsNoPlaceToGoBackTo() throws IOException {
    policyOf(
        "hosted",
        """
        hosted:
          project: abcdefghijklmnopqrst
          database: {connection: {secretRef: {name: project-db}}}
          management: {tokenSecretRef: {name: project-token, key: token}}
        """);

    assertThat(run("restore", "hosted", "--to-supabase")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("--to-project");
    var to = "restore hosted --to-supabase --to-project zyxwvutsrqponmlkjihg";
    assertThat(run(to.split(" ", -1))).isEqualTo(Exit.USAGE);
    assertThat(run((to + " --to-secret new-db --replace").split(" ", -1))).isEqualTo(Exit.USAGE);
    assertThat(run((to + " --to-secret new-db --part database --print").split(" ", -1))).isZero();
    assertThat(out.toString())
        .contains("parts:", "project: zyxwvutsrqponmlkjihg", "name: new-db", "name: project-token");
    var storage = to + " --to-secret new-db --to-storage-secret keys";
    assertThat(run((storage + " --print").split(" ", -1))).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("--to-storage-region");
    assertThat(run((storage + " --to-storage-region eu-west-3 --print").split(" ", -1))).isZero();
    assertThat(out.toString()).contains("region: eu-west-3", "name: keys");
    assertThat(run((to + " --part storage").split(" ", -1))).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("--to-storage-secret");
    assertThat(run("restore", "hosted", "--to-database", "again")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("keeps a hosted project", "--to-secret");

    assertThat(run("restore", "hosted", "--to-database", "again", "--to-secret", "other")).isZero();
    assertThat(onlyRequest().at("/spec/target/postgres/connection/secretRef/name").asText())
        .isEqualTo("other");
  }

  @Test
  void aHostedProjectComesBackWholeByOneCommand() throws IOException {
    policyOf(
        "hosted",
        """
        hosted:
          project: abcdefghijklmnopqrst
          database: {connection: {secretRef: {name: project-db}}}
          management: {tokenSecretRef: {name: project-token, key: token}}
          storage:
            endpoint: https://abcdefghijklmnopqrst.storage.supabase.co/storage/v1/s3
            region: eu-central-1
            credentials: {secretRef: {name: project-storage}}
        """);
    var to = "restore hosted --to-supabase --to-project zyxwvutsrqponmlkjihg --to-secret new-db";

    assertThat(run(to.split(" ", -1))).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("--to-storage-secret");
    assertThat(run((to + " --to-storage-secret new-keys").split(" ", -1))).isZero();

    // Nothing of the old project but its token: its endpoint and its keys are its own.
    assertThat(onlyRequest().at("/spec/target/supabase/hosted"))
        .isEqualTo(
            json(
                """
                project: zyxwvutsrqponmlkjihg
                database: {connection: {secretRef: {name: new-db}}}
                management: {tokenSecretRef: {name: project-token, key: token}}
                storage:
                  region: eu-central-1
                  credentials: {secretRef: {name: new-keys}}
                """));
  }

  @Test
  void printOnlyPrints() throws IOException {
    assertThat(run("restore", "shop-db", "--sandbox", "--print")).isZero();

    assertThat(Json.yaml().readTree(out.toString()).path("kind").asText())
        .isEqualTo("RestoreRequest");
    assertThat(folder.resolve("inbox")).isEmptyDirectory();
  }

  @Test
  void whatTheSchemaRefusesNeverReachesTheHost() {
    assertThat(run("restore", "shop-db", "--to-database", "template1")).isEqualTo(Exit.USAGE);

    assertThat(err.toString()).contains("a template database cannot be a target");
    assertThat(folder.resolve("inbox")).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "restore shop-db",
        "restore shop-db --sandbox --to-database x",
        "restore shop-db --to-folder /srv/x --to-database x",
        "restore shop-db --to-folder srv/x",
        "restore shop-db --to-folder /srv/x --mirror",
        "restore shop-db --to-database x --path a",
        "restore shop-db --to-supabase --path avatars",
        "restore shop-db --to-supabase",
        "restore shop-db --to-database x --part storage",
        "restore shop-db --to-database x --to-storage-secret keys",
        "restore shop-db --to-supabase --to-project zyxwvutsrqponmlkjihg --to-secret db"
            + " --to-storage-region eu-central-1",
        "restore shop-db --sandbox --latest --latest-verified",
        "get nonsense",
        "nonsense",
        "local"
      })
  void aWrongCommandLineIsSaidAndNothingIsDone(String arguments) {
    assertThat(run(arguments.split(" ", -1))).isEqualTo(Exit.USAGE);

    assertThat(err.toString()).isNotEmpty();
    assertThat(folder.resolve("inbox")).isEmptyDirectory();
  }

  @Test
  void everyCommandShowsAnExample() {
    var commands = Main.commandLine().getSubcommands();

    for (var name :
        List.of(
            "init",
            "local",
            "operator",
            "get",
            "describe",
            "backup",
            "restore",
            "verify",
            "logs",
            "store",
            "doctor",
            "validate",
            "completion")) {
      assertThat(Objects.requireNonNull(commands.get(name)).getUsageMessage())
          .as(name)
          .contains("Example", "  salvor " + name);
    }
  }

  /** What a newcomer types first. */
  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "help"})
  void helpIsGivenToWhoeverAsks(String asked) {
    var code = Main.commandLine(asked).setOut(new PrintWriter(out)).execute(asked);

    assertThat(code).isZero();
    assertThat(out.toString()).contains("Usage: salvor", "restore ", "Exit codes");
  }

  /** A code that is not told of is one that a script takes for another. */
  @Test
  void everyExitCodeIsInTheHelpAndInThePage() throws Exception {
    var page = Files.readString(Path.of("docs/command-line.md"));
    Main.commandLine("help").setOut(new PrintWriter(out)).execute("help");
    for (var constant : Exit.class.getFields()) {
      assertThat(out.toString())
          .containsPattern("(?m)^ +%d  [a-z]".formatted(constant.getInt(null)));
      assertThat(page).contains("| %d |".formatted(constant.getInt(null)));
    }
  }

  @Test
  void theVersionIsSaidAsByItsCommand() {
    assertThat(Main.commandLine("-V").setOut(new PrintWriter(out)).execute("-V")).isZero();
    assertThat(out.toString()).isEqualTo(VersionCommand.text() + System.lineSeparator());
  }

  /** Only the command that is named is set up; by its map and its annotation it is the same. */
  @Test
  void everyCommandIsFoundByItsName() {
    for (var name : Main.commandLine().getSubcommands().keySet()) {
      assertThat(Main.commandLine(name).getSubcommands()).as(name).containsKey(name);
    }
    assertThat(Main.commandLine("get", "bpol").getSubcommands()).containsOnlyKeys("get");
  }

  @Test
  void validateTellsEveryViolation() throws IOException {
    var manifests = Files.createDirectory(temporary.resolve("manifests"));
    Files.writeString(
        manifests.resolve("store.yaml"),
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupStore
        metadata: {name: offsite}
        spec: {encryption: {passwordSecretRef: {name: key, key: password}}}
        """);

    assertThat(run("validate", manifests.toString())).isEqualTo(Exit.INVALID);
    assertThat(out.toString())
        .contains("store.yaml:4: refused: spec: exactly one of s3, pvc, folder must be set");
  }

  private int run(String... arguments) {
    var words = new ArrayList<>(List.of(arguments));
    if (List.of("get", "describe", "backup", "restore", "verify").contains(arguments[0])) {
      words.addAll(List.of("--state", folder.toString()));
    }
    return Main.commandLine(words.toArray(String[]::new))
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(words.toArray(String[]::new));
  }

  private JsonNode onlyRequest() throws IOException {
    try (var files = Files.list(folder.resolve("inbox"))) {
      var all = files.toList();
      assertThat(all).hasSize(1);
      return Json.yaml().readTree(Files.readString(all.getFirst()));
    }
  }

  private static ObjectNode json(String yaml) {
    try {
      return (ObjectNode) Json.yaml().readTree(yaml);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
