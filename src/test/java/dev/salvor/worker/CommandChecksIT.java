package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Isolation;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification.Check;
import dev.salvor.api.Verification.CommandCheck;
import dev.salvor.api.Verification.FileCheck;
import dev.salvor.plan.ChecksHash;
import dev.salvor.task.ExitCode;
import dev.salvor.task.PointReference;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a worker does before and after programs of the user look at a copy of files; the cluster's
 * address is played by a port of this machine.
 */
@NullUnmarked
class CommandChecksIT {
  private static final Check COMMAND =
      new Check(
          "index",
          null,
          null,
          null,
          new CommandCheck("tool", List.of("look"), null, null, null),
          null);

  private Path folder;
  private FilesWorld world;
  private ServerSocket cluster;
  private String point;
  private IsolationMode mode = IsolationMode.AUTO;

  @BeforeEach
  void aPointOfTwoTreesAndAClusterThatAnswers() throws IOException {
    // Not in memory: attributes of namespace user are not to be had in every tmpfs.
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "commands");
    world = new FilesWorld(folder);
    Script.run("echo 1 > a; mkdir ../avatars; echo 2 > ../avatars/b.png", world.source);
    world.trees = List.of("shop", "avatars");
    world.checks = List.of(COMMAND, rule("*.png"));
    point = world.succeed().recoveryPoint();
    cluster = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void remove() throws IOException {
    cluster.close();
    Script.run("rm -rf \"$1\"", folder);
  }

  private static Check rule(String path) {
    return new Check("rule", null, null, new FileCheck(path, null, null), null, null);
  }

  private void fetch() {
    world.stores.environment.put(
        "KUBERNETES_SERVICE_HOST", InetAddress.getLoopbackAddress().getHostAddress());
    world.stores.environment.put("KUBERNETES_SERVICE_PORT", String.valueOf(cluster.getLocalPort()));
    assertThat(world.fetch(point).failure()).isNull();
  }

  private ExitCode run(Task task) {
    world.stores.environment.put(WorkerEnvironment.TASK, TaskJson.write(task));
    return new Worker(
            world.stores.environment,
            new PrintStream(PrintStream.nullOutputStream()),
            Clock.systemUTC())
        .run();
  }

  private ExitCode compare() {
    return run(
        new Task.Compare(
            world.stores.header(),
            new PointReference(point, null),
            new Task.NoServer(),
            world.checks,
            ChecksHash.of(world.checks),
            mode));
  }

  private ExitCode conclude() {
    return run(new Task.Conclude(world.stores.header(), new PointReference(point, null)));
  }

  private TaskReport report() throws IOException {
    return Json.mapper().readValue(folder.resolve("report.json").toFile(), TaskReport.class);
  }

  private TaskResult.Compared verdict() throws IOException {
    assertThat(report().failure()).isNull();
    return (TaskResult.Compared) report().result();
  }

  @Test
  void theVerdictIsGivenAfterThemAndCountsThem() throws IOException {
    fetch();
    cluster.close();

    assertThat(compare()).isEqualTo(ExitCode.SUCCEEDED);
    assertThat(report().result())
        .isInstanceOfSatisfying(
            TaskResult.AwaitingChecks.class,
            it -> {
              assertThat(it.isolation()).isEqualTo(Isolation.ENFORCED);
              assertThat(it.checksHash()).isEqualTo(ChecksHash.of(world.checks));
            });
    assertThat(conclude()).isEqualTo(ExitCode.SUCCEEDED);
    assertThat(verdict().outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(verdict().message()).contains("your 2 checks agree");
    assertThat(verdict().isolation()).isEqualTo(Isolation.ENFORCED);
    assertThat(verdict().checksHash()).isEqualTo(ChecksHash.of(world.checks));
  }

  @Test
  void aSealThatFellMeanwhileIsTold() throws IOException {
    fetch();
    var port = cluster.getLocalPort();
    cluster.close();
    assertThat(compare()).isEqualTo(ExitCode.SUCCEEDED);
    cluster = new ServerSocket(port, 4, InetAddress.getLoopbackAddress());

    assertThat(conclude()).isEqualTo(ExitCode.SUCCEEDED);

    assertThat(verdict().isolation()).isEqualTo(Isolation.NOT_ENFORCED);
    assertThat(report().warnings()).anyMatch(text -> text.contains("while checks ran"));
  }

  /** Nothing is known of a network that was never reached. */
  @Test
  void withoutASealNoneIsRunUnlessThatIsAccepted() throws IOException {
    assertThat(world.fetch(point).failure()).isNull();

    assertThat(compare()).isEqualTo(ExitCode.SETTLED);
    assertThat(verdict().outcome()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(verdict().reason()).isEqualTo(Reason.NOT_ISOLATED);

    mode = IsolationMode.PREFERRED;
    assertThat(compare()).isEqualTo(ExitCode.SUCCEEDED);
    assertThat(conclude()).isEqualTo(ExitCode.SUCCEEDED);
    assertThat(verdict().outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(verdict().isolation()).isNull();
  }

  /** The kubelet begins no container after one that ended with another code than 0. */
  @Test
  void aCopyThatIsNotRightIsShownToNone() throws IOException {
    fetch();
    cluster.close();
    var trees = folder.resolve("sandbox").resolve(SandboxFolder.TREES);
    Files.writeString(trees.resolve("avatars/b.png"), "3\n");

    assertThat(compare()).isEqualTo(ExitCode.SETTLED);
    assertThat(verdict().outcome()).isEqualTo(VerdictOutcome.REFUTED);
    assertThat(verdict().reason()).isEqualTo(Reason.FACTS_DIFFER);
    assertThat(conclude()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void aRuleThatSaysNoSettlesItToo() throws IOException {
    world.checks = List.of(COMMAND, rule("*.jpg"));
    fetch();
    cluster.close();

    assertThat(compare()).isEqualTo(ExitCode.SETTLED);
    assertThat(verdict().reason()).isEqualTo(Reason.CHECK_FAILED);
  }

  @Test
  void theTreesLieUnderTheirNamesAndNothingElseDoes() throws IOException {
    fetch();
    var trees = folder.resolve("sandbox").resolve(SandboxFolder.TREES);

    try (var found = Files.list(trees)) {
      assertThat(found.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("shop", "avatars");
    }
    assertThat(Script.run("stat -c %a .", trees).strip()).isEqualTo("755");
    assertThat(trees.resolve("avatars/b.png")).hasContent("2\n");
  }
}
