package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.process.Programs;
import dev.salvor.testing.BuiltProgram;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person at a terminal, a first backup, and a disaster that only the sheet is left of. */
class InitIT {
  private static final String PASSWORD = "mine: \"0x7c1f\"";

  @TempDir private Path temporary;

  @Test
  void fiveAnswersMakeABackupThatTheSheetAloneBringsBack() throws Exception {
    var source = Files.createDirectory(temporary.resolve("shop"));
    Files.writeString(source.resolve("a.txt"), "kept");
    var machine = new OneMachine(Files.createDirectory(temporary.resolve("machine")));
    Files.delete(machine.store());

    try (var terminal = new Terminal(machine.manifests())) {
      terminal.answer("1. What is to be protected?", "2");
      terminal.answer("Path of the folder", "relative");
      terminal.answer("the absolute path of a folder that is there", source.toString());
      answerTheOthers(terminal, machine);
      assertThat(terminal.end()).as(terminal.said()).isZero();
      assertThat(terminal.said()).contains("What to do next").doesNotContain("0x7c1f");
    }
    assertThat(machine.once()).as(machine::said).isZero();
    assertThat(machine.salvor("backup", "shop-files", "--wait")).as(machine::said).isZero();

    assertThat(machine.salvor("store", "recovery-sheet")).as(machine::said).isZero();
    assertThat(machine.said())
        .contains("Secret default/backups-key, key password, in ", "KeyEscrow: ", "key-kept-")
        .doesNotContain("0x7c1f");
    assertThat(machine.salvor("store", "recovery-sheet", "backups", "--with-secrets")).isZero();
    assertThat(machine.said()).contains("Encryption password: " + PASSWORD + "\n");

    var sheet = machine.manifests().resolve("recovery-sheet-shop-files.txt");
    assertThat(Files.getPosixFilePermissions(sheet))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    follow(Files.readString(sheet));
    assertThat(temporary.resolve("elsewhere/recovered/shop/a.txt")).hasContent("kept");
  }

  /**
   * What a stack keeps is offered, a folder beside its compose.yaml too, and its database's not.
   */
  @Test
  @NeedsRoot
  void whatDockerHasIsOfferedAndKept() throws Exception {
    var machine = new OneMachine(Files.createDirectory(temporary.resolve("machine")));
    // What lies in memory, as folders of tests do, is nobody's data.
    var stack = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "stack.");
    var beside = Files.createDirectory(stack.resolve("uploads"));
    Files.writeString(beside.resolve("a.txt"), "beside");
    var data = Files.createDirectory(stack.resolve("db"));
    try (var docker = DockerDaemon.start(Files.createDirectory(temporary.resolve("docker")))) {
      docker.container("base");
      docker.docker("commit", "base", "postgres");
      docker.containerOf(
          "postgres",
          "shop-db-1",
          "--label=com.docker.compose.project=shop",
          "--label=com.docker.compose.service=db",
          "--volume=" + data + ":/var/lib/postgresql/data");
      Files.writeString(docker.volume("notes").resolve("b.txt"), "in a volume");
      docker.service("shop", "web", "--volume=" + beside + ":/uploads", "--volume=notes:/notes");

      try (var terminal = new Terminal(machine.manifests(), docker.address())) {
        terminal.answer("1. What is to be protected?", "3");
        answerTheOthers(terminal, machine);
        assertThat(terminal.end()).as(terminal.said()).isZero();
        assertThat(terminal.said())
            .contains("1  PostgreSQL in the Compose service db of shop")
            .contains("2  the Docker volume notes")
            .contains("3  the Docker volume " + beside)
            .doesNotContain(data.toString());
      }
      machine.write(
          "now.yaml",
          """
          apiVersion: salvor.dev/v1alpha1
          kind: BackupRequest
          metadata: {name: now, namespace: default}
          spec: {policyRef: {name: uploads-volumes}}
          """);
      assertThat(machine.once(docker)).as(machine::said).isZero();
      assertThat(machine.salvor("get", "points", "uploads-volumes")).as(machine::said).isZero();
      assertThat(machine.said()).containsPattern(" true .* 6 B ");
    } finally {
      Script.run("rm -rf \"$1\"", stack);
    }
  }

  /** All questions but what is to be protected. */
  private static void answerTheOthers(Terminal terminal, OneMachine machine) throws IOException {
    terminal.answer("2. Where to?", "1");
    terminal.answer("made if it is not there", machine.store().toString());
    terminal.answer("3. How often?", "");
    terminal.answer("4. How many are kept?", "");
    terminal.answer("5. The password", PASSWORD);
    terminal.answer("Once more", PASSWORD);
  }

  /** Types the commands of a sheet, with the password that stands on it, in an empty folder. */
  private void follow(String sheet) throws Exception {
    var elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    var commands =
        sheet
            .lines()
            .filter(line -> line.startsWith("    "))
            .map(
                line ->
                    line.strip().equals("POINT=...")
                        ? "POINT=$(restic --no-lock snapshots --json --tag"
                            + " kind=manifest,complete=true | grep -o 'rp=[^\"]*' | cut -c 4- |"
                            + " sort | tail -n 1)"
                        : line)
            .collect(Collectors.joining("\n"));
    var builder = new ProcessBuilder("sh", "-euc", commands).directory(elsewhere.toFile());
    builder.environment().put("PATH", Programs.here().restic().getParent() + ":/usr/bin:/bin");
    builder
        .environment()
        .put(
            "RESTIC_PASSWORD",
            sheet
                .lines()
                .filter(line -> line.startsWith("Encryption password: "))
                .map(line -> line.substring("Encryption password: ".length()))
                .findFirst()
                .orElseThrow());
    var shell = builder.redirectErrorStream(true).start();
    var said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as(said).isZero();
  }

  /** The built program at a terminal; nothing is typed before it is asked for. */
  private static final class Terminal implements AutoCloseable {
    private final Process process;
    private final Reader screen;
    private final StringBuilder said = new StringBuilder();

    Terminal(Path folder) throws IOException {
      this(folder, "unix://" + folder.resolve("no-docker"));
    }

    Terminal(Path folder, String docker) throws IOException {
      var words = new ArrayList<>(BuiltProgram.host());
      words.addAll(List.of("init", folder.toString()));
      var command = words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
      var builder =
          new ProcessBuilder("script", "-qec", command, "/dev/null").redirectErrorStream(true);
      builder.environment().put("DOCKER_HOST", docker);
      builder.environment().put("TERM", "dumb");
      process = builder.start();
      // A question that nobody answers is waited for without an end.
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  if (!process.waitFor(2, TimeUnit.MINUTES)) {
                    process.destroy();
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      screen = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
    }

    void answer(String question, String line) throws IOException {
      var seen = said.length();
      while (!(said.indexOf(question, seen) >= 0 && said.toString().endsWith(": "))) {
        var character = screen.read();
        assertThat(character).as("instead of '%s': %s", question, said).isNotNegative();
        said.append((char) character);
      }
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    }

    int end() throws Exception {
      for (var character = screen.read(); character >= 0; character = screen.read()) {
        said.append((char) character);
      }
      return process.waitFor();
    }

    String said() {
      return said.toString();
    }

    @Override
    public void close() {
      process.destroy();
    }
  }
}
