package dev.salvor.local.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Initialize;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.local.manifest.SecretValue;
import dev.salvor.local.state.StateFolder;
import dev.salvor.plan.Admission;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Launch;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunLabels;
import dev.salvor.plan.RunView;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.Header;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs as files and processes, with a worker that only keeps to the contract. */
class RunTableTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Admission.Limits LIMITS = new Admission.Limits(2, 2, 2, Duration.ofHours(1));
  private static final Secrets SECRETS =
      (namespace, name) ->
          namespace.equals("shop") && name.equals("key")
              ? Optional.of(
                  Map.of("password", written("correct horse"), "other", written("not for you")))
              : Optional.empty();

  private static final CredentialSource CONTAINER =
      new CredentialSource.Container(
          Credential.SOURCE, "shop-db", null, CredentialSource.Login.OF_CONTAINER);

  @TempDir private Path temporary;
  private StateFolder state;
  private FakeWorker worker;
  private Path memory;
  private final FakeDocker docker = new FakeDocker();

  @BeforeEach
  void open() throws IOException {
    state = StateFolder.host(temporary.resolve("state"));
    worker = new FakeWorker(Files.createDirectory(temporary.resolve("worker")));
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "salvor-test");
  }

  @AfterEach
  void close() throws IOException {
    worker.unset("hold");
    state.close();
    try (var left = Files.walk(memory)) {
      for (var path : left.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void aRunIsCarriedOutAndItsReportRead() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    var table = host();
    table.create(probe("one"), "shop");
    assertThat(view(table, "one").state()).isEqualTo(RunView.State.QUEUED);

    assertThat(begin(table)).isEqualTo(1);
    untilEnded(table, "one");

    var view = view(table, "one");
    assertThat(view.reports()).hasSize(1);
    assertThat(view.failure()).isEmpty();
    assertThat(view.ended()).isNotNull();
    assertThat(worker.starts()).hasSize(1);
  }

  @Test
  void creatingARunTwiceIsCreatingItOnce() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    var table = host();
    table.create(probe("one"), "shop");
    table.create(probe("one"), "shop");
    begin(table);
    table.create(probe("one"), "shop");
    begin(table);
    untilEnded(table, "one");

    assertThat(worker.starts()).hasSize(1);
  }

  @Test
  void aWorkerSeesTheSecretsOfItsTaskAndNobodyElseDoes() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    worker.set("hold");
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);
    await().atMost(PATIENCE).until(() -> !worker.text("folders").isEmpty());

    var seen = worker.path("seen-one-ProbeStore");
    assertThat(seen.resolve("store-password/value")).hasContent("correct horse");
    assertThat(seen.resolve("store-s3")).as("a Secret that is not there").isEmptyDirectory();
    try (var folders = Files.walk(memory.resolve("salvor-test-host"))) {
      assertThat(folders.toList())
          .hasSizeGreaterThan(3)
          .allSatisfy(
              path ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                      .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
    }

    worker.unset("hold");
    untilEnded(table, "one");
    assertThat(memory.resolve("salvor-test-host")).isEmptyDirectory();
    assertNoSecretBelow(state.root());
  }

  @Test
  void aSecondTaskBeginsOnlyAfterTheFirstSucceeded() throws IOException {
    worker.reports("Fetch", "SUCCEEDED");
    worker.reports("Compare", "SUCCEEDED");
    var table = host();
    table.create(verification("one"), "shop");
    begin(table);
    untilEnded(table, "one");

    assertThat(worker.starts())
        .extracting(line -> line.split(" ", 2)[0])
        .containsExactly("Fetch", "Compare");
    assertThat(worker.text("sandbox-Compare")).as("what Fetch left").contains("Fetch");
    assertThat(worker.path("seen-one-Compare")).as("no credentials").isEmptyDirectory();
    assertThat(view(table, "one").reports()).hasSize(2);
    assertThat(state.runs().resolve("one/sandbox")).doesNotExist();
    assertThat(state.runs().resolve("one/scratch")).doesNotExist();
  }

  @Test
  void aSecondTaskDoesNotBeginAfterAFailure() throws IOException {
    worker.reports("Fetch", "FAILED");
    var table = host();
    table.create(verification("one"), "shop");
    begin(table);
    untilEnded(table, "one");

    assertThat(worker.starts()).hasSize(1);
  }

  @Test
  void aWorkerWithoutAReportIsAFailureWithItsLastWords() throws IOException {
    worker.set("silent");
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);
    untilEnded(table, "one");

    var failure = view(table, "one").failure().orElseThrow();
    assertThat(failure.reason()).isEqualTo(Reason.REPORT_MISSING);
    assertThat(failure.message()).contains("exit code 1");
    assertThat(failure.logTail()).isEqualTo("the engine said no");
  }

  @Test
  void aDraftIsNoReportButSaysWhatWasWrittenOver() throws IOException {
    var over = new TaskResult.Restored(List.of(), null, 0, null, "safety-point", null, null);
    var draft = TaskReport.draft("any", Instant.EPOCH, List.of("said"), over);
    Files.writeString(worker.path("report-ProbeStore"), Json.mapper().writeValueAsString(draft));
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);
    untilEnded(table, "one");

    assertThat(view(table, "one").failure().orElseThrow().message()).contains("exit code 0");
    assertThat(view(table, "one").result(TaskResult.Restored.class)).contains(over);
  }

  @Test
  void aKilledWorkerIsAFailureAndTakesItsEnginesWithIt() throws IOException {
    worker.set("engine");
    worker.set("hold");
    worker.set("die");
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);
    await().atMost(PATIENCE).until(() -> !worker.text("engine").isEmpty());
    var engine = Long.parseLong(worker.text("engine"));
    assertThat(ProcessHandle.of(engine)).isPresent();

    worker.unset("hold");
    untilEnded(table, "one");

    var failure = view(table, "one").failure().orElseThrow();
    assertThat(failure.reason()).isEqualTo(Reason.INTERRUPTED);
    assertThat(failure.message()).contains("signal 9");
    await().atMost(PATIENCE).until(() -> !isAlive(engine));
  }

  /** A full disk, say: whoever starts the host again and again starts nobody's container. */
  @Test
  void aHostThatCannotBeginTakesBackWhatIsHeldFirst() throws IOException {
    var table = host();
    table.create(probe("one"), "shop");
    Files.writeString(state.runs().resolve("one/starting-0"), "now");
    Files.createDirectories(state.runs().resolve("one/claim-0/in-the-way"));
    Files.createDirectories(state.held());
    Files.writeString(
        state.held().resolve("gone.json"),
        """
        {"run": "gone", "daemon": "daemon", "since": "2026-11-22T18:00:00Z", "stage": "TAKING",
         "hold": {"volumes": ["data"], "mode": "Stop", "matchLabels": {}, "work": "READ"},
         "layers": [[{"id": "web", "name": "web", "graceSeconds": 120, "stand": "ASKED"}]],
         "lives": {}}
        """);

    try {
      host();
    } catch (RuntimeException e) {
      assertThat(state.held()).isEmptyDirectory();
      return;
    }
    throw new AssertionError("it began");
  }

  @Test
  void aWorkerThatOutlivedItsHostIsAdopted() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    worker.set("hold");
    var before = host();
    before.create(probe("one"), "shop");
    begin(before);
    await().atMost(PATIENCE).until(() -> !worker.text("folders").isEmpty());

    var after = host();
    assertThat(view(after, "one").state()).isEqualTo(RunView.State.RUNNING);
    assertThat(after.admit(LIMITS)).as("it is not started again").isZero();
    assertThat(memory.resolve("salvor-test-host/one-0")).as("still needed").isDirectory();
    worker.unset("hold");
    untilEnded(after, "one");

    assertThat(view(after, "one").reports()).hasSize(1);
    assertThat(view(after, "one").failure()).isEmpty();
    assertThat(worker.starts()).hasSize(1);
    assertThat(memory.resolve("salvor-test-host")).isEmptyDirectory();
  }

  @Test
  void aWorkerThatEndedWhileNoHostLookedIsReadByTheNext() throws IOException {
    worker.reports("Fetch", "SUCCEEDED");
    worker.reports("Compare", "SUCCEEDED");
    var before = host();
    before.create(verification("one"), "shop");
    begin(before);
    await().atMost(PATIENCE).until(() -> Files.exists(state.runs().resolve("one/report-0.json")));

    var after = host();
    untilEnded(after, "one");

    assertThat(view(after, "one").reports()).hasSize(2);
    assertThat(worker.starts()).hasSize(2);
  }

  /** The host was killed between its mark and the child's claim: the child must not begin late. */
  @Test
  void aWorkerThatHasNotClaimedItsTaskNeverBegins() throws IOException {
    var before = host();
    before.create(probe("one"), "shop");
    Files.writeString(state.runs().resolve("one/starting-0"), "");

    var after = host();
    var view = view(after, "one");
    assertThat(view.state()).isEqualTo(RunView.State.ENDED);
    assertThat(view.failure().orElseThrow().reason()).isEqualTo(Reason.INTERRUPTED);

    var late =
        WorkerProcess.start(
            worker.command(),
            state.runs().resolve("one"),
            state.runs().resolve("one/claim-0"),
            state.runs().resolve("one/log"),
            Map.of());
    assertThat(late.onExit().join().exitValue()).isEqualTo(WorkerProcess.NOT_OURS);
    assertThat(worker.starts()).isEmpty();
  }

  @Test
  void whatAHostLeftInMemoryIsRemovedByTheNext() throws IOException {
    var left = Files.createDirectories(memory.resolve("salvor-test-host/gone-0/store-password"));
    Files.writeString(left.resolve("value"), "correct horse");
    Files.setPosixFilePermissions(
        memory.resolve("salvor-test-host"), PosixFilePermissions.fromString("rwx------"));

    host();

    assertThat(memory.resolve("salvor-test-host")).isEmptyDirectory();
  }

  @Test
  void aStoppingHostAsksItsWorkersToEnd() throws IOException {
    worker.set("hold");
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);
    await().atMost(PATIENCE).until(() -> !worker.text("folders").isEmpty());

    table.terminate();
    untilEnded(table, "one");

    assertThat(worker.starts()).contains("interrupted");
    assertThat(view(table, "one").failure()).isPresent();
  }

  /** A full disk: the workers end in order all the same, and the next host counts the run. */
  @Test
  void aHostThatCanWriteNoMoreEndsItsWorkersWithoutAWord()
      throws IOException, InterruptedException {
    worker.set("hold");
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);
    await().atMost(PATIENCE).until(() -> !worker.text("folders").isEmpty());

    table.endWithoutAWord();

    assertThat(worker.starts()).contains("interrupted");
    assertThat(view(table, "one").state()).as("not looked at").isEqualTo(RunView.State.RUNNING);
    var next = host();
    untilEnded(next, "one");
    assertThat(view(next, "one").failure()).isPresent();
  }

  @Test
  void aRecordedRunIsRemovedButForItsLog() throws IOException {
    worker.set("silent");
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);
    untilEnded(table, "one");

    table.remove("one");

    assertThat(table.views()).isEmpty();
    assertThat(state.runs()).isEmptyDirectory();
    assertThat(state.logs().resolve("one.log")).content().contains("the engine said no");
  }

  @Test
  void aRunningRunIsNeverRemoved() throws IOException {
    worker.set("hold");
    var table = host();
    table.create(probe("one"), "shop");
    begin(table);

    table.remove("one");

    assertThat(view(table, "one").state()).isEqualTo(RunView.State.RUNNING);
    table.terminate();
    untilEnded(table, "one");
  }

  /** Neither the record of the run nor its Task says more than which container it is. */
  @Test
  void aWorkerSeesWhatAContainerSaysOfItsServer() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    docker.containers.add(FakeDocker.postgres("shop-db", "s3cret"));
    var table = host();
    table.create(probe("one", CONTAINER), "shop");
    begin(table);
    untilEnded(table, "one");

    assertThat(worker.text("seen-one-ProbeStore/source/uri"))
        .isEqualTo("postgresql://10.1.2.3:5432");
    assertThat(worker.text("seen-one-ProbeStore/source/username")).isEqualTo("app");
    assertThat(worker.text("seen-one-ProbeStore/source/password")).isEqualTo("s3cret");
    assertThat(worker.text("seen-one-ProbeStore/source/database")).isEqualTo("shop");
    assertThat(memory.resolve("salvor-test-host")).isEmptyDirectory();
    try (var files = Files.walk(state.root())) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).as(file.toString()).doesNotContain("s3cret");
      }
    }
  }

  /** Read when a worker starts: whoever changes the file needs to tell nobody. */
  @Test
  void aValueThatIsNotWhereItsSecretSaysIsNamed() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    var file = temporary.resolve("password");
    var table = host();
    table.secrets(
        (namespace, name) -> Optional.of(Map.of("password", new SecretValue.InFile(file))));
    table.create(probe("one"), "shop");
    begin(table);

    var failure = view(table, "one").failure().orElseThrow();
    assertThat(failure.reason()).isEqualTo(Reason.CREDENTIALS_MISSING);
    assertThat(failure.message()).contains("'password'", "'key'", file.toString());
    assertThat(worker.starts()).isEmpty();

    Files.writeString(file, "by now");
    table.create(probe("two"), "shop");
    begin(table);
    untilEnded(table, "two");
    assertThat(worker.text("seen-two-ProbeStore/store-password/value")).isEqualTo("by now");
  }

  /** The next attempt finds whatever has its name by then. */
  @Test
  void aWorkerIsNotStartedWhoseContainerIsGone() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    var table = host();
    table.create(probe("one", CONTAINER), "shop");
    begin(table);

    var failure = view(table, "one").failure().orElseThrow();
    assertThat(failure.reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
    assertThat(failure.message()).contains("container 'shop-db'");
    assertThat(worker.starts()).isEmpty();
    assertThat(memory.resolve("salvor-test-host")).isEmptyDirectory();

    docker.containers.add(FakeDocker.postgres("shop-db", "another"));
    table.create(probe("two", CONTAINER), "shop");
    begin(table);
    untilEnded(table, "two");
    assertThat(worker.text("seen-two-ProbeStore/source/password")).isEqualTo("another");
  }

  @Test
  void aWorkerIsNotStartedWhileDockerIsSilent() throws IOException {
    docker.silent = "nobody is there";
    var table = host();
    table.create(probe("one", CONTAINER), "shop");
    begin(table);

    var failure = view(table, "one").failure().orElseThrow();
    assertThat(failure.reason()).isEqualTo(Reason.SOURCE_UNREACHABLE);
    assertThat(failure.message()).contains("container 'shop-db'").contains("nobody is there");
    assertThat(worker.starts()).isEmpty();
  }

  /** As Compose gives its secrets. */
  @Test
  void aPasswordIsReadFromTheFileThatTheContainerSees() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    docker.files.put("shop-db:/run/secrets/db", "in a file\n");
    docker.containers.add(
        FakeDocker.postgres("shop-db", Map.of("POSTGRES_PASSWORD_FILE", "/run/secrets/db")));
    var table = host();
    table.create(probe("one", CONTAINER), "shop");
    begin(table);
    untilEnded(table, "one");
    assertThat(worker.text("seen-one-ProbeStore/source/password")).isEqualTo("in a file");

    docker.files.clear();
    table.create(probe("two", CONTAINER), "shop");
    begin(table);
    assertThat(view(table, "two").failure().orElseThrow().message())
        .contains("/run/secrets/db")
        .contains("passwordSecretRef");
  }

  @Test
  void aVolumeIsMadeBeforeTheWorkerThatFillsIt() throws IOException {
    worker.reports("ProbeStore", "SUCCEEDED");
    var table = host();
    table.create(intoNewVolume("one", "/docker/volumes/copy/_data"), "shop");
    assertThat(docker.made).isEmpty();
    begin(table);
    untilEnded(table, "one");
    assertThat(docker.made).containsExactly("copy");

    table.create(intoNewVolume("two", "/elsewhere/copy/_data"), "shop");
    begin(table);
    assertThat(view(table, "two").failure().orElseThrow().reason())
        .isEqualTo(Reason.TARGET_UNUSABLE);
    assertThat(worker.starts()).hasSize(1);
  }

  /** Admits, and looks until each that was admitted has a worker or is over. */
  private int begin(RunTable table) {
    var admitted = table.admit(LIMITS);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              var begun = table.views().stream().allMatch(this::isBegun);
              if (!begun) {
                table.look();
              }
              return begun;
            });
    return admitted;
  }

  private boolean isBegun(RunView view) {
    return view.state() != RunView.State.RUNNING
        || Files.exists(state.runs().resolve(view.labels().name()).resolve("claim-0"));
  }

  private static Launch intoNewVolume(String name, String folder) {
    var launch = probe(name);
    return new Launch(
        launch.labels(),
        launch.tasks(),
        launch.memory(),
        new Footing(
            List.of(Footing.Mount.in(folder, "copy", Footing.Access.WRITE)),
            new Footing.Identity.Salvor(),
            null,
            List.of(),
            Footing.ClaimToMake.ofDocker("copy"),
            List.of()),
        null);
  }

  private RunTable host() {
    var table =
        new RunTable(
            state,
            worker.command(),
            CredentialsPlace.among("test-host", List.of(memory)),
            docker,
            () -> {},
            Clock.systemUTC());
    table.secrets(SECRETS);
    return table;
  }

  private static void untilEnded(RunTable table, String run) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              table.look();
              return view(table, run).hasEnded();
            });
  }

  private static RunView view(RunTable table, String run) {
    return table.views().stream()
        .filter(view -> view.labels().name().equals(run))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isAlive(long pid) {
    try {
      var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private static void assertNoSecretBelow(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("correct horse")
            .doesNotContain("not for you");
      }
    }
  }

  private static Launch probe(String name, CredentialSource... more) {
    return new Launch(
        labels(name, Purpose.PROBE, null), List.of(new Task.ProbeStore(header(name, more), STORE)));
  }

  private static Launch verification(String name) {
    var point = new PointReference("20261122t180000z-abcdef", null);
    var repository =
        new RepositoryTarget(STORE, "shop/db", new Owner("cluster", "shop", "db"), null, List.of());
    return new Launch(
        labels(name, Purpose.VERIFY, "shop/offsite:shop/db"),
        List.of(
            new Task.Fetch(header(name), repository, point),
            new Task.Compare(
                new Header(name, 1, Instant.EPOCH, 60, List.of()),
                point,
                new Task.Initdb(),
                List.of(),
                "none",
                IsolationMode.PREFERRED)));
  }

  private static final StoreTarget STORE =
      new StoreTarget(
          "offsite", new StoreTarget.Directory("/nowhere"), Initialize.NEVER, null, null);

  private static Header header(String name, CredentialSource... more) {
    return new Header(
        name,
        1,
        Instant.parse("2026-11-22T18:00:00Z"),
        60,
        Stream.concat(
                Stream.of(
                    new CredentialSource.Secret(Credential.STORE_PASSWORD, "key", "password"),
                    new CredentialSource.Secret(Credential.STORE_S3, "not-there", null)),
                Stream.of(more))
            .toList());
  }

  private static RunLabels labels(String name, Purpose purpose, @Nullable String repository) {
    return new RunLabels(
        name,
        purpose,
        "shop/offsite",
        repository,
        "policy-uid",
        null,
        null,
        Instant.parse("2026-11-22T18:00:00Z"),
        1);
  }

  private static SecretValue written(String text) {
    return new SecretValue.Written(text.getBytes(StandardCharsets.UTF_8));
  }
}
