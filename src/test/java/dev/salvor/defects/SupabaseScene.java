package dev.salvor.defects;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RolesMode;
import dev.salvor.api.StorageVersions;
import dev.salvor.task.Credential;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.FileTrees;
import dev.salvor.task.PointReference;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.ProjectTarget;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StorageTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folders of a Supabase project that are a scene's own, beside a server that all of them share
 * and none alters.
 */
final class SupabaseScene implements AutoCloseable {
  final Scene scene;
  final Path project;
  String tenant = "stub";

  /** Where Storage's objects are; null: in the project's folder. */
  StoreTarget.@Nullable Bucket bucket;

  /** A folder that stands for a claim with Storage and functions; empty: none does. */
  String claim = "";

  private SupabaseScene(Scene scene) {
    this.scene = scene;
    this.project = Scene.made(scene.folder().resolve("project"));
    SelfHostedSupabase.lay(project);
    scene.credential(Credential.SOURCE, "uri", Running.SUPABASE.server().uri("postgres"));
  }

  /** With Storage's objects in a bucket of their own, behind a front of their own. */
  static SupabaseScene inBucket(S3Front front) {
    var made = fresh();
    var name = S3Server.shared().bucket();
    SelfHostedSupabase.upload(made.project, S3Server.shared().client(), name);
    made.bucket = new StoreTarget.Bucket(name, null, front.endpoint(), S3Server.REGION, null, null);
    made.keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
    return made;
  }

  /** To the bucket. */
  void keys(String id, String secret) {
    scene.credential(Credential.STORAGE_S3, "accessKeyId", id);
    scene.credential(Credential.STORAGE_S3, "secretAccessKey", secret);
  }

  /** One server for the whole run. */
  private static final class Running {
    static final SelfHostedSupabase SUPABASE = start();

    private static SelfHostedSupabase start() {
      // It ends with this JVM.
      return SelfHostedSupabase.start();
    }
  }

  static SupabaseScene fresh() {
    return new SupabaseScene(Scene.withoutDatabase());
  }

  /** With one good point of it. */
  static SupabaseScene backedUp() {
    var made = fresh();
    made.scene.require(made.backup());
    return made;
  }

  static PostgresServer server() {
    return Running.SUPABASE.server();
  }

  /** In the project's folder. */
  void sh(String script) {
    Script.run(script, project);
  }

  /** Where the copy of a tree lies after {@link Task.Fetch}. */
  Path copy(String tree) {
    return scene.sandbox().resolve("trees").resolve(tree);
  }

  Task.Backup backupTask() {
    return new Task.Backup(
        scene.header(),
        scene.target(),
        new SupabaseProject(
            new PostgresDump(
                new ServerReference(
                    Credential.SOURCE,
                    Credential.SOURCE_PASSWORD,
                    Credential.SOURCE_CA,
                    null,
                    null,
                    null,
                    null,
                    null),
                new PostgresSource.Databases(List.of("postgres"), null),
                GlobalsMode.INCLUDE,
                DumpFormat.STREAM,
                null,
                null,
                new FactsRequest(FactsMode.FULL, null, null),
                false),
            new FileTrees(
                Stream.of(
                        tree("storage", "volumes/storage"),
                        tree("key", "db-config"),
                        tree("functions", "volumes/functions"))
                    .skip(bucket == null ? 0 : 1)
                    .toList(),
                List.of(),
                List.of(),
                null,
                false),
            project.toString(),
            List.of(),
            new StorageLayout(
                bucket == null ? "stub" : bucket.bucket(), tenant, StorageVersions.FOLDER),
            0,
            bucket,
            List.of(),
            null,
            List.of()),
        null,
        null);
  }

  /** The newest point over the project itself; nothing may come of it. */
  TaskReport restoreOverIt() {
    scene.credential(Credential.TARGET, "uri", server().uri("template1"));
    return scene.run(
        new Task.RestoreSupabase(
            scene.header(),
            scene.target(),
            new PointReference(scene.newest(), null),
            new ProjectTarget(
                Scene.targetServer(),
                List.of(tree("storage", "volumes/storage")),
                project.resolve("db-config").toString(),
                null),
            RolesMode.MISSING,
            Task.Existing.REPLACE,
            Task.Effect.CARRY_OUT,
            null,
            "request-1",
            List.of(),
            false));
  }

  /** Storage of the newest point, to an empty bucket. */
  TaskReport restoreToBucket(String endpoint, String name) {
    keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
    return scene.run(
        new Task.RestoreSupabase(
            scene.header(),
            scene.target(),
            new PointReference(scene.newest(), null),
            new ProjectTarget(
                null,
                List.of(),
                null,
                null,
                new StorageTarget(
                    new StoreTarget.Bucket(name, null, endpoint, S3Server.REGION, null, null),
                    new StorageLayout(name, "stub", StorageVersions.FOLDER))),
            RolesMode.MISSING,
            Task.Existing.REFUSE,
            Task.Effect.CARRY_OUT,
            null,
            "request-1",
            List.of(),
            false));
  }

  private FileTrees.Tree tree(String name, String path) {
    var within = path.startsWith(claim + "/") ? project.resolve(claim).toString() : null;
    return new FileTrees.Tree(name, project.resolve(path).toString(), List.of(), within);
  }

  TaskReport backup() {
    return scene.run(backupTask());
  }

  @Override
  public void close() {
    scene.close();
  }
}
