package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.FoundSource;
import dev.salvor.api.Json;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.plan.Conditions;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A Supabase that a policy points at, told by its pods on a real API server. */
class SupabasePodsIT {
  private static final Duration LONG = Duration.ofSeconds(40);

  private final Installation here = new Installation();

  @BeforeAll
  static void kinds() throws IOException {
    try (var one = new Installation();
        var kinds = Files.newInputStream(Path.of("src/test/resources/supabase-crds.yaml"))) {
      one.client.load(kinds).serverSideApply();
      for (var kind : List.of("Project", "SingleDatabase")) {
        await()
            .atMost(LONG)
            .ignoreExceptions()
            .until(
                () ->
                    one.client
                        .genericKubernetesResources("core.supabase.io/v1alpha1", kind)
                        .inNamespace(one.namespace)
                        .list()
                        .getItems()
                        .isEmpty());
      }
    }
  }

  @AfterEach
  void end() {
    here.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(LONG);
  }

  private void claims(String... names) {
    for (var name : names) {
      here.create(
          """
          apiVersion: v1
          kind: PersistentVolumeClaim
          metadata: {name: %s}
          spec:
            accessModes: [ReadWriteOnce]
            storageClassName: ""
            resources: {requests: {storage: 1Gi}}
          """
              .formatted(name));
      here.phase(name, "Bound");
    }
  }

  private void policy(String pointer) {
    here.usableStore("offsite");
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: project, namespace: %s}
        spec:
          source: {supabase: {selfHosted: {%s}}}
          storeRef: {name: offsite}
        """
            .formatted(here.namespace, pointer));
    here.backupRequest("now", "project");
    here.fakeJobs.pause();
    here.operator();
  }

  /** As the chart of supabase-community makes them, as far as it matters. */
  private void release() {
    claims("supa-db", "supa-pgsodium", "supa-storage", "supa-functions", "supa-snippets");
    here.create(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: supa-supabase-db}
        spec:
          selector: {app.kubernetes.io/name: supabase-db, app.kubernetes.io/instance: supa}
          ports: [{name: http, port: 5432, targetPort: postgres}]
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: supa-supabase-db-0
          labels: {app.kubernetes.io/name: supabase-db, app.kubernetes.io/instance: supa}
        spec:
          initContainers:
          - name: init-pgsodium
            image: supabase/postgres:17.6.1.136
            env: [{name: SEED, valueFrom: {secretKeyRef: {name: supa-seed, key: seed}}}]
          containers:
          - name: supabase-db
            image: supabase/postgres:17.6.1.136
            env:
            - {name: POSTGRES_HOST, value: /var/run/postgresql}
            - {name: POSTGRES_PASSWORD, valueFrom: {secretKeyRef: {name: supa-supabase-db, key: password}}}
            ports: [{name: postgres, containerPort: 5432}]
            volumeMounts:
            - {name: postgres-volume, mountPath: /var/lib/postgresql/data, subPath: postgres-data}
            - {name: pgsodium, mountPath: /etc/postgresql-custom/}
            - {name: initdb, mountPath: /initdb.d}
          volumes:
          - {name: postgres-volume, persistentVolumeClaim: {claimName: supa-db}}
          - {name: pgsodium, persistentVolumeClaim: {claimName: supa-pgsodium}}
          - {name: initdb, configMap: {name: supa-initdb}}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: supa-supabase-storage-5d6
          labels: {app.kubernetes.io/name: supabase-storage, app.kubernetes.io/instance: supa}
        spec:
          containers:
          - name: supabase-storage
            image: supabase/storage-api:v1.44.2
            env:
            - {name: STORAGE_BACKEND, value: file}
            - {name: FILE_STORAGE_BACKEND_PATH, value: /var/lib/storage}
            - {name: TENANT_ID, value: stub}
            - {name: GLOBAL_S3_BUCKET, value: stub}
            - {name: DB_HOST, value: supa-supabase-db}
            - {name: SERVICE_KEY, valueFrom: {secretKeyRef: {name: supa-supabase-jwt, key: serviceKey}}}
            - {name: SMTP, valueFrom: {secretKeyRef: {name: supa-smtp, key: user, optional: true}}}
            volumeMounts: [{name: storage-data, mountPath: /var/lib/storage}]
          volumes:
          - {name: storage-data, persistentVolumeClaim: {claimName: supa-storage}}
          - name: token
            projected: {sources: [{configMap: {name: kube-root-ca.crt}}, {secret: {name: supa-projected}}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: supa-supabase-studio-abc
          labels: {app.kubernetes.io/name: supabase-studio, app.kubernetes.io/instance: supa}
        spec:
          containers:
          - name: supabase-studio
            image: supabase/studio:2026.02.16
            envFrom: [{configMapRef: {name: supa-studio}}]
            volumeMounts:
            - {name: functions, mountPath: /home/deno/functions}
            - {name: snippets, mountPath: /app/snippets}
          volumes:
          - {name: functions, persistentVolumeClaim: {claimName: supa-functions}}
          - {name: snippets, persistentVolumeClaim: {claimName: supa-snippets}}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: other-supabase-storage
          labels: {app.kubernetes.io/name: supabase-storage, app.kubernetes.io/instance: other}
        spec:
          containers:
          - name: supabase-storage
            image: supabase/storage-api:v1.44.2
            volumeMounts: [{name: data, mountPath: /var/lib/storage}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: theirs}}]
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: supa-migration
          labels: {app.kubernetes.io/name: supabase-db, app.kubernetes.io/instance: supa}
          ownerReferences: [{apiVersion: batch/v1, kind: Job, name: migration, uid: "1"}]
        spec:
          containers: [{name: migration, image: "supabase/postgres:17.6.1.136"}]
        """);
    here.client
        .pods()
        .inNamespace(here.namespace)
        .withName("supa-supabase-db-0")
        .editStatus(
            pod ->
                new PodBuilder(pod)
                    .editOrNewStatus()
                    .withPhase("Running")
                    .addNewContainerStatus()
                    .withName("supabase-db")
                    .withReady(true)
                    .withRestartCount(0)
                    .withImage("supabase/postgres:17.6.1.136")
                    .withImageID("docker.io/supabase/postgres@sha256:feed")
                    .withNewState()
                    .withNewRunning()
                    .endRunning()
                    .endState()
                    .endContainerStatus()
                    .endStatus()
                    .build());
  }

  private BackupPolicyStatus status() {
    var status = here.policy("project").getStatus();
    return status == null ? BackupPolicyStatus.NOTHING : status;
  }

  private FoundSource found() {
    soon()
        .untilAsserted(
            () -> assertThat(status().source()).as("%s", status().conditions()).isNotNull());
    return Objects.requireNonNull(status().source());
  }

  private static SelfHosted spelled(String yaml) throws IOException {
    return Json.yaml().readValue(yaml, SelfHosted.class);
  }

  private Job backup() {
    soon().untilAsserted(() -> assertThat(backups()).hasSize(1));
    return backups().findFirst().orElseThrow();
  }

  private Stream<Job> backups() {
    return here.fakeJobs.jobs().stream()
        .filter(job -> job.getMetadata().getName().contains("-backup-"));
  }

  @Test
  void aReleaseIsFoundByItsPodsAndItsBackupMountsWhatWasFound() throws IOException {
    release();
    policy("helmRelease: supa");

    var found = found();
    assertThat(found.selfHosted())
        .isEqualTo(
            spelled(
                """
                database:
                  connection:
                    host: supa-supabase-db
                    port: 5432
                    user: supabase_admin
                    passwordSecretRef: {name: supa-supabase-db, key: password}
                  names: [postgres]
                  dump: Stream
                storage: {place: {claim: {name: supa-storage}}, bucket: stub, tenant: stub, versions: Folder, tolerateMissing: 0}
                key: {place: {claim: {name: supa-pgsodium}}}
                files:
                - {name: functions, place: {claim: {name: supa-functions}}}
                - {name: snippets, place: {claim: {name: supa-snippets}}}
                configuration:
                  secrets: [supa-projected, supa-seed, supa-supabase-db, supa-supabase-jwt]
                  configMaps: [supa-initdb, supa-studio]
                allowEmpty: false
                """));
    assertThat(found.images())
        .containsExactly(
            new ServiceImage("supabase-db", "supabase/postgres:17.6.1.136", "sha256:feed"),
            new ServiceImage("supabase-storage", "supabase/storage-api:v1.44.2", null),
            new ServiceImage("supabase-studio", "supabase/studio:2026.02.16", null));
    assertThat(found.leftOut())
        .containsExactly(
            "configuration: not kept, since pods run without: supa-smtp. If they are there, spell"
                + " out configuration.",
            "configuration: variables that stand in pods themselves are not kept. Keep the values"
                + " of the release (helm get values) beside the backups.");

    var spec = backup().getSpec().getTemplate().getSpec();
    assertThat(spec.getVolumes())
        .filteredOn(volume -> volume.getPersistentVolumeClaim() != null)
        .extracting(volume -> volume.getPersistentVolumeClaim().getClaimName())
        .containsExactlyInAnyOrder(
            "supa-functions", "supa-pgsodium", "supa-snippets", "supa-storage");
    assertThat(spec.toString()).contains("supa-supabase-jwt", "supa-initdb");
  }

  /** It runs as long as the others; what runs before them serves nobody. */
  @Test
  void aSidecarIsLookedAtAndWhatRunsBeforeIsNot() {
    release();
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: supa-supabase-functions-0
          labels: {app.kubernetes.io/name: supabase-functions, app.kubernetes.io/instance: supa}
        spec:
          initContainers:
          - name: seed
            image: supabase/postgres:17.6.1.136
            volumeMounts: [{name: seeds, mountPath: /etc/postgresql-custom}]
          - name: shipper
            image: shipper:1
            restartPolicy: Always
            volumeMounts: [{name: shipped, mountPath: /shipped}]
          containers:
          - name: supabase-functions
            image: supabase/edge-runtime:v1.70.3
            volumeMounts: [{name: functions, mountPath: /home/deno/functions}]
          volumes:
          - {name: seeds, persistentVolumeClaim: {claimName: supa-seeds}}
          - {name: shipped, persistentVolumeClaim: {claimName: supa-shipped}}
          - {name: functions, persistentVolumeClaim: {claimName: supa-functions}}
        """);
    policy("helmRelease: supa");

    assertThat(Objects.requireNonNull(found().leftOut()))
        .anyMatch(
            text -> text.startsWith("not kept, though pods mount them: claims supa-shipped."));
    assertThat(found().images()).extracting(ServiceImage::image).contains("shipper:1");
  }

  /** The kubelet would put another variable's value there, of a Secret perhaps. */
  @Test
  void aVariableThatIsMadeOfAnotherIsNotTakenAtItsWord() {
    release();
    here.create(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: mine-storage
          labels: {app.kubernetes.io/name: supabase-storage, app.kubernetes.io/instance: mine}
        spec:
          containers:
          - name: storage
            image: supabase/storage-api:v1.44.2
            env:
            - {name: STORAGE_BACKEND, value: file}
            - {name: FILE_STORAGE_BACKEND_PATH, value: "/data/$(WHERE)"}
            - {name: TENANT_ID, valueFrom: {configMapKeyRef: {name: mine, key: tenant}}}
            volumeMounts: [{name: data, mountPath: /data}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: supa-storage}}]
        """);
    policy("helmRelease: mine, database: {connection: {host: db, user: supabase_admin}}");

    soon()
        .untilAsserted(
            () ->
                assertThat(status().conditions())
                    .anySatisfy(
                        it ->
                            assertThat(it.message())
                                .contains("(FILE_STORAGE_BACKEND_PATH, TENANT_ID may come from")));
  }

  @Test
  void whatIsNotFoundAnyMoreStopsBackups() {
    release();
    policy("helmRelease: supa");
    found();
    here.client
        .pods()
        .inNamespace(here.namespace)
        .withName("supa-supabase-studio-abc")
        .withGracePeriod(0)
        .delete();
    here.retries("project", 1);

    soon()
        .untilAsserted(
            () ->
                assertThat(says(status().conditions(), Conditions.READY))
                    .isEqualTo("False AcknowledgementNeeded"));
    assertThat(Objects.requireNonNull(status().source()).selfHosted().files()).hasSize(2);
  }

  @Test
  void aReleaseThatIsNotThereIsWaitedFor() {
    policy("helmRelease: nothing");

    soon()
        .untilAsserted(
            () ->
                assertThat(says(status().conditions(), Conditions.READY))
                    .isEqualTo("False SourceUnreachable"));
    assertThat(backups()).isEmpty();
  }

  @Test
  void aProjectIsFoundByItsDatabaseAndItsSecrets() throws IOException {
    claims("shopdb-postgres-data", "shop-storage-data");
    here.create(
        """
        apiVersion: core.supabase.io/v1alpha1
        kind: Project
        metadata: {name: shop, namespace: %1$s}
        spec: {databaseRef: {kind: SingleDatabase, name: shopdb}}
        ---
        apiVersion: core.supabase.io/v1alpha1
        kind: SingleDatabase
        metadata: {name: shopdb, namespace: %1$s}
        spec: {}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: shopdb-postgres-0
          labels:
            app.kubernetes.io/name: postgres
            app.kubernetes.io/component: database
            app.kubernetes.io/instance: shopdb
            app.kubernetes.io/managed-by: supabase-operator
        spec:
          containers:
          - name: postgres
            image: registry.example/own-postgres:17
            env: [{name: POSTGRES_PASSWORD, valueFrom: {secretKeyRef: {name: shopdb-postgres-auth, key: password}}}]
            volumeMounts:
            - {name: postgres-data, mountPath: /var/lib/postgresql/data, subPath: postgres-data}
            - {name: postgres-data, mountPath: /etc/postgresql-custom, subPath: postgres-custom}
          volumes: [{name: postgres-data, persistentVolumeClaim: {claimName: shopdb-postgres-data}}]
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: shop-storage-0
          labels:
            app.kubernetes.io/name: storage
            app.kubernetes.io/component: storage
            app.kubernetes.io/instance: files-storage
            app.kubernetes.io/managed-by: supabase-operator
        spec:
          containers:
          - name: storage
            image: supabase/storage-api:v1
            env:
            - {name: STORAGE_BACKEND, value: file}
            - {name: GLOBAL_S3_BUCKET, value: shop}
            - {name: TENANT_ID, value: shop}
            - {name: ANON_KEY, valueFrom: {secretKeyRef: {name: shop-jwt, key: anon-key}}}
            volumeMounts: [{name: data, mountPath: /var/lib/storage, subPath: storage-data}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: shop-storage-data}}]
        """
            .formatted(here.namespace));
    here.client
        .genericKubernetesResources("core.supabase.io/v1alpha1", "SingleDatabase")
        .inNamespace(here.namespace)
        .withName("shopdb")
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"status":{"resolvedDatabase":{"host":"shopdb-postgres.shop.svc.cluster.local","port":5432,
            "dbName":"postgres","user":"supabase_admin",
            "passwordRef":{"name":"shopdb-postgres-auth","key":"password"}}}}
            """);
    policy("project: shop");

    assertThat(found().selfHosted())
        .isEqualTo(
            spelled(
                """
                database:
                  connection:
                    host: shopdb-postgres.shop.svc.cluster.local
                    port: 5432
                    user: supabase_admin
                    passwordSecretRef: {name: shopdb-postgres-auth, key: password}
                  names: [postgres]
                  dump: Stream
                storage: {place: {claim: {name: shop-storage-data, subPath: storage-data}}, bucket: shop, tenant: shop, versions: Folder, tolerateMissing: 0}
                key: {place: {claim: {name: shopdb-postgres-data, subPath: postgres-custom}}}
                configuration: {secrets: [shop-jwt, shopdb-postgres-auth]}
                allowEmpty: false
                """));
    backup();
  }

  @Test
  void aProjectThatIsNotThereIsSaid() {
    policy("project: shop");

    soon()
        .untilAsserted(
            () ->
                assertThat(
                        Conditions.find(status().conditions(), Conditions.READY)
                            .map(condition -> condition.reason() + ": " + condition.message())
                            .orElse(""))
                    .startsWith("SourceUnreachable: There is no Project 'shop'"));
  }
}
