package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Initialize;
import dev.salvor.api.Json;
import dev.salvor.engine.objectstore.S3ObjectStore;
import dev.salvor.engine.objectstore.StoreRoot;
import dev.salvor.testing.ForgedRepository;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A namespace with a shop's database in it, and the Secrets that docs/install-kubernetes.md tells
 * people to make. Its application's role is no superuser.
 */
final class Shop {
  static final String POLICY = "shop-db";

  /** The connection of the application's role. */
  static final String OWN = "{secretRef: {name: shop-db-app}}";

  private static final String PASSWORD = "shop-s3cr3t-of-tests";
  private static final String REPOSITORY_PASSWORD = "of-tests-and-nothing-else";

  private final InstalledSalvor salvor;
  private final String namespace;
  private @Nullable PostgresPod server;

  Shop(InstalledSalvor salvor, String story) {
    this(salvor, story, SecurityLevel.PRIVILEGED);
    this.server = salvor.cluster().postgres(namespace, "shop-db");
    fill();
    // From now on only pods that ask for next to nothing may be made: Salvor's are such.
    enforce(SecurityLevel.RESTRICTED);
  }

  private Shop(InstalledSalvor salvor, String story, SecurityLevel level) {
    this.salvor = salvor;
    this.namespace = salvor.cluster().namespace(story);
    enforce(level);
    writeSecrets();
  }

  /** A namespace without a database. */
  static Shop withoutServer(InstalledSalvor salvor, String story, SecurityLevel level) {
    return new Shop(salvor, story, level);
  }

  /** What pods of the namespace may be (Pod Security Standards). */
  enum SecurityLevel {
    PRIVILEGED,
    BASELINE,
    RESTRICTED
  }

  void enforce(SecurityLevel level) {
    var label = "pod-security.kubernetes.io/enforce=" + level.name().toLowerCase(Locale.ROOT);
    kubectl("label", "namespace", namespace, label, "--overwrite");
  }

  /** The same shop on a new server, after the old one was lost. */
  void serverAgain() {
    enforce(SecurityLevel.PRIVILEGED);
    server = salvor.cluster().postgres(namespace, "shop-db");
    fill();
    enforce(SecurityLevel.RESTRICTED);
  }

  /** A command of kubectl in this namespace; its output, if it succeeded. */
  String kubectl(String... words) {
    var command = new ArrayList<>(List.of("-n", namespace));
    Collections.addAll(command, words);
    return salvor.kubectl(command.toArray(String[]::new));
  }

  String namespace() {
    return namespace;
  }

  PostgresPod server() {
    return Objects.requireNonNull(server);
  }

  InstalledSalvor salvor() {
    return salvor;
  }

  private void fill() {
    server().psql("postgres", "create role shop login createdb password '%s'".formatted(PASSWORD));
    server().psql("postgres", "create database shop owner shop");
    server()
        .psql(
            "shop",
            """
            set role shop;
            create table customers (id int primary key, name text not null);
            insert into customers select n, 'customer ' || n from generate_series(1, 500) as n;
            create table orders (
              id int primary key,
              customer int not null references customers,
              total numeric(12, 2) not null,
              created_at timestamptz not null);
            insert into orders
              select n, 1 + n %% 500, n * 1.25, now() - n * interval '1 minute'
              from generate_series(1, 5000) as n;
            """
                .formatted());
  }

  private void writeSecrets() {
    apply(secrets(salvor.bucket(), "shop-db"));
  }

  /** What policies of these stories name. */
  static String secrets(ClusterBucket bucket, String server) {
    return """
    apiVersion: v1
    kind: Secret
    metadata: {name: shop-db-app}
    stringData: {uri: "postgresql://shop:%s@%s:5432/shop"}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: offsite-s3}
    stringData: {AWS_ACCESS_KEY_ID: "%s", AWS_SECRET_ACCESS_KEY: "%s"}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: offsite-key}
    stringData: {password: %s}
    """
        .formatted(PASSWORD, server, bucket.accessKey(), bucket.secretKey(), REPOSITORY_PASSWORD);
  }

  /** Store and policy of examples/postgres, corrected as far as their comments ask for. */
  Shop withExample() {
    var bucket = salvor.bucket();
    salvor
        .cluster()
        .apply(
            namespace,
            example(
                "store-s3.yaml",
                "bucket: shop-backups",
                "bucket: " + bucket.bucket(),
                "prefix: prod",
                "prefix: " + namespace,
                "region: eu-central-1",
                "region: %s\n    endpoint: %s".formatted(bucket.region(), bucket.endpoint())));
    salvor.cluster().apply(namespace, example("policy.yaml"));
    return this;
  }

  /** A file of examples/postgres in this namespace; each correction replaces one place. */
  private String example(String file, String... corrections) {
    try {
      var text =
          corrected(
              Files.readString(Path.of("examples", "postgres", file)),
              "namespace: shop",
              "namespace: " + namespace);
      for (var i = 0; i < corrections.length; i += 2) {
        text = corrected(text, corrections[i], corrections[i + 1]);
      }
      return text;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String corrected(String text, String before, String after) {
    assertThat(text).containsOnlyOnce(before);
    return text.replace(before, after);
  }

  void apply(String yaml) {
    salvor.cluster().apply(namespace, yaml);
  }

  /** A store of this namespace's own, in a folder of the bucket. */
  void store(String name, String endpoint, String secret, String more) {
    apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupStore
        metadata: {name: %1$s}
        spec:
          s3:
            bucket: %2$s
            prefix: %3$s/%1$s
            region: %4$s
            endpoint: %5$s
            credentials: {secretRef: {name: %6$s}}
          encryption: {passwordSecretRef: {name: offsite-key, key: password}}
          initialize: IfEmpty
        %7$s
        """
            .formatted(
                name,
                salvor.bucket().bucket(),
                namespace,
                salvor.bucket().region(),
                endpoint,
                secret,
                more.indent(2)));
  }

  /**
   * A policy's repository in a store of the bucket, of which opening costs nothing: restic derives
   * the key of one that it made itself anew in each call, which takes half a second of the
   * processors that all stories share. Those of {@link #withExample} are as restic makes them.
   */
  void repository(String store, String policy) {
    try (var objects = new S3ObjectStore(salvor.bucket().access(namespace + "/" + store))) {
      var root = new StoreRoot(objects, Clock.systemUTC());
      root.requireOrMake(null, Initialize.IF_EMPTY);
      var path = namespace + "/" + policy;
      if (root.configDigest(path).isEmpty()) {
        ForgedRepository.inBucket(objects, path, REPOSITORY_PASSWORD);
      }
    }
  }

  /** A policy without a schedule. */
  void policy(String name, String connection, String store, String more) {
    repository(store, name);
    apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: %s}
        spec:
          source: {postgres: {connection: %s, databases: {names: [shop]}}}
          storeRef: {name: %s}
        %s
        """
            .formatted(
                name,
                connection,
                store,
                (more.contains("maintenance:") ? more : more + "\n" + laterToday()).indent(2)));
  }

  /** What comes by itself comes after all stories: half a day from now. */
  private static String laterToday() {
    return "maintenance: {schedule: {cron: '0 %d * * *'}}"
        .formatted(OffsetDateTime.now(ZoneOffset.UTC).plusHours(12).getHour());
  }

  /** The request is named like the policy. */
  void requestBackup(String policy) {
    requestBackup(policy, policy);
  }

  void requestBackup(String policy, String request) {
    apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupRequest
        metadata: {name: %s}
        spec: {policyRef: {name: %s}}
        """
            .formatted(request, policy));
  }

  /** The condition of the policy's request that says a reason, as soon as it does. */
  JsonNode awaitWord(String request, String reason) {
    return awaitWords(request, reason, "");
  }

  /** The same, with these words in its message. */
  JsonNode awaitWords(String request, String reason, String words) {
    return awaitCondition("backuprequest", request, reason, words);
  }

  JsonNode awaitStore(String store, String reason) {
    return awaitCondition("backupstore", store, reason, "");
  }

  /** The request is named like the policy, and wants its newest point. */
  void restore(String policy, String target, String more) {
    apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: RestoreRequest
        metadata: {name: %s}
        spec:
          source: {policyRef: {name: %1$s}, latest: {}}
          target: %s
        %s
        """
            .formatted(policy, target, more.indent(2)));
  }

  JsonNode awaitPolicy(String policy, String reason) {
    return awaitCondition("backuppolicy", policy, reason, "");
  }

  JsonNode awaitRestore(String request, String reason) {
    return awaitRestore(request, reason, "");
  }

  JsonNode awaitRestore(String request, String reason, String words) {
    return awaitCondition("restorerequest", request, reason, words);
  }

  void awaitPoints(String policy, int number) {
    await()
        .alias("%d recovery points of %s".formatted(number, policy))
        .atMost(Cluster.PATIENCE)
        .until(
            () -> resource("backuppolicy", policy).at("/status/recoveryPoints").size() == number);
  }

  /** Until the policy has recorded a run. */
  void awaitRun(String policy, String purpose) {
    await()
        .alias("a " + purpose + " in the history of " + policy)
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                resource("backuppolicy", policy)
                    .at("/status/runs")
                    .findValuesAsText("purpose")
                    .contains(purpose));
  }

  /** The newest pod of a run whose name begins so, when it is in that phase. */
  Pod awaitPod(String run, String phase) {
    return await()
        .alias("a pod of " + run + " that is " + phase)
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                salvor.cluster().client().pods().inNamespace(namespace).list().getItems().stream()
                    .filter(pod -> pod.getMetadata().getName().startsWith(run + "-"))
                    .filter(pod -> phase.equals(pod.getStatus().getPhase()))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private JsonNode awaitCondition(String kind, String name, String reason, String words) {
    return await()
        .alias("%s %s to say %s %s".formatted(kind, name, reason, words))
        .atMost(Cluster.PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> condition(kind, name, reason, words), Objects::nonNull);
  }

  private @Nullable JsonNode condition(String kind, String name, String reason, String words) {
    for (var condition : resource(kind, name).at("/status/conditions")) {
      if (condition.path("reason").asText().equals(reason)
          && condition.path("message").asText().contains(words)) {
        return condition;
      }
    }
    return null;
  }

  /** A command as a person types it, in this namespace. */
  LocalProgram.Outcome salvor(String... words) {
    var command = new ArrayList<String>();
    Collections.addAll(command, words);
    command.addAll(List.of("-n", namespace));
    return salvor.salvor(command.toArray(String[]::new));
  }

  /** One of Salvor's resources here, as it is now; asked too often for a kubectl each time. */
  JsonNode resource(String kind, String name) {
    var path =
        "/apis/salvor.dev/v1alpha1/namespaces/%s/%ss/%s"
            .formatted(namespace, kind.replaceFirst("y$", "ie"), name);
    try {
      return Json.mapper().readTree(salvor.cluster().client().raw(path));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  JsonNode status() {
    return resource("backuppolicy", POLICY).path("status");
  }
}
