package dev.salvor.cli;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Initialize;
import dev.salvor.api.Json;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.S3Checksums;
import dev.salvor.cli.show.ShownKind;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.S3Access;
import dev.salvor.engine.objectstore.S3ObjectStore;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.LeftOut;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.DurableFile;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.operator.KubernetesConnection;
import dev.salvor.operator.OperatorHost;
import dev.salvor.operator.OperatorSettings;
import dev.salvor.operator.OperatorSettings.Concurrency;
import dev.salvor.operator.jobs.JobSettings;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.Header;
import dev.salvor.task.Owner;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.StoreTarget.Bucket;
import dev.salvor.task.Task;
import dev.salvor.task.TaskJson;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.web.OperatorServer;
import dev.salvor.worker.Worker;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
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
  /** A tree that takes about a second: enough for the JVM to see which methods are hot. */
  private static final int FOLDERS = 40;

  private static final int FILES = 50;
  private static final int LOOKS = 4;

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
            false,
            Set.of(),
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
    environment.put(WorkerEnvironment.TASK, TaskJson.write(task(store)));
    environment.put(WorkerEnvironment.CREDENTIALS, credentials.toString());
    environment.put(WorkerEnvironment.REPORT, folder.resolve("report.json").toString());
    environment.put(WorkerEnvironment.SCRATCH, folder.resolve("scratch").toString());
    Worker.run(environment);
    askBucket();
    lookAtFiles();
  }

  private static Task task(Path store) {
    var place = new StoreTarget.Directory(store.toString());
    var server =
        new ServerReference(
            Credential.SOURCE,
            Credential.SOURCE_PASSWORD,
            Credential.SOURCE_CA,
            null,
            null,
            null,
            null,
            null);
    return new Task.Backup(
        new Header(
            "train",
            1,
            Instant.EPOCH,
            60,
            List.of(new CredentialSource.Secret(Credential.SOURCE, "source", null))),
        new RepositoryTarget(
            new StoreTarget("train", place, Initialize.IF_EMPTY, null, null),
            "train/train",
            new Owner("train", "train", "train"),
            null,
            List.of()),
        new PostgresDump(
            server,
            new PostgresSource.Databases(List.of("nothing"), null),
            GlobalsMode.INCLUDE,
            DumpFormat.STREAM,
            null,
            null,
            new FactsRequest(FactsMode.COUNTS, null, null),
            false),
        null,
        null);
  }

  /** What a backup and a restore of files do themselves. */
  private void lookAtFiles() {
    try {
      var root = Files.createDirectory(folder.resolve("tree")).toRealPath();
      for (var each = 0; each < FOLDERS; each++) {
        var below = Files.createDirectory(root.resolve("folder-" + each));
        for (var file = 0; file < FILES; file++) {
          Files.createFile(below.resolve("file-" + file));
        }
      }
      var tree = new FileTree(root, new LeftOut(root, List.of("*.tmp", "a/*"), ".nobackup"));
      var notes = folder.resolve("notes");
      var entries = folder.resolve("entries");
      for (var look = 0; look < LOOKS; look++) {
        tree.note(notes, folder.resolve("excludes"));
        var settled = tree.settle(notes, entries);
        tree.compare(
            entries,
            settled.entries(),
            new FileComparison(FileScope.whole(FileScope.Privilege.USER)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
