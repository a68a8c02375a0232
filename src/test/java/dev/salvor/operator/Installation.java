package dev.salvor.operator;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreStatus;
import dev.salvor.api.Condition;
import dev.salvor.api.Json;
import dev.salvor.api.RestoreRequest;
import dev.salvor.operator.OperatorSettings.Concurrency;
import dev.salvor.operator.OperatorSettings.Election;
import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.operator.jobs.JobSettings;
import dev.salvor.plan.Conditions;
import dev.salvor.testing.ApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A namespace of its own on the real API server, with operators that follow it and fake Jobs. */
final class Installation implements AutoCloseable {
  /** Long enough for a busy machine, short enough for a test. */
  private static final Duration LEASE = Duration.ofSeconds(6);

  private final KubernetesConnection connection =
      KubernetesConnection.open(ApiServer.shared().client().getConfiguration());
  final KubernetesClient client = connection.client();
  final String namespace = "op-" + UUID.randomUUID().toString().substring(0, 8);
  final FakeJobs fakeJobs;
  private final List<OperatorHost> operators = new ArrayList<>();
  private final List<KubernetesConnection> connections = new ArrayList<>();
  private boolean mayScale = true;
  private boolean mayRunCommands = true;

  /** What becomes of commands in pods: there is no kubelet that would run them. */
  PodCommands commands =
      (pod, container, command, timeout) -> new HookOutcome.Lost("nobody is there to run it");

  Installation() {
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("default")
                .endMetadata()
                .build())
        .create();
    fakeJobs = new FakeJobs(client, namespace, new FakeWorker());
  }

  /** One instance, the only one. */
  OperatorHost operator() {
    return operator(null, Concurrency.DEFAULT);
  }

  OperatorHost operator(Concurrency concurrency) {
    return operator(null, concurrency);
  }

  /** One that may not scale workloads. */
  OperatorHost withoutScaling() {
    mayScale = false;
    return operator();
  }

  /** One that may not run commands in pods. */
  OperatorHost withoutHooks() {
    mayRunCommands = false;
    return operator();
  }

  /** One whose machine has this clock. */
  OperatorHost operator(Clock clock) {
    return operator(connection, null, Concurrency.DEFAULT, clock);
  }

  /** One of several instances. */
  OperatorHost candidate(String identity) {
    return operator(
        new Election(namespace, "salvor-operator", identity, LEASE), Concurrency.DEFAULT);
  }

  /** One whose requests to the API server something interferes with. */
  OperatorHost through(Interceptor interference) {
    return through(interference, Clock.systemUTC());
  }

  OperatorHost through(Interceptor interference, Clock clock) {
    var through =
        KubernetesConnection.open(
            client.getConfiguration(),
            http -> http.addOrReplaceInterceptor("interference", interference));
    connections.add(through);
    return operator(through, null, Concurrency.DEFAULT, clock);
  }

  private OperatorHost operator(@Nullable Election election, Concurrency concurrency) {
    return operator(connection, election, concurrency, Clock.systemUTC());
  }

  private OperatorHost operator(
      KubernetesConnection through,
      @Nullable Election election,
      Concurrency concurrency,
      Clock clock) {
    var settings =
        new OperatorSettings(
            Set.of(namespace),
            new JobSettings("salvor:test", "IfNotPresent", List.of(), null, null),
            concurrency,
            null,
            mayScale,
            mayRunCommands ? Set.of(namespace) : Set.of(),
            election);
    var host = new OperatorHost(through, settings, clock, () -> {}, commands);
    host.start();
    operators.add(host);
    return host;
  }

  /** What a played controller does in turn: a refusal is no end of it. */
  Runnable unlessRefused(Runnable what) {
    return () -> {
      try {
        what.run();
      } catch (KubernetesClientException | NoSuchElementException e) {
        // What it had seen is gone or has changed: the next turn sees it.
      }
    };
  }

  /** Whatever stands in it; of Kubernetes' own kinds, in this namespace. */
  void create(String yaml) {
    for (HasMetadata resource :
        client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))).items()) {
      if (resource instanceof Namespaced && !(resource instanceof GenericKubernetesResource)) {
        resource.getMetadata().setNamespace(namespace);
      }
      client.resource(resource).create();
    }
  }

  /** As the controller of volumes writes it. */
  void phase(String claim, String phase) {
    client
        .persistentVolumeClaims()
        .inNamespace(namespace)
        .withName(claim)
        .editStatus(
            live ->
                new PersistentVolumeClaimBuilder(live)
                    .editOrNewStatus()
                    .withPhase(phase)
                    .endStatus()
                    .build());
  }

  void store(String name, String more) {
    apply(
        BackupStore.class,
        name,
        """
        s3: {bucket: shop-backups, credentials: {secretRef: {name: s3}}}
        encryption: {passwordSecretRef: {name: key, key: password}}
        initialize: IfEmpty
        """
            + more);
  }

  /** One that a probe has been to. */
  void usableStore(String name) {
    store(name, "");
    var status =
        new BackupStoreStatus(1L, null, "store-12345678", "abcdef12", Instant.now(), null, null);
    new StatusWriter(client).write(Kind.STORE, store(name), status);
  }

  void folderStore(String name) {
    apply(
        BackupStore.class,
        name,
        """
        folder: {path: /backups}
        encryption: {passwordSecretRef: {name: key, key: password}}
        """);
  }

  /** The policy as the API server answered. */
  BackupPolicy policy(String name, String store, String more) {
    return apply(
        BackupPolicy.class,
        name,
        """
        source:
          postgres:
            connection: {secretRef: {name: db}}
            databases: {names: [shop]}
        storeRef: {name: %s}
        """
                .formatted(store)
            + more);
  }

  /** The policy with another {@code spec.retries}. */
  BackupPolicy retries(String name, int retries) {
    return client
        .resources(BackupPolicy.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"retries\":%d}}".formatted(retries));
  }

  void backupRequest(String name, String policy) {
    apply(BackupRequest.class, name, "policyRef: {name: " + policy + "}\n");
  }

  /** As if what it kept had been seen to be over then. */
  void seenDue(String restoreRequest, Instant since) {
    client
        .resources(RestoreRequest.class)
        .inNamespace(namespace)
        .withName(restoreRequest)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"status\":{\"undo\":{\"dueSince\":\"%s\"}}}".formatted(since));
  }

  void restoreRequest(String name, String spec) {
    apply(RestoreRequest.class, name, spec);
  }

  BackupStore store(String name) {
    return get(BackupStore.class, name);
  }

  BackupPolicy policy(String name) {
    return get(BackupPolicy.class, name);
  }

  BackupRequest backupRequest(String name) {
    return get(BackupRequest.class, name);
  }

  RestoreRequest restoreRequest(String name) {
    return get(RestoreRequest.class, name);
  }

  /** {@code True Accepted}, or nothing. */
  static String says(@Nullable List<Condition> conditions, String type) {
    return Conditions.find(conditions, type)
        .map(condition -> condition.status() + " " + condition.reason())
        .orElse("");
  }

  /** By a policy of the cluster's owner. Returns when it is in force. */
  void refuseJobs(String why) {
    refuse(
        "{apiGroups: [batch], operations: [CREATE], apiVersions: [v1], resources: [jobs]}",
        "true",
        why);
    await().atMost(Duration.ofSeconds(40)).until(this::jobsAreRefused);
  }

  /** So that a pod cannot be marked. Returns when it is in force. */
  void refuseChanges(String pod, String why) {
    refuse(
        "{apiGroups: [''], operations: [UPDATE], apiVersions: [v1], resources: [pods]}",
        "request.name == '" + pod + "'",
        why);
    await().atMost(Duration.ofSeconds(40)).until(() -> isRefused(pod));
  }

  private boolean isRefused(String pod) {
    try {
      client
          .pods()
          .inNamespace(namespace)
          .withName(pod)
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.JSON_MERGE)
                  .withDryRun(List.of("All"))
                  .build(),
              "{\"metadata\":{\"labels\":{\"trial\":\"true\"}}}");
      return false;
    } catch (KubernetesClientException refused) {
      return refused.getCode() == 422 || refused.getCode() == 403;
    }
  }

  private void refuse(String what, String when, String why) {
    client
        .load(
            new ByteArrayInputStream(
                """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: %1$s}
                spec:
                  matchConstraints: {resourceRules: [%2$s]}
                  matchConditions:
                  - {name: here, expression: "request.namespace == '%1$s'"}
                  - {name: this, expression: "%3$s"}
                  validations: [{expression: "false", message: "%4$s"}]
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: %1$s}
                spec: {policyName: %1$s, validationActions: [Deny]}
                """
                    .formatted(namespace, what, when, why)
                    .getBytes(StandardCharsets.UTF_8)))
        .create();
  }

  private boolean jobsAreRefused() {
    try {
      client
          .resource(
              """
              apiVersion: batch/v1
              kind: Job
              metadata: {name: trial, namespace: %s}
              spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
              """
                  .formatted(namespace))
          .dryRun()
          .create();
      return false;
    } catch (KubernetesClientException refused) {
      return refused.getCode() == 422 || refused.getCode() == 403;
    }
  }

  /** What was refused. */
  void allow() {
    var admission = client.admissionRegistration().v1();
    admission.validatingAdmissionPolicyBindings().withName(namespace).delete();
    admission.validatingAdmissionPolicies().withName(namespace).delete();
  }

  List<String> events(String reason) {
    return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> event.getReason().equals(reason))
        .map(event -> event.getRegarding().getKind() + ": " + event.getNote())
        .toList();
  }

  @Override
  public void close() {
    operators.forEach(OperatorHost::close);
    connections.forEach(KubernetesConnection::close);
    fakeJobs.close();
    connection.close();
  }

  private <R extends HasMetadata> R get(Class<R> type, String name) {
    return client.resources(type).inNamespace(namespace).withName(name).get();
  }

  private <R extends HasMetadata> R apply(Class<R> type, String name, String spec) {
    var yaml =
        "metadata: {name: " + name + ", namespace: " + namespace + "}\nspec:\n" + spec.indent(2);
    try {
      return client.resource(Json.yaml().readValue(yaml, type)).create();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(yaml, e);
    }
  }
}
