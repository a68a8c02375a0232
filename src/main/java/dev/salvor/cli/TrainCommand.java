package dev.salvor.cli;

import dev.salvor.api.Json;
import dev.salvor.api.S3Checksums;
import dev.salvor.cli.show.ShownKind;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.S3Access;
import dev.salvor.engine.objectstore.S3ObjectStore;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.DurableFile;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.operator.KubernetesConnection;
import dev.salvor.operator.OperatorHost;
import dev.salvor.operator.OperatorSettings;
import dev.salvor.operator.OperatorSettings.Concurrency;
import dev.salvor.operator.jobs.JobSettings;
import dev.salvor.task.Credential;
import dev.salvor.task.StoreTarget.Bucket;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.web.OperatorServer;
import dev.salvor.worker.Worker;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Does a little of what a cache is for, so that the JVM can note which classes are needed (AOT
 * cache). The launcher runs it after each build.
 */
@Command(name = "train", hidden = true)
final class TrainCommand extends Described {
  private static final String TASK =
      """
      {"task": "Backup",
       "header": {"run": "train", "attempt": 1, "tick": "2026-01-01T00:00:00Z",
        "deadlineSeconds": 60, "credentials": [{"credential": "source", "secret": "source"}]},
       "repository": {"store": {"name": "train", "place": {"kind": "directory", "path": "@STORE@"},
         "initialize": "IfEmpty"}, "path": "train/train",
        "owner": {"cluster": "train", "namespace": "train", "name": "train"}, "acknowledge": []},
       "source": {"server": {"connection": "source", "password": "source-password",
         "ca": "source-ca"}, "databases": {"names": ["nothing"]}, "globals": "Include",
        "format": "Stream", "allowEmpty": false},
       "facts": {"mode": "Counts"}}
      """;

  /** What a cache is for. */
  enum What {
    /** Commands that look or ask, and are gone. */
    COMMANDS,
    /** What reads manifests: a host, and what checks them. */
    HOST,
    OPERATOR,
    WORKER
  }

  @Parameters(index = "0", description = "commands, host, operator or worker.")
  private What what;

  @Parameters(index = "1", description = "An empty folder.")
  private Path folder;

  @Override
  public Integer call() {
    switch (what) {
      case COMMANDS -> look();
      case HOST -> {
        look();
        run("validate", folder.toString());
      }
      case OPERATOR -> {
        look();
        follow();
      }
      case WORKER -> work();
    }
    return Exit.OK;
  }

  private void look() {
    var state = folder.resolve("state");
    fill(state);
    run("get", "--state", state.toString());
    run("get", "bpol", "--state", state.toString());
    run("help", "restore");
  }

  /** One resource of each kind, so that tables have something to show. */
  private static void fill(Path folder) {
    try (var state = StateFolder.host(folder)) {
      var store = new ResourceStore(state, Clock.systemUTC());
      for (var shown : ShownKind.all()) {
        var manifest = Json.mapper().createObjectNode().put("kind", shown.kind());
        manifest.putObject("spec");
        store.accept(new ResourceKey(shown.kind(), "train", "train"), manifest);
      }
    }
  }

  /** An operator's start, until it is ready and has been asked for its figures. */
  private static void follow() {
    var settings =
        new OperatorSettings(
            Set.of(),
            new JobSettings("train", "Never", List.of(), null, null),
            Concurrency.DEFAULT,
            "train",
            null);
    try (var cluster = new EmptyCluster();
        var connection =
            KubernetesConnection.open(
                new ConfigBuilder(Config.empty()).withMasterUrl(cluster.url()).build());
        var host = new OperatorHost(connection, settings, Clock.systemUTC(), () -> {});
        var _ = new OperatorServer(0, host)) {
      host.start();
      host.metrics();
    }
  }

  /**
   * A worker's way to its first engine, which most of its start is: a backup that meets no server.
   * What comes of it does not matter, and all of it stays in the folder.
   */
  private void work() {
    var store = DurableFile.folder(folder.resolve("store"));
    var credentials = DurableFile.folder(folder.resolve("credentials"));
    var password = DurableFile.folder(credentials.resolve(Credential.STORE_PASSWORD.folder()));
    DurableFile.write(password.resolve(Credential.VALUE), "of no use");
    var source = DurableFile.folder(credentials.resolve(Credential.SOURCE.folder()));
    DurableFile.write(source.resolve("uri"), "postgresql://nobody@127.0.0.1:1/nothing");
    var environment = new HashMap<>(System.getenv());
    environment.put(WorkerEnvironment.TASK, TASK.replace("@STORE@", store.toString()));
    environment.put(WorkerEnvironment.CREDENTIALS, credentials.toString());
    environment.put(WorkerEnvironment.REPORT, folder.resolve("report.json").toString());
    environment.put(WorkerEnvironment.SCRATCH, folder.resolve("scratch").toString());
    Worker.run(environment);
    askBucket();
  }

  /** The SDK's classes are many; the one call ends at once, for nothing listens there. */
  private static void askBucket() {
    var bucket =
        new Bucket(
            "train", null, "http://127.0.0.1:1", "us-east-1", true, S3Checksums.WHEN_REQUIRED);
    try (var store = new S3ObjectStore(new S3Access(bucket, "none", "none", null, null))) {
      store.get("nothing");
    } catch (EngineException unreachable) {
      // As it must be.
    }
  }

  private static void run(String... arguments) {
    try (var out = new PrintWriter(Writer.nullWriter())) {
      Main.commandLine(arguments).setOut(out).setErr(out).execute(arguments);
    }
  }
}
