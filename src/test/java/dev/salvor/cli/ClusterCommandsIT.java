package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.local.state.StateFolder;
import dev.salvor.testing.ApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a real API server; the test is the operator. */
class ClusterCommandsIT {
  private static final KubernetesClient CLIENT = ApiServer.shared().client();

  @TempDir private Path temporary;
  private final String namespace = "cli-" + UUID.randomUUID();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path kubeconfig;

  @BeforeEach
  void policy() throws IOException {
    kubeconfig =
        Files.writeString(temporary.resolve("kubeconfig"), ApiServer.shared().kubeconfig());
    CLIENT
        .namespaces()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    CLIENT
        .resource(
            """
            apiVersion: salvor.dev/v1alpha1
            kind: BackupPolicy
            metadata: {name: shop-db, namespace: %s}
            spec:
              source:
                postgres:
                  connection: {secretRef: {name: shop-db-app}}
                  databases: {names: [shop]}
              storeRef: {name: offsite}
            """
                .formatted(namespace))
        .create();
    writeStatus(
        "backuppolicies",
        "shop-db",
        """
        observedGeneration: 1
        conditions:
        - {type: Ready, status: "False", reason: StoreFull, message: No space., lastTransitionTime: "2026-11-22T18:00:00Z"}
        failure: {reason: StoreFull, message: No space is left., hint: Free some.}
        recoveryPoints:
        - {id: 20261122t020000z-abcdef, time: "2026-11-22T02:00:00Z", complete: true, verdict: Verified, sizeBytes: 1048576}
        """);
  }

  @AfterEach
  void removeAll() {
    for (var plural :
        List.of("backuppolicies", "backupstores", "backuprequests", "restorerequests")) {
      resources(plural).inNamespace(namespace).delete();
    }
  }

  @Test
  void getShowsWhatKubectlShows() {
    assertThat(run("get", "bpol")).isZero();

    var table =
        ApiServer.shared()
            .table("/apis/salvor.dev/v1alpha1/namespaces/" + namespace + "/backuppolicies");
    var header = new ArrayList<String>();
    table
        .path("columnDefinitions")
        .forEach(
            column -> {
              if (column.path("priority").asInt() == 0) {
                header.add(column.path("name").asText().toUpperCase(Locale.ROOT));
              }
            });
    assertThat(List.of(out.toString().lines().findFirst().orElseThrow().split(" +", -1)))
        .isEqualTo(header);
    assertThat(out.toString()).contains("shop-db   False");
  }

  @Test
  void getPrintsTheResourceWithoutWhoWroteIt() throws IOException {
    assertThat(run("get", "bpol", "shop-db", "-o", "json")).isZero();

    var printed = Json.mapper().readTree(out.toString());
    assertThat(printed.path("kind").asText()).isEqualTo("BackupPolicy");
    assertThat(printed.at("/status/failure/reason").asText()).isEqualTo("StoreFull");
    assertThat(printed.path("metadata").has("managedFields")).isFalse();
  }

  @Test
  void allNamespacesAreFoundFromAnother() {
    assertThat(runIn("default", "get", "bpol", "-o", "json")).isZero();
    assertThat(out.toString()).doesNotContain(namespace);

    assertThat(command("get", "bpol", "-o", "json", "-A", "--kubeconfig", kubeconfig.toString()))
        .isZero();
    assertThat(out.toString()).contains(namespace);
  }

  @Test
  void describeAndPointsSayTheSameAsLocally() {
    assertThat(run("describe", "bpol", "shop-db")).isZero();
    assertThat(out.toString())
        .contains("Reason: StoreFull", "Message: No space is left.", "What to do: Free some.");

    assertThat(run("get", "points", "shop-db")).isZero();
    assertThat(out.toString()).contains("20261122t020000z-abcdef", "1.0 MiB");
  }

  @Test
  void describeShowsTheEventsOfTheResourceAlone() {
    var uid =
        resources("backuppolicies")
            .inNamespace(namespace)
            .withName("shop-db")
            .get()
            .getMetadata()
            .getUid();
    tell("told", uid, "No space is left.");
    tell("other", UUID.randomUUID().toString(), "Of another.");

    assertThat(run("describe", "policy", "shop-db")).isZero();

    assertThat(out.toString())
        .containsPattern(
            "Events:\n +TYPE .*\n +Warning +StoreFull +[0-9a-z]+ +1 +No space is left.")
        .doesNotContain("Of another.");
  }

  private void tell(String name, String uid, String note) {
    CLIENT
        .resource(
            """
            apiVersion: events.k8s.io/v1
            kind: Event
            metadata: {name: %s, namespace: %s}
            regarding: {apiVersion: salvor.dev/v1alpha1, kind: BackupPolicy, name: shop-db, namespace: %s, uid: %s}
            eventTime: "2026-11-22T18:00:00.000000Z"
            type: Warning
            reason: StoreFull
            note: %s
            action: BackUp
            reportingController: salvor.dev/operator
            reportingInstance: test
            """
                .formatted(name, namespace, namespace, uid, note))
        .create();
  }

  @Test
  void theRecoverySheetSaysHowTheSecretsAreReadAndReadsNone() {
    CLIENT
        .resource(
            """
            apiVersion: salvor.dev/v1alpha1
            kind: BackupStore
            metadata: {name: offsite, namespace: %s}
            spec:
              s3: {bucket: shop-backups, credentials: {secretRef: {name: offsite-s3}}}
              encryption: {passwordSecretRef: {name: offsite-key, key: password}}
            """
                .formatted(namespace))
        .create();

    assertThat(run("store", "recovery-sheet")).as(err::toString).isZero();
    assertThat(out.toString())
        .contains(
            "kubectl get secret offsite-key -n %s -o go-template='{{or (index .data \"password\") \"\"}}' | base64 -d"
                .formatted(namespace),
            "NOT COMPLETE",
            "shop-backups/" + namespace + "/shop-db");
    assertThat(run("store", "recovery-sheet", "--with-secrets")).isEqualTo(Exit.USAGE);
  }

  @Test
  void aPolicyThatIsNotThereIsNamedWithThoseThatAre() {
    assertThat(run("backup", "shop-bd")).isEqualTo(Exit.NO_INPUT);

    assertThat(err.toString())
        .isEqualTo(
            "salvor: no BackupPolicy in namespace "
                + namespace
                + " 'shop-bd'; there are [shop-db]\n");
  }

  @Test
  void backupWaitsForWhatTheOperatorSays() throws Exception {
    var command = later("backup", "shop-db", "--wait", "--reason", "before the migration");
    var request = requested("backuprequests");
    assertThat(request.at("/spec/reason").asText()).isEqualTo("before the migration");
    writeStatus(
        "backuprequests",
        request.at("/metadata/name").asText(),
        """
        observedGeneration: 1
        recoveryPoint: 20261125t020000z-abcdef
        conditions:
        - {type: Ready, status: "True", reason: Succeeded, message: Done., lastTransitionTime: "2026-11-22T18:00:00Z"}
        """);

    assertThat(command.get()).isZero();
    assertThat(out.toString())
        .contains("handed to the operator", namespace)
        .contains("recovery point: 20261125t020000z-abcdef");
  }

  @Test
  void aFailedBackupEndsWithOneAndSaysWhatToDo() throws Exception {
    var command = later("backup", "shop-db", "--wait");
    writeStatus(
        "backuprequests",
        requested("backuprequests").at("/metadata/name").asText(),
        """
        observedGeneration: 1
        failure: {reason: StoreFull, message: No space is left., hint: Free some.}
        conditions:
        - {type: Ready, status: "False", reason: StoreFull, message: No space., lastTransitionTime: "2026-11-22T18:00:00Z"}
        - {type: Stalled, status: "True", reason: StoreFull, message: No space., lastTransitionTime: "2026-11-22T18:00:00Z"}
        """);

    assertThat(command.get()).isEqualTo(Exit.FAILED);
    assertThat(out.toString()).contains("what to do: Free some.");
  }

  @Test
  void onlyVerifiedIsGood() throws Exception {
    var command = later("verify", "shop-db", "--wait");
    var request = requested("restorerequests");
    assertThat(request.at("/spec/target").has("sandbox")).isTrue();
    writeStatus(
        "restorerequests",
        request.at("/metadata/name").asText(),
        """
        observedGeneration: 1
        verdict: {outcome: Unproven, time: "2026-11-22T18:00:00Z", recoveryPoint: p, message: No node.}
        conditions:
        - {type: Ready, status: "True", reason: Succeeded, message: Done., lastTransitionTime: "2026-11-22T18:00:00Z"}
        """);

    assertThat(command.get()).isEqualTo(Exit.FAILED);
    assertThat(out.toString()).contains("verdict: Unproven", "why: No node.");
  }

  @Test
  void restoreTakesTheConnectionOfThePolicy() {
    assertThat(run("restore", "shop-db", "--to-database", "copy", "--latest-verified")).isZero();

    var request = requested("restorerequests");
    assertThat(request.at("/spec/source").has("latestVerified")).isTrue();
    assertThat(request.at("/spec/target/postgres/connection/secretRef/name").asText())
        .isEqualTo("shop-db-app");
    assertThat(request.at("/spec/target/postgres/database").asText()).isEqualTo("copy");
  }

  @Test
  void aRequestThatIsDeletedIsNotWaitedFor() throws Exception {
    var command = later("backup", "shop-db", "--wait");
    var name = requested("backuprequests").at("/metadata/name").asText();
    resources("backuprequests").inNamespace(namespace).withName(name).delete();

    assertThat(command.get()).isEqualTo(Exit.NO_INPUT);
    assertThat(err.toString()).contains(name, "was deleted before it was done");
  }

  /** What a PreSync Job of Argo CD needs, and no more: no list, no watch, no pods. */
  @Test
  void threeRightsAreEnoughToBackUpAndWait() throws Exception {
    account(List.of("get"), List.of("backuppolicies"), List.of("create", "get"), "backuprequests");

    var command = later("backup", "shop-db", "--wait");
    writeStatus(
        "backuprequests",
        requested("backuprequests").at("/metadata/name").asText(),
        """
        observedGeneration: 1
        run: shop-db-backup-abc
        conditions:
        - {type: Ready, status: "False", reason: Running, message: It runs., lastTransitionTime: "2026-11-22T18:00:00Z"}
        - {type: Reconciling, status: "True", reason: Running, message: It runs., lastTransitionTime: "2026-11-22T18:00:00Z"}
        """);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> err.toString().contains("waits: It runs."));
    writeStatus(
        "backuprequests",
        requested("backuprequests").at("/metadata/name").asText(),
        """
        observedGeneration: 1
        run: shop-db-backup-abc
        conditions:
        - {type: Ready, status: "True", reason: Succeeded, message: Done., lastTransitionTime: "2026-11-22T18:00:00Z"}
        """);

    assertThat(command.get()).isZero();
  }

  @Test
  void whatIsForbiddenIsSaidWithTheRightThatIsMissing() throws IOException {
    account(List.of("get"), List.of("backuppolicies"), List.of("get"), "backuprequests");

    assertThat(run("backup", "shop-db")).isEqualTo(Exit.FORBIDDEN);
    assertThat(err.toString())
        .contains("not allowed to create backuprequests in namespace " + namespace)
        .contains("Ask for a Role with the verb 'create' on backuprequests.salvor.dev");
  }

  @Test
  void anApiServerThatIsAwayIsNamed() throws IOException {
    Files.writeString(kubeconfig, kubeconfig("https://127.0.0.1:1", "none"));

    assertThat(run("get", "bpol")).isEqualTo(Exit.UNAVAILABLE);
    assertThat(err.toString())
        .contains("https://127.0.0.1:1", "context test", "cannot be reached", "--context");
  }

  @Test
  void aContextThatIsNotThereIsNamedWithThoseThatAre() throws IOException {
    Files.writeString(kubeconfig, kubeconfig("https://127.0.0.1:1", "none"));

    assertThat(run("get", "--context", "prod")).isEqualTo(Exit.NO_INPUT);
    assertThat(err.toString()).contains("no context 'prod'; there are [test]");
  }

  @Test
  void theLogOfWhatIsNotThereIsExplained() {
    assertThat(run("logs", "shop-db")).isEqualTo(Exit.NO_INPUT);
    assertThat(err.toString()).contains("no run of policy 'shop-db' has a pod", "describe");
  }

  @Test
  void doctorFindsThePolicyThatIsNotReadyAndTheMissingOperator() {
    assertThat(run("doctor")).isEqualTo(Exit.FAILED);

    assertThat(out.toString())
        .containsPattern("good +CRD backuppolicies +is there")
        .containsPattern("broken +operator")
        .containsPattern("broken +BackupPolicy " + namespace + "/shop-db +StoreFull: No space")
        .contains("Free some.");
  }

  /** Or every command for one machine would start slower. */
  @Test
  void nothingOfTheClusterIsLoadedForAStateFolder() throws IOException {
    var state = temporary.resolve("state");
    StateFolder.host(state).close();
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "get",
                "--state",
                state.toString())
            .redirectErrorStream(true)
            .start();

    assertThat(process.inputReader().lines())
        .anyMatch(line -> line.contains("dev.salvor.cli.source.StateFolderResources "))
        .noneMatch(line -> line.contains(" io.fabric8.kubernetes.client."))
        .noneMatch(line -> line.contains("dev.salvor.cli.source.ClusterResources "));
  }

  private int run(String... arguments) {
    return runIn(namespace, arguments);
  }

  private int runIn(String where, String... arguments) {
    var words = new ArrayList<>(List.of(arguments));
    words.addAll(List.of("-n", where, "--kubeconfig", kubeconfig.toString()));
    return command(words.toArray(String[]::new));
  }

  private int command(String... words) {
    return Main.commandLine(words)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(words);
  }

  private Future<Integer> later(String... arguments) {
    Callable<Integer> command = () -> run(arguments);
    var threads = Executors.newVirtualThreadPerTaskExecutor();
    var future = threads.submit(command);
    threads.shutdown();
    return future;
  }

  /** The one request of this kind, once it is there. */
  private JsonNode requested(String plural) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> resources(plural).inNamespace(namespace).list().getItems(),
            items -> items.size() == 1)
        .stream()
        .map(item -> Json.mapper().<JsonNode>valueToTree(item))
        .findFirst()
        .orElseThrow();
  }

  private void writeStatus(String plural, String name, String yaml) {
    resources(plural)
        .inNamespace(namespace)
        .withName(name)
        .editStatus(
            resource -> {
              try {
                resource.setAdditionalProperty("status", Json.yaml().readTree(yaml));
                return resource;
              } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(e);
              }
            });
  }

  private static MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      resources(String plural) {
    return CLIENT.genericKubernetesResources(
        new ResourceDefinitionContext.Builder()
            .withGroup("salvor.dev")
            .withVersion("v1alpha1")
            .withPlural(plural)
            .withNamespaced(true)
            .build());
  }

  /** From now on the commands run as a service account with these rights only. */
  private void account(
      List<String> verbs, List<String> resources, List<String> moreVerbs, String moreResources)
      throws IOException {
    var name = "migration";
    CLIENT
        .serviceAccounts()
        .inNamespace(namespace)
        .resource(
            new ServiceAccountBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
    CLIENT
        .rbac()
        .roles()
        .inNamespace(namespace)
        .resource(
            new RoleBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .addNewRule()
                .withApiGroups("salvor.dev")
                .withResources(resources)
                .withVerbs(verbs)
                .endRule()
                .addNewRule()
                .withApiGroups("salvor.dev")
                .withResources(moreResources)
                .withVerbs(moreVerbs)
                .endRule()
                .build())
        .create();
    CLIENT
        .rbac()
        .roleBindings()
        .inNamespace(namespace)
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
                .addNewSubject()
                .withKind("ServiceAccount")
                .withName(name)
                .withNamespace(namespace)
                .endSubject()
                .build())
        .create();
    var token =
        CLIENT
            .serviceAccounts()
            .inNamespace(namespace)
            .withName(name)
            .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
            .getStatus()
            .getToken();
    awaitRights("system:serviceaccount:%s:%s".formatted(namespace, name), verbs, resources);
    Files.writeString(kubeconfig, kubeconfig(CLIENT.getMasterUrl().toString(), token));
  }

  /** The API server hears of new rights a moment later. */
  private void awaitRights(String user, List<String> verbs, List<String> resources) {
    var review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser(user)
            .withNewResourceAttributes()
            .withNamespace(namespace)
            .withGroup("salvor.dev")
            .withResource(resources.getFirst())
            .withVerb(verbs.getFirst())
            .endResourceAttributes()
            .endSpec()
            .build();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                CLIENT
                    .authorization()
                    .v1()
                    .subjectAccessReview()
                    .create(review)
                    .getStatus()
                    .getAllowed());
  }

  private static String kubeconfig(String server, String token) {
    return """
    apiVersion: v1
    kind: Config
    current-context: test
    clusters: [{name: test, cluster: {server: '%s', insecure-skip-tls-verify: true}}]
    users: [{name: test, user: {token: '%s'}}]
    contexts: [{name: test, context: {cluster: test, user: test}}]
    """
        .formatted(server, token);
  }
}
