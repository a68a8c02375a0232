package dev.salvor.local.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.StillnessMode;
import dev.salvor.local.docker.DockerSocket;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ContainerHold.Work;
import dev.salvor.plan.HeldContainer;
import dev.salvor.plan.HeldContainer.Stand;
import dev.salvor.task.HoldAnswer;
import dev.salvor.task.HoldFiles;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.NeedsRoot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Containers of a real Docker that are held, for a worker that only keeps to the contract. */
@NeedsRoot
class HoldsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  @TempDir private static Path folder;
  private static DockerDaemon daemon;
  private static DockerSocket docker;

  @TempDir private Path temporary;
  private HoldRecords records;
  private Holds holds;
  private HoldFiles files;

  /** One of its own for each test. */
  private String volume;

  @BeforeAll
  static void start() {
    daemon = DockerDaemon.start(folder);
    docker = DockerSocket.of(Map.of("DOCKER_HOST", daemon.address()));
  }

  @AfterAll
  static void stop() {
    daemon.close();
  }

  @BeforeEach
  void open() throws IOException {
    volume = "data-" + NUMBER.incrementAndGet();
    daemon.volume(volume);
    records = new HoldRecords(temporary.resolve("held"));
    holds = new Holds(records, docker, () -> {}, Clock.systemUTC());
    files = new HoldFiles(Files.createDirectory(temporary.resolve("run")));
  }

  /** Nothing of a test goes on in the next one. */
  @AfterEach
  void close() {
    holds.end("run");
    await().atMost(PATIENCE).until(() -> records.all().isEmpty());
  }

  private ContainerHold wish(StillnessMode mode) {
    return wish(mode, Work.READ, 600L);
  }

  private ContainerHold wish(StillnessMode mode, Work work, @Nullable Long limit) {
    return new ContainerHold(List.of(volume), mode, Map.of(), work, limit);
  }

  /** It ends at once: pid 1 of the box takes no notice of SIGTERM. */
  private String container(String service, String... options) {
    var name = volume + "-" + service;
    daemon.container(
        name,
        Stream.concat(
                Stream.of("--stop-signal=SIGKILL", "--volume=" + volume + ":/data"),
                Stream.of(options))
            .toArray(String[]::new));
    return name;
  }

  private static String[] service(String service, String dependsOn) {
    return new String[] {
      "--label=com.docker.compose.project=stack",
      "--label=com.docker.compose.service=" + service,
      "--label=com.docker.compose.depends_on=" + dependsOn
    };
  }

  private static String inspect(String name, String what) {
    return daemon.docker("inspect", "--format", "{{." + what + "}}", name);
  }

  private static String state(String name) {
    return inspect(name, "State.Status");
  }

  private static Instant time(String name, String what) {
    return Instant.parse(inspect(name, "State." + what));
  }

  private static void untilRuns(String name) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(state(name)).isEqualTo("running"));
  }

  private void untilNothingIsHeld() {
    await().atMost(PATIENCE).until(() -> records.all().isEmpty());
  }

  private static HoldAnswer ask(Path question, Path answer) throws IOException {
    Files.createFile(question);
    return answer(answer);
  }

  private static HoldAnswer answer(Path answer) throws IOException {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> Files.exists(answer));
    return Json.mapper().readValue(Files.readString(answer), HoldAnswer.class);
  }

  private HoldAnswer begin(ContainerHold wish) throws IOException {
    holds.watch("run", wish, files);
    return ask(files.wanted(), files.held());
  }

  private HoldAnswer over() throws IOException {
    return ask(files.over(), files.confirmed());
  }

  private static Failure failure(HoldAnswer answer) {
    return Objects.requireNonNull(answer.failure());
  }

  private static String notHeld(HoldAnswer answer) {
    assertThat(failure(answer).reason()).isEqualTo(Reason.CONTAINERS_NOT_HELD);
    return failure(answer).message();
  }

  @Test
  void aStackIsStoppedAndStartedInItsOrder() throws IOException {
    var db = container("db", service("db", ""));
    var web = container("web", service("web", "db:service_started:false"));
    var stopped = container("stopped");
    daemon.docker("kill", stopped);
    var beside = volume + "-beside";
    daemon.container(beside);

    holds.watch("run", wish(StillnessMode.STOP), files);
    assertThat(state(db)).as("nobody asked yet").isEqualTo("running");
    assertThat(ask(files.wanted(), files.held())).isEqualTo(HoldAnswer.YES);
    assertThat(List.of(state(db), state(web))).containsOnly("exited");
    assertThat(state(beside)).isEqualTo("running");
    assertThat(records.all().getFirst().names()).isEqualTo(web + ", " + db);

    assertThat(over()).isEqualTo(HoldAnswer.YES);
    untilNothingIsHeld();
    assertThat(List.of(state(db), state(web))).containsOnly("running");
    assertThat(state(stopped)).as("a person did").isEqualTo("exited");
    assertThat(time(web, "FinishedAt")).isBefore(time(db, "FinishedAt"));
    assertThat(time(web, "StartedAt")).isAfter(time(db, "StartedAt"));
    assertThat(holds.anyLeft()).isFalse();
  }

  /** Nothing of it is lost by that, not even one that goes when it ends. */
  @Test
  void aPausedContainerGoesOnWhereItWas() throws IOException {
    var web = container("web", "--rm");
    var started = time(web, "StartedAt");

    assertThat(begin(wish(StillnessMode.PAUSE))).isEqualTo(HoldAnswer.YES);
    assertThat(state(web)).isEqualTo("paused");
    assertThat(over()).isEqualTo(HoldAnswer.YES);
    untilRuns(web);
    assertThat(time(web, "StartedAt")).isEqualTo(started);
  }

  @Test
  void whatWouldBeRemovedWithItsVolumesIsNeverStopped() throws IOException {
    var kept = container("kept");
    var removed = container("removed", "--rm", "--volume=/unnamed");

    var failure = failure(begin(wish(StillnessMode.STOP)));

    assertThat(failure.reason()).isEqualTo(Reason.CONTAINER_NOT_STOPPABLE);
    assertThat(failure.message()).contains(removed).contains("--rm");
    assertThat(List.of(state(kept), state(removed))).containsOnly("running");
    assertThat(records.all()).isEmpty();
  }

  @Test
  void nobodyIsDownForLongerThanAllowed() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP, Work.READ, 2L))).isEqualTo(HoldAnswer.YES);

    assertThat(notHeld(answer(files.confirmed()))).contains("maxDowntime").contains(web);
    untilRuns(web);
  }

  static Stream<Arguments> meddling() {
    return Stream.of(
        Arguments.of("start VOLUME-web", "VOLUME-web"),
        Arguments.of(
            "run --detach --name=VOLUME-late --volume=VOLUME:/x box /bin/busybox sleep 99",
            "VOLUME-late"));
  }

  /** A point that says that all held still must not be made. */
  @ParameterizedTest
  @MethodSource("meddling")
  void whoeverRunsMeanwhileFailsABackup(String words, String named) throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP))).isEqualTo(HoldAnswer.YES);

    daemon.docker(words.replace("VOLUME", volume).split(" ", -1));

    assertThat(notHeld(answer(files.confirmed()))).contains(named.replace("VOLUME", volume));
    untilRuns(web);
  }

  /** Perhaps between two looks. */
  @Test
  void whoeverRanForAMomentFailsABackup() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP))).isEqualTo(HoldAnswer.YES);
    daemon.docker("start", web);
    daemon.docker("kill", web);

    notHeld(Files.exists(files.confirmed()) ? answer(files.confirmed()) : over());
    untilNothingIsHeld();
  }

  /** Half a restore is worse. */
  @Test
  void aRestoreGoesOnAndSaysWhoWasThere() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP, Work.WRITE, null))).isEqualTo(HoldAnswer.YES);
    daemon.docker("start", web);

    var answer = over();

    assertThat(answer.failure()).isNull();
    assertThat(answer.warning()).contains(web).contains("ContainersNotHeld");
  }

  /** Between the look of whoever planned it and the first byte. */
  @Test
  void aRestoreToAVolumeThatIsUsedByNowTouchesNothing() throws IOException {
    var web = container("web");

    var unused = new ContainerHold(List.of(volume), null, Map.of(), Work.WRITE, null);
    assertThat(notHeld(begin(unused))).contains(web);
    assertThat(state(web)).isEqualTo("running");
  }

  @Test
  void whatIsRemovedMeanwhileIsFine() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP))).isEqualTo(HoldAnswer.YES);
    daemon.docker("rm", web);

    assertThat(over()).isEqualTo(HoldAnswer.YES);
  }

  /** As by {@code docker compose up --force-recreate}: it is another, and nobody's to stop. */
  @Test
  void whatIsMadeAnewMeanwhileFailsABackupAndIsLeftAlone() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP))).isEqualTo(HoldAnswer.YES);
    daemon.docker("rm", web);
    container("web");
    var started = time(web, "StartedAt");

    assertThat(notHeld(answer(files.confirmed()))).contains(web);
    untilNothingIsHeld();
    assertThat(state(web)).isEqualTo("running");
    assertThat(time(web, "StartedAt")).isEqualTo(started);
  }

  /** Its name is for people alone. */
  @Test
  void whatIsRenamedMeanwhileRunsAgain() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP))).isEqualTo(HoldAnswer.YES);
    daemon.docker("rename", web, web + "-now");

    assertThat(over()).isEqualTo(HoldAnswer.YES);
    untilRuns(web + "-now");
  }

  /** By somebody, as by a lack of memory: what it was is not known, and it was to run. */
  @Test
  void whatIsKilledWhileItIsPausedIsStarted() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.PAUSE))).isEqualTo(HoldAnswer.YES);
    daemon.docker("kill", web);

    var _ = Files.exists(files.confirmed()) ? answer(files.confirmed()) : over();
    untilRuns(web);
  }

  @Test
  void twoRunsHoldOneContainerAfterEachOther() throws IOException {
    var web = container("web");
    assertThat(begin(wish(StillnessMode.STOP))).isEqualTo(HoldAnswer.YES);
    var started = time(web, "StartedAt");
    var second = new HoldFiles(Files.createDirectory(temporary.resolve("second")));
    holds.watch("second", wish(StillnessMode.PAUSE), second);
    Files.createFile(second.wanted());

    assertThat(over()).isEqualTo(HoldAnswer.YES);
    assertThat(answer(second.held())).isEqualTo(HoldAnswer.YES);
    assertThat(state(web)).isEqualTo("paused");
    assertThat(time(web, "StartedAt")).as("it ran in between").isAfter(started);
    assertThat(records.all()).extracting(HoldRecord::run).containsExactly("second");
    holds.end("second");
    untilRuns(web);
  }

  /** What a host leaves that is killed; the container is as it got to be by then. */
  static Stream<Arguments> kills() {
    return Stream.of(
        Arguments.of(StillnessMode.STOP, HoldRecord.Stage.TAKING, "stop"),
        Arguments.of(StillnessMode.STOP, HoldRecord.Stage.HELD, "stop"),
        Arguments.of(StillnessMode.PAUSE, HoldRecord.Stage.TAKING, "pause"),
        Arguments.of(StillnessMode.PAUSE, HoldRecord.Stage.HELD, "pause"));
  }

  @ParameterizedTest
  @MethodSource("kills")
  void theNextHostTakesBackWhatIsHeldForNobody(
      StillnessMode mode, HoldRecord.Stage stage, String how) {
    var web = container("web");
    daemon.docker(how, web);
    record(mode, stage, web);

    holds.takeBackAllOthers();

    untilRuns(web);
    untilNothingIsHeld();
  }

  /** Its worker asked, was not answered, and must not read beside whoever runs again. */
  @Test
  void theNextHostAnswersForOneThatWasKilledWhileItStopped() throws IOException {
    var web = container("web");
    daemon.docker("stop", web);
    record(StillnessMode.STOP, HoldRecord.Stage.TAKING, web);
    Files.createFile(files.wanted());

    holds.watch("run", wish(StillnessMode.STOP), files);

    assertThat(failure(answer(files.held())).reason()).isEqualTo(Reason.INTERRUPTED);
    untilRuns(web);
  }

  /** It was asked to end by a host that was killed, and ends when the next one has looked. */
  @Test
  void theNextHostWaitsForAStopThatIsUnderWay() {
    var web = container("web");
    record(StillnessMode.STOP, HoldRecord.Stage.TAKING, web);
    var started = time(web, "StartedAt");

    holds.takeBackAllOthers();
    daemon.docker("stop", web);

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(time(web, "StartedAt")).isAfter(started));
    untilNothingIsHeld();
    assertThat(state(web)).isEqualTo("running");
  }

  /** Nobody ran meanwhile, which the lives of the containers say. */
  @Test
  void theNextHostGoesOnWhereTheWorkerStillReads() throws IOException {
    var web = container("web");
    daemon.docker("stop", web);
    record(StillnessMode.STOP, HoldRecord.Stage.HELD, web);
    Files.createFile(files.wanted());
    Files.writeString(files.held(), Json.mapper().writeValueAsString(HoldAnswer.YES));

    holds.watch("run", wish(StillnessMode.STOP), files);
    assertThat(over()).isEqualTo(HoldAnswer.YES);
    untilRuns(web);
  }

  /** Docker ends what it finds paused, and takes both for stopped by hand. */
  @ParameterizedTest
  @EnumSource(names = {"STOP", "PAUSE"})
  void allRunsAgainAfterACrashOfDocker(StillnessMode mode) throws IOException {
    var web = container("web", "--restart=unless-stopped");
    assertThat(begin(wish(mode))).isEqualTo(HoldAnswer.YES);

    daemon.crash();
    if (mode == StillnessMode.STOP) {
      assertThat(state(web)).isEqualTo("exited");
    }

    holds.end("run");
    untilRuns(web);
    untilNothingIsHeld();
  }

  @Test
  void aContainerThatCannotBeStartedIsNamedAndTriedAgain() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var web = container("web", "--publish=127.0.0.1:" + port + ":80");
    assertThat(begin(wish(StillnessMode.STOP))).isEqualTo(HoldAnswer.YES);
    try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(taken.isBound()).isTrue();
      assertThat(over()).isEqualTo(HoldAnswer.YES);
      var named = Integer.toString(port);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(holds.problems().getFirst()).contains(web, named));
    }
    untilRuns(web);
  }

  private void record(StillnessMode mode, HoldRecord.Stage stage, String name) {
    var id = inspect(name, "Id");
    var held = stage == HoldRecord.Stage.HELD;
    records.write(
        new HoldRecord(
            "run",
            wish(mode),
            docker.consumers(wish(mode)).daemon(),
            Instant.now(),
            stage,
            List.of(List.of(new HeldContainer(id, name, 120, held ? Stand.HELD : Stand.ASKED))),
            held
                ? Map.of(
                    id, inspect(name, "State.StartedAt") + " " + inspect(name, "State.FinishedAt"))
                : Map.of(),
            null));
  }
}
