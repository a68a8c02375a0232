package dev.salvor.cli;

import dev.salvor.api.Json;
import dev.salvor.cli.source.Surrounding;
import dev.salvor.local.LocalHost;
import dev.salvor.local.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The one-machine host. */
@Command(
    name = "local",
    description = {
      "The host for one machine: reads a folder of YAML, runs schedules and requests, keeps the"
          + " status in a state folder.",
      "Ctrl-C or SIGTERM ends it; it goes on where it stood when it is started again.",
    },
    footer = {
      "",
      "With --once it ends when nothing more is due: 0 if all went well, 1 if a run failed, a"
          + " verdict is not Verified or a resource needs a person, 75 if another host has the"
          + " state folder.",
      "",
      "Examples:",
      "  salvor local --manifests /etc/salvor --state /var/lib/salvor",
      "  salvor local --manifests examples/postgres --once"
    })
final class LocalCommand extends Described {
  /** Runs at once unless said otherwise: one that streams, one that waits for a disk. */
  static final int MAXIMUM_RUNS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(LocalCommand.class);

  @Option(
      names = "--manifests",
      paramLabel = "DIR",
      required = true,
      description = "Folder with the manifests; it is only read.")
  private Path manifests;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      defaultValue = "${env:SALVOR_STATE}",
      description = "State folder; else SALVOR_STATE, else ~/.local/state/salvor.")
  private @Nullable Path state;

  @Option(names = "--once", description = "Do what is due, wait for it, end.")
  private boolean once;

  @Option(
      names = "--max-runs",
      paramLabel = "N",
      defaultValue = "" + MAXIMUM_RUNS,
      description = "Runs at once (default: ${DEFAULT-VALUE}).")
  private int maximumRuns;

  @Option(names = "--json", description = "With --once: say what failed as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    if (!Files.isDirectory(manifests)) {
      throw new CommandFailed(Exit.NO_INPUT, manifests + " is no folder");
    }
    if (maximumRuns < 1) {
      throw new CommandFailed(Exit.USAGE, "--max-runs must be at least 1, or nothing ever runs");
    }
    var folder = state == null || state.toString().isEmpty() ? Surrounding.defaultState() : state;
    var host =
        new LocalHost(
            new LocalHost.Settings(
                manifests, folder, maximumRuns, ThisProgram.worker(), Clock.systemUTC()));
    var ended = new CountDownLatch(1);
    var hook = new Thread(() -> stop(host, ended), "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      var outcome = host.run(once ? LocalHost.Until.NOTHING_IS_DUE : LocalHost.Until.STOPPED);
      if (!once) {
        return Exit.OK;
      }
      print(outcome);
      return outcome.failures().isEmpty() ? Exit.OK : Exit.FAILED;
    } finally {
      ended.countDown();
      forget(hook);
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.atDebug().setCause(e).log("it is the hook that ended the host");
    }
  }

  /** A signal: the host ends in its own time, and the process with it. */
  private static void stop(LocalHost host, CountDownLatch ended) {
    host.stop();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void print(Outcome outcome) {
    if (json) {
      out().println(Json.mapper().valueToTree(outcome).toPrettyString());
    } else {
      outcome.failures().forEach(failure -> err().println("failed: " + failure));
    }
    out().flush();
    err().flush();
  }
}
