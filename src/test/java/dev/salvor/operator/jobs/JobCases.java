package dev.salvor.operator.jobs;

import dev.salvor.api.JobTemplate;
import dev.salvor.api.Json;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Footing.Access;
import dev.salvor.plan.Footing.Identity;
import dev.salvor.plan.Launch;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunLabels;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One Job for each purpose and variant; each has its manifest in {@code jobs/<case>.yaml}. */
final class JobCases {
  static final Instant TICK = Instant.parse("2026-11-22T02:17:00Z");

  static final JobSettings SETTINGS =
      new JobSettings("registry.example/salvor:0.2.0", "IfNotPresent", List.of(), null, null);

  private static final JobSettings TUNED =
      new JobSettings(
          "registry.example/salvor:0.2.0",
          "Always",
          List.of("registry-login"),
          new JobTemplate.Resources(
              new JobTemplate.ResourceAmounts("200m", null),
              new JobTemplate.ResourceAmounts("2", "1Gi")),
          "postgres:17");

  static final OwnerReference POLICY = owner("BackupPolicy", "shop-db");
  private static final OwnerReference STORE = owner("BackupStore", "offsite");
  private static final OwnerReference REQUEST = owner("RestoreRequest", "shop-db-back");

  private static final String S3 =
      """
      {"credential":"store-password","secret":"offsite-key","key":"password"},
      {"credential":"store-s3","secret":"offsite-s3"}\
      """;

  private static final String SOURCE = ",{\"credential\":\"source\",\"secret\":\"shop-db-app\"}";
  private static final String CLAIM_KEY =
      "{\"credential\":\"store-password\",\"secret\":\"offsite-key\",\"key\":\"password\"}";

  private JobCases() {}

  /** A Job to render. */
  record Case(JobSettings settings, JobOrder order) {}

  static Map<String, Case> all() {
    var cases = new LinkedHashMap<String, Case>();
    var backup = backup().launch();
    cases.put("backup", new Case(SETTINGS, order(backup, POLICY)));
    cases.put("backup-on-claim", new Case(SETTINGS, onClaim(Purpose.BACKUP, "Backup")));
    cases.put("backup-with-template", new Case(TUNED, template(backup)));
    cases.put(
        "backup-with-twice-the-memory",
        new Case(SETTINGS, new JobOrder(backup, "shop", POLICY, null, null, 2)));
    cases.put(
        "probe",
        new Case(SETTINGS, order(launch(Purpose.PROBE, task("ProbeStore", 300, S3)), STORE)));
    cases.put(
        "maintain",
        new Case(SETTINGS, order(launch(Purpose.MAINTAIN, task("Maintain", 86_400, S3)), POLICY)));
    cases.put(
        "inspect",
        new Case(SETTINGS, order(launch(Purpose.INSPECT, task("Inspect", 1_800, S3)), POLICY)));
    cases.put("restore", new Case(SETTINGS, order(restore(), REQUEST)));
    cases.put("restore-with-template", new Case(TUNED, template(restore())));
    cases.put("verify", new Case(SETTINGS, order(verify(S3), POLICY)));
    cases.put(
        "verify-with-template-on-claim",
        new Case(
            TUNED, new JobOrder(verify(CLAIM_KEY), "shop", POLICY, everything(), "backups", 2)));
    cases.put(
        "backup-claims", new Case(SETTINGS, order(backupOfClaims(new Identity.Reader()), POLICY)));
    cases.put("backup-claims-on-nodes", new Case(SETTINGS, order(backupOnNodes(), POLICY)));
    cases.put(
        "backup-claims-as-application",
        new Case(TUNED, template(backupOfClaims(new Identity.Application(1000, 2000)))));
    cases.put("backup-claims-by-snapshot", new Case(SETTINGS, order(backupOfSnapshots(), POLICY)));
    cases.put(
        "backup-claims-to-claim",
        new Case(
            SETTINGS,
            new JobOrder(backupOfClaims(new Identity.Reader()), "shop", POLICY, null, "vault", 1)));
    cases.put("backup-devices", new Case(SETTINGS, order(backupOfDevices(), POLICY)));
    cases.put("restore-device", new Case(SETTINGS, order(restoreOfADevice(), REQUEST)));
    cases.put("restore-claim", new Case(SETTINGS, order(restoreOfFiles(Access.WRITE), REQUEST)));
    cases.put(
        "restore-claim-planned",
        new Case(SETTINGS, order(restoreOfFiles(Access.STAND_IN), REQUEST)));
    cases.put("verify-claims", new Case(SETTINGS, order(verifyFiles(), POLICY)));
    cases.put("verify-claims-with-commands", new Case(SETTINGS, order(verifyByCommands(), POLICY)));
    cases.put("backup-supabase", new Case(SETTINGS, order(backupOfAProject(), POLICY)));
    cases.put("backup-supabase-hosted", new Case(TUNED, template(backupOfAHostedProject())));
    cases.put("backup-supabase-bucket", new Case(TUNED, template(backupFromABucket())));
    cases.put("verify-supabase", new Case(SETTINGS, order(verifyProject(S3), POLICY)));
    cases.put(
        "verify-supabase-on-claim",
        new Case(
            TUNED,
            new JobOrder(verifyProject(CLAIM_KEY), "shop", POLICY, everything(), "backups", 1)));
    cases.put("verify-claims-as-application", new Case(TUNED, template(verifyAsApplication())));
    return cases;
  }

  /** Two claims that only the node of their pods can have. */
  private static Launch backupOfClaims(Identity identity) {
    var footing =
        new Footing(
            List.of(
                new Footing.Mount("avatars", Access.READ),
                new Footing.Mount("uploads.v2", Access.READ)),
            identity,
            "node-2",
            List.of(new JobTemplate.Toleration("shop", "Exists", null, "NoSchedule", null)),
            null,
            List.of());
    return on(footing, launch(Purpose.BACKUP, task("Backup", 43_200, S3)));
  }

  /** One claim that the run's node has, and three that two others have. */
  static Launch backupOnNodes() {
    var footing =
        new Footing(
            List.of(
                new Footing.Mount("avatars", Access.READ),
                new Footing.Mount("disk", VolumeMode.BLOCK, Access.READ, null, "node-2"),
                new Footing.Mount("notes", VolumeMode.FILESYSTEM, Access.READ, null, "node-3"),
                new Footing.Mount("shared", VolumeMode.FILESYSTEM, Access.READ, null, "node-2"),
                new Footing.Mount(
                    "uploads.v2", VolumeMode.FILESYSTEM, Access.READ, null, "node-3")),
            new Identity.Reader(),
            "node-1",
            List.of(new JobTemplate.Toleration("shop", "Exists", null, "NoSchedule", null)),
            null,
            List.of());
    return on(
        footing,
        launch(
            Purpose.BACKUP,
            TaskJson.read(
                """
                {"task":"Backup","header":{"run":"of-this-name","attempt":1,
                "tick":"2026-11-22T02:17:00Z","deadlineSeconds":43200,"credentials":[%s]},
                "source":{"kind":"files","trees":[{"name":"avatars","path":"/data/avatars"},
                {"name":"notes","path":"/data/notes"},{"name":"shared","path":"/data/shared"},
                {"name":"uploads.v2","path":"/data/uploads.v2"}],
                "devices":[{"name":"disk","path":"/devices/disk"}],"exclude":[],"allowEmpty":false}}\
                """
                    .formatted(S3))));
  }

  static final Footing.Copy COPY =
      new Footing.Copy(
          "fast", "standard", true, List.of("ReadWriteOnce"), "10Gi", VolumeMode.FILESYSTEM);

  /** One claim by a snapshot, one as it is. */
  private static Launch backupOfSnapshots() {
    var footing =
        new Footing(
            List.of(
                Footing.Mount.of("avatars", COPY), new Footing.Mount("uploads.v2", Access.READ)),
            new Identity.Reader(),
            null,
            List.of(),
            null,
            List.of("avatars", "uploads.v2"));
    return on(footing, launch(Purpose.BACKUP, task("Backup", 43_200, S3)));
  }

  /** One as it is, one by a snapshot, beside files. */
  private static Launch backupOfDevices() {
    var copy =
        new Footing.Copy(
            "fast", "standard", true, List.of("ReadWriteOnce"), "10Gi", VolumeMode.BLOCK);
    var footing =
        new Footing(
            List.of(
                new Footing.Mount("disk", VolumeMode.BLOCK, Access.READ),
                Footing.Mount.of("queue", copy),
                new Footing.Mount("uploads", Access.READ)),
            new Identity.Reader(),
            null,
            List.of(),
            null,
            List.of());
    return on(footing, launch(Purpose.BACKUP, task("Backup", 43_200, S3)));
  }

  /** Databases, claims in which places are, and what a cluster knows of the project. */
  private static Launch backupOfAProject() {
    return backupOfAProject(null);
  }

  /**
   * The same.
   *
   * @param keyNode that has the claim of its key and functions; null: the run's own
   */
  static Launch backupOfAProject(@Nullable String keyNode) {
    var footing =
        new Footing(
            List.of(
                new Footing.Mount("supabase-db", VolumeMode.FILESYSTEM, Access.READ, null, keyNode),
                new Footing.Mount("supabase-storage", Access.READ)),
            new Identity.Reader(),
            "node-2",
            List.of(),
            null,
            List.of());
    return on(
        footing,
        launch(
            Purpose.BACKUP,
            TaskJson.read(
                """
                {"task":"Backup","header":{"run":"of-this-name","attempt":1,
                "tick":"2026-11-22T02:17:00Z","deadlineSeconds":43200,"credentials":[%s,
                {"credential":"source-password","secret":"supabase-db","key":"password"}]},
                "source":{"kind":"supabase","trees":{"kind":"files","trees":[{"name":"storage",
                "path":"/data/supabase-storage","within":"/data/supabase-storage"},{"name":"key",
                "path":"/data/supabase-db/custom","within":"/data/supabase-db"}]},"mounted":[
                {"kind":"SECRET","name":"supabase-jwt",
                "path":"/run/salvor/configuration/secrets/supabase-jwt"},
                {"kind":"CONFIG_MAP","name":"supabase.env",
                "path":"/run/salvor/configuration/configMaps/supabase.env"}]}}\
                """
                    .formatted(S3))));
  }

  /** Its functions are laid out in the scratch space, which the template gives a class. */
  private static Launch backupOfAHostedProject() {
    return launch(
        Purpose.BACKUP,
        TaskJson.read(
            """
            {"task":"Backup","header":{"run":"of-this-name","attempt":1,
            "tick":"2026-11-22T02:17:00Z","deadlineSeconds":43200,"credentials":[%s,
            {"credential":"source-password","secret":"project-db","key":"password"},
            {"credential":"source-token","secret":"project-token","key":"token"},
            {"credential":"storage-s3","secret":"project-storage"}]},
            "source":{"kind":"supabase","dump":{"kind":"postgres","format":"Stream",
            "allowEmpty":false},"trees":{"kind":"files","trees":[]},
            "layout":{"bucket":"stub","tenant":"stub","versions":"Folder"},
            "hosted":{"project":"abcdefghijklmnopqrst","endpoint":"https://api.supabase.com",
            "storage":{"endpoint":"https://abcdefghijklmnopqrst.storage.supabase.co/storage/v1/s3",
            "region":"eu-central-1"}}}}\
            """
                .formatted(S3)));
  }

  /** In a claim of its own where the template names a class: objects are laid out there. */
  private static Launch backupFromABucket() {
    return launch(
        Purpose.BACKUP,
        TaskJson.read(
            """
            {"task":"Backup","header":{"run":"of-this-name","attempt":1,
            "tick":"2026-11-22T02:17:00Z","deadlineSeconds":43200,"credentials":[%s,
            {"credential":"source-password","secret":"supabase-db","key":"password"},
            {"credential":"storage-s3","secret":"storage-keys"},
            {"credential":"storage-ca","secret":"minio-ca","key":"ca.crt"}]},
            "source":{"kind":"supabase","trees":{"kind":"files","trees":[]},
            "bucket":{"kind":"bucket","bucket":"objects","endpoint":"http://minio:9000","region":"us-east-1"}}}\
            """
                .formatted(S3)));
  }

  /** As root for the files, with a server that is not. */
  private static Launch verifyProject(String credentials) {
    return on(Footing.of(new Identity.Restorer()), verify(credentials));
  }

  private static Launch restoreOfADevice() {
    var footing =
        new Footing(
            List.of(new Footing.Mount("disk", VolumeMode.BLOCK, Access.WRITE)),
            new Identity.Restorer(),
            null,
            List.of(),
            null,
            List.of());
    return on(footing, launch(Purpose.RESTORE, task("RestoreDevice", 43_200, S3)));
  }

  private static Launch restoreOfFiles(Access access) {
    var footing =
        new Footing(
            List.of(new Footing.Mount("uploads", access)),
            new Identity.Restorer(),
            null,
            List.of(),
            null,
            List.of());
    return on(footing, launch(Purpose.RESTORE, task("RestoreFiles", 43_200, S3)));
  }

  private static Launch verifyFiles() {
    var footing = new Footing(List.of(), new Identity.Restorer(), null, List.of(), null, List.of());
    return on(footing, verify(S3, "{\"kind\":\"none\"}"));
  }

  /** Who may write is written first, and asked last. */
  private static final String COMMANDS =
      """
      {"name":"server-starts","timeout":"10m","command":{"image":"shop/server:17","command":
      ["start","--data","/data/db"],"writable":true,"runAs":{"user":999,"group":998},
      "resources":{"limits":{"memory":"2Gi"}}}},
      {"name":"is-there","files":{"path":"*.png"}},
      {"name":"integrity","command":{"image":"registry.example/sqlite@sha256:0123","command":
      ["sqlite3","-readonly","/data/uploads/$(HOME).db","pragma integrity_check"]}}
      """;

  private static Launch verifyByCommands() {
    return on(
        Footing.of(new Identity.Restorer()),
        verify(S3, "{\"kind\":\"none\"},\"checks\":[" + COMMANDS + "]", conclude()));
  }

  private static Launch verifyAsApplication() {
    return on(
        Footing.of(new Identity.Application(1000, 2000)),
        verify(
            S3,
            "{\"kind\":\"none\"},\"checks\":[{\"name\":\"one\",\"command\":{\"image\":\"tool\",\"command\":[\"look\"]}}]",
            conclude()));
  }

  private static Task[] conclude() {
    return new Task[] {task("Conclude", 300, "")};
  }

  static JobOrder commands() {
    return order(verifyByCommands(), POLICY);
  }

  private static Launch on(Footing footing, Launch launch) {
    return new Launch(launch.labels(), launch.tasks(), launch.memory(), footing, launch.server());
  }

  static Launch verify(String credentials) {
    return verify(credentials, "{\"kind\":\"given\",\"socketDirectory\":\"/sandbox/socket\"}");
  }

  private static Launch verify(String credentials, String server, Task... more) {
    var compare =
        TaskJson.read(
            """
            {"task":"Compare","header":{"run":"shop-db-verify-aaaaaaaaaaaa","attempt":1,
            "tick":"2026-11-22T02:17:00Z","deadlineSeconds":21600,"credentials":[]},
            "server":%s}\
            """
                .formatted(server));
    var tasks = new ArrayList<>(List.of(task("Fetch", 21_600, credentials), compare));
    tasks.addAll(List.of(more));
    return launch(Purpose.VERIFY, tasks.toArray(Task[]::new));
  }

  static JobOrder verification() {
    return order(verify(S3), POLICY);
  }

  static JobOrder backup() {
    return order(launch(Purpose.BACKUP, task("Backup", 43_200, S3 + SOURCE)), POLICY);
  }

  /** A database whose name the kubelet would take for a variable. */
  private static Launch restore() {
    return launch(
        Purpose.RESTORE,
        TaskJson.read(
            """
            {"task":"Restore","database":"a$$b$(HOME)","header":{"run":"shop-db-restore-aaaaaaaaaaaa","attempt":1,
            "tick":"2026-11-22T02:17:00Z","deadlineSeconds":43200,"credentials":[%s,
            {"credential":"target","secret":"shop-db-admin"},
            {"credential":"target-ca","secret":"shop-db-ca","key":"ca.crt"}]}}\
            """
                .formatted(S3)));
  }

  private static JobOrder onClaim(Purpose purpose, String task) {
    return new JobOrder(
        launch(purpose, task(task, 43_200, CLAIM_KEY + SOURCE)),
        "shop",
        POLICY,
        null,
        "backups",
        1);
  }

  private static JobOrder template(Launch launch) {
    return new JobOrder(launch, "shop", POLICY, everything(), null, 1);
  }

  private static JobTemplate everything() {
    try {
      return Json.yaml()
          .readValue(
              """
              labels: {team: shop, salvor.dev/run: not-this-one}
              annotations: {example.com/note: by night, salvor.dev/tick: not-this-one}
              nodeSelector: {disk: fast}
              tolerations:
              - {key: backups, operator: Equal, value: "yes", effect: NoSchedule}
              - {operator: Exists, effect: NoExecute, tolerationSeconds: 60}
              priorityClassName: backups
              resources: {requests: {memory: 512Mi}, limits: {memory: 2Gi}}
              scratchSize: 40Gi
              scratchStorageClassName: scratch
              """,
              JobTemplate.class);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static JobOrder order(Launch launch, OwnerReference owner) {
    return new JobOrder(launch, "shop", owner, null, null, 1);
  }

  static Launch launch(Purpose purpose, Task... tasks) {
    var point =
        purpose == Purpose.VERIFY || purpose == Purpose.RESTORE ? "20261122t021700z-abcdef" : null;
    return new Launch(labels(purpose, point), Arrays.asList(tasks));
  }

  private static RunLabels labels(Purpose purpose, @Nullable String point) {
    var probe = purpose == Purpose.PROBE;
    return new RunLabels(
        (probe ? "offsite-" : "shop-db-") + purpose.text() + "-aaaaaaaaaaaa",
        purpose,
        "shop/offsite",
        probe ? null : "shop/offsite/shop/shop-db",
        probe ? null : "11111111-1111-1111-1111-111111111111",
        purpose == Purpose.RESTORE ? "33333333-3333-3333-3333-333333333333" : null,
        point,
        TICK,
        1);
  }

  static Task task(String kind, long deadline, String credentials) {
    return TaskJson.read(
        """
        {"task":"%s","header":{"run":"of-this-name","attempt":1,"tick":"2026-11-22T02:17:00Z",
        "deadlineSeconds":%d,"credentials":[%s]}}\
        """
            .formatted(kind, deadline, credentials));
  }

  private static OwnerReference owner(String kind, String name) {
    return new OwnerReferenceBuilder()
        .withApiVersion("salvor.dev/v1alpha1")
        .withKind(kind)
        .withName(name)
        .withUid("11111111-1111-1111-1111-111111111111")
        .build();
  }
}
