package dev.salvor.engine.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real small programs: what matters is what is left of them. */
class ProcessRunnerTest {
  private static final Path SHELL = Path.of("/bin/sh");

  @TempDir Path folder;

  private final ProcessRunner runner =
      new ProcessRunner(
          Map.of("PATH", "/usr/bin:/bin", "SALVOR_TASK", "secret", "PGHOST", "wrong", "HOME", "/"),
          Deadline.after(Duration.ofMinutes(1)));

  private static Command shell(String script) {
    return Command.of(SHELL, "-c", script);
  }

  @Test
  void capturesOutputAndExitCode() {
    var completed = runner.run(shell("echo out; echo err >&2; exit 3"));

    assertThat(completed.exitCode()).isEqualTo(3);
    assertThat(completed.output()).isEqualTo("out\n");
    assertThat(completed.errorTail()).isEqualTo("err");
  }

  /** It is gone long before, since what it wrote fits into the pipe. */
  @Test
  void whoTakesTheOutputMayTakeLongerThanTheProgram() {
    var taken = new ArrayList<Byte>();

    var completed =
        runner
            .withGrace(Duration.ofMillis(20))
            .run(
                shell("printf abcde"),
                Streams.to(
                    stream -> {
                      for (var each = stream.read(); each >= 0; each = stream.read()) {
                        taken.add((byte) each);
                        LockSupport.parkNanos(Duration.ofMillis(60).toNanos());
                      }
                    }));

    assertThat(completed.succeeded()).isTrue();
    assertThat(taken).hasSize(5);
  }

  @Test
  void outputThatSomethingElseHoldsOpenIsGivenUp() {
    var thrown =
        fails(
            () ->
                runner
                    .withGrace(Duration.ofMillis(200))
                    .run(
                        shell("sleep 3 & printf abc; sleep 0.2"),
                        Streams.to(stream -> stream.transferTo(OutputStream.nullOutputStream()))));

    assertThat(thrown.failure().message()).contains("still holds its output");
  }

  @Test
  void inputThatBreaksEndsTheProgramBeforeItTakesTheEndForAnEnd() {
    var seen = folder.resolve("seen");
    // Of bash's read, more than 128 says that nothing came, and not that there is no more.
    var script =
        "trap 'read -t 0.3 more; [ $? -gt 128 ] || touch \"$0\"; exit 3' TERM;"
            + " head -c 100000 > /dev/null; while :; do sleep 0.05; done";

    var thrown =
        fails(
            () ->
                runner.run(
                    Command.of(Path.of("/bin/bash"), "-c", script, seen.toString()),
                    Streams.captured()
                        .withInput(
                            stream -> {
                              stream.write(new byte[100_000]);
                              throw new IOException("sector 7 is bad");
                            })));

    assertThat(thrown.reason()).isEqualTo(Reason.INCOMPLETE_BACKUP);
    assertThat(thrown.failure().message()).contains("sh", "sector 7 is bad");
    assertThat(seen).doesNotExist();
  }

  @Test
  void aProgramThatReadsNoFurtherIsJudgedByItsExitCode() {
    var completed =
        runner.run(
            shell("head -c 5 > /dev/null; exit 3"),
            Streams.captured().withInput(stream -> stream.write(new byte[10_000_000])));

    assertThat(completed.exitCode()).isEqualTo(3);
  }

  @Test
  void argumentsAreNeverReadByAShell() {
    var completed = runner.run(Command.of(Path.of("/bin/echo"), "$(id) ; `id` $HOME"));

    assertThat(completed.output()).isEqualTo("$(id) ; `id` $HOME\n");
  }

  @Test
  void childrenSeeNothingThatWouldSteerThem() {
    var output =
        runner
            .run(Command.of(Path.of("/usr/bin/env")).withEnvironment("PGUSER", "backup"))
            .output();

    assertThat(output).contains("PGUSER=backup", "HOME=/", "LC_ALL=C.UTF-8");
    assertThat(output).doesNotContain("SALVOR_TASK").doesNotContain("PGHOST");
  }

  @Test
  void theDeadlineEndsTheWholeTree() throws IOException {
    var pids = folder.resolve("pids");
    var script = "echo $$ > " + pids + "; sleep 600 & echo $! >> " + pids + "; wait";

    var thrown =
        fails(
            () ->
                runner
                    .within(Duration.ofMillis(500))
                    .withGrace(Duration.ofMillis(300))
                    .run(shell(script)));

    assertThat(thrown.reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
    assertGone(pids);
  }

  @Test
  void whatIgnoresTheTermSignalIsKilled() throws IOException {
    var pids = folder.resolve("pids");
    var script =
        "trap '' TERM; echo $$ > "
            + pids
            + "; while :; do sleep 600 & echo $! >> "
            + pids
            + "; wait; done";
    var started = System.nanoTime();

    fails(
        () ->
            runner
                .within(Duration.ofMillis(500))
                .withGrace(Duration.ofMillis(300))
                .run(shell(script)));

    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(20));
    assertGone(pids);
  }

  @Test
  void theTermSignalComesFirst() {
    var trace = folder.resolve("trace");
    var script = "trap 'echo cleaned > " + trace + "; exit 1' TERM; sleep 600 & wait";

    fails(() -> runner.within(Duration.ofMillis(500)).run(shell(script)));

    assertThat(trace).hasContent("cleaned");
  }

  @Test
  void anInterruptEndsTheProgram() throws Exception {
    var pids = folder.resolve("pids");
    var reasons = new ArrayList<Reason>();
    var thread =
        Thread.ofPlatform()
            .start(
                () ->
                    reasons.add(
                        fails(() -> runner.run(shell("echo $$ > " + pids + "; exec sleep 600")))
                            .reason()));
    await().until(() -> Files.exists(pids) && Files.size(pids) > 0);

    thread.interrupt();
    thread.join();

    assertThat(reasons).containsExactly(Reason.INTERRUPTED);
    assertGone(pids);
  }

  @Test
  void whenAllIsEndedNothingStartsAnyMore() {
    runner.endAll();

    assertThat(fails(() -> runner.run(shell("echo no"))).reason()).isEqualTo(Reason.INTERRUPTED);
  }

  @Test
  void standardErrorIsBoundedAndHowItBeganAndItsEndAreKept() {
    var script = "i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done";

    var tail = runner.run(shell(script)).errorTail();

    assertThat(tail.length()).isLessThanOrEqualTo(ProcessRunner.ERROR_TAIL_BYTES);
    assertThat(tail).startsWith("line 0\nline 1\n").endsWith("\nline 4998\nline 4999");
    assertThat(tail.lines()).containsOnlyOnce("...").doesNotHaveDuplicates();
  }

  @Test
  void shortStandardErrorIsKeptWhole() {
    var script = "i=0; while [ $i -lt 300 ]; do echo line $i >&2; i=$((i+1)); done";

    assertThat(runner.run(shell(script)).errorTail().lines())
        .containsExactlyElementsOf(IntStream.range(0, 300).mapToObj("line %d"::formatted).toList());
  }

  @Test
  void secretsAreNeitherShownNorEchoed() {
    var command =
        shell("echo password is $RESTIC_PASSWORD >&2; exit 1")
            .withEnvironment("RESTIC_PASSWORD", "hunter22");

    assertThat(command.toString()).doesNotContain("hunter22").contains("RESTIC_PASSWORD");
    assertThat(runner.run(command).errorTail()).isEqualTo("password is ***");
  }

  @Test
  void aPipeCarriesEveryByte() {
    var piped =
        runner.pipe(shell("head -c 5000000 /dev/zero"), Command.of(Path.of("/usr/bin/wc"), "-c"));

    assertThat(piped.succeeded()).isTrue();
    assertThat(piped.bytes()).isEqualTo(5_000_000);
    assertThat(piped.consumer().output().strip()).isEqualTo("5000000");
  }

  @Test
  void aConsumerNeverSeesTheEndOfAStreamThatBroke() {
    var done = folder.resolve("done");
    var consumer = shell("cat > /dev/null; echo whole > " + done);

    var piped = runner.pipe(shell("echo half; exit 1"), consumer);

    assertThat(piped.producer().exitCode()).isEqualTo(1);
    assertThat(piped.consumer().succeeded()).isFalse();
    assertThat(done).doesNotExist();
  }

  @Test
  void aKilledProducerIsSeenInBothExitCodes() {
    var piped = runner.pipe(shell("echo half; kill -9 $$"), shell("cat > /dev/null"));

    assertThat(piped.producer().exitCode()).isEqualTo(Completed.KILLED);
    assertThat(piped.succeeded()).isFalse();
  }

  @Test
  void aDeadConsumerEndsItsProducer() {
    var started = System.nanoTime();

    // The producer would never notice by itself: it writes nothing.
    var piped = runner.pipe(shell("exec sleep 600"), shell("exit 7"));

    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(30));
    assertThat(piped.consumer().exitCode()).isEqualTo(7);
    assertThat(piped.closedEarly()).isTrue();
    assertThat(piped.succeeded()).isFalse();
  }

  @Test
  void aConsumerThatStopsReadingIsNoSuccessEvenByZero() {
    var piped = runner.pipe(shell("exec cat /dev/zero"), shell("head -c 10 > /dev/null"));

    assertThat(piped.consumer().exitCode()).isZero();
    assertThat(piped.closedEarly()).isTrue();
    assertThat(piped.succeeded()).isFalse();
  }

  @Test
  void aMissingProgramIsNamed() {
    var thrown = fails(() -> runner.run(Command.of(Path.of("/nowhere/restic"))));

    assertThat(thrown.reason()).isEqualTo(Reason.ENGINE_MISSING);
    assertThat(thrown.failure().message()).contains("restic");
  }

  @Test
  void anOutputThatCannotBeTakenEndsTheProgram() {
    var thrown =
        fails(
            () ->
                runner.run(
                    shell("exec cat /dev/zero"),
                    Streams.to(
                        stream -> {
                          stream.readNBytes(10);
                          throw new IOException("No space left on device");
                        })));

    assertThat(thrown.reason()).isEqualTo(Reason.SCRATCH_FULL);
  }

  private static void assertGone(Path pids) throws IOException {
    List<String> all = Files.readAllLines(pids);
    assertThat(all).isNotEmpty();
    for (var pid : all) {
      await()
          .until(
              () ->
                  ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).isEmpty()
                      || !ProcessHandle.of(Long.parseLong(pid)).orElseThrow().isAlive());
    }
  }

  private static EngineException fails(Runnable work) {
    return Objects.requireNonNull(catchThrowableOfType(EngineException.class, work::run));
  }
}
