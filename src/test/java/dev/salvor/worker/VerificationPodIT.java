package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Isolation;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.Credential;
import dev.salvor.task.Header;
import dev.salvor.task.NetworkAddress;
import dev.salvor.task.PointReference;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RichDatabase;
import dev.salvor.testing.S3Server;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Fetch, a server of the source's image, and Compare: three processes that share a folder. */
@NeedsRoot
class VerificationPodIT {
  static final List<Integer> MAJORS = PostgresServer.MAJORS;

  /** With dblink: where it could reach out, nothing is restored. */
  @ParameterizedTest
  @FieldSource("MAJORS")
  void aRightPointIsVerifiedOnceTheStoreIsOutOfReach(int major) throws IOException {
    try (var pod = new VerificationPod().with(major, "usr/lib/postgresql/" + major + "/bin")) {
      NetworkAddress address;
      String point;
      try (var store = S3Server.start()) {
        var place = store.place(store.bucket(), null);
        address = place.address().orElseThrow();
        var world = world(pod, major);
        world.stores.place = place;
        world.stores.credential(Credential.STORE_S3, "accessKeyId", S3Server.ACCESS_KEY);
        world.stores.credential(Credential.STORE_S3, "secretAccessKey", S3Server.SECRET_KEY);
        point = world.succeed().recoveryPoint();
        assertThat(fetch(pod, world, point).failure()).isNull();
        pod.startServer(VerificationPod.DASH);
        pod.awaitReady();
      }

      var result = compared(compare(pod, point, address));
      assertThat(result.outcome()).as(result.toString()).isEqualTo(VerdictOutcome.VERIFIED);
      assertThat(result.isolation()).isEqualTo(Isolation.ENFORCED);
      assertThat(result.coverage()).contains("100% of bytes");
    }
  }

  @Test
  void whereNothingWasSealedNothingThatReachesOutIsRestored() throws IOException {
    try (var pod = new VerificationPod().with(17, "usr/local/bin")) {
      var world = world(pod, 17);
      var point = world.succeed().recoveryPoint();
      assertThat(fetch(pod, world, point).failure()).isNull();
      pod.startServer(VerificationPod.DASH);

      var result = compared(compare(pod, point, null));
      assertThat(result.outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
      assertThat(result.reason()).isEqualTo(Reason.NOT_ISOLATED);
      assertThat(result.message()).contains("not known to be isolated");
      assertThat(result.isolation()).isNull();
    }
  }

  /** Compare would wait for a seal that nobody lays. */
  @Test
  void aServerInAContainerOfItsOwnHasNothingToBeSealedFrom() {
    try (var pod = new VerificationPod();
        var store = S3Server.start()) {
      var world = plainWorld(pod, 17);
      world.stores.place = store.place(store.bucket(), null);
      world.stores.credential(Credential.STORE_S3, "accessKeyId", S3Server.ACCESS_KEY);
      world.stores.credential(Credential.STORE_S3, "secretAccessKey", S3Server.SECRET_KEY);
      var point = world.succeed().recoveryPoint();
      assertThat(fetch(pod, world, point).failure()).isNull();
      assertThat(pod.sandbox().resolve("reached.json")).exists();

      var inside = Map.of(WorkerEnvironment.SANDBOX_INSIDE, "/sandbox");
      assertThat(fetch(pod, world, point, inside).failure()).isNull();
      assertThat(pod.sandbox().resolve("reached.json")).doesNotExist();
      assertThat(pod.sandbox().resolve("part-0")).exists();
    }
  }

  @Test
  void aDamagedDumpIsRefuted() throws IOException {
    try (var pod = new VerificationPod().with(15, "usr/local/bin")) {
      var world = plainWorld(pod, 15);
      var point = world.succeed().recoveryPoint();
      assertThat(fetch(pod, world, point).failure()).isNull();
      flip(pod.sandbox().resolve("part-0"), "n500");
      pod.startServer(VerificationPod.DASH);

      var result = compared(compare(pod, point, null));
      assertThat(result.outcome()).as(result.toString()).isEqualTo(VerdictOutcome.REFUTED);
      assertThat(result.reason()).isEqualTo(Reason.FACTS_DIFFER);
    }
  }

  @Test
  void withoutAServerNothingIsProvenAndNothingRefuted() throws IOException {
    try (var pod = new VerificationPod()) {
      var world = plainWorld(pod, 15);
      var point = world.succeed().recoveryPoint();
      assertThat(fetch(pod, world, point).failure()).isNull();
      pod.startServer(VerificationPod.DASH);

      var report = compare(pod, point, null);
      assertThat(report.result()).isNull();
      var failure = Objects.requireNonNull(report.failure());
      assertThat(failure.reason()).isEqualTo(Reason.NO_CLIENT_FOR_SERVER);
      assertThat(failure.message()).contains("no initdb and postgres");
    }
  }

  private static BackupWorld world(VerificationPod pod, int major) {
    var server = PostgresServer.shared(major);
    return new BackupWorld(pod.folder().resolve("store"), server, RichDatabase.create(server));
  }

  /** That could act on nobody. */
  private static BackupWorld plainWorld(VerificationPod pod, int major) {
    var server = PostgresServer.shared(major);
    var database = server.createDatabase();
    server.execute(
        database,
        "CREATE TABLE t (name text)",
        "INSERT INTO t SELECT 'n' || i FROM generate_series(1, 1000) i");
    return new BackupWorld(pod.folder().resolve("store"), server, database);
  }

  private static TaskReport fetch(VerificationPod pod, BackupWorld world, String point) {
    return fetch(pod, world, point, Map.of());
  }

  private static TaskReport fetch(
      VerificationPod pod, BackupWorld world, String point, Map<String, String> more) {
    pod.give();
    var environment = new HashMap<>(more);
    environment.put(
        WorkerEnvironment.CREDENTIALS, pod.folder().resolve("store/credentials").toString());
    return pod.run(
        new Task.Fetch(
            world.stores.header(), world.stores.target(), new PointReference(point, null)),
        environment);
  }

  private static TaskReport compare(
      VerificationPod pod, String point, @Nullable NetworkAddress sealedFrom) {
    return pod.run(
        new Task.Compare(
            new Header("compare", 1, StoreWorld.TICK, 150, List.of()),
            new PointReference(point, null),
            new Task.Given(pod.sandbox().resolve("socket").toString(), sealedFrom),
            List.of(),
            "hash",
            IsolationMode.AUTO),
        Map.of());
  }

  private static TaskResult.Compared compared(TaskReport report) {
    assertThat(report.failure()).isNull();
    return (TaskResult.Compared) Objects.requireNonNull(report.result());
  }

  private static void flip(Path file, String text) throws IOException {
    var at = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).indexOf(text);
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(at + 1);
      access.write('9');
    }
  }
}
