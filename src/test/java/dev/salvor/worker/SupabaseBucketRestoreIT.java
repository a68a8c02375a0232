package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.engine.objectstore.PartSizes;
import dev.salvor.task.Credential;
import dev.salvor.task.Header;
import dev.salvor.task.PointReference;
import dev.salvor.task.ProjectTarget;
import dev.salvor.task.Step;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.StorageTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Storage's objects are had back in the bucket that the service reads. */
@NullUnmarked
@NeedsRoot
class SupabaseBucketRestoreIT {
  private static final byte[] LARGE = large();
  private static final String MARKER = ".salvor-restore/stub.json";

  private static SelfHostedSupabase supabase;
  private static S3Server server;
  private static S3Front front;

  private Path folder;
  private SupabaseWorld world;
  private String bucket;
  private StorageLayout layout;
  private Task.Existing existing = Task.Existing.REFUSE;
  private Task.Effect effect = Task.Effect.CARRY_OUT;
  private List<String> acknowledge = List.of();
  private List<String> only = List.of();
  private boolean withDatabases;
  private int request = 1;
  private int attempt = 1;

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
    Script.run("rm -r volumes/storage/multiparts", world.project);
    bucket = server.bucket();
    layout = new StorageLayout(bucket, "stub", StorageVersions.FOLDER);
    front.lie((asked, answer) -> answer);
    keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
  }

  @AfterEach
  void remove() {
    Script.run("rm -rf \"$1\"", folder);
  }

  private static byte[] large() {
    var bytes = new byte[(int) (PartSizes.WHOLE_BYTES + 77)];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private void keys(String id, String secret) {
    world.stores.credential(Credential.STORAGE_S3, "accessKeyId", id);
    world.stores.credential(Credential.STORAGE_S3, "secretAccessKey", secret);
  }

  private TaskReport restore(String point) {
    world.stores.credential(Credential.TARGET, "uri", supabase.server().uri("template1"));
    var first = world.stores.header(Instant.parse("2026-11-23T00:00:00Z").plusSeconds(request));
    return world.run(
        new Task.RestoreSupabase(
            new Header(
                first.run(), attempt, first.tick(), first.deadlineSeconds(), first.credentials()),
            world.stores.target(),
            new PointReference(point, null),
            new ProjectTarget(
                withDatabases ? RestoreWorld.reference() : null,
                List.of(),
                world.project.resolve("db-config").toString(),
                null,
                new StorageTarget(
                    new StoreTarget.Bucket(
                        layout.bucket(), null, front.endpoint(), S3Server.REGION, null, null),
                    layout,
                    only)),
            RolesMode.MISSING,
            existing,
            effect,
            null,
            "request-" + request,
            acknowledge,
            false));
  }

  private TaskResult.Restored succeed(String point) {
    return (TaskResult.Restored) SupabaseWorld.succeeded(restore(point));
  }

  private Failure refused(String point) {
    var report = restore(point);
    return Objects.requireNonNull(report.failure(), report::toString);
  }

  private void put(String key, byte[] bytes) {
    server
        .client()
        .putObject(
            it -> it.bucket(bucket).key(key).contentType("text/odd").cacheControl("no-cache"),
            RequestBody.fromBytes(bytes));
  }

  /** Keys, types, cache controls, bytes. */
  private Map<String, String> objects() {
    var found = new TreeMap<String, String>();
    for (var object :
        server.client().listObjectsV2(it -> it.bucket(bucket)).contents().stream()
            .map(S3Object::key)
            .toList()) {
      var got = server.client().getObjectAsBytes(it -> it.bucket(bucket).key(object));
      found.put(
          object,
          got.response().contentType()
              + " "
              + got.response().cacheControl()
              + " "
              + HexFormat.of().formatHex(digest(got.asByteArray())));
    }
    return found;
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same of the folder of Storage's file backend. */
  private Map<String, String> files() throws IOException {
    var root = world.project.resolve("volumes/storage/stub");
    var found = new TreeMap<String, String>();
    try (var files = Files.walk(root)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        found.put(
            root.relativize(file).toString(),
            attribute(file, "content-type")
                + " "
                + attribute(file, "cache-control")
                + " "
                + HexFormat.of().formatHex(digest(Files.readAllBytes(file))));
      }
    }
    return found;
  }

  private static String attribute(Path file, String name) throws IOException {
    var names = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class).list();
    return names.contains("supabase." + name)
        ? new String(
            (byte[]) Files.getAttribute(file, "user:supabase." + name), StandardCharsets.UTF_8)
        : "null";
  }

  private void layLarge() throws IOException {
    var file = world.project.resolve("volumes/storage/stub/stub/docs/large/1");
    Files.createDirectories(file.getParent());
    Files.write(file, LARGE);
    Files.setAttribute(
        file, "user:supabase.content-type", "video/mp4".getBytes(StandardCharsets.UTF_8));
    Files.setAttribute(
        file, "user:supabase.cache-control", "no-store".getBytes(StandardCharsets.UTF_8));
  }

  /** Somebody deleted them, and goes on working with all others. */
  @ParameterizedTest
  @EnumSource(names = {"FOLDER", "SUFFIX"})
  void someObjectsAreAddedToWhatIsThereAndNothingGoes(StorageVersions versions) throws Exception {
    layout = new StorageLayout(bucket, "stub", versions);
    var point = world.succeed().recoveryPoint();
    succeed(point);
    var before = objects();
    var lost = before.keySet().stream().filter(SupabaseBucketRestoreIT::isSome).toList();
    assertThat(lost).hasSize(3);
    lost.forEach(key -> server.client().deleteObject(it -> it.bucket(bucket).key(key)));
    put("stub/avatars/user 20.png/new", "new".getBytes(StandardCharsets.UTF_8));
    before.keySet().stream()
        .filter(key -> key.contains("user 3.png"))
        .forEach(key -> server.client().deleteObject(it -> it.bucket(bucket).key(key)));
    var points = points();
    only = List.of("avatars/user 2.png", "docs");
    request = 2;
    existing = Task.Existing.REFUSE;

    var restored = succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored.safetyPoint()).isNull();
    assertThat(points()).isEqualTo(points);
    assertThat(objects())
        .containsEntry("stub/avatars/user 20.png/new", "text/odd no-cache " + sha256("new"))
        .hasSize(10)
        .containsAllEntriesOf(
            before.entrySet().stream()
                .filter(each -> !each.getKey().contains("user 3.png"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));

    // Whatever is there already is left as it is, also where it is another.
    put(lost.getFirst(), "another".getBytes(StandardCharsets.UTF_8));
    request = 3;
    assertThat(refused(point))
        .satisfies(
            failure -> {
              assertThat(failure.reason()).isEqualTo(Reason.TARGET_NOT_EMPTY);
              assertThat(failure.message()).contains(lost.getFirst()).contains("delete it there");
            });
    server.client().deleteObject(it -> it.bucket(bucket).key(lost.getFirst()));
    request = 4;
    assertThat(succeed(point).comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(objects()).containsEntry(lost.getFirst(), before.get(lost.getFirst()));
    only = List.of("avatars/user 2", "docs");
    request = 5;
    assertThat(refused(point).message()).contains("[avatars/user 2]");
  }

  private int points() {
    try (var points = world.stores.open(RecoveryPoints.Access.READ)) {
      return points.sets().size();
    }
  }

  /** Its folder is in the second snapshot alone. */
  @Test
  void anObjectOfThePointBeforeIsHadAlone() throws Exception {
    var before = files();
    world.succeed();
    world.at(Step.GLOBALS, this::replaceAndDelete);
    var point = world.succeed().recoveryPoint();
    supabase.resetStorage();
    only = List.of("avatars/user 5.png");

    assertThat(succeed(point).comparison()).isEqualTo(VerdictOutcome.VERIFIED);

    assertThat(objects()).hasSize(1);
    assertThat(before).containsAllEntriesOf(objects());
  }

  private static boolean isSome(String key) {
    return key.contains("/user 2.png") || key.contains("/docs/");
  }

  private static String sha256(String text) {
    return HexFormat.of().formatHex(digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Of the replaced one nothing is there. */
  private void replaceAndDelete() {
    supabase.replaceAndDelete();
    Script.run(
        "rm 'user 4.png'/*; rm -r 'user 5.png' 'user 6.png'",
        world.project.resolve("volumes/storage/stub/stub/avatars"));
  }

  /** The engine has read them, and they went before that was looked at: two snapshots have them. */
  @Test
  void whatIsOfThePointBeforeIsPutOnce() throws Exception {
    layLarge();
    var before = files();
    world.succeed();
    world.at(Step.SETTLE, this::replaceAndDelete);
    var made = world.succeed();
    supabase.resetStorage();
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    existing = Task.Existing.REPLACE;
    var fourth = "stub/avatars/user 4.png/00000000-0000-4000-8000-000000000004";
    put(fourth, "another".getBytes(StandardCharsets.UTF_8));

    var restored = succeed(made.recoveryPoint());

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(objects()).isEqualTo(before).hasSize(11);
    assertThat(front.asked("PUT ").stream().filter(put -> put.contains(fourth))).hasSize(1);
  }

  /** Whoever moves from the one backend to the other. */
  @Test
  void filesBecomeObjectsWithTheirTypes() throws Exception {
    layLarge();
    var point = world.succeed().recoveryPoint();

    var restored = succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored.coverage()).contains("storage: 12 of 12 entries");
    assertThat(restored.safetyPoint()).isNull();
    assertThat(objects()).isEqualTo(files()).hasSize(11);
    // It is kept from there from now on.
    world.trees = world.trees.stream().filter(tree -> !tree.name().equals("storage")).toList();
    world.layout = layout;
    world.bucket = server.place(bucket, null);
    var kept = world.succeed();
    assertThat(kept.complete()).isTrue();
    assertThat(world.prove(kept.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void theWholeProjectIsHadBackWithItsObjectsInAnotherBucketOfAnotherForm() throws Exception {
    world.moveToBucket(server, front.endpoint());
    var point = world.succeed().recoveryPoint();
    keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
    layout = new StorageLayout(bucket, "acme", StorageVersions.SUFFIX);
    put("acme/other/x/1", "other".getBytes(StandardCharsets.UTF_8));
    put("stub/of-another-tenant", "other".getBytes(StandardCharsets.UTF_8));
    var before = objects();
    supabase.server().execute("postgres", "DELETE FROM public.posts WHERE id > 10");
    existing = Task.Existing.REPLACE;
    withDatabases = true;
    effect = Task.Effect.PLAN_ONLY;

    var plan = succeed(point);

    assertThat(plan.plan())
        .anySatisfy(
            step ->
                assertThat(step)
                    .contains("one safety point of _supabase, postgres, bucket " + bucket))
        .anySatisfy(
            step ->
                assertThat(step)
                    .startsWith("restore storage")
                    .contains("below acme/, and remove what it does not hold"));
    assertThat(objects()).isEqualTo(before);
    assertThat(front.asked("PUT ")).isEmpty();
    effect = Task.Effect.CARRY_OUT;

    var restored = succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored.coverage()).contains("bytes of 10 of 11 objects, MD5 of 9");
    assertThat(objects())
        .hasSize(11)
        .containsKey("stub/of-another-tenant")
        .containsKey("acme/avatars/user 1.png-$v-00000000-0000-4000-8000-000000000001");
    assertThat(supabase.server().query("postgres", "SELECT count(*) FROM public.posts"))
        .isEqualTo("1000");

    request = 2;
    var undone = succeed(restored.safetyPoint());

    assertThat(objects()).isEqualTo(before);
    request = 3;
    succeed(undone.safetyPoint());
    assertThat(supabase.server().query("postgres", "SELECT count(*) FROM public.posts"))
        .isEqualTo("1000");
  }

  @Test
  void whatIsThereIsReplacedOnlyWhereThatIsAskedForAndIsKept() throws Exception {
    var point = world.succeed().recoveryPoint();
    succeed(point);
    var whole = objects();
    var altered = whole.keySet().iterator().next();
    put(altered, "altered".getBytes(StandardCharsets.UTF_8));
    put("stub/docs/new/1", "new".getBytes(StandardCharsets.UTF_8));
    put("elsewhere", "stays".getBytes(StandardCharsets.UTF_8));
    var before = objects();
    request = 2;

    var failure = refused(point);

    assertThat(failure.reason()).isEqualTo(Reason.TARGET_NOT_EMPTY);
    assertThat(failure.message())
        .startsWith("bucket " + bucket)
        .contains("below stub/ holds objects. Nothing was touched.");
    assertThat(objects()).isEqualTo(before);
    existing = Task.Existing.REPLACE;
    front.lie((asked, answer) -> answer);

    var restored = succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    whole.put("elsewhere", before.get("elsewhere"));
    assertThat(objects()).isEqualTo(whole);
    // All others are there already, byte for byte.
    assertThat(front.asked("PUT /" + bucket + "/stub/")).hasSize(1);
    assertThat(front.asked("DELETE /" + bucket + "/stub/"))
        .containsExactly("DELETE /" + bucket + "/stub/docs/new/1");

    request = 3;
    succeed(restored.safetyPoint());

    assertThat(objects()).isEqualTo(before);
  }

  @Test
  void whatWasEmptyIsEmptyAgainWhenItIsTakenBack() throws Exception {
    var point = world.succeed().recoveryPoint();
    withDatabases = true;
    existing = Task.Existing.REPLACE;
    var restored = succeed(point);
    assertThat(objects()).hasSize(10);
    request = 2;

    var undone = succeed(restored.safetyPoint());

    assertThat(undone.comparison()).isNotEqualTo(VerdictOutcome.REFUTED);
    assertThat(objects()).isEmpty();
  }

  @Test
  void aRestoreThatIsCutOffIsGoneOnWith() throws Exception {
    layLarge();
    var point = world.succeed().recoveryPoint();
    var before = new TreeMap<String, String>();
    put("stub/docs/old/1", "old".getBytes(StandardCharsets.UTF_8));
    before.putAll(objects());
    existing = Task.Existing.REPLACE;
    var puts = new AtomicInteger();
    front.lie(
        (asked, answer) ->
            asked.startsWith("PUT /" + bucket + "/stub/") && puts.incrementAndGet() > 6
                ? S3Front.answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>")
                : answer);

    var failure = refused(point);

    assertThat(failure.reason()).isEqualTo(Reason.INSUFFICIENT_PRIVILEGE);
    assertThat(failure.message())
        .contains("allow s3:PutObject", "What could be restored lies in bucket " + bucket)
        .contains("What was there before is recovery point ");
    var first = failure.message().replaceFirst(".*is recovery point ([^ .]+).*", "$1");
    assertThat(objects()).containsKey(".salvor-restore/stub.json");
    // What is half restored is no backup of anything.
    front.lie((asked, answer) -> answer);
    var here = new SupabaseWorld(Files.createDirectory(folder.resolve("other")), supabase);
    here.trees = here.trees.stream().filter(tree -> !tree.name().equals("storage")).toList();
    here.layout = layout;
    here.bucket = server.place(bucket, null);
    here.stores.credential(Credential.STORAGE_S3, "accessKeyId", S3Server.READER);
    here.stores.credential(Credential.STORAGE_S3, "secretAccessKey", S3Server.READER_SECRET);
    assertThat(Objects.requireNonNull(here.backup().failure()).message())
        .contains("a restore to bucket " + bucket, "is under way or was left unfinished");
    request = 2;
    assertThat(refused(point).message())
        .contains("is being restored to by another request", "Token: unfinished-");
    request = 1;
    attempt = 2;
    front.lie((asked, answer) -> answer);

    var restored = succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored.safetyPoint()).isEqualTo(first);
    assertThat(objects()).isEqualTo(files());
    // What was put is not put again: of eleven, those that were refused.
    assertThat(front.asked("PUT /" + bucket + "/stub/")).hasSizeBetween(2, 10);
    assertThat(unfinished()).isZero();
    attempt = 1;
    request = 3;
    succeed(first);
    assertThat(objects()).isEqualTo(before);
  }

  private int unfinished() {
    return server.client().listMultipartUploads(it -> it.bucket(bucket)).uploads().size();
  }

  /** Killed while a large object is put: nothing of it can be seen, and it takes room. */
  @Test
  void partsThatAKilledAttemptLeftAreTakenBackAndLargeObjectsAreKnownAgain() throws Exception {
    layLarge();
    var point = world.succeed().recoveryPoint();
    succeed(point);
    var left =
        server
            .client()
            .createMultipartUpload(it -> it.bucket(bucket).key("stub/docs/large/1"))
            .uploadId();
    put(
        MARKER,
        """
        {"note": "", "request": "request-1", "key": "stub/docs/large/1", "upload": "%s"}
        """
            .formatted(left)
            .getBytes(StandardCharsets.UTF_8));
    var altered = LARGE.clone();
    altered[5] ^= 1;
    attempt = 2;
    front.lie((asked, answer) -> answer);

    succeed(point);

    assertThat(unfinished()).isZero();
    assertThat(front.asked("PUT /" + bucket + "/stub/")).isEmpty();
    assertThat(objects()).isEqualTo(files());

    // The same size, of other bytes, and of the same type.
    server
        .client()
        .putObject(
            it ->
                it.bucket(bucket)
                    .key("stub/docs/large/1")
                    .contentType("video/mp4")
                    .cacheControl("no-store"),
            RequestBody.fromBytes(altered));
    request = 2;
    attempt = 1;
    existing = Task.Existing.REPLACE;
    succeed(point);
    assertThat(objects()).isEqualTo(files());
  }

  /** They rotted at the source: the copy is what was kept, and no more is said of it. */
  @Test
  void bytesThatAreNotThoseOfTheirRowsAreNotVerified() throws Exception {
    Script.run(
        "printf X | dd of=\"$(ls -d avatars/'user 1.png'/0*)\" conv=notrunc status=none",
        world.project.resolve("volumes/storage/stub/stub"));
    var point = world.succeed().recoveryPoint();
    withDatabases = true;
    existing = Task.Existing.REPLACE;

    var failure = refused(point);

    assertThat(failure.reason()).isEqualTo(Reason.FACTS_DIFFER);
    assertThat(failure.message()).contains("has other bytes than its ETag says");
    assertThat(objects()).isEqualTo(files());
  }

  /** Hours may lie between the safety point and the objects' turn. */
  @Test
  void whatComesBehindTheSafetyPointIsKeptToo() throws Exception {
    var point = world.succeed().recoveryPoint();
    put("stub/docs/old/1", "old".getBytes(StandardCharsets.UTF_8));
    existing = Task.Existing.REPLACE;
    var came = new AtomicInteger();
    front.lie(
        (asked, answer) -> {
          // The probe is put right behind the safety point.
          if (asked.startsWith("PUT /" + bucket + "/.salvor-restore/stub.json.probe")
              && came.getAndIncrement() == 0) {
            put("stub/docs/late/1", "late".getBytes(StandardCharsets.UTF_8));
          }
          return answer;
        });

    var report = restore(point);

    SupabaseWorld.succeeded(report);
    assertThat(objects()).isEqualTo(files());
    var late =
        report.warnings().stream()
            .filter(text -> text.contains("was written to since its safety point"))
            .map(text -> text.replaceFirst(".*recovery point ", ""))
            .findFirst()
            .orElseThrow();
    assertThat(world.restoreFiles(late, "storage", folder.resolve("late")).failure()).isNull();
    assertThat(folder.resolve("late/" + bucket + "/stub/docs/late/1")).hasContent("late");
  }

  private void putOneMoreOnceAnotherIsPut() {
    var came = new AtomicInteger();
    front.lie(
        (asked, answer) -> {
          if (asked.startsWith("PUT /" + bucket + "/stub/") && came.getAndIncrement() == 0) {
            put("stub/docs/late/1", "late".getBytes(StandardCharsets.UTF_8));
          }
          return answer;
        });
  }

  /** What comes while objects are put is in no point. */
  @Test
  void whatComesMeanwhileIsLeftAsItIs() throws Exception {
    var point = world.succeed().recoveryPoint();
    put("stub/docs/old/1", "old".getBytes(StandardCharsets.UTF_8));
    existing = Task.Existing.REPLACE;
    putOneMoreOnceAnotherIsPut();

    var failure = refused(point);

    assertThat(failure.reason()).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(failure.message())
        .contains("that no safety point holds, and which are left as they are")
        .contains("'stub/docs/late/1' came to be there (1 in all)");
    assertThat(objects()).containsKey("stub/docs/late/1").containsKey("stub/docs/old/1");

    attempt = 2;
    front.lie((asked, answer) -> answer);
    succeed(point);
    assertThat(objects()).isEqualTo(files());
  }

  @Test
  void whatCannotBeIsToldBeforeAnythingIsTouched() throws Exception {
    var file = world.project.resolve("volumes/storage/stub/stub/docs");
    Script.run("touch \"$1\"/\"$(printf 'x%.0s' {1..250})\"; ln -s gone \"$1/link\"", file);
    Script.run(
        "mkdir -p other/tenant; echo 1 > other/tenant/1", world.project.resolve("volumes/storage"));
    var point = world.succeed().recoveryPoint();
    layout = new StorageLayout(bucket, "t".repeat(200), StorageVersions.FOLDER);

    var failure = refused(point);

    assertThat(failure.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(failure.message())
        .contains("2 files of Storage can be no objects there")
        .contains("link is no file", "other/tenant/1 lies outside of stub/stub/");
    assertThat(objects()).isEmpty();
    acknowledge = List.of(failure.message().replaceFirst(".*Token: ", ""));
    var restored = succeed(point);
    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(restored.leftOut())
        .anySatisfy(text -> assertThat(text).startsWith("storage: 2 files"));
    assertThat(objects()).hasSize(11);

    bucket = "no-such-bucket";
    layout = new StorageLayout(bucket, "stub", StorageVersions.FOLDER);
    assertThat(refused(point).reason()).isEqualTo(Reason.TARGET_UNUSABLE);
    bucket = server.bucket();
    layout = new StorageLayout(bucket, "stub", StorageVersions.FOLDER);
    keys("nobody", "knows");
    assertThat(refused(point).reason()).isEqualTo(Reason.AUTHENTICATION_FAILED);
    keys(S3Server.READER, S3Server.READER_SECRET);
    // It is accepted of a place.
    acknowledge = List.of(refused(point).message().replaceFirst(".*Token: ", ""));
    var forbidden = refused(point);
    assertThat(forbidden.reason()).isEqualTo(Reason.INSUFFICIENT_PRIVILEGE);
    assertThat(forbidden.message()).contains("allow s3:PutObject");
    assertThat(objects()).isEmpty();
    keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
    put("stub/backups/salvor-store.json", "{}".getBytes(StandardCharsets.UTF_8));
    existing = Task.Existing.REPLACE;
    assertThat(refused(point).message())
        .contains(
            "there is a store in it (stub/backups/salvor-store.json), which would be removed");
  }

  @Test
  void aBucketWithVersionsIsRestoredToAndKeepsThem() throws Exception {
    var point = world.succeed().recoveryPoint();
    bucket = server.versionedBucket();
    layout = new StorageLayout(bucket, "stub", StorageVersions.FOLDER);
    put("stub/docs/old/1", "old".getBytes(StandardCharsets.UTF_8));
    existing = Task.Existing.REPLACE;

    var restored = succeed(point);

    assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(restored.leftOut()).anySatisfy(text -> assertThat(text).contains("keeps versions"));
    assertThat(objects()).isEqualTo(files());
  }

  /** Storage asks a bucket for the name, and finds nothing at most servers. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aNameThatIsNoPathIsSaidAndNotProven(boolean withRows) throws Exception {
    layOdd("v1", "text/plain", "no-cache");
    supabase
        .server()
        .execute(
            "postgres",
            "INSERT INTO storage.objects VALUES (md5('o//')::uuid, 'docs', '/odd/', 'v1',"
                + " '{\"size\": 1}')");
    try {
      var point = world.succeed().recoveryPoint();
      withDatabases = withRows;
      existing = Task.Existing.REPLACE;

      var report = restore(point);

      assertThat(((TaskResult.Restored) SupabaseWorld.succeeded(report)).comparison())
          .isEqualTo(VerdictOutcome.UNPROVEN);
      assertThat(report.warnings())
          .anyMatch(
              said ->
                  said.startsWith("1 objects lie under other keys than Storage may ask for")
                      && said.contains("'stub/docs/odd/v1' is 'docs//odd/'"));
      assertThat(objects()).containsKey("stub/docs/odd/v1");
    } finally {
      supabase
          .server()
          .execute(
              "postgres",
              "SET storage.allow_delete_query = 'true'",
              "DELETE FROM storage.objects WHERE name = '/odd/'");
    }
  }

  private void layOdd(String version, String type, String cache) throws IOException {
    var file = world.project.resolve("volumes/storage/stub/stub/docs/odd/" + version);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[] {1});
    Files.setAttribute(file, "user:supabase.content-type", type.getBytes(StandardCharsets.UTF_8));
    Files.setAttribute(file, "user:supabase.cache-control", cache.getBytes(StandardCharsets.UTF_8));
  }

  /** It would fail each restore of the project, for good. */
  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain; name=\u00e9.txt", "text/plain; "})
  void aTypeThatCanBeNoHeaderIsSaidAndFailsNothing(String type) throws Exception {
    layOdd("1", type, "no-cache");
    assertThat(succeed(world.succeed().recoveryPoint()).comparison())
        .isEqualTo(VerdictOutcome.UNPROVEN);
  }

  /** There may be millions of them. */
  @Test
  void objectsWithoutTheirTypesAreCountedAndTheFirstAreNamed() throws Exception {
    for (var version = 1; version <= 5; version++) {
      layOdd("" + version, "text/\u00e9", "no-cache");
    }
    var report = restore(world.succeed().recoveryPoint());

    assertThat(((TaskResult.Restored) SupabaseWorld.succeeded(report)).comparison())
        .isEqualTo(VerdictOutcome.UNPROVEN);
    assertThat(report.warnings())
        .contains(
            "5 objects are there without their type or cache control, which no server takes:"
                + " stub/stub/docs/odd/1; stub/stub/docs/odd/2; stub/stub/docs/odd/3; and others");
  }

  @Test
  void anObjectBelowAnotherIsTakenAway() throws Exception {
    var point = world.succeed().recoveryPoint();
    put("stub/docs/old.txt/x/1", "old".getBytes(StandardCharsets.UTF_8));
    existing = Task.Existing.REPLACE;
    var report = restore(point);
    assertThat(report.failure()).isNull();
    assertThat(objects()).isEqualTo(files());
  }

  @Test
  void partsThatMayNotBeTakenAwayAreLeft() throws Exception {
    layLarge();
    var point = world.succeed().recoveryPoint();
    var refuse = new AtomicInteger(1);
    front.lie(
        (asked, answer) ->
            (asked.startsWith("PUT ") && asked.contains("partNumber=2") && refuse.get() == 1)
                    || (asked.startsWith("DELETE ") && asked.contains("uploadId"))
                ? S3Front.answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>")
                : answer);
    refused(point);
    refuse.set(0);
    attempt = 2;
    var report = restore(point);
    assertThat(report.failure()).isNull();
  }

  @Test
  void keysThatMayNotListAreToldSo() throws Exception {
    var point = world.succeed().recoveryPoint();
    front.lie(
        (asked, answer) ->
            asked.startsWith("HEAD /" + bucket + "/.salvor-restore/")
                ? S3Front.answer("403 Forbidden", "")
                : answer);
    assertThat(refused(point).message()).contains("s3:ListBucket");
  }

  @Test
  void whatWasLeftOutOnceIsLeftOutAgain() throws Exception {
    var file = world.project.resolve("volumes/storage/stub/stub/docs");
    Script.run("ln -s gone \"$1/link\"", file);
    var point = world.succeed().recoveryPoint();
    var failure = refused(point);
    acknowledge = List.of(failure.message().replaceFirst(".*Token: ", ""));
    succeed(point);
    attempt = 2;
    assertThat(restore(point).failure()).isNull();
  }

  @Test
  void oddNamesComeBackByTheSafetyPointAndAnotherTenantIsLeftAlone() throws Exception {
    var point = world.succeed().recoveryPoint();
    put(
        "stub/docs/odd/\u00e9 + %25#?&=;:@~()'/00000000-0000-4000-8000-000000000001",
        new byte[] {1});
    put("stub/docs/odd/e\u0301/00000000-0000-4000-8000-000000000001", new byte[] {2});
    put("stub/docs/odd/\u00e9/00000000-0000-4000-8000-000000000001", new byte[] {3});
    put("stub2/docs/odd/1", new byte[] {3});
    var before = objects();
    existing = Task.Existing.REPLACE;
    var restored = succeed(point);
    assertThat(objects()).containsKey("stub2/docs/odd/1").hasSize(files().size() + 1);
    request = 2;
    succeed(restored.safetyPoint());
    assertThat(objects()).isEqualTo(before);
  }

  /** A large object that another request was putting in parts when it was killed. */
  private void layUploadOf(String another) {
    var left =
        server
            .client()
            .createMultipartUpload(it -> it.bucket(bucket).key("stub/docs/large/1"))
            .uploadId();
    put(
        MARKER,
        """
        {"note": "", "request": "%s", "key": "stub/docs/large/1", "upload": "%s"}
        """
            .formatted(another, left)
            .getBytes(StandardCharsets.UTF_8));
  }

  private void layMarker(String of) {
    put(
        MARKER,
        "{\"note\": \"\", \"request\": \"%s\", \"run\": \"run-9\"}"
            .formatted(of)
            .getBytes(StandardCharsets.UTF_8));
  }

  private String marker() {
    return server.client().getObjectAsBytes(it -> it.bucket(bucket).key(MARKER)).asUtf8String();
  }

  /** By the token that a refusal names. */
  private void acceptUnfinished(String point) {
    var message = refused(point).message();
    acknowledge = List.of(message.replaceFirst("(?s).*Token: (unfinished-[^ .]+).*", "$1"));
  }

  @Test
  void partsOfAnotherRequestAreTakenBackWhereItIsWrittenOver() throws Exception {
    layLarge();
    var point = world.succeed().recoveryPoint();
    layUploadOf("request-0");
    existing = Task.Existing.REPLACE;
    acceptUnfinished(point);
    assertThat(unfinished()).isOne();

    succeed(point);

    assertThat(unfinished()).isZero();
    assertThat(objects()).isEqualTo(files());
  }

  /** Nothing was put, nor was a database touched. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatBeganSinceThePlanIsLeftAlone(boolean whileItIsPlanned) throws Exception {
    var point = world.succeed().recoveryPoint();
    withDatabases = true;
    existing = Task.Existing.REPLACE;
    supabase.server().execute("postgres", "DELETE FROM public.posts WHERE id > 10");
    var came = new AtomicInteger();
    front.lie(
        (asked, answer) -> {
          // Listed once more for the safety point, or probed right before the first database.
          if (asked.startsWith(
                  whileItIsPlanned
                      ? "GET /" + bucket + "?versioning"
                      : "PUT /" + bucket + "/" + MARKER + ".probe")
              && came.incrementAndGet() == (whileItIsPlanned ? 2 : 1)) {
            layMarker("request-9");
          }
          return answer;
        });

    var failure = refused(point);

    assertThat(came).hasPositiveValue();
    assertThat(failure.reason()).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(failure.message())
        .contains("is being restored to by another", MARKER)
        .doesNotContain("What could be restored lies in");
    assertThat(objects()).containsOnlyKeys(MARKER);
    assertThat(marker()).contains("request-9");
    assertThat(supabase.server().query("postgres", "SELECT count(*) FROM public.posts"))
        .isEqualTo(whileItIsPlanned ? "10" : "1000");
    server.client().deleteObject(it -> it.bucket(bucket).key(MARKER));
    request = 2;
    succeed(point);
  }

  /** It comes between the look and the put: the server's condition alone tells. */
  @Test
  void ofTwoThatBeginAtOnceOneHasIt() throws Exception {
    var point = world.succeed().recoveryPoint();
    front.lie(
        (asked, answer) -> {
          if (asked.equals("HEAD /" + bucket + "/" + MARKER)
              && !front.asked("DELETE /" + bucket + "/" + MARKER + ".probe").isEmpty()
              && front.asked("PUT /" + bucket + "/" + MARKER).size() == 1) {
            layMarker("request-9");
          }
          return answer;
        });

    assertThat(refused(point).message()).contains("is being restored to by another");

    // The probe, and one that the server refused.
    assertThat(front.asked("PUT /" + bucket + "/" + MARKER)).hasSize(2);
    assertThat(objects()).containsOnlyKeys(MARKER);
    assertThat(marker()).contains("request-9");
  }

  /** It is asked for once more, and refused then: it is there. */
  @Test
  void aMarkerWhoseAnswerIsLostIsHeld() throws Exception {
    var point = world.succeed().recoveryPoint();
    var puts = new AtomicInteger();
    front.lie(
        (asked, answer) ->
            asked.equals("PUT /" + bucket + "/" + MARKER) && puts.getAndIncrement() == 0
                ? S3Front.answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>")
                : answer);

    succeed(point);

    assertThat(puts).hasValue(2);
    assertThat(objects()).isEqualTo(files());
  }

  @ParameterizedTest
  @ValueSource(strings = {"501 Not Implemented", "400 Bad Request"})
  void aServerWithoutConditionsIsRestoredToAndTheOneThatIsWrittenOverStops(String refusal)
      throws Exception {
    var point = world.succeed().recoveryPoint();
    var puts = new AtomicInteger();
    var isAnotherThere = new AtomicInteger();
    front.lie(
        (asked, answer) -> {
          if (asked.equals("PUT /" + bucket + "/" + MARKER)) {
            if (puts.incrementAndGet() == 1) {
              server.client().deleteObject(it -> it.bucket(bucket).key(MARKER));
              return S3Front.answer(refusal, "<Error><Code>NotImplemented</Code></Error>");
            }
            if (isAnotherThere.get() == 1) {
              layMarker("request-9");
            }
          }
          return answer;
        });
    isAnotherThere.set(1);

    assertThat(refused(point).message()).contains("is being restored to by another");

    assertThat(objects()).containsOnlyKeys(MARKER);
    assertThat(marker()).contains("request-9");
    server.client().deleteObject(it -> it.bucket(bucket).key(MARKER));
    isAnotherThere.set(0);
    puts.set(0);
    succeed(point);
    assertThat(puts).hasValue(2);
    assertThat(objects()).isEqualTo(files());
  }

  /** Also by another run of the same request, which was given up and goes on. */
  @ParameterizedTest
  @CsvSource({"true, request-9", "true, request-1", "false, request-9", "false, request-1"})
  void whoseMarkerIsWrittenOverRemovesNothingMore(boolean isSomethingToGo, String another)
      throws Exception {
    var point = world.succeed().recoveryPoint();
    if (isSomethingToGo) {
      put("stub/docs/old/1", "old".getBytes(StandardCharsets.UTF_8));
      existing = Task.Existing.REPLACE;
    }
    var came = new AtomicInteger();
    front.lie(
        (asked, answer) -> {
          if (asked.startsWith("PUT /" + bucket + "/stub/") && came.getAndIncrement() == 0) {
            layMarker(another);
          }
          return answer;
        });

    var failure = refused(point);

    assertThat(failure.reason()).isEqualTo(Reason.RESTORE_FAILED);
    assertThat(failure.message())
        .contains("is being restored to by another", "What could be restored lies in bucket");
    assertThat(marker()).contains(another);
    assertThat(objects().containsKey("stub/docs/old/1")).isEqualTo(isSomethingToGo);
    assertThat(front.asked("DELETE /" + bucket + "/stub/")).isEmpty();
  }

  /** Nobody knows who restores there, nor whether. */
  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}", "null", "padded"})
  void aMarkerThatWasAlteredCountsAsAnothers(String text) throws Exception {
    var point = world.succeed().recoveryPoint();
    put("stub/docs/old/1", "old".getBytes(StandardCharsets.UTF_8));
    put(
        MARKER,
        (text.equals("padded") ? " ".repeat(1 << 17) + "{\"request\": \"request-1\"}" : text)
            .getBytes(StandardCharsets.UTF_8));
    existing = Task.Existing.REPLACE;

    var failure = refused(point);

    assertThat(failure.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
    assertThat(failure.message())
        .contains("below .salvor-restore/ says which, and was altered: remove it if");
    world.trees = world.trees.stream().filter(tree -> !tree.name().equals("storage")).toList();
    world.layout = layout;
    world.bucket = server.place(bucket, null);
    assertThat(Objects.requireNonNull(world.backup().failure()).reason())
        .isEqualTo(Reason.INCOMPLETE_BACKUP);
    acceptUnfinished(point);
    var report = restore(point);
    SupabaseWorld.succeeded(report);
    assertThat(report.warnings())
        .anySatisfy(warning -> assertThat(warning).contains("could not be read: parts of"));
    assertThat(objects()).isEqualTo(files());
  }

  /** The same request is not tried again: it says so, and another one keeps what came. */
  @Test
  void whatCameMeanwhileIsKeptByANewRequestAndTheFirstStateByTheUndoOfTheFirst() throws Exception {
    var point = world.succeed().recoveryPoint();
    put("stub/docs/old/1", "old".getBytes(StandardCharsets.UTF_8));
    var before = objects();
    existing = Task.Existing.REPLACE;
    putOneMoreOnceAnotherIsPut();
    var failure = refused(point);
    assertThat(failure.reason().course()).isEqualTo(Reason.Course.TERMINAL);
    var first = failure.message().replaceFirst(".*is recovery point ([^ .]+).*", "$1");
    request = 2;
    acceptUnfinished(point);

    var second = succeed(point);

    assertThat(objects()).isEqualTo(files());
    assertThat(
            world.restoreFiles(second.safetyPoint(), "storage", folder.resolve("second")).failure())
        .isNull();
    assertThat(folder.resolve("second/" + bucket + "/stub/docs/late/1")).hasContent("late");
    request = 3;
    succeed(first);
    assertThat(objects()).isEqualTo(before);
  }

  /** It was there when the engine read, and in neither of the looks around that. */
  @Test
  void aFolderThatCameAndWentAtTheSourceIsNoDifferenceNowNorWhenItIsDone() throws Exception {
    var docs = world.project.resolve("volumes/storage/stub/stub/docs");
    world.at(
        Map.of(
            Step.STORE, () -> Script.run("mkdir \"$1/came\" && echo 1 > \"$1/came/1\"", docs),
            Step.SETTLE, () -> Script.run("rm -r \"$1/came\"", docs)));
    var point = world.succeed().recoveryPoint();

    succeed(point);

    assertThat(objects()).containsKey("stub/docs/came/1").hasSize(files().size() + 1);
    // The report was lost: what is there is what was to be.
    attempt = 2;
    effect = Task.Effect.PLAN_ONLY;
    assertThat(restore(point).failure()).isNull();
    put("stub/avatars/other/1", "other".getBytes(StandardCharsets.UTF_8));
    assertThat(refused(point).reason()).isEqualTo(Reason.TARGET_NOT_EMPTY);
  }

  /** Of what the last backup holds nothing is fetched for it, nor is noted what it is called. */
  @Test
  void typesComeBackByTheUndoOfObjectsAloneInTheBucketThatIsKept() throws Exception {
    world.moveToBucket(server, front.endpoint());
    var point = world.succeed().recoveryPoint();
    keys(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
    layout = world.layout;
    bucket = layout.bucket();
    var kept = objects();
    var changed = kept.keySet().iterator().next();
    put(changed, "other".getBytes(StandardCharsets.UTF_8));
    put("stub/docs/new/1", "new".getBytes(StandardCharsets.UTF_8));
    var before = objects();
    existing = Task.Existing.REPLACE;
    front.lie((asked, answer) -> answer);

    var restored = succeed(point);

    assertThat(objects()).isEqualTo(kept);
    assertThat(front.asked("GET /" + bucket + "/stub/"))
        .containsExactlyInAnyOrder(
            "GET /" + bucket + "/" + changed, "GET /" + bucket + "/stub/docs/new/1");
    request = 2;
    succeed(restored.safetyPoint());
    assertThat(objects()).isEqualTo(before);
  }
}
