package dev.salvor.worker;

import static dev.salvor.engine.volume.OddTree.listing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.IsolationMode;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification.Check;
import dev.salvor.api.Verification.FileCheck;
import dev.salvor.api.Verification.SqlCheck;
import dev.salvor.engine.postgres.Connected;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.supabase.ProjectDatabase;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.plan.proof.StateComparison;
import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.PointReference;
import dev.salvor.task.Span;
import dev.salvor.task.Step;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Supabase project is kept as one, proven, and had back part by part. */
@NullUnmarked
@NeedsRoot
class SupabaseIT {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh run( supabase)?\n.*?^```$");

  private static final String SPANNED = "20261122t020000z-abcdef";

  private static SelfHostedSupabase supabase;

  private Path folder;
  private SupabaseWorld world;

  @BeforeAll
  static void start() {
    supabase = SelfHostedSupabase.start();
  }

  @AfterAll
  static void stop() {
    supabase.close();
  }

  @BeforeEach
  void make() throws IOException {
    // Not in memory: attributes of namespace user are not to be had in every tmpfs.
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "supabase");
    world = new SupabaseWorld(folder, supabase);
  }

  @AfterEach
  void remove() {
    Script.run("rm -rf \"$1\"", folder);
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  /** A new project has none, and all of its points would be Partial. */
  @Test
  void snippetsThatNobodySavedAreNoLoss() throws Exception {
    Script.run("rm -r volumes/snippets/*", world.project);
    assertThat(world.succeed().complete()).isTrue();
  }

  @Test
  void aProjectIsOnePointAndEachOfItsPartsIsHadBackAsItWas() throws Exception {
    Script.run(
        "cp -a volumes/storage was; rm -r was/multiparts/upload; touch -r"
            + " volumes/storage/multiparts was/multiparts",
        world.project);
    var storage = listing(world.project.resolve("was"));
    var functions = listing(world.project.resolve("volumes/functions"));
    Script.run("rm -r was", world.project);

    var made = world.succeed();

    assertThat(made.complete()).isTrue();
    assertThat(made.extent()).isInstanceOf(Extent.Both.class);
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    var manifest = world.manifest(made.recoveryPoint());
    assertThat(manifest.format()).isEqualTo(3);
    assertThat(manifest.parts())
        .extracting(Manifest.Part::name)
        .containsExactly("_supabase", "postgres", "storage", "key", "functions", "snippets");
    var tables = manifest.postgres().databases().getLast().tables();
    assertThat(tables)
        .anySatisfy(
            table -> {
              assertThat(table.name()).isEqualTo("objects");
              assertThat(table.rows()).isEqualTo(11);
            });

    assertThat(world.restoreFiles(made.recoveryPoint(), "functions", folder.resolve("f")).failure())
        .isNull();
    assertThat(listing(folder.resolve("f"))).isEqualTo(functions);
    assertThat(world.restoreFiles(made.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    assertThat(listing(folder.resolve("s"))).isEqualTo(storage);
    assertThat(
            Files.getAttribute(
                folder.resolve(
                    "s/stub/stub/avatars/user 1.png/00000000-0000-4000-8000-000000000001"),
                "user:supabase.content-type"))
        .isEqualTo("image/png".getBytes(StandardCharsets.UTF_8));
    assertThat(world.restoreFiles(made.recoveryPoint(), "key", folder.resolve("k")).failure())
        .isNull();
    assertThat(folder.resolve("k/pgsodium_root.key"))
        .hasSameBinaryContentAs(world.project.resolve("db-config/pgsodium_root.key"));
    assertThat(world.beside(made.recoveryPoint(), "configuration/.env"))
        .isEqualTo(Files.readString(world.project.resolve(".env")));
  }

  private void span(Span span) {
    world.stores.environment.put(WorkerEnvironment.SPAN, span.text());
  }

  /** As on another node: what it reads is there alone. */
  private String keep(String... trees) {
    span(new Span(SPANNED, List.of(trees), null));
    var share = ((TaskResult.ShareKept) SupabaseWorld.succeeded(world.backup())).share();
    for (var tree : trees) {
      var path = world.trees.stream().filter(each -> each.name().equals(tree)).findFirst();
      Script.run(
          "mv '%s' '%s-elsewhere'".formatted(path.orElseThrow().path(), folder.resolve(tree)),
          folder);
    }
    return share;
  }

  @Test
  void whatOtherNodesReadBeforeIsOfTheSamePoint() throws Exception {
    var before = world.facts(world.succeed().recoveryPoint()).keyFingerprint();
    world.stores.clock = Clock.offset(Clock.systemUTC(), Duration.ofHours(-1));
    var shares = List.of(keep("key", "functions"), keep("snippets"));
    world.stores.clock = Clock.systemUTC();
    span(new Span(SPANNED, List.of("storage"), shares));

    var made = world.succeed();

    assertThat(made.recoveryPoint()).isEqualTo(SPANNED);
    assertThat(made.complete()).isTrue();
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 0, 0));
    assertThat(world.manifest(SPANNED).parts())
        .extracting(Manifest.Part::name)
        .containsExactlyInAnyOrder(
            "_supabase", "postgres", "storage", "key", "functions", "snippets");
    // The point is as old as its rows; what was read before says so itself.
    assertThat(world.manifest(SPANNED).time()).isEqualTo(made.time());
    assertThat(world.manifest(SPANNED).parts())
        .filteredOn(part -> part.time().isBefore(made.time().minus(Duration.ofMinutes(30))))
        .extracting(Manifest.Part::name)
        .containsExactlyInAnyOrder("key", "functions", "snippets");
    assertThat(world.facts(SPANNED).keyFingerprint()).isNotNull().isEqualTo(before);
    assertThat(world.prove(SPANNED).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(world.restoreFiles(SPANNED, "key", folder.resolve("k")).failure()).isNull();
    assertThat(folder.resolve("k/pgsodium_root.key"))
        .hasSameBinaryContentAs(folder.resolve("key-elsewhere/pgsodium_root.key"));
  }

  @Test
  void aPlaceThatNoNodeReadClosesNoPoint() {
    var share = keep("functions", "snippets");

    span(new Span(SPANNED, List.of("storage"), List.of(share)));
    var refused = world.backup();

    assertThat(reason(refused)).isEqualTo(Reason.INCOMPLETE_BACKUP);
    assertThat(Objects.requireNonNull(refused.failure()).message())
        .contains(
            "of [functions, key, snippets, storage] there are [functions, snippets, storage]");
  }

  /** Objects that came after it would be rows without bytes. */
  @Test
  void storageThatAnotherNodeReadBeforeTheDumpClosesNoPoint() {
    var share = keep("storage");

    span(new Span(SPANNED, List.of("key", "functions", "snippets"), List.of(share)));
    var refused = world.backup();

    assertThat(reason(refused)).isEqualTo(Reason.INCOMPLETE_BACKUP);
    assertThat(Objects.requireNonNull(refused.failure()).message())
        .contains("Storage were read by another node");
  }

  /** It is where it is read that it is seen to be empty, and the whole that is Partial for it. */
  @Test
  void aPlaceWithoutFilesOnAnotherNodeMakesThePointPartial() {
    Script.run("rm -r volumes/functions/*", world.project);
    var shares = List.of(keep("functions"));
    span(new Span(SPANNED, List.of("storage", "key", "snippets"), shares));

    SupabaseWorld.partial(world.backup());
  }

  @Test
  void theDatabaseIsHadBackByRecreateAndNeverByRename() {
    var made = world.succeed();
    try (var other = SelfHostedSupabase.start()) {
      var restore = new RestoreWorld(world.stores, other.server()).replacing();
      restore.database = SelfHostedSupabase.DATABASE;
      other.server().execute("postgres", "DELETE FROM public.posts");
      other
          .server()
          .execute("postgres", "ALTER DATABASE postgres SET app.settings.jwt_secret = 'the place'");

      assertThat(reason(restore.restore(made.recoveryPoint(), "postgres")))
          .isEqualTo(Reason.CANNOT_RENAME);

      restore.strategy = RestoreStrategy.RECREATE;
      restore.uri =
          "postgresql://postgres:p1@%s:%d/postgres"
              .formatted(other.server().host(), other.server().port());
      assertThat(reason(restore.restore(made.recoveryPoint(), "postgres")))
          .isEqualTo(Reason.INSUFFICIENT_PRIVILEGE);

      restore.uri = other.server().uri("postgres");
      var restored = restore.succeed(made.recoveryPoint(), "postgres");

      assertThat(restored.comparison()).isEqualTo(VerdictOutcome.VERIFIED);
      assertThat(other.server().query("postgres", "SELECT count(*) FROM public.posts"))
          .isEqualTo("1000");
      assertThat(
              other
                  .server()
                  .query("postgres", "SELECT evtowner::regrole::text FROM pg_event_trigger"))
          .isEqualTo("postgres");
      assertThat(
              other
                  .server()
                  .query("postgres", "SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'"))
          .isEqualTo("f");
      assertThat(
              other.server().query("postgres", "SELECT current_setting('app.settings.jwt_secret')"))
          .isEqualTo("the place");
    }
  }

  @Test
  void itIsProvenWithChecksOfBothKinds() {
    world.checks =
        List.of(
            new Check(
                "users",
                "postgres",
                new SqlCheck("SELECT count(*) FROM auth.users", "200"),
                null,
                null,
                null),
            new Check(
                "objects",
                null,
                null,
                new FileCheck("stub/stub/avatars/**", 8L, null),
                null,
                null));
    var made = world.succeed();

    var proof = world.prove(made.recoveryPoint());

    assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(proof.coverage())
        .contains("tables")
        .contains("entries")
        .contains("bytes of 10 of 11 objects, MD5 of 9")
        .contains("facts of the project, 200 rows of auth.users, 200 rows of auth.identities");
  }

  /** As in a pod: root lays files down and compares them, and what is restored runs as nobody. */
  @Test
  void itIsProvenBesideAServerThatIsAnotherUser() throws Exception {
    var point = world.succeed().recoveryPoint();
    try (var pod = VerificationPod.ofRoot().with(17, "usr/lib/postgresql/17/bin")) {
      var fetched =
          pod.run(
              new Task.Fetch(
                  world.stores.header(), world.stores.target(), new PointReference(point, null)),
              Map.of(
                  WorkerEnvironment.CREDENTIALS,
                  world.stores.folder.resolve("credentials").toString(),
                  WorkerEnvironment.SANDBOX_USER,
                  Integer.toString(VerificationPod.UID)));
      assertThat(fetched.failure()).isNull();
      pod.startServer(VerificationPod.DASH);

      var compared =
          pod.run(
              new Task.Compare(
                  world.stores.header(),
                  new PointReference(point, null),
                  new Task.Given(pod.sandbox().resolve("socket").toString(), null),
                  List.of(),
                  "hash",
                  IsolationMode.PREFERRED),
              Map.of());

      var proof = (TaskResult.Compared) SupabaseWorld.succeeded(compared);
      assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
      assertThat(proof.coverage()).contains("tables", "entries", "bytes of 10 of 11 objects");
      assertThat(Files.getAttribute(pod.sandbox().resolve("data/PG_VERSION"), "unix:uid"))
          .isEqualTo(VerificationPod.UID);
      assertThat(Files.getAttribute(pod.sandbox().resolve("manifest.json"), "unix:uid"))
          .isEqualTo(0);
    }
  }

  /** As a kubelet mounts it: each key is a link into a folder that is a link. */
  @Test
  void whatAClusterKnowsOfAProjectIsKeptAndWhatItHasNotIsSaid() {
    world.mounted =
        Stream.of("jwt", "gone")
            .map(
                name ->
                    new MountedConfiguration(
                        MountedConfiguration.Kind.SECRET,
                        name,
                        world.project.resolve("secrets/" + name).toString()))
            .toList();
    Script.run(
        "mkdir -p secrets/gone secrets/jwt/..1; cd secrets/jwt; ln -s ..1 ..data; printf '%s' '"
            + SelfHostedSupabase.JWT_SECRET
            + "' > ..1/secret; ln -s ..data/secret secret",
        world.project);

    var report = world.backup();

    var point = SupabaseWorld.partial(report).recoveryPoint();
    assertThat(report.warnings())
        .anySatisfy(each -> assertThat(each).contains("Secret gone is not there"));
    assertThat(world.beside(point, "configuration/secrets/jwt/secret"))
        .isEqualTo(SelfHostedSupabase.JWT_SECRET);
    assertThat(world.prove(point).outcome()).isEqualTo(VerdictOutcome.VERIFIED);

    world.mounted = world.mounted.subList(0, 1);
    world.succeed();
  }

  @Test
  void whatIsUnchangedIsNotReadAgainWhenAPlaceIsAdded() {
    var all = world.trees;
    world.trees = all.subList(0, 2);
    world.succeed();
    Script.run(
        "head -c 9000000 /dev/urandom > volumes/storage/stub/stub/docs/large", world.project);
    world.succeed();
    world.trees = all;

    var again = world.succeed();

    assertThat(again.addedBytes()).isLessThan(4_000_000);
    assertThat(again.sizeBytes()).isGreaterThan(9_000_000);
    // What is read again adds nothing either: restic alone knows what it read.
    var summary = world.summaryOf(again.recoveryPoint(), "storage");
    assertThat(summary.path("files_unmodified").asInt()).isEqualTo(11);
    assertThat(summary.path("files_new").asInt() + summary.path("files_changed").asInt()).isZero();

    world.baseline =
        new Baseline(
            again.recoveryPoint(),
            new Extent.Both(
                again.extent().inTables().orElseThrow(), new Extent.Files(900, 1L << 40)),
            again.lineage());
    assertThat(reason(world.backup())).isEqualTo(Reason.EMPTY_SOURCE);
    world.trees = all.subList(0, 2);
    world.succeed();
  }

  @Test
  void aKeyThatBecomesAnotherWhileItIsKeptMakesNoPoint() {
    world.at(
        Step.STORE,
        () ->
            Script.run(
                "tr 0-9a-f 1-9a-f0 < db-config/pgsodium_root.key > k; mv k"
                    + " db-config/pgsodium_root.key",
                world.project));

    assertThat(reason(world.backup())).isEqualTo(Reason.INCOMPLETE_BACKUP);
  }

  /** On any sign of them: without the key they are lost. */
  @Test
  void secretsAreThoseOfTheExtensionBeforeVaultToo() {
    var server = supabase.server();
    try (var session =
        PostgresSession.open(
            Connected.to(server, "supabase_admin", PostgresServer.PASSWORD), "postgres", "test")) {
      assertThat(ProjectDatabase.read(session).hasSecrets()).isTrue();
      session.execute("BEGIN; DELETE FROM vault.secrets");
      assertThat(ProjectDatabase.read(session).hasSecrets()).isFalse();
      session.execute("CREATE SCHEMA pgsodium; CREATE TABLE pgsodium.key AS SELECT 1 AS id");
      assertThat(ProjectDatabase.read(session).hasSecrets()).isTrue();
      session.execute("ROLLBACK");
    }
  }

  /** The whole of the order: what is uploaded while the database is dumped is in the files. */
  @Test
  void theFilesAreLookedAtOnlyWhenTheDumpsAreDone() {
    world.at(
        Step.GLOBALS,
        () ->
            Script.run(
                "mkdir -p volumes/storage/stub/stub/docs/late; echo late >"
                    + " volumes/storage/stub/stub/docs/late/1",
                world.project));

    var made = world.succeed();

    assertThat(made.complete()).isTrue();
    assertThat(world.steps)
        .containsSubsequence("DUMP", "FACTS", "GLOBALS", "NOTE", "STORE", "SETTLE", "MANIFEST");
    assertThat(world.restoreFiles(made.recoveryPoint(), "storage", folder.resolve("s")).failure())
        .isNull();
    assertThat(folder.resolve("s/stub/stub/docs/late/1")).hasContent("late");
    assertThat(world.manifest(made.recoveryPoint()).files().trees().getFirst().unsteady()).isZero();
  }

  /**
   * Rows without their bytes are found when both are kept; what was deleted between the dump and
   * the files is not the source's fault, and what nobody names is said.
   */
  @Test
  void eachObjectIsLaidBesideItsBytes() throws Exception {
    var avatars = world.project.resolve("volumes/storage/stub/stub/avatars");
    Script.run(
        "rm 'user 1.png'/*; truncate -s 10 'user 2.png'/*; cd 'user 3.png'; cp * ../copy; mv"
            + " ../copy *; cd ..; touch -d '2 days ago' unknown; touch new",
        avatars);
    world.at(
        Step.GLOBALS,
        () -> {
          supabase
              .server()
              .execute(
                  "postgres",
                  "SET storage.allow_delete_query = 'true'; DELETE FROM storage.objects WHERE name"
                      + " = 'user 4.png'");
          Script.run("rm 'user 4.png'/*", avatars);
        });

    var report = world.backup();
    SelfHostedSupabase.fillStorage(supabase.server());

    var facts = world.facts(SupabaseWorld.partial(report).recoveryPoint()).storage();
    assertThat(facts).isEqualTo(new StorageFacts(world.layout, 11, 40_005, 1, 1, 1, 1, 1, 0, 1, 0));
    assertThat(report.warnings().getFirst())
        .contains("3 of 11 objects")
        .contains("storage.tolerateMissing: 3")
        .contains("avatars/user 1.png/");
    assertThat(report.warnings())
        .anySatisfy(each -> assertThat(each).contains("no object names them: avatars/unknown"))
        .anySatisfy(each -> assertThat(each).contains("replaced").contains("avatars/user 4.png/"));

    // Storage has not that of the fourth any more, and whoever tolerates one more has a point.
    world.at(Step.GLOBALS, () -> {});
    world.tolerateMissing = 3;
    assertThat(SupabaseWorld.partial(world.backup()).objects())
        .isEqualTo(new StorageObjects(11, 4, 0, 1));
    world.tolerateMissing = 4;
    var made = world.succeed();

    var proof = world.prove(made.recoveryPoint());

    assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(proof.coverage()).contains("bytes of 6 of 11 objects, MD5 of 5");
  }

  private static final String FOURTH =
      "stub/stub/avatars/user 4.png/00000000-0000-4000-8000-000000000004";

  private static final String FIFTH =
      "stub/stub/avatars/user 5.png/00000000-0000-4000-8000-000000000005";

  /**
   * One object is replaced, with a folder that stays, and one deleted with its folder. Of a third
   * the point before has other bytes of the same size, and a fourth is in no point.
   */
  private void replaceAndDelete() {
    supabase.replaceAndDelete();
    Script.run(
        "mv 'user 4.png'/* 'user 4.png/%s'; rm -r 'user 5.png' 'user 6.png'"
            .formatted(SelfHostedSupabase.REPLACED),
        world.project.resolve("volumes/storage/stub/stub/avatars"));
  }

  private static List<Object> attributes(Path file) throws IOException {
    return List.of(
        Files.readAttributes(file, "unix:mode,uid,gid,lastModifiedTime"),
        new String(
            (byte[]) Files.getAttribute(file, "user:supabase.content-type"),
            StandardCharsets.UTF_8));
  }

  /** Its bytes are those of the point before, wherever they are asked for. */
  @Test
  void whatIsReplacedMeanwhileIsTakenFromThePointBefore() throws Exception {
    var was = folder.resolve("was");
    Script.run(
        "chown -R 4321:4322 project/volumes/storage; cp -a project/volumes/storage was", folder);
    Script.run(
        "echo othr | dd conv=notrunc status=none of=user\\"
            + " 6.png/00000000-0000-4000-8000-000000000006",
        world.project.resolve("volumes/storage/stub/stub/avatars"));
    var before = world.succeed().recoveryPoint();
    supabase
        .server()
        .execute(
            "postgres",
            "INSERT INTO storage.objects SELECT md5('new')::uuid, bucket_id, 'new.png', version,"
                + " metadata FROM storage.objects WHERE name = 'user 1.png'");
    world.at(Step.GLOBALS, this::replaceAndDelete);

    // As of a worker that may not give files away: what it lays down is its own.
    wrapRestic(
        """
        restore*--include*)
          "$REAL" "$@" || exit
          for each in "$@"; do
            case $each in --target=*) chown -R 65532:65532 "${each#--target=}" ;; esac
          done ;;
        """);
    var report = world.backup();
    supabase.resetStorage();

    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(report);
    var point = made.recoveryPoint();
    assertThat(made.complete()).isTrue();
    assertThat(made.objects()).isEqualTo(new StorageObjects(12, 0, 2, 0));
    assertThat(report.warnings())
        .anySatisfy(each -> assertThat(each).startsWith("2 objects").contains(before))
        .anySatisfy(
            each ->
                assertThat(each)
                    .startsWith("2 objects")
                    .contains("avatars/new.png/", "avatars/user 6.png/"));
    assertThat(world.manifest(point).format()).isEqualTo(4);
    // What is damaged on its way is read once more.
    wrapRestic(
        """
        restore*:/storage)
          echo >> "$0.count"
          [ $(wc -l < "$0.count") != 2 ] || { echo 'ciphertext verification failed' >&2; exit 1; }
          exec "$REAL" "$@" ;;
        """);
    world.fetch(point);
    assertThat(folder.resolve("restic.count")).hasContent("\n\n\n\n");
    var proof = world.compare(point);
    assertThat(proof.outcome()).as("%s", proof).isEqualTo(VerdictOutcome.VERIFIED);
    assertThat(proof.coverage()).contains("bytes of 9 of 12 objects, MD5 of 8");

    var whole = folder.resolve("whole");
    assertThat(world.restoreFiles(point, "storage", whole).failure()).isNull();
    for (var path : List.of(FOURTH, FIFTH)) {
      assertThat(attributes(whole.resolve(path))).isEqualTo(attributes(was.resolve(path)));
      assertThat(whole.resolve(path)).hasSameBinaryContentAs(was.resolve(path));
    }
    assertThat(whole.resolve("stub/stub/avatars/user 6.png")).doesNotExist();
    assertThat(whole).isDirectoryNotContaining("glob:**/.salvor*");

    var one = folder.resolve("one");
    Script.run("mkdir -p 'one/stub/stub/avatars/user 4.png'; echo mine > one/mine", folder);
    var placed = world.restoreFiles(point, one, List.of(FOURTH, FIFTH), RestoreMode.MERGE);
    assertThat(placed.failure()).isNull();
    assertThat(one.resolve(FIFTH)).hasSameBinaryContentAs(was.resolve(FIFTH));
    assertThat(Script.run("find . -type f | wc -l", one)).isEqualToIgnoringWhitespace("3");

    // What is there and not in the point goes, and nothing of the point does.
    assertThat(world.restoreFiles(point, one, List.of(), RestoreMode.MIRROR).failure()).isNull();
    assertThat(listing(one)).isEqualTo(listing(whole));
  }

  /** All else that lies there would be out of reach after a restore. */
  @Test
  void nothingIsLaidOverALink() {
    world.succeed();
    world.at(
        Step.GLOBALS,
        () -> {
          supabase.replaceAndDelete();
          Script.run(
              "mv avatars ../../elsewhere; ln -s ../../elsewhere avatars",
              world.project.resolve("volumes/storage/stub/stub"));
        });

    var made = SupabaseWorld.partial(world.backup());
    supabase.resetStorage();

    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 5, 3, 0));
    assertThat(world.manifest(made.recoveryPoint()).format()).isEqualTo(3);
  }

  /** What it does where it is called so; else it is as it is. */
  private void wrapRestic(String asked) throws IOException {
    var restic = folder.resolve("restic");
    Files.writeString(
        restic,
        """
        #!/bin/bash
        REAL='%s'
        case "$*" in
        %s
        *) exec "$REAL" "$@" ;;
        esac
        """
            .formatted(Programs.here().restic(), asked));
    Script.run("chmod +x restic", folder);
    world.stores.environment.put(Programs.RESTIC, restic.toString());
  }

  /** Then its rows are without bytes, and the point is there all the same. */
  @Test
  void thatNothingCanBeTakenFromThePointBeforeIsNoReasonToKeepNothing() throws Exception {
    world.succeed();
    world.at(Step.GLOBALS, this::replaceAndDelete);
    wrapRestic("restore*) echo 'Fatal: operation not permitted' >&2; exit 1 ;;");

    var report = world.backup();
    supabase.resetStorage();

    var made = (TaskResult.BackedUp) SupabaseWorld.succeeded(report);
    assertThat(made.objects()).isEqualTo(new StorageObjects(11, 0, 3, 0));
    assertThat(report.warnings())
        .anySatisfy(
            each ->
                assertThat(each)
                    .contains("nothing of an earlier point is taken", "operation not permitted"));
    assertThat(world.manifest(made.recoveryPoint()).format()).isEqualTo(3);
  }

  /** They may be anything of that size: no row says what they are. */
  @Test
  void whereVersionsHaveNoPlacesOfTheirOwnBytesAreTakenByTheirMd5Alone() {
    var server = supabase.server();
    server.execute(
        "postgres",
        "ALTER TABLE storage.objects RENAME version TO was",
        "UPDATE storage.objects SET metadata = metadata - 'eTag' WHERE name = 'user 5.png'");
    try {
      Script.run(
          "for i in *; do mv \"$i\"/* ../bytes; rmdir \"$i\"; mv ../bytes \"$i\"; done",
          world.project.resolve("volumes/storage/stub/stub/avatars"));
      world.tolerateMissing = 2;
      world.succeed();
      world.at(
          Step.GLOBALS,
          () -> {
            server.execute(
                "postgres",
                "SET storage.allow_delete_query = 'true'",
                "DELETE FROM storage.objects WHERE name IN ('user 4.png', 'user 5.png')");
            Script.run("rm volumes/storage/stub/stub/avatars/user\\ [45].png", world.project);
          });

      assertThat(world.succeed().objects()).isEqualTo(new StorageObjects(11, 2, 1, 0));
    } finally {
      server.execute("postgres", "ALTER TABLE storage.objects RENAME was TO version");
      supabase.resetStorage();
    }
  }

  /** What a statement takes from a project, and what is then said of it. */
  @Test
  void whatAProjectLosesBeyondItsTablesHasAName() {
    var lost = new LinkedHashMap<String, String>();
    lost.put("ALTER ROLE authenticator NOLOGIN", "login of role authenticator is missing");
    lost.put("ALTER ROLE authenticator PASSWORD NULL", "password of role authenticator is missing");
    lost.put("ALTER ROLE service_role NOBYPASSRLS", "role service_role is another");
    lost.put(
        "REVOKE my_api FROM authenticator",
        "membership of role authenticator in my_api is missing");
    lost.put(
        "ALTER ROLE anon RESET statement_timeout",
        "setting of role anon: statement_timeout is missing");
    lost.put("DROP POLICY own ON public.posts", "policy public.posts own is missing");
    lost.put("ALTER POLICY own ON public.posts TO anon", "policy public.posts own is another");
    lost.put(
        "ALTER TABLE public.posts DISABLE ROW LEVEL SECURITY",
        "row security of table public.posts is missing");
    lost.put("DROP TRIGGER welcome ON auth.users", "trigger auth.users welcome is missing");
    lost.put(
        "ALTER TABLE auth.users DISABLE TRIGGER welcome", "trigger auth.users welcome is another");
    lost.put(
        "CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT"
            + " NULL::uuid'",
        "function auth.uid() is another");
    lost.put(
        "ALTER PUBLICATION supabase_realtime DROP TABLE public.posts",
        "table of publication supabase_realtime: public.posts is missing");
    lost.put("DROP PUBLICATION supabase_realtime", "publication supabase_realtime is missing");
    lost.put(
        "ALTER EVENT TRIGGER issue_net_access DISABLE",
        "event trigger issue_net_access is another");
    lost.put(
        "ALTER DATABASE postgres SET app.settings.jwt_secret = 'unseen'",
        "setting of the database app.settings.jwt_secret is another");
    lost.put("DELETE FROM cron.job", "cron job nightly is missing");
    lost.put("UPDATE cron.job SET active = false", "cron job nightly is another");
    lost.put(
        "DELETE FROM vault.secrets",
        "secret of Vault 03c7c0ac-e395-d801-82db-07ae2c30f034 is missing");
    lost.put(
        "DELETE FROM storage.migrations WHERE id > 50",
        "newest migration of storage.migrations is another");
    var server = supabase.server();
    try (var session =
        PostgresSession.open(
            Connected.to(server, "supabase_admin", PostgresServer.PASSWORD), "postgres", "test")) {
      var noted = StateReader.read(session);
      lost.forEach(
          (statement, difference) -> {
            session.execute("BEGIN");
            session.execute(statement);
            var compared = StateComparison.compare(noted, StateReader.read(session), List.of());
            session.execute("ROLLBACK");
            assertThat(compared.differences()).as(statement).contains(difference);
            assertThat(compared.differences().toString())
                .doesNotContain(SelfHostedSupabase.JWT_SECRET)
                .doesNotContain("unseen");
          });
      assertThat(StateComparison.compare(noted, StateReader.read(session), List.of()).differences())
          .isEmpty();
    }
  }

  @Test
  void anotherKeyWithTheSameSecretsIsPartialUntilSomebodyAccepts() {
    world.succeed();
    Script.run(
        "tr 0-9a-f 1-9a-f0 < db-config/pgsodium_root.key > k; cat k > db-config/pgsodium_root.key;"
            + " rm k",
        world.project);

    var report = world.backup();

    assertThat(SupabaseWorld.partial(report).complete()).isFalse();
    var token =
        report.warnings().stream()
            .filter(each -> each.contains("Token: "))
            .findFirst()
            .orElseThrow()
            .replaceFirst(".*Token: ", "");
    world.stores.acknowledge = List.of(token);
    assertThat(world.succeed().complete()).isTrue();
    world.stores.acknowledge = List.of();
    assertThat(world.succeed().complete()).isTrue();
  }

  @Test
  void aSecretWithoutAKeyIsPartial() {
    world.trees = world.trees.stream().filter(tree -> !tree.name().equals("key")).toList();

    var made = SupabaseWorld.partial(world.backup());

    assertThat(world.manifest(made.recoveryPoint()).content())
        .isInstanceOfSatisfying(
            Manifest.Supabase.class,
            content -> {
              assertThat(content.facts().keyFingerprint()).isNull();
              assertThat(content.facts().images()).containsExactly(SupabaseWorld.DATABASE_IMAGE);
              assertThat(content.facts().leftOut()).containsExactly(SupabaseWorld.NOT_KEPT);
            });
  }

  /** Where Storage's backend is a bucket. */
  @Test
  void aProjectWithoutItsStorageIsPartialUntilSomebodySaysThatItIsElsewhere() {
    world.trees = world.trees.subList(1, 2);

    var report = world.backup();
    assertThat(SupabaseWorld.partial(report).complete()).isFalse();
    assertThat(report.warnings())
        .anySatisfy(each -> assertThat(each).contains("Token: storage-elsewhere"));

    world.stores.acknowledge = List.of("storage-elsewhere");
    var made = world.succeed();

    assertThat(made.complete()).isTrue();
    assertThat(world.prove(made.recoveryPoint()).outcome()).isEqualTo(VerdictOutcome.VERIFIED);
  }

  @Test
  void whatCannotBeKeptOfTheConfigurationIsNamed() {
    Script.run(
        "head -c 1100000 /dev/zero > large; ln -s .env linked; mkdir below; touch below/x",
        world.project);

    var report = world.backup();

    assertThat(SupabaseWorld.partial(report).complete()).isFalse();
    assertThat(report.warnings())
        .anySatisfy(
            each -> assertThat(each).contains("large is larger").contains("linked cannot be read"));
  }

  /** The page, to the letter: its first two steps, and what it says of a project. */
  @Test
  void aPersonHasItBackWithoutSalvor() throws Exception {
    world.succeed();
    var page = Files.readString(Path.of("docs/recover-without-salvor.md"));
    var blocks = BLOCK.matcher(page).results().map(MatchResult::group).toList();
    var project = blocks.stream().filter(block -> block.startsWith("```sh run supabase")).toList();
    assertThat(project).hasSize(1);
    var script = String.join("\n", blocks.get(0), blocks.get(1), project.getFirst());
    Files.writeString(folder.resolve("password"), StoreWorld.PASSWORD);
    var work = Files.createDirectories(folder.resolve("work"));

    Script.run(
        """
        set -euo pipefail
        restic() { %s "$@"; }
        export RESTIC_REPOSITORY=%s/store/shop/db RESTIC_PASSWORD_FILE=%s/password WORK=$1
        """
                .formatted(Programs.here().restic(), folder, folder)
            + script.replaceAll("(?m)^```.*$", ""),
        work);

    assertThat(work.resolve("project/beside/configuration/.env"))
        .hasSameBinaryContentAs(world.project.resolve(".env"));
    assertThat(work.resolve("project/beside/globals.sql")).isNotEmptyFile();
    assertThat(
            Script.run(
                "find . -name pgsodium_root.key -o -name index.ts -o -path '*avatars/user 8.png/*'"
                    + " | wc -l",
                work))
        .isEqualToIgnoringWhitespace("3");
  }

  @Test
  void whatIsNoSupabaseIsRefused() {
    world.server = PostgresServer.shared(17);
    world.user = PostgresServer.SUPERUSER;
    world.databases = List.of("postgres");
    world.allowEmpty = true;

    assertThat(reason(world.backup())).isEqualTo(Reason.INVALID_SPEC);
  }

  @Test
  void aPlaceWithinAnotherIsRefused() {
    world.trees = List.of(world.trees.get(1), new FileTrees.Tree("all", world.project.toString()));

    assertThat(reason(world.backup())).isEqualTo(Reason.INVALID_SPEC);
  }
}
