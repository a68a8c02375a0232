package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Json;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SslMode;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.Verification;
import dev.salvor.engine.process.Programs;
import dev.salvor.plan.ChecksHash;
import dev.salvor.task.Baseline;
import dev.salvor.task.Credential;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.FileTrees;
import dev.salvor.task.HostedProject;
import dev.salvor.task.Manifest;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.PointReference;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.ServerReference;
import dev.salvor.task.Step;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseFacts;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.S3Server;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/**
 * A Supabase project on this machine, a policy that keeps it, and a repository with a cheap key.
 */
@NullUnmarked
final class SupabaseWorld {
  static final String NOT_KEPT = "values of the release";

  static final ServiceImage DATABASE_IMAGE =
      new ServiceImage("db", "supabase/postgres:17.6", "sha256:0f");

  /** By which the Management API is asked. */
  static final String TOKEN = "sbp_token-that-nobody-may-see";

  final StoreWorld stores;
  final Path project;
  PostgresServer server;
  String user = "supabase_admin";
  List<String> databases = List.of("_supabase", SelfHostedSupabase.DATABASE);
  boolean allowEmpty;
  StorageLayout layout = new StorageLayout("stub", "stub", StorageVersions.FOLDER);
  int tolerateMissing;

  /** Where Storage's objects are; null: in a tree. */
  StoreTarget.Bucket bucket;

  Baseline baseline;
  List<FileTrees.Tree> trees;
  List<MountedConfiguration> mounted = List.of();
  HostedProject hosted;
  List<Verification.Check> checks = List.of();
  final List<String> steps = new ArrayList<>();
  private final StringBuilder said = new StringBuilder();

  SupabaseWorld(Path folder, SelfHostedSupabase supabase) {
    this.server = supabase.server();
    this.stores = new StoreWorld(folder);
    at(Step.OPEN_REPOSITORY, () -> {});
    this.project = folder.resolve("project");
    stores.withRepository();
    stores.environment.put(WorkerEnvironment.SANDBOX, folder.resolve("sandbox").toString());
    try {
      Files.createDirectories(project);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SelfHostedSupabase.lay(project);
    trees =
        List.of(
            new FileTrees.Tree(
                "storage", project.resolve("volumes/storage").toString(), List.of("multiparts/**")),
            tree("key", "db-config"),
            tree("functions", "volumes/functions"),
            tree("snippets", "volumes/snippets"));
  }

  /** Does something when a step begins, before anything of it is done; once. */
  void at(Step step, Runnable deed) {
    at(Map.of(step, deed));
  }

  /** The same of several steps. */
  void at(Map<Step, Runnable> deeds) {
    var left = new EnumMap<Step, Runnable>(Step.class);
    left.putAll(deeds);
    stores.output =
        new PrintStream(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            said.append(line).append('\n');
            var begun = line.replaceFirst(".*\"step\":\"([A-Z_]+)\".*", "$1");
            steps.add(begun);
            left.keySet().stream()
                .filter(step -> begun.equals(step.name()))
                .findFirst()
                .ifPresent(step -> left.remove(step).run());
          }
        };
  }

  private FileTrees.Tree tree(String name, String path) {
    return new FileTrees.Tree(name, project.resolve(path).toString());
  }

  private ServerReference reference() {
    stores.credential(Credential.SOURCE, "host", server.host());
    stores.credential(Credential.SOURCE, "port", Integer.toString(server.port()));
    stores.credential(
        Credential.SOURCE, "password", user.equals("postgres") ? "p1" : PostgresServer.PASSWORD);
    return new ServerReference(
        Credential.SOURCE,
        Credential.SOURCE_PASSWORD,
        Credential.SOURCE_CA,
        null,
        null,
        user,
        null,
        SslMode.PREFER);
  }

  /** As Supabase's own customers keep a project. */
  SupabaseWorld hosted(HostedProject project) {
    hosted = project;
    user = "postgres";
    stores.credential(Credential.SOURCE_TOKEN, "value", TOKEN);
    return this;
  }

  private SupabaseProject hostedProject() {
    return new SupabaseProject(
        new PostgresDump(
            reference(),
            new PostgresSource.Databases(List.of(SelfHostedSupabase.DATABASE), null),
            GlobalsMode.WITHOUT_PASSWORDS,
            DumpFormat.STREAM,
            null,
            null,
            new FactsRequest(FactsMode.FULL, null, null),
            allowEmpty,
            new PostgresDump.Managed(
                "supabase:" + hosted.project(), HostedSupabase.MANAGED_SCHEMAS)),
        new FileTrees(List.of(), List.of(), List.of(), null, allowEmpty),
        null,
        List.of(),
        hosted.storage() == null ? null : layout,
        tolerateMissing,
        null,
        List.of(),
        hosted,
        List.of());
  }

  /**
   * Brings what lies in Storage's folder to a bucket as its other backend would have it, and has it
   * kept from there.
   */
  void moveToBucket(S3Server server, String endpoint) {
    var name = server.bucket();
    SelfHostedSupabase.upload(project, server.client(), name);
    trees = trees.stream().filter(tree -> !tree.name().equals("storage")).toList();
    layout = new StorageLayout(name, "stub", StorageVersions.FOLDER);
    bucket = new StoreTarget.Bucket(name, null, endpoint, S3Server.REGION, null, null);
    storageKeys(S3Server.READER, S3Server.READER_SECRET);
  }

  void storageKeys(String id, String secret) {
    stores.credential(Credential.STORAGE_S3, "accessKeyId", id);
    stores.credential(Credential.STORAGE_S3, "secretAccessKey", secret);
  }

  TaskReport backup() {
    if (hosted != null) {
      return run(
          new Task.Backup(stores.header(), stores.target(), hostedProject(), baseline, null));
    }
    var hasStorage = trees.stream().anyMatch(tree -> tree.name().equals("storage"));
    return run(
        new Task.Backup(
            stores.header(),
            stores.target(),
            new SupabaseProject(
                new PostgresDump(
                    reference(),
                    new PostgresSource.Databases(databases, null),
                    GlobalsMode.INCLUDE,
                    DumpFormat.STREAM,
                    null,
                    null,
                    new FactsRequest(FactsMode.FULL, null, null),
                    allowEmpty),
                new FileTrees(trees, List.of(), List.of(), null, allowEmpty),
                mounted.isEmpty() ? project.toString() : null,
                mounted,
                hasStorage || bucket != null ? layout : null,
                tolerateMissing,
                bucket,
                List.of(DATABASE_IMAGE),
                null,
                List.of(NOT_KEPT)),
            baseline,
            null));
  }

  /** Nothing that is secret may be seen outside of the repository. */
  TaskReport run(Task task) {
    var report = stores.run(task);
    try {
      assertThat(Files.readString(stores.folder.resolve("report.json")) + said)
          .doesNotContain(PostgresServer.PASSWORD)
          .doesNotContain(SelfHostedSupabase.JWT_SECRET)
          .doesNotContain(SelfHostedSupabase.ENV_SECRET)
          .doesNotContain(SelfHostedSupabase.VAULT_SECRET)
          .doesNotContain(TOKEN)
          .doesNotContain(S3Server.READER)
          .doesNotContain(S3Server.READER_SECRET)
          .doesNotContain(Script.run("cat db-config/pgsodium_root.key || echo no-key", project));
      return report;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TaskResult.BackedUp succeed() {
    return (TaskResult.BackedUp) succeeded(backup());
  }

  static TaskResult succeeded(TaskReport report) {
    assertThat(report.outcome()).as(String.valueOf(report)).isEqualTo(TaskReport.Outcome.SUCCEEDED);
    return report.result();
  }

  static TaskResult.BackedUp partial(TaskReport report) {
    assertThat(report.outcome()).as(String.valueOf(report)).isEqualTo(TaskReport.Outcome.PARTIAL);
    return (TaskResult.BackedUp) report.result();
  }

  TaskResult.Compared prove(String point) {
    fetch(point);
    return compare(point);
  }

  void fetch(String point) {
    succeeded(
        run(new Task.Fetch(stores.header(), stores.target(), new PointReference(point, null))));
  }

  TaskResult.Compared compare(String point) {
    return (TaskResult.Compared)
        succeeded(
            run(
                new Task.Compare(
                    stores.header(),
                    new PointReference(point, null),
                    new Task.Initdb(),
                    checks,
                    ChecksHash.of(checks),
                    IsolationMode.AUTO)));
  }

  TaskReport restoreFiles(String point, String tree, Path folder) {
    return restoreFiles(point, tree, folder, List.of(), Task.Existing.REFUSE, RestoreMode.MERGE);
  }

  /** Some of Storage, over what is there. */
  TaskReport restoreFiles(String point, Path folder, List<String> select, RestoreMode mode) {
    return restoreFiles(point, "storage", folder, select, Task.Existing.REPLACE, mode);
  }

  private TaskReport restoreFiles(
      String point,
      String tree,
      Path folder,
      List<String> select,
      Task.Existing existing,
      RestoreMode mode) {
    return run(
        new Task.RestoreFiles(
            stores.header(),
            stores.target(),
            new PointReference(point, null),
            tree,
            folder.toString(),
            select,
            existing,
            mode,
            Task.Effect.CARRY_OUT,
            null,
            "4d2c1a90-uid",
            List.of()));
  }

  Manifest manifest(String point) {
    try (var points = stores.open(RecoveryPoints.Access.READ)) {
      return points.manifest(points.require(new PointReference(point, null)));
    }
  }

  /** What restic says of the snapshot that holds a part: how many files it read, among others. */
  JsonNode summaryOf(String point, String part) {
    var snapshot =
        manifest(point).parts().stream()
            .filter(each -> each.name().equals(part))
            .map(Manifest.Part::snapshot)
            .findFirst()
            .orElseThrow();
    try {
      return Json.mapper()
          .readTree(
              Script.run(
                  "RESTIC_PASSWORD='%s' %s --repo store/shop/db --no-lock --quiet cat snapshot %s"
                      .formatted(StoreWorld.PASSWORD, Programs.here().restic(), snapshot),
                  stores.folder))
          .path("summary");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SupabaseFacts facts(String point) {
    return ((Manifest.Supabase) manifest(point).content()).facts();
  }

  /** A file beside the manifest. */
  String beside(String point, String name) {
    try (var points = stores.open(RecoveryPoints.Access.READ)) {
      var set = points.require(new PointReference(point, null));
      return new String(
          points.repository().read(set.manifest().id(), "/" + name), StandardCharsets.UTF_8);
    }
  }
}
