package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.HostedProject;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.testing.HostedStorageStub;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;

/** Objects of a project come back by the S3 protocol of one that Supabase hosts. */
@NullUnmarked
@NeedsRoot
class HostedObjectsRestoreIT {
  private static final String PROJECT = "abcdefghijklmnopqrst";
  private static final String COLUMNS =
      "ALTER TABLE storage.objects ADD COLUMN user_metadata jsonb, ADD COLUMN created_at"
          + " timestamptz DEFAULT now()";
  private static final String ROWS =
      "SELECT string_agg(concat_ws('|', id, bucket_id, name, owner_id, user_metadata, created_at AT"
          + " TIME ZONE 'UTC'), E'\\n' ORDER BY id) FROM storage.objects WHERE name <> 'uploading'";
  private static final int LARGE = 9 << 20;

  private static SelfHostedSupabase supabase;
  private static S3Server served;
  private static S3Server given;
  private static Path folder;
  private static SupabaseWorld world;
  private static String point;

  private SelfHostedSupabase target;
  private HostedStorageStub storage;
  private HostedTargetWorld restore;

  @BeforeAll
  static void backUp() throws IOException {
    supabase = SelfHostedSupabase.startHosted();
    served = S3Server.start();
    given = S3Server.start();
    supabase
        .server()
        .execute(
            "postgres",
            COLUMNS,
            "UPDATE storage.objects SET owner_id = md5(name), user_metadata = '{\"a\": \"b\\\\n"
                + "c\"}', created_at = '2026-01-02 03:04:05.678+00'",
            "SET ROLE postgres",
            "CREATE TABLE public.files (object uuid CONSTRAINT there REFERENCES storage.objects)",
            "INSERT INTO public.files SELECT md5('o1')::uuid",
            "RESET ROLE",
            "INSERT INTO storage.objects VALUES (md5('l')::uuid, 'docs', 'large/one.bin',"
                + " '00000000-0000-4000-8000-00000000000a', '{\"size\": %d, \"mimetype\": \"a/b\"}')"
                    .formatted(LARGE));
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "hosted");
    world =
        new SupabaseWorld(folder, supabase)
            .hosted(
                new HostedProject(
                    PROJECT, null, new StorageEndpoint(served.endpoint(), S3Server.REGION)));
    SelfHostedSupabase.serve(world.project, served);
    served
        .client()
        .putObject(
            it -> it.bucket("docs").key("large/one.bin").contentType("a/b"),
            RequestBody.fromBytes(large()));
    world.storageKeys(S3Server.READER, S3Server.READER_SECRET);
    point = world.succeed().recoveryPoint();
    world.storageKeys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
  }

  private static byte[] large() {
    var bytes = new byte[LARGE];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  @AfterAll
  static void stop() {
    served.close();
    given.close();
    supabase.close();
    Script.run("rm -rf \"$1\"", folder);
  }

  @BeforeEach
  void make() {
    target = SelfHostedSupabase.startNew();
    target.server().execute("postgres", COLUMNS);
    storage = new HostedStorageStub(given, target.server());
    restore = new HostedTargetWorld(world, target.server(), null);
    restore.byApi = List.of();
    restore.storage = new StorageEndpoint(storage.endpoint(), S3Server.REGION);
  }

  @AfterEach
  void remove() throws IOException {
    storage.close();
    target.close();
  }

  private String ask(String sql) {
    return target.server().query("postgres", sql);
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  private static byte[] bytes(String bucket, String key) {
    return given.client().getObjectAsBytes(it -> it.bucket(bucket).key(key)).asByteArray();
  }

  @Test
  void theyAreThereWithTheirTypesAndTheirRowsAreWhatTheyWere() {
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).as(restored.toString()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored.coverage()).contains("storage: ", ", and their rows");
    assertThat(restored.plan())
        .anyMatch(step -> step.startsWith("put 11 objects ("))
        .anyMatch(step -> step.endsWith("compare them and their rows"));
    assertThat(bytes("docs", "\u00dcber 100%.txt")).asString().isEqualTo("abcde");
    assertThat(bytes("docs", "a/.emptyFolderPlaceholder")).isEmpty();
    assertThat(bytes("docs", "large/one.bin")).isEqualTo(large());
    var head = given.client().headObject(it -> it.bucket("avatars").key("user 1.png"));
    assertThat(head.contentType()).isEqualTo("image/png");
    assertThat(head.cacheControl()).isEqualTo("max-age=3600");
    assertThat(ask(ROWS)).isEqualTo(supabase.server().query("postgres", ROWS));
    assertThat(ask("SELECT count(*) FROM storage.objects WHERE version = 'made-anew'"))
        .isEqualTo("11");
    assertThat(ask("SELECT convalidated FROM pg_constraint WHERE conname = 'there'"))
        .isEqualTo("t");
    assertThat(String.valueOf(restored.leftOut()))
        .doesNotContain("objects of Storage")
        .doesNotContain("Storage's objects")
        .doesNotContain("NOT VALID");
  }

  @Test
  void thePlanTouchesNothing() {
    restore.effect = Task.Effect.PLAN_ONLY;
    restore.succeed(point);

    assertThat(storage.asked("PUT ")).isEmpty();
    assertThat(storage.asked("POST ")).isEmpty();
  }

  @Test
  void aRequestThatIsMadeAnewGoesOn() {
    storage.lie(
        (request, answer) -> {
          if (!request.startsWith("PUT /docs/\u00dcber")) {
            return answer;
          }
          given.client().deleteObject(it -> it.bucket("docs").key("\u00dcber 100%.txt"));
          return S3Front.answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>");
        });
    var report = restore.run(point);

    assertThat(report.failure().message())
        .contains("\u00dcber 100%.txt", "Restored before that, and equal with the point: database");

    storage.lie((request, answer) -> answer);
    // What is still on its way when one fails may or may not have come.
    var there =
        given.client().listObjectsV2(it -> it.bucket("avatars")).contents().stream()
            .map(object -> "PUT /avatars/" + object.key())
            .toList();
    assertThat(there).isNotEmpty();
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).as(restored.toString()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(storage.asked("PUT ")).doesNotContainAnyElementsOf(there);
    assertThat(ask(ROWS)).isEqualTo(supabase.server().query("postgres", ROWS));

    // Of one that is whole nothing is put again.
    storage.lie((request, answer) -> answer);
    assertThat(restore.succeed(point).comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(storage.asked("PUT ")).isEmpty();
    assertThat(storage.asked("POST ")).isEmpty();
  }

  @Test
  void whatIsThereIsNeverReplaced() {
    given
        .client()
        .putObject(it -> it.bucket("docs").key("mine"), RequestBody.fromString("somebody's"));
    var report = restore.run(point);
    assertThat(reason(report)).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(report.failure().message()).contains("docs/mine");
    assertThat(ask("SELECT count(*) FROM auth.users")).isEqualTo("0");
    given.client().deleteObject(it -> it.bucket("docs").key("mine"));

    // Of the same name and size.
    given
        .client()
        .putObject(
            it -> it.bucket("docs").key("\u00dcber 100%.txt"), RequestBody.fromString("other"));
    report = restore.run(point);
    assertThat(reason(report)).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(report.failure().message()).contains("\u00dcber 100%.txt", "nothing is replaced");
    assertThat(bytes("docs", "\u00dcber 100%.txt")).asString().isEqualTo("other");
  }

  @Test
  void withoutTheDatabaseTheirRowsAreNotWhatTheyWere() {
    target
        .server()
        .execute(
            "postgres",
            "INSERT INTO storage.buckets VALUES ('docs', 'docs'), ('avatars', 'avatars')");
    restore.database = false;
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(restored.leftOut())
        .anyMatch(text -> text.startsWith("ids, owners, metadata and times of Storage's objects"));
    assertThat(bytes("docs", "large/one.bin")).isEqualTo(large());
  }

  @Test
  void aColumnThatTheProjectLacksOrMayNotWriteIsSaid() {
    target
        .server()
        .execute(
            "postgres",
            "ALTER TABLE storage.objects DROP COLUMN user_metadata",
            "REVOKE supabase_storage_admin FROM postgres",
            "REVOKE UPDATE ON storage.objects FROM postgres, anon, authenticated, service_role");
    var restored = restore.succeed(point);

    assertThat(restored.comparison()).as(restored.toString()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(restored.leftOut())
        .contains("of the rows of Storage's objects: created_at, id, owner_id, user_metadata");
    // Nothing that does not hold is said to hold.
    assertThat(ask("SELECT convalidated FROM pg_constraint WHERE conname = 'there'"))
        .isEqualTo("f");
    assertThat(String.valueOf(restored.leftOut())).contains("there holds for the rows");
  }
}
