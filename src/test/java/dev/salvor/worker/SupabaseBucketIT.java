package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.TaskReport;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;

/** A Supabase whose Storage is a bucket is kept as one whose Storage is a folder. */
@NullUnmarked
@NeedsRoot
class SupabaseBucketIT {
  private static SelfHostedSupabase supabase;
  private static S3Server server;
  private static S3Front front;

  private Path folder;
  private SupabaseWorld world;

  @BeforeAll
  static void start() {
    supabase = SelfHostedSupabase.start();
    server = S3Server.shared();
    front = new S3Front(server);
  }

  @AfterAll
  static void stop() throws IOException {
    front.close();
    supabase.close();
  }

  @BeforeEach
  void make() throws IOException {
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "supabase");
    world = new SupabaseWorld(folder, supabase);
    world.moveToBucket(server, front.endpoint());
    front.lie((request, answer) -> answer);
  }

  @AfterEach
  void remove() {
    Script.run("rm -rf \"$1\"", folder);
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  private String objects() {
    return "GET /" + world.bucket.bucket() + "/";
  }

  private void put(String key, byte[] bytes) {
    server
        .client()
        .putObject(
            it -> it.bucket(world.bucket.bucket()).key(key).contentType("image/png"),
            RequestBody.fromBytes(bytes));
  }

  @Test
  void itIsKeptProvenAndHadBackAsTheFolderThatItWouldBe() throws Exception {
    var made = world.succeed();

    assertThat(made.complete()).isTrue();
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    var proof = world.prove(made.recoveryPoint());
    assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(proof.coverage()).contains("bytes of 10 of 11 objects, MD5 of 9");

    assertThat(world.restoreFiles(made.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    // From here on it is one with the file backend.
    var there = folder.resolve("s/" + world.bucket.bucket() + "/stub/avatars/user 1.png");
    var object = there.resolve("00000000-0000-4000-8000-000000000001");
    assertThat(object)
        .hasSameBinaryContentAs(
            world
                .project
                .resolve("volumes/storage/stub/stub/avatars/user 1.png")
                .resolve("00000000-0000-4000-8000-000000000001"));
    assertThat(Files.getAttribute(object, "user:supabase.content-type"))
        .isEqualTo("image/png".getBytes(StandardCharsets.UTF_8));
    assertThat(Files.getAttribute(object, "user:supabase.cache-control"))
        .isEqualTo("max-age=3600".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsUnchangedIsNotFetchedAgainAndNeitherReadNorLost() {
    world.succeed();
    assertThat(front.asked(objects())).hasSize(10);
    front.lie((request, answer) -> answer);
    put("stub/docs/new/1", "new".getBytes(StandardCharsets.UTF_8));

    var again = world.succeed();

    assertThat(front.asked(objects())).containsExactly(objects() + "stub/docs/new/1");
    var summary = world.summaryOf(again.recoveryPoint(), "storage");
    assertThat(summary.path("files_unmodified").asInt()).isEqualTo(10);
    assertThat(world.prove(again.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }
}
