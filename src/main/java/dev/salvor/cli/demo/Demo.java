package dev.salvor.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.engine.process.Deadline;
import dev.salvor.local.LocalHost;
import dev.salvor.local.run.WorkerCommand;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The story of the demo. Every step that could be a lie is checked against the database itself: a
 * fingerprint over all rows is taken before the damage and compared after the restore.
 */
public final class Demo {
  /** Runs a subcommand of Salvor as a person would type it. */
  public interface Commands {
    Answer run(String... arguments);
  }

  /** What a subcommand printed, what it said beside, and how it ended. */
  public record Answer(int exitCode, String output, String said) {
    private static final String MANIFEST = "apiVersion:";

    /** The outcome, without the manifest of the request that comes before it. */
    List<String> lines() {
      var lines = output.strip().lines().toList();
      return lines.getFirst().startsWith(MANIFEST)
          ? lines.stream().dropWhile(line -> !OUTCOME.matcher(line).find()).toList()
          : lines;
    }

    /** {@code Succeeded: ...}, {@code Refuted: ...}: a reason at the start of a line. */
    private static final Pattern OUTCOME = Pattern.compile("^[A-Z][A-Za-z]+: ");
  }

  /** Something came out otherwise than the demo promises. */
  public static final class UnexpectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnexpectedException(String message) {
      super(message);
    }
  }

  private static final String POLICY = "shop-db";
  private static final int RUNS = 2;

  private final Stage stage;
  private final Commands commands;
  private final WorkerCommand worker;
  private final Map<String, String> environment;
  private final Exploration ready;

  /** What happens while everything still runs, before it is taken down. */
  interface Exploration {
    void run() throws InterruptedException;
  }

  Demo(
      Stage stage,
      Commands commands,
      WorkerCommand worker,
      Map<String, String> environment,
      Exploration ready) {
    this.stage = stage;
    this.commands = commands;
    this.worker = worker;
    this.environment = Map.copyOf(environment);
    this.ready = ready;
  }

  /** Plays it, up to the clean-up; the server and the host have ended when it returns. */
  void play(DemoFolder folder) throws Exception {
    var opened = new ArrayList<DemoDatabase>();
    stage.step(
        "Start a throw-away PostgreSQL",
        () -> {
          var started = DemoDatabase.start(folder.scratch(), environment);
          opened.add(started);
          return List.of(
              "PostgreSQL " + started.major() + " on a socket in " + started.socketFolder());
        });
    try (var database = opened.getFirst()) {
      stage.step(
          "Fill it with a shop",
          () -> {
            database.fill();
            return List.of(
                database.ask(
                    "select pg_size_pretty(pg_database_size('shop')) || ': ' || (select count(*)"
                        + " from orders) || ' orders of ' || (select count(*) from customers) || '"
                        + " customers, ' || (select count(*) from order_items) || ' lines'"));
          });
      folder.writeManifests(database);
      guarded(folder, database);
    }
  }

  private void guarded(DemoFolder folder, DemoDatabase database) throws Exception {
    var settings =
        new LocalHost.Settings(folder.manifests(), folder.state(), RUNS, worker, Clock.systemUTC());
    var host = new LocalHost(settings);
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      var running = thread.submit(() -> host.run(LocalHost.Until.STOPPED));
      try {
        tell(folder, database);
      } finally {
        host.stop();
        running.get();
      }
    }
  }

  private void tell(DemoFolder folder, DemoDatabase database) throws Exception {
    stage.step("Apply examples/postgres with its folder store", this::awaitReady);
    var before = database.fingerprint();
    stage.step(
        "Back it up (salvor backup " + POLICY + " --wait)",
        () -> expect(0, "backup", POLICY, "--wait").lines());
    stage.step(
        "Damage it: a migration against the wrong database",
        () -> {
          database.damage();
          return List.of(
              "order_items: "
                  + database.ask("select coalesce(to_regclass('order_items')::text, 'gone')")
                  + ", orders left: "
                  + database.ask("select count(*) from orders")
                  + ", first e-mail: "
                  + database.ask("select email from customers order by id limit 1"));
        });
    stage.step(
        "Restore it in place (salvor restore " + POLICY + " --latest ...)",
        () ->
            expect(
                    0,
                    "restore",
                    POLICY,
                    "--latest",
                    "--to-database",
                    DemoDatabase.DATABASE,
                    "--replace",
                    "--wait")
                .lines());
    stage.step(
        "Compare every row with what it was",
        () -> {
          if (!database.fingerprint().equals(before)) {
            throw new UnexpectedException("the restored rows are not what they were");
          }
          return List.of("equal: counts and content of " + before.lines().count() + " tables");
        });
    stage.step(
        "Prove the backup in a sandbox (salvor verify " + POLICY + ")",
        () -> expect(0, "verify", POLICY, "--wait").lines());
    stage.step(
        "Flip one byte of the backup, then verify again",
        () -> {
          folder.flipByte();
          return expect(1, "verify", POLICY, "--wait").lines();
        });
    stage.step(
        "A restore of it is refused, the database stays as it is",
        () -> {
          var refused =
              expect(
                  1,
                  "restore",
                  POLICY,
                  "--latest",
                  "--to-database",
                  DemoDatabase.DATABASE,
                  "--replace",
                  "--wait");
          if (!database.fingerprint().equals(before)) {
            throw new UnexpectedException("the refused restore has touched the database");
          }
          return refused.lines();
        });
    stage.step("What salvor get shows", () -> expect(0, "get").lines());
    ready.run();
  }

  /** The host reads the manifests, probes the store, looks into the repository. */
  private List<String> awaitReady() throws InterruptedException {
    var patience = Deadline.after(Duration.ofMinutes(2));
    var ready = "";
    while (!ready.startsWith("True")) {
      if (patience.remaining().isZero()) {
        throw new UnexpectedException(
            "the policy is not ready:\n" + commands.run("describe", "bpol", POLICY).output());
      }
      TimeUnit.MILLISECONDS.sleep(100);
      ready = condition("Ready");
    }
    return commands.run("get", "bstore").lines();
  }

  private String condition(String type) {
    var answer = commands.run("get", "bpol", POLICY, "--json");
    if (answer.exitCode() != 0) {
      return "";
    }
    try {
      for (var condition : Json.mapper().readTree(answer.output()).at("/status/conditions")) {
        if (condition.path("type").asText().equals(type)) {
          return condition.path("status").asText();
        }
      }
      return "";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private Answer expect(int exitCode, String... arguments) {
    var answer = commands.run(arguments);
    if (answer.exitCode() != exitCode) {
      throw new UnexpectedException(
          "salvor "
              + String.join(" ", arguments)
              + " ended with "
              + answer.exitCode()
              + " instead of "
              + exitCode
              + ":\n"
              + answer.output()
              + answer.said());
    }
    return answer;
  }
}
