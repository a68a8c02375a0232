package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.process.Programs;
import dev.salvor.task.Credential;
import dev.salvor.task.Span;
import dev.salvor.task.Step;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
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
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
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

  private void span(Span span) {
    world.stores.environment.put(WorkerEnvironment.SPAN, span.text());
  }

  /** It reads a claim, and no object. */
  @Test
  void anotherNodeReadsItsPlacesWithoutTheKeysOfTheBucket() {
    var point = "20261122t020000z-abcdef";
    Script.run("rm -r credentials/storage-s3", world.stores.folder);
    span(new Span(point, List.of("key", "functions"), null));
    var share = ((TaskResult.ShareKept) SupabaseWorld.succeeded(world.backup())).share();
    assertThat(front.asked("")).isEmpty();
    world.storageKeys(S3Server.READER, S3Server.READER_SECRET);
    span(new Span(point, List.of("snippets"), List.of(share)));

    var made = world.succeed();

    assertThat(made.recoveryPoint()).isEqualTo(point);
    assertThat(made.complete()).isTrue();
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    assertThat(world.prove(point).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void whatIsUnchangedIsNotFetchedAgainAndNeitherReadNorLost() {
    world.succeed();
    assertThat(front.asked(objects())).hasSize(10);
    var gone = objects() + "stub/docs/gone/1";
    front.lie(
        (request, answer) ->
            request.equals(gone)
                ? S3Front.answer("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>")
                : answer);
    put("stub/docs/gone/1", "gone".getBytes(StandardCharsets.UTF_8));
    put("stub/docs/new/1", "new".getBytes(StandardCharsets.UTF_8));

    var report = world.backup();

    var again = (TaskResult.BackedUp) SupabaseWorld.succeeded(report);
    assertThat(report.warnings().toString()).contains("1 objects were deleted between");
    assertThat(front.asked(objects()))
        .containsExactlyInAnyOrder(gone, objects() + "stub/docs/new/1");
    var summary = world.summaryOf(again.recoveryPoint(), "storage");
    assertThat(summary.path("files_unmodified").asInt()).isEqualTo(10);
    assertThat(world.prove(again.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void whatIsNotAsItsETagSaysIsFetchedAgainAndNothingElse() throws Exception {
    put("stub/docs/odd/1", "odd".getBytes(StandardCharsets.UTF_8));
    var odd = objects() + "stub/docs/odd/1";
    S3Front.Lie other =
        (request, answer) -> {
          if (request.equals(odd)) {
            answer[answer.length - 1] = '!';
          }
          return answer;
        };
    front.lie(other);
    world.succeed();
    front.lie(other);

    var again = world.backup();

    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(again);
    assertThat(again.warnings().toString())
        .contains("1 objects have an ETag that is not the MD5")
        .doesNotContain("anew");
    assertThat(front.asked(objects())).containsExactly(odd, odd);
    assertThat(world.restoreFiles(made.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    assertThat(folder.resolve("s/" + world.bucket.bucket() + "/stub/docs/odd/1")).hasContent("od!");
  }

  @Test
  void whatTheListCallsOtherwiseIsFetchedAgainAndNothingElse() throws Exception {
    var bytes = "odd".getBytes(StandardCharsets.UTF_8);
    put("stub/docs/odd/1", bytes);
    var etag = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    S3Front.Lie other =
        (request, answer) ->
            request.contains("list-type=2")
                ? S3Front.altered(answer, body -> body.replace(etag, "0".repeat(etag.length())))
                : answer;
    front.lie(other);
    world.succeed();
    front.lie(other);

    var again = world.backup();

    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(again);
    assertThat(String.valueOf(again.warnings())).doesNotContain("anew");
    assertThat(front.asked(objects())).containsExactly(objects() + "stub/docs/odd/1");
    assertThat(world.restoreFiles(made.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    assertThat(folder.resolve("s/" + world.bucket.bucket() + "/stub/docs/odd/1")).hasContent("odd");
  }

  /** Its bytes are those of the point before; the next backup goes on as if nothing had been. */
  @Test
  void whatIsReplacedMeanwhileIsTakenFromThePointBefore() {
    var before = world.succeed().recoveryPoint();
    var name = world.bucket.bucket();
    world.at(
        Step.GLOBALS,
        () -> {
          supabase.replaceAndDelete();
          put("stub/avatars/user 4.png/" + SelfHostedSupabase.REPLACED, new byte[5_000]);
          for (var each : List.of(4, 5, 6)) {
            var key =
                "stub/avatars/user %d.png/00000000-0000-4000-8000-00000000000%d"
                    .formatted(each, each);
            server.client().deleteObject(it -> it.bucket(name).key(key));
          }
        });

    var report = world.backup();

    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(report);
    assertThat(report.warnings())
        .anySatisfy(each -> assertThat(each).startsWith("3 objects").contains(before));
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    var proof = world.prove(made.recoveryPoint());
    assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(proof.coverage()).contains("bytes of 10 of 11 objects, MD5 of 9");

    world.at(Step.GLOBALS, () -> {});
    front.lie((request, answer) -> answer);
    var next = world.succeed();
    supabase.resetStorage();
    assertThat(front.asked(objects())).isEmpty();
    assertThat(next.objects()).isEqualTo(new StorageObjects(9, 0, 0, 0));
  }

  /** Within one second, of the same size: restic alone would take it for unchanged. */
  @Test
  void whatIsReplacedUnderItsKeyIsFetched() throws Exception {
    put("stub/docs/same/1", "one".getBytes(StandardCharsets.UTF_8));
    world.succeed();
    front.lie((request, answer) -> answer);
    put("stub/docs/same/1", "two".getBytes(StandardCharsets.UTF_8));

    var again = world.succeed();

    assertThat(front.asked(objects())).containsExactly(objects() + "stub/docs/same/1");
    assertThat(world.restoreFiles(again.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    assertThat(folder.resolve("s/" + world.bucket.bucket() + "/stub/docs/same/1"))
        .hasContent("two");
  }

  /** Two of them fit at once. */
  @Test
  void whatDoesNotFitIntoTheScratchSpaceComesInTurns() throws Exception {
    var random = new SecureRandom();
    var large = new byte[1_000_000];
    for (var number = 1; number <= 5; number++) {
      random.nextBytes(large);
      put("stub/docs/large/" + number, large);
    }
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "4500000");

    var made = world.succeed();

    assertThat(made.addedBytes()).isBetween(5_000_000L, 6_000_000L);
    assertThat(front.asked(objects())).hasSize(15);
    assertThat(world.prove(made.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(world.restoreFiles(made.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    assertThat(folder.resolve("s/" + world.bucket.bucket() + "/stub/docs/large/5"))
        .hasBinaryContent(large);
    try (var points = world.stores.open(RecoveryPoints.Access.READ)) {
      assertThat(points.sets()).hasSize(1);
      assertThat(points.catalogue().unclosed()).hasSizeBetween(2, 4);
    }

    front.lie((request, answer) -> answer);
    world.succeed();
    assertThat(front.asked(objects())).isEmpty();

    // Before all others in the list, and more than a turn: the others are held nevertheless.
    for (var number = 1; number <= 3; number++) {
      random.nextBytes(large);
      put("stub/a/" + number, large);
    }
    var more = world.backup();
    assertThat(String.valueOf(more.warnings())).doesNotContain("anew");
    assertThat(front.asked(objects())).hasSize(3);
    var grown = ((TaskResult.BackedUp) SupabaseWorld.succeeded(more)).recoveryPoint();
    assertThat(world.restoreFiles(grown, "storage", folder.resolve("grown")).failure()).isNull();
    assertThat(folder.resolve("grown/" + world.bucket.bucket() + "/stub/a/3"))
        .hasBinaryContent(large);

    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "1050000");
    random.nextBytes(large);
    put("stub/docs/larger/1", large);
    var report = world.backup();
    assertThat(reason(report)).isEqualTo(Reason.SCRATCH_FULL);
    assertThat(report.failure().message()).contains("stub/docs/larger/1' has 1000000 bytes");
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "54096");
    assertThat(world.backup().failure().message()).contains("more than 9 objects");
  }

  @Test
  void namesAreKeptAsTheyAreOrNamed() throws Exception {
    var odd = "docs/a \"q\" <b>&'c\\d %41+\n\u00dc/1";
    put("stub/" + odd, "odd".getBytes(StandardCharsets.UTF_8));
    var typed = "stub/docs/typed/1";
    server
        .client()
        .putObject(
            it -> it.bucket(world.bucket.bucket()).key(typed).contentType("x/" + "y".repeat(1_500)),
            RequestBody.fromString("typed"));
    front.lie(
        (request, answer) ->
            request.contains("list-type=2") && !request.contains("max-keys=1&")
                ? S3Front.altered(
                    answer,
                    body ->
                        body.replace(
                            "</ListBucketResult>",
                            "<Contents><Key>stub/docs/a/.emptyFolderPlaceholder/"
                                + "00000000-0000-4000-8000-000000000000/x</Key><Size>1</Size>"
                                + "</Contents><Contents><Key>stub/docs//x</Key><Size>1</Size>"
                                + "</Contents><Contents><Key>stub/folder/</Key><Size>0</Size>"
                                + "</Contents></ListBucketResult>"))
                : answer);

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(report.warnings().getFirst())
        .startsWith("3 objects of bucket")
        .contains("is a file and a folder")
        .contains("typed/1' has a content type")
        .contains("stub/docs//x' is no path");
    front.lie((request, answer) -> answer);
    server.client().deleteObject(it -> it.bucket(world.bucket.bucket()).key(typed));
    assertThat(world.succeed().complete()).isTrue();
    assertThat(front.asked(objects())).hasSizeLessThan(2);
    assertThat(world.restoreFiles(made.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    assertThat(folder.resolve("s/" + world.bucket.bucket() + "/stub/" + odd)).hasContent("odd");
  }

  @Test
  void noStoreIsMadeAmongTheObjects() {
    world.stores.place = server.place(world.bucket.bucket(), "stub/backups");
    world.bucket = server.place(world.bucket.bucket(), null);
    world.stores.credential(Credential.STORE_S3, "accessKeyId", S3Server.ACCESS_KEY);
    world.stores.credential(Credential.STORE_S3, "secretAccessKey", S3Server.SECRET_KEY);

    assertThat(reason(world.backup())).isEqualTo(Reason.INVALID_SPEC);
    assertThat(server.objects(world.bucket.bucket()).resolve("stub/backups")).doesNotExist();
  }

  /** The next time that restic is given a parent, it takes nothing from it. */
  private void forgetAParent() {
    Script.run(
        """
        cat > restic <<'END'
        #!/bin/bash
        case "$*" in
          *--parent=*--ignore-inode*)
            [ -e "$0.done" ] || { touch "$0.done"; set -- "${@/--parent=*/--force}"; } ;;
        esac
        exec "%s" "$@"
        END
        chmod +x restic
        """
            .formatted(Programs.here().restic()),
        folder);
    world.stores.environment.put(Programs.RESTIC, folder.resolve("restic").toString());
  }

  /** A pod that takes more than it may is evicted. */
  @Test
  void whatLiesInTheScratchSpaceAlreadyIsNoRoom() throws Exception {
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "1000000");
    world.succeed();
    var scratch = Path.of(world.stores.environment.get(WorkerEnvironment.SCRATCH));
    Files.write(Files.createDirectory(scratch.resolve("other")).resolve("dump"), new byte[949_000]);

    var report = world.backup();

    assertThat(reason(report)).isEqualTo(Reason.SCRATCH_FULL);
    assertThat(report.failure().message()).contains("and the scratch space has", "bytes free");
    Files.write(scratch.resolve("other/dump"), new byte[2_000_000]);
    assertThat(world.backup().failure().message()).contains("more than 0 objects", "has 0 bytes");
  }

  @Test
  void whatIsFetchedAnewHasTheWholeRoomAgain() {
    world.succeed();
    front.lie((request, answer) -> answer);
    forgetAParent();
    // Ten objects take 51,200 of them, and the largest has fewer than the rest.
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "80000");

    var again = world.backup();

    SupabaseWorld.succeeded(again);
    assertThat(again.warnings().toString()).contains("all objects are fetched anew");
    assertThat(front.asked(objects())).hasSize(10);
  }
}
