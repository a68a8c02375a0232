package dev.salvor.local.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Failure;
import dev.salvor.api.Initialize;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Reason;
import dev.salvor.local.state.StateFolder;
import dev.salvor.plan.Admission;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.Footing;
import dev.salvor.plan.Launch;
import dev.salvor.plan.ProofServer;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.Retries;
import dev.salvor.plan.RunLabels;
import dev.salvor.plan.RunView;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.Header;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.JumpingClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers of proofs beside the runs that they belong to, however hosts and Docker end. */
class SandboxesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Admission.Limits LIMITS = new Admission.Limits(2, 2, 2, Duration.ofHours(1));
  private static final ProofServer SHOP =
      new ProofServer(
          new CredentialSource.Container(
              Credential.SOURCE, "shop-db", null, CredentialSource.Login.GIVEN));

  @TempDir private Path temporary;
  private StateFolder state;
  private FakeWorker worker;
  private final FakeDocker docker = new FakeDocker();
  private final JumpingClock clock = new JumpingClock();

  @BeforeEach
  void open() throws IOException {
    state = StateFolder.host(temporary.resolve("state"));
    worker = new FakeWorker(Files.createDirectory(temporary.resolve("worker")));
    worker.reports("Fetch", "SUCCEEDED");
    docker.containers.add(FakeDocker.postgres("shop-db", "s3cret"));
  }

  @AfterEach
  void close() throws IOException {
    worker.unset("hold-Compare");
    state.close();
  }

  @Test
  void aProofIsGivenAContainerOfTheSourcesImage() throws IOException {
    compared("Verified");
    var table = host();
    prove(table, Retries.Memory.DOUBLED);
    untilEnded(table);

    var made = docker.started.getFirst();
    assertThat(docker.started).hasSize(1);
    assertThat(made.image()).isEqualTo(FakeDocker.IMAGE);
    assertThat(made.memoryBytes()).isEqualTo(2L << 30);
    var compare = (Task.Compare) TaskJson.read(worker.text("task-Compare"));
    assertThat(compare.server())
        .isEqualTo(new Task.Given(state.runs().resolve("one/sandbox/socket").toString(), null));
    assertThat(docker.running).isEmpty();
    assertThat(view(table).result(TaskResult.Compared.class)).isPresent();
    assertThat(state.runs().resolve("one/sandbox")).doesNotExist();
  }

  @Test
  void whereNoContainerIsNamedDockerIsNotAsked() throws IOException {
    compared("Verified");
    docker.silent = "There is none.";
    var table = host();
    table.create(launch(null, Retries.Memory.AS_SPECIFIED), "shop");
    table.admit(LIMITS);
    untilEnded(table);

    var compare = (Task.Compare) TaskJson.read(worker.text("task-Compare"));
    assertThat(compare.server()).isEqualTo(new Task.Initdb());
    assertThat(view(table).result(TaskResult.Compared.class)).isPresent();
  }

  /** As where Salvor runs in a container too, and its state folder is a mount. */
  @Test
  void dockerIsToldWhereItsMachineHasTheFolder() throws IOException {
    compared("Verified");
    docker.root = "/srv/salvor";
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilEnded(table);

    assertThat(docker.started.getFirst().mounts())
        .allSatisfy(mount -> assertThat(mount.source()).startsWith("/srv/salvor" + state.runs()));
    var compare = (Task.Compare) TaskJson.read(worker.text("task-Compare"));
    assertThat(compare.server())
        .as("who asks it is in no other container")
        .isEqualTo(new Task.Given(state.runs().resolve("one/sandbox/socket").toString(), null));
  }

  /** There was no container that could have been gone. */
  @ParameterizedTest
  @ValueSource(strings = {"another machine's", "a container's own folder"})
  void theWorkersOwnServerMayRefute(String where) throws IOException {
    compared("Refuted");
    if (where.equals("another machine's")) {
      docker.daemon = Daemon.APART;
    } else {
      docker.root = null;
    }
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilEnded(table);

    assertThat(docker.started).isEmpty();
    assertThat(view(table).result(TaskResult.Compared.class)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"silent", "refusal", "image", "container"})
  void whereNoneCanBeMadeNoServerIsGiven(String missing) throws IOException {
    var reason = missing.equals("image") ? Reason.CONTAINER_UNUSABLE : Reason.SANDBOX_FAILED;
    worker.reports("Compare", "FAILED");
    switch (missing) {
      case "silent" -> docker.silent = "There is no Docker.";
      case "refusal" -> docker.refusal = "There is no /bin/sh.";
      case "image" -> docker.image = null;
      default -> docker.containers.clear();
    }
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilEnded(table);

    assertThat(docker.running).isEmpty();
    if (missing.equals("refusal")) {
      assertThat(view(table).failure().orElseThrow().reason()).isEqualTo(reason);
      assertThat(worker.text("task-Compare")).isEmpty();
    } else {
      var server = ((Task.Compare) TaskJson.read(worker.text("task-Compare"))).server();
      assertThat(server)
          .isInstanceOfSatisfying(
              Task.NoServer.class,
              none -> assertThat(none.why()).extracting(Failure::reason).isEqualTo(reason));
    }
  }

  /** One that Docker cannot remove is a matter of its own. */
  @Test
  void whatCannotBeRemovedHindersNoOtherProof() throws IOException {
    compared("Verified");
    docker.stuck = "Device or resource busy.";
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilEnded(table);

    assertThat(view(table).result(TaskResult.Compared.class)).isPresent();
  }

  /** Whatever the worker thinks of a copy whose server was ended under it. */
  @Test
  void aServerThatWasEndedRefutesNothing() throws IOException {
    compared("Refuted");
    worker.set("hold-Compare");
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilComparing(table);
    docker.running.replaceAll((labels, end) -> new SandboxEnd.OutOfMemory(1L << 30));
    worker.unset("hold-Compare");
    untilEnded(table);

    assertThat(view(table).result(TaskResult.Compared.class)).isEmpty();
    assertThat(view(table).failure().orElseThrow().reason()).isEqualTo(Reason.OUT_OF_MEMORY);
    assertThat(view(host()).result(TaskResult.Compared.class)).isEmpty();
  }

  /** Files of a container that may still be there are nothing that root deletes. */
  @ParameterizedTest
  @ValueSource(strings = {"this host", "the next host"})
  void whatAContainerMayWriteToStaysUntilItIsSeenToBeGone(String who) throws IOException {
    compared("Verified");
    worker.set("hold-Compare");
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilComparing(table);
    docker.silent = "It hangs.";
    worker.unset("hold-Compare");
    untilEnded(table);

    assertThat(view(table).result(TaskResult.Compared.class)).as("it is equal").isPresent();
    table.remove("one");
    assertThat(state.runs().resolve("one/sandbox/data")).isDirectory();

    docker.silent = null;
    docker.waiting.drainPermits();
    table.look();
    table.remove("one");
    assertThat(docker.waiting.availablePermits()).as("asked once a minute").isZero();
    assertThat(docker.running).hasSize(1);
    if (who.equals("the next host")) {
      table = host();
    } else {
      clock.jump(Duration.ofSeconds(61));
      // Whatever else is due or not.
      untilReleased(table);
    }
    assertThat(docker.running).isEmpty();
    assertThat(state.runs().resolve("one/sandbox")).doesNotExist();
    table.remove("one");
    assertThat(state.runs()).isEmptyDirectory();
  }

  /** As where DOCKER_HOST was changed meanwhile: it knows of no such container, and is right. */
  @ParameterizedTest
  @ValueSource(strings = {"this host", "the next host"})
  void anotherDockerIsNotBelieved(String who) throws IOException {
    compared("Refuted");
    worker.set("hold-Compare");
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilComparing(table);
    docker.id = "another";
    if (who.equals("the next host")) {
      table = host();
    }
    worker.unset("hold-Compare");
    untilEnded(table);

    assertThat(view(table).failure().orElseThrow().message()).contains("another Docker");
    table.remove("one");
    assertThat(state.runs().resolve("one/sandbox/data")).isDirectory();

    docker.id = "this";
    clock.jump(Duration.ofSeconds(61));
    untilReleased(table);
    assertThat(docker.running).isEmpty();
    table.remove("one");
    assertThat(state.runs()).isEmptyDirectory();
  }

  /** Each is where a host was killed: what a run is doing is told by its files alone. */
  @ParameterizedTest
  @ValueSource(strings = {"marked", "made", "claimed", "working", "reported", "ended"})
  void theNextHostRemovesWhatOneLeftThatWasKilled(String step) throws IOException {
    compared("Unproven");
    worker.set("hold-Compare");
    var before = host();
    prove(before, Retries.Memory.AS_SPECIFIED);
    untilComparing(before);
    var run = state.runs().resolve("one");
    var labels = docker.running.keySet().iterator().next();
    docker.running.put(Map.of(SandboxContainer.STATE, "another", SandboxContainer.RUN, "one"), RAN);
    switch (step) {
      case "marked" -> docker.running.remove(labels);
      case "made", "claimed", "reported", "ended" -> {
        // Left as it is.
      }
      default -> assertThat(step).isEqualTo("working");
    }
    if (step.equals("working")) {
      var after = host();
      assertThat(docker.running).as("its worker lives").hasSize(2);
      worker.unset("hold-Compare");
      untilEnded(after);
    } else {
      ProcessIdentity.read(run.resolve("claim-1")).orElseThrow().kill();
      await().atMost(PATIENCE).until(() -> !isAlive(run.resolve("claim-1")));
      if (step.equals("marked") || step.equals("made")) {
        Files.delete(run.resolve("claim-1"));
      }
      if (step.equals("reported")) {
        Files.copy(worker.path("report-Compare"), run.resolve("report-1.json"));
      }
      if (step.equals("ended")) {
        Files.writeString(run.resolve("ended.json"), "{\"ended\": \"2026-11-22T18:00:00Z\"}");
      }
      untilEnded(host());
    }

    assertThat(docker.running)
        .as("but for another state folder's")
        .containsOnlyKeys(Map.of(SandboxContainer.STATE, "another", SandboxContainer.RUN, "one"));
    assertThat(run.resolve("sandbox")).doesNotExist();
    assertThat(docker.started).hasSize(1);
  }

  /** Between the removal and the run's last file: how the container was found is not known. */
  @ParameterizedTest
  @ValueSource(strings = {"Refuted", "Verified"})
  void whatAKilledHostDidNotWriteDownRefutesNothing(String outcome) throws IOException {
    worker.set("hold-Compare");
    var before = host();
    prove(before, Retries.Memory.AS_SPECIFIED);
    untilComparing(before);
    var run = state.runs().resolve("one");
    ProcessIdentity.read(run.resolve("claim-1")).orElseThrow().kill();
    await().atMost(PATIENCE).until(() -> !isAlive(run.resolve("claim-1")));
    docker.running.clear();
    compared(outcome);
    Files.copy(worker.path("report-Compare"), run.resolve("report-1.json"));

    var after = host();
    untilEnded(after);
    assertThat(view(after).result(TaskResult.Compared.class).isPresent())
        .isEqualTo(outcome.equals("Verified"));
  }

  private static final SandboxEnd RAN = new SandboxEnd.Ran();

  /** One that a daemon made after it was given up. */
  @Test
  void whatNoRunHasIsRemovedBeforeTheNextIsMade() throws IOException {
    compared("Verified");
    docker.running.put(
        Map.of(SandboxContainer.STATE, state.clusterId(), SandboxContainer.RUN, "long-ago"), RAN);
    var table = host();
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilEnded(table);

    assertThat(docker.running).isEmpty();
  }

  /** One thread looks after all runs: it waits for none of Docker's. */
  @Test
  void aDockerThatTakesItsTimeHoldsNobodyElse() throws Exception {
    compared("Verified");
    var table = host();
    docker.gate = new CountDownLatch(1);
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilAtTheGate(table);
    assertThat(worker.text("task-Compare")).as("a container is being made").isEmpty();
    table.create(launch("two", null), "shop");
    table.admit(LIMITS);
    untilEnded(table, "two");
    assertThat(table.views().getFirst().state()).isEqualTo(RunView.State.RUNNING);
    assertThat(table.anyRunning()).as("so that no host leaves it").isTrue();

    worker.set("hold-Compare");
    docker.gate.countDown();
    untilComparing(table);
    docker.gate = new CountDownLatch(1);
    worker.unset("hold-Compare");
    untilAtTheGate(table);
    assertThat(docker.running).as("it is being removed").hasSize(1);
    table.create(launch("three", null), "shop");
    table.admit(LIMITS);
    untilEnded(table, "three");
    table.remove("one");
    assertThat(table.anyRunning()).isTrue();

    docker.gate.countDown();
    untilEnded(table);
    assertThat(view(table).result(TaskResult.Compared.class)).isPresent();
    assertThat(docker.running).isEmpty();
  }

  /** While its container is being made; that is taken away, and no worker sees it. */
  @Test
  void aHostThatStopsBeginsNoWorkerAnyMore() throws Exception {
    compared("Verified");
    var table = host();
    docker.gate = new CountDownLatch(1);
    prove(table, Retries.Memory.AS_SPECIFIED);
    untilAtTheGate(table);

    table.terminate();
    docker.gate.countDown();
    untilEnded(table);

    assertThat(worker.text("task-Compare")).isEmpty();
    assertThat(view(table).failure().orElseThrow().reason()).isEqualTo(Reason.INTERRUPTED);
    assertThat(docker.running).isEmpty();
    assertThat(table.anyRunning()).isFalse();
  }

  private void untilAtTheGate(RunTable table) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              table.look();
              return docker.waiting.tryAcquire();
            });
  }

  private void untilReleased(RunTable table) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              table.look();
              return !Files.exists(state.runs().resolve("one/sandbox"));
            });
  }

  private void compared(String outcome) throws IOException {
    Files.writeString(
        worker.path("report-Compare"),
        """
        {"run": "one", "outcome": "SUCCEEDED", "started": "2026-11-22T18:00:00Z",
         "finished": "2026-11-22T18:00:01Z",
         "result": {"kind": "Compared", "outcome": "%s", "message": "so it is", "coverage": "all",
                    "checksHash": "none", "proofSeconds": 1}}
        """
            .formatted(outcome));
  }

  private void prove(RunTable table, Retries.Memory memory) {
    table.create(launch(SHOP, memory), "shop");
    table.admit(LIMITS);
  }

  private void untilComparing(RunTable table) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              table.look();
              return !worker.text("task-Compare").isEmpty();
            });
  }

  private RunTable host() {
    return new RunTable(
        state,
        worker.command(),
        CredentialsPlace.among("test-host", List.of()),
        docker,
        () -> {},
        clock);
  }

  private static Launch launch(@Nullable ProofServer server, Retries.Memory memory) {
    return launch("one", server, memory);
  }

  private static Launch launch(String name, @Nullable ProofServer server) {
    return launch(name, server, Retries.Memory.AS_SPECIFIED);
  }

  private static Launch launch(String name, @Nullable ProofServer server, Retries.Memory memory) {
    var store =
        new StoreTarget(
            "offsite", new StoreTarget.Directory("/nowhere"), Initialize.NEVER, null, null);
    var header = new Header(name, 1, Instant.EPOCH, 60, List.of());
    var point = new PointReference("20261122t180000z-abcdef", null);
    return new Launch(
        new RunLabels(
            name, Purpose.VERIFY, "shop/offsite", "shop/db", null, null, null, Instant.EPOCH, 1),
        List.of(
            new Task.Fetch(
                header,
                new RepositoryTarget(
                    store, "shop/db", new Owner("cluster", "shop", "db"), null, List.of()),
                point),
            new Task.Compare(
                header, point, new Task.Initdb(), List.of(), "none", IsolationMode.AUTO)),
        memory,
        Footing.PLAIN,
        server);
  }

  private static void untilEnded(RunTable table) {
    untilEnded(table, "one");
  }

  private static void untilEnded(RunTable table, String run) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              table.look();
              return table.views().stream()
                  .filter(view -> view.labels().name().equals(run))
                  .allMatch(RunView::hasEnded);
            });
  }

  private static RunView view(RunTable table) {
    return table.views().getFirst();
  }

  private static boolean isAlive(Path claim) {
    return ProcessIdentity.read(claim).orElseThrow().isAlive();
  }
}
