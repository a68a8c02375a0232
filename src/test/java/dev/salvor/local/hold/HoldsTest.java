package dev.salvor.local.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Json;
import dev.salvor.api.StillnessMode;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.local.state.DurableFile;
import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ContainerHold.Work;
import dev.salvor.plan.DockerConsumers.State;
import dev.salvor.plan.HeldContainer;
import dev.salvor.plan.HeldContainer.Stand;
import dev.salvor.task.HoldAnswer;
import dev.salvor.task.HoldFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong around containers that are held, with a Docker and a disk that fail. */
class HoldsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path temporary;
  private final ScriptedDocker docker =
      new ScriptedDocker().with("db", State.RUNNING, "").with("web", State.RUNNING, "db:x:y");
  private HoldRecords records;
  private Holds holds;
  private HoldFiles files;

  @BeforeEach
  void open() throws IOException {
    records = new HoldRecords(temporary.resolve("held"));
    files = new HoldFiles(Files.createDirectory(temporary.resolve("run")));
    holds = host();
  }

  @AfterEach
  void close() {
    docker.silent = null;
    docker.before = command -> {};
    holds.end("run");
    holds.awaitAll();
  }

  private Holds host() {
    // Whoever was asked and did not answer is waited for for minutes: a hundred times faster here.
    return new Holds(records, docker, () -> {}, Clock.systemUTC(), () -> System.nanoTime() * 100);
  }

  private static ContainerHold wish(Work work, @Nullable Long limit) {
    return new ContainerHold(List.of("data"), StillnessMode.STOP, Map.of(), work, limit);
  }

  private static ContainerHold wish() {
    return wish(Work.READ, 600L);
  }

  private static HoldAnswer answer(Path file) throws IOException {
    await().atMost(PATIENCE).until(() -> Files.exists(file));
    return Json.mapper().readValue(Files.readString(file), HoldAnswer.class);
  }

  private HoldAnswer begin(ContainerHold wish) throws IOException {
    holds.watch("run", wish, files);
    Files.createFile(files.wanted());
    return answer(files.held());
  }

  private HoldAnswer over() throws IOException {
    Files.createFile(files.over());
    return answer(files.confirmed());
  }

  private void untilAllRun() {
    await()
        .atMost(PATIENCE)
        .until(() -> docker.state("db") == State.RUNNING && docker.state("web") == State.RUNNING);
  }

  private void untilNothingIsHeld() {
    await().atMost(PATIENCE).until(() -> records.all().isEmpty());
  }

  private HoldRecord held(Stand stand) {
    return new HoldRecord(
        "run",
        wish(),
        "daemon",
        Instant.now(),
        stand == Stand.HELD ? HoldRecord.Stage.HELD : HoldRecord.Stage.TAKING,
        List.of(
            List.of(new HeldContainer("web", "web", 120, stand)),
            List.of(new HeldContainer("db", "db", 120, stand))),
        Map.of("web", docker.life("web"), "db", docker.life("db")),
        null);
  }

  /** As on a full disk: neither that all hold can be said, nor that they do not. */
  @Test
  void allRunsAgainWhenNothingCanBeAnswered() throws IOException {
    docker.before =
        command -> {
          if (command.equals("stop db")) {
            DurableFile.deleteFolder(files.folder());
          }
        };
    holds.watch("run", wish(), files);
    Files.createFile(files.wanted());

    await().atMost(PATIENCE).until(() -> !Files.exists(files.folder()));
    untilAllRun();
    untilNothingIsHeld();
  }

  @Test
  void allRunsAgainAfterAnErrorOfTheMachine() throws IOException {
    docker.before =
        command -> {
          if (command.equals("stop db")) {
            throw new OutOfMemoryError("unable to create native thread");
          }
        };

    assertThat(Objects.requireNonNull(begin(wish()).failure()).message()).contains("native");
    untilAllRun();
  }

  /** What Docker notes of a start that failed is another life, also for the next host. */
  @Test
  void aStartIsNotedBeforeItIsSent() {
    docker.make("db", State.DOWN);
    docker.make("web", State.DOWN);
    records.write(held(Stand.HELD));
    docker.before =
        command -> {
          docker.make("db", State.RUNNING);
          docker.make("db", State.DOWN);
          docker.silent = "it crashed";
          throw new DockerUnreachable("it crashed");
        };

    var first = new TakingBack(holds, records.all().getFirst(), System::nanoTime);
    assertThat(first.tryToTakeBack()).isFalse();
    docker.silent = null;
    docker.before = command -> {};
    host().takeBackAllOthers();

    untilAllRun();
    untilNothingIsHeld();
  }

  @Test
  void nobodyStaysDownSinceItCannotBeNoted() throws IOException {
    docker.make("db", State.DOWN);
    docker.make("web", State.DOWN);
    Files.createFile(records.folder()); // nothing can be written below it

    new TakingBack(holds, held(Stand.HELD), System::nanoTime).tryToTakeBack();

    untilAllRun();
  }

  /** A Docker that stalls has a stop before it that it carries out when it wakes. */
  @Test
  void theTimeInWhichDockerIsSilentIsNoTimeInWhichItWasSeenToRun() {
    var now = new AtomicLong();
    records.write(held(Stand.ASKED));
    var back = new TakingBack(holds, records.all().getFirst(), now::get);
    docker.silent = "stalled";
    assertThat(back.tryToTakeBack()).isFalse();
    now.addAndGet(Duration.ofHours(1).toNanos());
    docker.silent = null;

    assertThat(back.tryToTakeBack()).as("it may be on its way down").isFalse();
    docker.make("web", State.DOWN);
    docker.make("db", State.DOWN);
    assertThat(back.tryToTakeBack()).isTrue();
    untilAllRun();
  }

  @Test
  void theTimeBeginsAnewAfterEverySilence() {
    var now = new AtomicLong();
    records.write(held(Stand.ASKED));
    var back = new TakingBack(holds, records.all().getFirst(), now::get);
    assertThat(back.tryToTakeBack()).isFalse();
    docker.silent = "stalled";
    now.addAndGet(Duration.ofMinutes(3).toNanos());
    assertThat(back.tryToTakeBack()).isFalse();
    docker.silent = null;
    assertThat(back.tryToTakeBack()).isFalse();
    now.addAndGet(Duration.ofMinutes(3).toNanos());
    assertThat(back.tryToTakeBack()).isTrue();
    assertThat(records.all()).isEmpty();
  }

  /** Nobody stops them again, and what is on the disk stays as it is. */
  @Test
  void theNextHostAsksNobodyTwice() throws IOException {
    begin(wish());
    over();
    untilNothingIsHeld();
    var lives = List.of(docker.life("db"), docker.life("web"));

    holds = host();
    holds.watch("run", wish(), files);
    await().atMost(PATIENCE).until(() -> !holds.anyLeft());

    assertThat(List.of(docker.life("db"), docker.life("web"))).isEqualTo(lives);
  }

  @Test
  void anUnreadableRecordIsSaidAndHindersNoOther() throws IOException {
    docker.make("db", State.DOWN);
    docker.make("web", State.DOWN);
    records.write(held(Stand.HELD));
    Files.writeString(records.folder().resolve("a.json"), "{\"run\": ");
    Files.writeString(
        records.folder().resolve("b.json"),
        Files.readString(records.folder().resolve("run.json"))
            .replace("\"run\" : \"run\"", "\"run\" : \"b\"")
            .replaceAll("\"mode\" : \"\\w+\"", "\"mode\" : \"Hibernate\""));

    holds.takeBackAllOthers();

    untilAllRun();
    untilNothingIsHeld();
    assertThat(holds.problems()).hasSize(2);
    assertThat(records.folder().resolve("a.json")).exists();
    assertThat(records.folder().resolve("b.json")).exists();
  }

  /** None of its containers is known there, and none is gone. */
  @Test
  void anotherDockerHasTakenNothingBack() {
    docker.make("db", State.DOWN);
    docker.make("web", State.DOWN);
    records.write(held(Stand.HELD));
    var replaced = docker.replaced();
    var back = new TakingBack(holds, records.all().getFirst(), System::nanoTime);

    assertThat(back.tryToTakeBack()).isFalse();
    assertThat(holds.problems().getFirst()).contains("another Docker").contains("web, db");
    replaced.run();
    assertThat(back.tryToTakeBack()).isTrue();
    untilAllRun();
  }

  /** A person did, or it ended by itself, while another was stopped. */
  @Test
  void whoeverEndedByThemselvesStayDown() throws IOException {
    docker.before =
        command -> {
          if (command.equals("stop web")) {
            docker.make("db", State.DOWN);
          }
        };
    assertThat(begin(wish())).isEqualTo(HoldAnswer.YES);
    assertThat(over()).isEqualTo(HoldAnswer.YES);

    untilNothingIsHeld();
    assertThat(docker.state("web")).isEqualTo(State.RUNNING);
    assertThat(docker.state("db")).isEqualTo(State.DOWN);
  }

  /** Those of a later layer were never asked: whoever stops one of them wants it down. */
  @Test
  void whoWasNeverAskedIsNobodysToStart() throws IOException {
    docker.before =
        command -> {
          if (command.equals("stop web")) {
            docker.make("db", State.DOWN);
            throw new DockerUnreachable("no");
          }
        };
    assertThat(begin(wish()).failure()).isNotNull();
    docker.make("web", State.DOWN); // as it was asked

    await().atMost(PATIENCE).until(() -> docker.state("web") == State.RUNNING);
    assertThat(docker.state("db")).isEqualTo(State.DOWN);
  }

  @Test
  void noLayerIsStoppedWhenTheTimeIsOver() throws IOException {
    docker.before =
        command -> {
          if (command.equals("stop web")) {
            var until = System.nanoTime() + Duration.ofMillis(1100).toNanos();
            await().atMost(PATIENCE).until(() -> System.nanoTime() > until);
          }
        };
    var life = docker.life("db");

    var failure = Objects.requireNonNull(begin(wish(Work.READ, 1L)).failure());

    assertThat(failure.message()).contains("maxDowntime");
    untilAllRun();
    assertThat(docker.life("db")).isEqualTo(life);
  }

  /** As a daemon does that is started anew, with restart: always. */
  @Test
  void whoeverIsStartedBesideARestoreIsStoppedAgain() throws IOException {
    begin(wish(Work.WRITE, null));
    docker.make("db", State.RUNNING);
    await().atMost(PATIENCE).until(() -> docker.state("db") == State.DOWN);

    var answer = over();

    assertThat(answer.failure()).isNull();
    assertThat(answer.warning()).contains("db");
    untilAllRun();
  }

  /** Nobody uses the volume of a restore now, and a backup must not read it beside it. */
  @Test
  void aBackupWaitsForARestoreToItsVolume() throws IOException {
    docker.replaced();
    var unused = new ContainerHold(List.of("data"), null, Map.of(), Work.WRITE, null);
    assertThat(begin(unused)).isEqualTo(HoldAnswer.YES);
    var second = new HoldFiles(Files.createDirectory(temporary.resolve("second")));
    holds.watch("second", wish(), second);
    Files.createFile(second.wanted());

    await()
        .during(Duration.ofMillis(500))
        .atMost(PATIENCE)
        .until(() -> !Files.exists(second.held()));
    over();
    assertThat(answer(second.held())).isEqualTo(HoldAnswer.YES);
    holds.end("second");
    holds.awaitAll();
  }

  /** Until it is seen to run: also while there is nothing yet that could be said against it. */
  @Test
  void whatIsLeftIsNamed() {
    records.write(held(Stand.ASKED));
    assertThat(holds.problems().getFirst()).contains("web, db");
  }

  @Test
  void whatIsNeededIsNoProblem() throws IOException {
    begin(wish());
    assertThat(records.all()).hasSize(1);
    assertThat(holds.problems()).isEmpty();
  }
}
