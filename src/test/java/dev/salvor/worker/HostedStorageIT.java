package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Reason;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.Credential;
import dev.salvor.task.HostedProject;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.ManagementStub;
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
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;

/** Objects of a hosted project are kept by their rows, as Storage's S3 protocol gives them. */
@NullUnmarked
@NeedsRoot
class HostedStorageIT {
  private static final String PROJECT = "abcdefghijklmnopqrst";
  private static final String USER_1 = "GET /avatars/user 1.png";
  private static final String FILE_1 =
      "stub/stub/avatars/user 1.png/00000000-0000-4000-8000-000000000001";

  private static SelfHostedSupabase supabase;
  private static ManagementStub management;
  private static S3Server server;
  private static S3Front front;

  private Path folder;
  private SupabaseWorld world;

  @BeforeAll
  static void start() {
    supabase = SelfHostedSupabase.startHosted();
    management = ManagementStub.start(PROJECT, SupabaseWorld.TOKEN);
    // Of its own: its buckets are called as Storage's are.
    server = S3Server.start();
    front = new S3Front(server);
  }

  @AfterAll
  static void stop() throws IOException {
    front.close();
    server.close();
    management.close();
    supabase.close();
  }

  @BeforeEach
  void make() throws IOException {
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "hosted");
    management.forget();
    world =
        new SupabaseWorld(folder, supabase)
            .hosted(
                new HostedProject(
                    PROJECT,
                    management.endpoint(),
                    new StorageEndpoint(front.endpoint(), S3Server.REGION)));
    world.storageKeys(S3Server.READER, S3Server.READER_SECRET);
    supabase.resetStorage();
    SelfHostedSupabase.serve(world.project, server);
    truthfully();
  }

  @AfterEach
  void remove() {
    Script.run("rm -rf \"$1\"", folder);
  }

  private static void truthfully() {
    front.lie((request, answer) -> answer);
  }

  private static void execute(String... statements) {
    supabase.server().execute(SelfHostedSupabase.DATABASE, statements);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String md5(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes(text)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(String bucket, String name, String text) {
    server
        .client()
        .putObject(
            it -> it.bucket(bucket).key(name).contentType("text/plain"),
            RequestBody.fromString(text));
  }

  /** As Storage does: bytes first, and then the row. */
  private static void upload(String name, String version, String text) {
    put("docs", name, text);
    row(
        name,
        version,
        "{\"size\": %d, \"mimetype\": \"text/plain\", \"eTag\": \"\\\"%s\\\"\"}"
            .formatted(text.length(), md5(text)));
  }

  private static void row(String name, String version, String metadata) {
    execute(
        """
        INSERT INTO storage.objects VALUES (gen_random_uuid(), 'docs', '%s', '%s', '%s')
        ON CONFLICT (bucket_id, name) DO UPDATE SET version = excluded.version, metadata = excluded.metadata
        """
            .formatted(name.replace("'", "''"), version, metadata));
  }

  private static void delete(String name) {
    execute(
        "SET storage.allow_delete_query = 'true'",
        "DELETE FROM storage.objects WHERE name = '" + name + "'");
  }

  /** But for the row without metadata, whose bytes may be there each time. */
  private static List<String> asked() {
    return front.asked("GET ").stream().filter(each -> !each.endsWith("/uploading")).toList();
  }

  private Path restored(String point) throws IOException {
    var target = Files.createTempDirectory(folder, "restored").resolve("storage");
    assertThat(world.restoreFiles(point, "storage", target).failure()).isNull();
    return target;
  }

  private static String all(TaskReport report) {
    return String.valueOf(report.warnings());
  }

  private void verified(TaskResult.BackedUp made) {
    var proof = world.prove(made.recoveryPoint());
    assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void theyAreKeptProvenAndHadBackAsTheFolderThatTheyWouldBe() throws Exception {
    var report = world.backup();

    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(report);
    assertThat(made.complete()).isTrue();
    assertThat(all(report)).doesNotContain("Storage");
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    assertThat(world.manifest(made.recoveryPoint()).parts())
        .extracting(Manifest.Part::name)
        .containsExactly("postgres", "storage", "functions");
    assertThat(asked()).hasSize(10).noneMatch(asked -> asked.contains("list-type"));
    var proof = world.prove(made.recoveryPoint());
    assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(proof.coverage()).contains("bytes of 10 of 11 objects, MD5 of 9");

    var there = restored(made.recoveryPoint());
    assertThat(there.resolve(FILE_1))
        .hasSameBinaryContentAs(world.project.resolve("volumes/storage").resolve(FILE_1));
    assertThat(Files.getAttribute(there.resolve(FILE_1), "user:supabase.content-type"))
        .isEqualTo(bytes("image/png"));
    assertThat(Files.getAttribute(there.resolve(FILE_1), "user:supabase.cache-control"))
        .isEqualTo(bytes("max-age=3600"));
    assertThat(
            there.resolve(
                "stub/stub/docs/a/.emptyFolderPlaceholder/00000000-0000-4000-8000-000000000000"))
        .isEmptyFile();
    assertThat(
            there.resolve("stub/stub/docs/\u00dcber 100%.txt/00000000-0000-4000-8000-000000000009"))
        .hasContent("abcde");
  }

  @Test
  void onlyWhatIsNewOfItsVersionIsFetched() throws Exception {
    world.succeed();
    truthfully();
    upload("new.txt", "v1", "new");
    upload("\u00dcber 100%.txt", "v2", "other");

    var again = world.succeed();

    assertThat(asked())
        .containsExactlyInAnyOrder("GET /docs/new.txt", "GET /docs/\u00dcber 100%.txt");
    assertThat(world.summaryOf(again.recoveryPoint(), "storage").path("files_unmodified").asInt())
        .isEqualTo(9);
    verified(again);
    truthfully();
    world.succeed();
    assertThat(asked()).isEmpty();
    assertThat(restored(again.recoveryPoint()).resolve("stub/stub/docs/\u00dcber 100%.txt/v2"))
        .hasContent("other");
  }

  @Test
  void whatIsReplacedOrDeletedMeanwhileIsNeverTakenForWhatItWas() throws Exception {
    upload("replaced.txt", "v1", "one");
    upload("deleted.txt", "v1", "one");
    upload("without-etag.txt", "v1", "one");
    row("without-etag.txt", "v1", "{\"size\": 3}");
    world.at(
        Step.FETCH,
        () -> {
          upload("replaced.txt", "v2", "two");
          upload("without-etag.txt", "v2", "two");
          server.client().deleteObject(it -> it.bucket("docs").key("deleted.txt"));
          delete("deleted.txt");
        });

    var report = world.backup();

    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(report);
    assertThat(made.objects()).isEqualTo(new StorageObjects(14, 0, 3, 0));
    assertThat(all(report))
        .contains("3 objects of Storage were deleted or replaced", "docs/replaced.txt/v1");
    var there = restored(made.recoveryPoint()).resolve("stub/stub/docs");
    assertThat(there.resolve("replaced.txt/v1")).doesNotExist();
    assertThat(there.resolve("without-etag.txt/v1")).doesNotExist();
    assertThat(there.resolve("deleted.txt/v1")).doesNotExist();
    verified(made);
  }

  @Test
  void whatTheLastPointHasOfAVersionIsTakenFromThere() throws Exception {
    upload("replaced.txt", "v1", "one");
    upload("deleted.txt", "v1", "one");
    world.succeed();
    truthfully();
    world.at(
        Step.FETCH,
        () -> {
          upload("replaced.txt", "v2", "two");
          server.client().deleteObject(it -> it.bucket("docs").key("deleted.txt"));
          delete("deleted.txt");
        });

    var made = world.succeed();

    assertThat(asked()).isEmpty();
    assertThat(made.objects()).isEqualTo(new StorageObjects(13, 0, 0, 0));
    var there = restored(made.recoveryPoint()).resolve("stub/stub/docs");
    assertThat(there.resolve("replaced.txt/v1")).hasContent("one");
    assertThat(there.resolve("deleted.txt/v1")).hasContent("one");
    verified(made);
  }

  @Test
  void whatHasNoETagOfItsBytesIsKeptWhereItsRowIsStillThere() throws Exception {
    upload("none.txt", "v1", "one");
    row("none.txt", "v1", "{\"size\": 3, \"lastModified\": \"2026-03-01T12:00:00.123Z\"}");
    upload("pieces.txt", "v1", "two");
    row(
        "pieces.txt",
        "v1",
        "{\"size\": 3, \"eTag\": \"%s-2\", \"lastModified\": \"+999999-01-01T00:00:00Z\"}"
            .formatted("0".repeat(32)));
    upload("moved.txt", "v1", "six");
    upload("sizeless.txt", "v1", "ten");
    row("sizeless.txt", "v1", "{\"mimetype\": \"text/plain\"}");
    // The bytes are those of the row, and their server calls them otherwise.
    front.lie(
        (request, answer) ->
            request.equals("GET /docs/moved.txt")
                ? S3Front.retold(answer, head -> head.replaceAll("(?i)(etag: ).*", "$1\"f-2\""))
                : answer);

    var made = world.succeed();

    assertThat(made.objects()).isEqualTo(new StorageObjects(15, 0, 0, 0));
    truthfully();
    assertThat(world.succeed().objects()).isEqualTo(made.objects());
    assertThat(asked()).containsExactly("GET /docs/sizeless.txt");
    var there = restored(made.recoveryPoint()).resolve("stub/stub/docs");
    assertThat(there.resolve("none.txt/v1")).hasContent("one");
    assertThat(Files.getLastModifiedTime(there.resolve("none.txt/v1")).toString())
        .startsWith("2026-03-01T12:00:00.");
    assertThat(there.resolve("pieces.txt/v1")).hasContent("two");
    assertThat(there.resolve("moved.txt/v1")).hasContent("six");
    assertThat(there.resolve("sizeless.txt/v1")).hasContent("ten");
  }

  @Test
  void anObjectWithoutBytesMakesThePointPartialUnlessItIsTolerated() {
    server.client().deleteObject(it -> it.bucket("avatars").key("user 1.png"));

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 1, 0, 0));
    assertThat(report.warnings().getFirst())
        .startsWith("1 of 11 objects of Storage are not whole at the source (1 without bytes")
        .contains("Delete none of them before you have their bytes", "avatars/user 1.png");
    world.tolerateMissing = 1;
    assertThat(world.succeed().complete()).isTrue();
  }

  @Test
  void aBucketThatIsGoneLacksItsObjectsAndNoOthers() {
    execute(
        "INSERT INTO storage.buckets VALUES ('old', 'old') ON CONFLICT DO NOTHING",
        "INSERT INTO storage.objects VALUES (gen_random_uuid(), 'old', 'a', 'v', '{\"size\": 1}')");

    var made = SupabaseWorld.partial(world.backup());

    assertThat(made.objects()).isEqualTo(new StorageObjects(12, 1, 0, 0));
  }

  @Test
  void keysThatAreNoneLeaveTheDatabaseAndCostNothingThatIsHeld() {
    world.succeed();
    truthfully();
    world.storageKeys("nobody-at-all", "knows-this");
    upload("new.txt", "v1", "new");
    supabase
        .server()
        .execute(
            "postgres", "UPDATE storage.objects SET version = 'other' WHERE name LIKE 'user%'");

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(report.warnings().getFirst()).contains("could not be fetched");
    assertThat(all(report))
        .contains("10 objects of Storage at", "InvalidAccessKeyId (HTTP 403)")
        .doesNotContain("nobody-at-all")
        .doesNotContain("knows-this");
    assertThat(made.objects()).isEqualTo(new StorageObjects(12, 9, 0, 0));
    assertThat(asked()).hasSizeLessThan(6);
    assertThat(world.manifest(made.recoveryPoint()).databaseParts()).hasSize(1);

    supabase.resetStorage();
    upload("new.txt", "v1", "new");
    world.storageKeys(S3Server.READER, S3Server.READER_SECRET);
    truthfully();
    var again = world.succeed();
    verified(again);
  }

  @Test
  void whereNothingCanBeReadTheDatabaseIsKeptAndTheNextFetchesNothingTwice() {
    world.succeed();
    world.hosted(
        new HostedProject(
            PROJECT, null, new StorageEndpoint("http://127.0.0.1:1", S3Server.REGION)));
    supabase.server().execute("postgres", "UPDATE storage.objects SET version = 'other'");

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(report.warnings().getFirst())
        .startsWith("objects of Storage are not in this point: nothing can be read of Storage at");
    assertThat(made.objects()).isNull();
    assertThat(world.manifest(made.recoveryPoint()).parts())
        .extracting(Manifest.Part::name)
        .containsExactly("postgres");

    supabase.resetStorage();
    truthfully();
    world.hosted(
        new HostedProject(PROJECT, null, new StorageEndpoint(front.endpoint(), S3Server.REGION)));
    verified(world.succeed());
    assertThat(asked()).isEmpty();
  }

  /** More side by side than would be asked for of a server that is down. */
  private static void many() {
    execute(
        "INSERT INTO storage.objects SELECT gen_random_uuid(), 'docs', 'many/' || n, 'v',"
            + " '{\"size\": 1}' FROM generate_series(1, 300) n");
  }

  @Test
  void aServerThatFailsIsNotAskedForAllOfThem() {
    // It would be answered in their midst, wherever a backup begins.
    delete("uploading");
    world.succeed();
    many();
    front.lie(
        (request, answer) ->
            request.contains("/many/")
                ? S3Front.answer("502 Bad Gateway", "<html>Sorry</html>")
                : answer);

    var report = world.backup();

    SupabaseWorld.partial(report);
    assertThat(front.asked("GET /docs/many/").stream().distinct()).hasSizeBetween(100, 110);
    assertThat(all(report))
        .contains("Storage was asked for no other object: s3:GetObject", "(HTTP 502)");
  }

  @Test
  void objectsThatCannotBeReadStandBeforeNoOthers() throws Exception {
    many();
    upload("last.txt", "v1", "last");
    var answers =
        List.of(
            S3Front.answer("404 Not Found", "<Error><Code>NotFound</Code></Error>"),
            S3Front.answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>"));
    front.lie(
        (request, answer) ->
            request.contains("/many/") ? answers.get(request.hashCode() & 1) : answer);

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(front.asked("GET /docs/many/")).hasSize(300).doesNotHaveDuplicates();
    assertThat(made.objects()).isEqualTo(new StorageObjects(312, 300, 0, 0));
    assertThat(all(report))
        .contains("300 objects of Storage at", "docs/many/", "NotFound (HTTP 404)", "and others")
        .doesNotContain("asked for no other");
    var there = restored(made.recoveryPoint());
    assertThat(there.resolve(FILE_1)).exists();
    assertThat(there.resolve("stub/stub/docs/last.txt/v1")).hasContent("last");

    // They are asked for again, and had as soon as they can be.
    truthfully();
    execute(
        "SET storage.allow_delete_query = 'true'",
        "DELETE FROM storage.objects WHERE name LIKE 'many/%'");
    upload("many/1", "v", "x");
    verified(world.succeed());
  }

  @Test
  void aServerThatIsBusyIsAskedAgain() {
    var times = new AtomicInteger();
    front.lie(
        (request, answer) ->
            request.equals(USER_1) && times.getAndIncrement() < 3
                ? S3Front.answer(
                    times.get() == 1 ? "429 Too Many Requests" : "503 Slow Down",
                    "<Error><Code>SlowDown</Code></Error>")
                : answer);

    assertThat(world.succeed().objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    assertThat(times.get()).isEqualTo(4);
  }

  @Test
  void namesAreKeptAsTheyAre() throws Exception {
    var odd = "a \"q\" <b>&'c %41+%2F=;:@,?#!*() \u00dc";
    upload(odd, "v1", "odd");
    upload("x/y", "v1", "one");
    row("x//y", "v2", "{\"size\": 3}");
    row("/in/./front/", "v1", "{\"size\": 5}");
    front.lie(
        (request, answer) ->
            switch (request) {
              case "GET /docs/x//y" -> S3Front.answer("200 OK", "two");
              case "GET /docs//in/./front/" -> S3Front.answer("200 OK", "three");
              default -> answer;
            });

    var made = world.succeed();

    verified(made);
    var there = restored(made.recoveryPoint()).resolve("stub/stub/docs");
    assertThat(there.resolve(odd).resolve("v1")).hasContent("odd");
    // Where the file backend looks for them.
    assertThat(there.resolve("x/y/v1")).hasContent("one");
    assertThat(there.resolve("x/y/v2")).hasContent("two");
    assertThat(there.resolve("in/front/v1")).hasContent("three");
    truthfully();
    world.succeed();
    assertThat(asked()).isEmpty();
  }

  @Test
  void aNameThatNoFileCanHaveIsSaidAndCanBeAccepted() {
    row("z/../../../out", "v1", "{\"size\": 2}");
    row("long/" + "x".repeat(256), "v1", "{\"size\": 2}");

    var report = world.backup();

    assertThat(SupabaseWorld.partial(report).objects()).isEqualTo(new StorageObjects(13, 2, 0, 0));
    assertThat(all(report))
        .contains("2 objects of Storage at", "out/v1' is no path", "2 objects can be no files")
        .contains("move them in Storage", "Token: storage-names");
    assertThat(asked()).noneMatch(asked -> asked.contains("out"));

    world.stores.acknowledge = List.of("storage-names");
    var made = world.succeed();
    assertThat(made.complete()).isTrue();
    verified(made);

    // What is not had for another reason is not accepted with them.
    server.client().deleteObject(it -> it.bucket("docs").key("\u00dcber 100%.txt"));
    row("\u00dcber 100%.txt", "v2", "{\"size\": 2}");
    assertThat(SupabaseWorld.partial(world.backup()).objects())
        .isEqualTo(new StorageObjects(13, 3, 0, 0));
  }

  @Test
  void whatHasNoMetadataIsKeptWhereItsBytesAreThere() throws Exception {
    upload("ended.txt", "v1", "bytes");
    row("pending.txt", "v1", "{}");
    execute(
        "UPDATE storage.objects SET metadata = NULL WHERE name IN ('ended.txt', 'pending.txt')");

    var made = world.succeed();

    assertThat(made.objects()).isEqualTo(new StorageObjects(13, 0, 0, 0));
    var facts = world.facts(made.recoveryPoint()).storage();
    // The one that every project here has, and the other without bytes.
    assertThat(facts.pending()).isEqualTo(2);
    verified(made);
    assertThat(restored(made.recoveryPoint()).resolve("stub/stub/docs/ended.txt/v1"))
        .hasContent("bytes");
  }

  /** What lies in the scratch folder, as a host counts it. */
  private long scratch() {
    return Long.parseLong(
        Script.run("du -s --block-size=1 scratch | cut -f1", world.stores.folder).strip());
  }

  @Test
  void whatHasNoSizeNeverFillsTheScratchSpace() throws Exception {
    var most = new AtomicLong();
    front.lie(
        (request, answer) -> {
          most.accumulateAndGet(scratch(), Math::max);
          return request.startsWith("GET /docs/chunked")
              ? S3Front.retold(answer, head -> head.replaceAll("(?i)\r\ncontent-length:[^\r]*", ""))
              : answer;
        });
    world.succeed();
    var before = most.get();
    var room = 1_200_000;
    for (var name :
        List.of(
            "1.bin", "2.bin", "3.bin", "4.bin", "5.bin", "6.bin", "7.bin", "8.bin", "chunked")) {
      put("docs", name, name.charAt(0) + "x".repeat(249_999));
      row(name, "v1", "{}");
    }
    put("docs", "huge", "x".repeat(2_000_000));
    row("huge", "v1", "{}");
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, Integer.toString(room));
    most.set(0);

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(all(report))
        .contains("1 objects of Storage at", "huge/v1' has 2000000 bytes, more than the scratch");
    assertThat(made.objects()).isEqualTo(new StorageObjects(21, 1, 0, 0));
    assertThat(most.get()).isLessThan(before + room);
    var there = restored(made.recoveryPoint()).resolve("stub/stub/docs");
    for (var name : List.of("1.bin", "8.bin", "chunked")) {
      assertThat(there.resolve(name + "/v1")).hasContent(name.charAt(0) + "x".repeat(249_999));
    }
  }

  @Test
  void whatIsLargerThanTheScratchSpaceIsNamedAndAllOthersAreKept() throws Exception {
    var large = "x".repeat(200_000);
    upload("large.txt", "v1", large);
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "180000");

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(all(report)).contains("large.txt/v1' has 200000 bytes, more than the scratch space");
    assertThat(made.objects()).isEqualTo(new StorageObjects(12, 1, 0, 0));
    assertThat(restored(made.recoveryPoint()).resolve(FILE_1)).exists();
  }

  @Test
  void ofMoreObjectsThanTheScratchSpaceHoldsThePointHasAsManyAsFit() {
    delete("uploading");
    // Of which what was sorted takes a block.
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "49096");

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(all(report))
        .contains("the scratch space has 45000 bytes free, room for 7 of 10 objects")
        .contains("3 objects of Storage at", "has no room in the scratch space");
    assertThat(made.objects()).isEqualTo(new StorageObjects(10, 3, 0, 0));
    // Those that are held come first, whichever are asked for first.
    truthfully();
    made = SupabaseWorld.partial(world.backup());
    assertThat(made.objects()).isEqualTo(new StorageObjects(10, 3, 0, 0));
    assertThat(asked()).isEmpty();

    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "600000");
    made = world.succeed();
    assertThat(asked()).hasSize(3);
    verified(made);

    // Of what is held as much as fits, too.
    world.stores.environment.put(WorkerEnvironment.SCRATCH_BYTES, "20000");
    made = SupabaseWorld.partial(world.backup());
    assertThat(made.objects()).isEqualTo(new StorageObjects(10, 7, 0, 0));
  }

  /** The part is not kept, and the run goes on: whatever of it the disk refuses. */
  @Test
  void notesThatCannotBeTakenAwayLeaveTheDatabaseAndNoSession() {
    upload("without-etag.txt", "v1", "one");
    row("without-etag.txt", "v1", "{\"size\": 3}");
    front.lie(
        (request, answer) -> {
          if (request.startsWith("GET /docs/")) {
            Script.run(
                "cd scratch/run-* && rm -rf served-objects && mkdir -p served-objects/full",
                world.stores.folder);
          }
          return answer;
        });

    var report = world.backup();

    var made = SupabaseWorld.partial(report);
    assertThat(report.warnings().getFirst())
        .startsWith("objects of Storage are not in this point: objects cannot be staged")
        .contains("(user.): java.nio.file.DirectoryNotEmptyException");
    assertThat(world.manifest(made.recoveryPoint()).parts())
        .extracting(Manifest.Part::name)
        .contains("postgres")
        .doesNotContain("storage");
    await()
        .untilAsserted(
            () ->
                assertThat(
                        supabase
                            .server()
                            .query(
                                "postgres",
                                "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE"
                                    + " 'salvor%'"))
                    .isEqualTo("0"));
  }

  @Test
  void keysThatAreNotThereAreSaidBeforeAnythingIsDumped() {
    Script.run("rm -r credentials/storage-s3", world.stores.folder);

    var report = world.backup();

    assertThat(Objects.requireNonNull(report.failure()).reason())
        .isEqualTo(Reason.CREDENTIALS_MISSING);
    assertThat(world.steps).doesNotContain("DUMP");
  }

  @Test
  void noStoreIsMadeInStorageItself() {
    world.stores.credential(Credential.STORE_S3, "accessKeyId", S3Server.ACCESS_KEY);
    world.stores.credential(Credential.STORE_S3, "secretAccessKey", S3Server.SECRET_KEY);
    for (var endpoint :
        List.of(front.endpoint(), "https://" + PROJECT + ".supabase.co/storage/v1/s3")) {
      world.stores.place =
          new StoreTarget.Bucket("avatars", "b", endpoint, S3Server.REGION, null, null);

      assertThat(Objects.requireNonNull(world.backup().failure()).reason())
          .isEqualTo(Reason.INVALID_SPEC);
    }
    assertThat(server.objects("avatars").resolve("b")).doesNotExist();
  }

  @Test
  void aProjectWithoutObjectsHasAnEmptyFolder() throws Exception {
    execute("SET storage.allow_delete_query = 'true'", "DELETE FROM storage.objects");

    var made = world.succeed();

    assertThat(made.objects()).isEqualTo(new StorageObjects(0, 0, 0, 0));
    verified(made);
    row("uploading", "v1", "{}");
    execute("UPDATE storage.objects SET metadata = NULL");
    assertThat(world.succeed().objects()).isEqualTo(new StorageObjects(1, 0, 0, 0));
    // Its bytes might be there.
    assertThat(front.asked("GET ")).containsExactly("GET /docs/uploading");
  }
}
