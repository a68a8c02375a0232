package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.ClaimPlace;
import dev.salvor.api.FilePlace;
import dev.salvor.api.FoundSource;
import dev.salvor.api.Json;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.SecretKeyReference;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.api.VolumeMode;
import dev.salvor.plan.PodsView.Container;
import dev.salvor.plan.PodsView.Mount;
import dev.salvor.plan.PodsView.Port;
import dev.salvor.plan.PodsView.Project;
import dev.salvor.plan.PodsView.Seen;
import dev.salvor.plan.PodsView.Service;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A Helm release, or a Project, as its pods show it, spelled out. */
class ClusteredSupabaseTest {
  private static final Map<String, String> FILE_BACKEND =
      Map.of(
          "STORAGE_BACKEND", "file",
          "FILE_STORAGE_BACKEND_PATH", "/var/lib/storage",
          "GLOBAL_S3_BUCKET", "stub",
          "TENANT_ID", "stub");

  private final List<Container> containers = new ArrayList<>();
  private final List<Service> services = new ArrayList<>();
  private final List<String> tokens = new ArrayList<>();
  private @Nullable Project project;
  private PlannedHost host = host("helmRelease: supa", "");

  private static PlannedHost host(String pointer, String beside) {
    var host =
        new PlannedHost(
            PlannedHost.spec(
                """
                source: {supabase: {selfHosted: {%s%s}}}
                storeRef: {name: offsite}
                schedule: {cron: "0 2 * * *"}
                """
                    .formatted(pointer, beside)));
    host.kind = HostKind.KUBERNETES;
    host.store.setSpec(inABucket());
    host.claims =
        Stream.of(
                "supa-db",
                "supa-functions",
                "supa-pgsodium",
                "supa-snippets",
                "supa-storage",
                "shop-postgres-data",
                "shop-storage-data",
                "shop-studio-data",
                "mine")
            .map(
                name ->
                    new ClaimView(
                        name,
                        ClaimView.Phase.BOUND,
                        VolumeMode.FILESYSTEM,
                        List.of("ReadWriteOnce"),
                        "10Gi",
                        "fast",
                        List.of(),
                        ClaimView.Snapshots.NONE))
            .toList();
    return host;
  }

  private static BackupStoreSpec inABucket() {
    try {
      return Json.yaml()
          .readValue(
              """
              s3: {bucket: backups, credentials: {secretRef: {name: keys}}}
              encryption: {passwordSecretRef: {name: key, key: password}}
              """,
              BackupStoreSpec.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** As the chart of supabase-community makes it. */
  @BeforeEach
  void aRelease() {
    add(
        "supabase-db",
        "supabase/postgres:17.6.1.136",
        Map.of(),
        Set.of("supa-supabase-db"),
        claim("supa-db", "postgres-data", "/var/lib/postgresql/data"),
        claim("supa-pgsodium", "", "/etc/postgresql-custom"),
        other("an emptyDir", "/docker-entrypoint-initdb.d"));
    change(
        "supabase-db",
        it ->
            with(
                it,
                it.settings(),
                new SecretKeyReference("supa-supabase-db", "password"),
                it.mounts()));
    add(
        "supabase-storage",
        "supabase/storage-api:v1.44.2",
        FILE_BACKEND,
        Set.of("supa-supabase-jwt", "supa-supabase-db", "supa-supabase-s3"),
        claim("supa-storage", "", "/var/lib/storage"));
    add(
        "supabase-imgproxy",
        "darthsim/imgproxy:v3",
        Map.of(),
        Set.of(),
        claim("supa-storage", "", "/var/lib/storage"),
        claim("supa-imgproxy", "", "/cache"));
    add(
        "supabase-functions",
        "supabase/edge-runtime:v1.70.3",
        Map.of(),
        Set.of("supa-supabase-jwt"),
        claim("supa-functions", "", "/home/deno/functions"),
        other("a ConfigMap", "/home/deno/functions/main/index.ts"),
        claim("supa-deno", "", "/root/.cache/deno"));
    add(
        "supabase-studio",
        "supabase/studio:2026.02.16",
        Map.of(),
        Set.of("supa-supabase-dashboard"),
        claim("supa-functions", "", "/home/deno/functions"),
        claim("supa-snippets", "", "/app/snippets"));
    services.add(
        new Service(
            "supa-supabase-db",
            Map.of("app.kubernetes.io/name", "supabase-db", "app.kubernetes.io/instance", "supa"),
            List.of(new Port(5433, "5432")),
            false));
    services.add(
        new Service(
            "supa-supabase-storage",
            Map.of(
                "app.kubernetes.io/name", "supabase-storage", "app.kubernetes.io/instance", "supa"),
            List.of(new Port(5000, "5000")),
            false));
    services.add(new Service("elsewhere", Map.of(), List.of(new Port(5432, "5432")), false));
  }

  private void add(
      String service,
      String image,
      Map<String, String> settings,
      Set<String> secrets,
      Mount... mounts) {
    containers.add(
        new Container(
            "supa-" + service + "-0",
            service,
            true,
            image,
            "sha256:" + service,
            Map.of("app.kubernetes.io/name", service, "app.kubernetes.io/instance", "supa"),
            settings,
            Set.of(),
            null,
            service.equals("supabase-db") ? null : "supa-supabase-db",
            Map.of("postgres", 5432),
            secrets,
            Set.of("supa-" + service),
            Set.of(),
            List.of(mounts)));
  }

  private static Mount claim(String name, String below, String destination) {
    return new Mount(destination, name, below, "a claim");
  }

  private static Mount other(String kind, String destination) {
    return new Mount(destination, null, "", kind);
  }

  private void change(String service, UnaryOperator<Container> how) {
    containers.replaceAll(each -> each.service().equals(service) ? how.apply(each) : each);
  }

  private static Container with(
      Container it,
      Map<String, String> settings,
      @Nullable SecretKeyReference password,
      List<Mount> mounts) {
    return new Container(
        it.name(),
        it.service(),
        it.running(),
        it.image(),
        it.digest(),
        it.labels(),
        settings,
        it.unclear(),
        password,
        it.databaseHost(),
        it.ports(),
        it.secrets(),
        it.configMaps(),
        it.optional(),
        mounts);
  }

  private static UnaryOperator<Container> mounting(Mount... mounts) {
    return it -> with(it, it.settings(), it.password(), List.of(mounts));
  }

  private static UnaryOperator<Container> setting(String name, String value) {
    return it -> {
      var settings = new HashMap<>(it.settings());
      settings.put(name, value);
      return with(it, settings, it.password(), it.mounts());
    };
  }

  private static UnaryOperator<Container> called(
      String pod, String service, String image, boolean running, Map<String, String> labels) {
    return it ->
        new Container(
            pod,
            service,
            running,
            image,
            it.digest(),
            labels,
            it.settings(),
            it.unclear(),
            it.password(),
            it.databaseHost(),
            it.ports(),
            it.secrets(),
            it.configMaps(),
            it.optional(),
            it.mounts());
  }

  private static UnaryOperator<Container> referring(
      Set<String> unclear, Set<String> secrets, Set<String> configMaps, Set<String> optional) {
    return it ->
        new Container(
            it.name(),
            it.service(),
            it.running(),
            it.image(),
            it.digest(),
            it.labels(),
            it.settings(),
            unclear,
            it.password(),
            it.databaseHost(),
            it.ports(),
            secrets,
            configMaps,
            optional,
            it.mounts());
  }

  private void look() {
    host.pods = new Seen(containers, services, project);
    if (host.policy.getStatus() == null) {
      host.contacted();
    } else {
      host.look();
    }
  }

  private FoundSource found() {
    look();
    assertThat(host.says(Conditions.READY))
        .as(host.condition(Conditions.READY).message())
        .isEqualTo("True Accepted");
    return Objects.requireNonNull(host.status().source());
  }

  private SelfHosted selfHosted() {
    return found().selfHosted();
  }

  private String leftOut() {
    return String.join("\n", Optional.ofNullable(found().leftOut()).orElse(List.of()));
  }

  private String refusal() {
    look();
    return host.condition(Conditions.READY).reason()
        + ": "
        + host.condition(Conditions.READY).message();
  }

  private FilePlace place(String part) {
    return selfHosted().places().stream()
        .filter(each -> each.name().equals(part))
        .map(SupabaseSource.Files::place)
        .findFirst()
        .orElseThrow();
  }

  private static FilePlace in(String claim, @Nullable String folder) {
    return new FilePlace(null, null, new ClaimPlace(claim, folder));
  }

  private static SupabaseSource.Kind spelled(String text) {
    return Objects.requireNonNull(
            PlannedHost.spec(
                    """
                    source:
                      supabase:
                        selfHosted:
                    %s
                    storeRef: {name: offsite}
                    """
                        .formatted(text.indent(6)))
                .source()
                .supabase())
        .kind();
  }

  @Test
  void aReleaseIsFoundWhole() {
    var found = found();

    assertThat(found.selfHosted())
        .isEqualTo(
            spelled(
                """
                database:
                  connection:
                    host: supa-supabase-db
                    port: 5433
                    user: supabase_admin
                    passwordSecretRef: {name: supa-supabase-db, key: password}
                  names: [postgres]
                  dump: Stream
                storage: {place: {claim: {name: supa-storage}}, bucket: stub, tenant: stub, versions: Folder}
                key: {place: {claim: {name: supa-pgsodium}}}
                files:
                - {name: functions, place: {claim: {name: supa-functions}}}
                - {name: snippets, place: {claim: {name: supa-snippets}}}
                configuration:
                  secrets: [supa-supabase-dashboard, supa-supabase-db, supa-supabase-jwt, supa-supabase-s3]
                  configMaps: [supa-supabase-db, supa-supabase-functions, supa-supabase-imgproxy, supa-supabase-storage, supa-supabase-studio]
                """));
    assertThat(found.images())
        .hasSize(5)
        .contains(
            new ServiceImage("supabase-db", "supabase/postgres:17.6.1.136", "sha256:supabase-db"));
    assertThat(found.leftOut())
        .containsExactly(
            "configuration: variables that stand in pods themselves are not kept. Keep the values"
                + " of the release (helm get values) beside the backups.",
            "not kept, though pods mount them: claims supa-deno, supa-imgproxy. What of them cannot"
                + " be made anew belongs into files, in a claim.");
  }

  /** What is asked of a worker is what a person's own words would ask. */
  @Test
  void theTaskIsThatOfAProjectThatIsSpelledOut() {
    look();
    host.at("2026-11-22T02:00:00Z").look();
    var run = host.running(Purpose.BACKUP).orElseThrow();
    var task = (SupabaseProject) ((Task.Backup) host.task(run)).source();

    assertThat(task.trees().trees())
        .extracting(tree -> tree.name() + " " + tree.path())
        .containsExactly(
            "storage /data/supa-storage",
            "key /data/supa-pgsodium",
            "functions /data/supa-functions",
            "snippets /data/supa-snippets");
    assertThat(task.dump().server().user()).isEqualTo("supabase_admin");
    assertThat(task.mounted())
        .contains(MountedConfiguration.of(MountedConfiguration.Kind.SECRET, "supa-supabase-jwt"));
    assertThat(task.images()).hasSize(5);
    assertThat(task.leftOut()).isEqualTo(found().leftOut());
    assertThat(Objects.requireNonNull(host.launched.get(run.labels().name())).footing().mounts())
        .extracting(Footing.Mount::claim)
        .containsExactly("supa-functions", "supa-pgsodium", "supa-snippets", "supa-storage");
  }

  /** A settled policy writes nothing: an answer that moves would. */
  @Test
  void theOrderOfPodsAndReplicasChangeNothing() {
    var before = found();
    var writes = host.statusWrites;
    containers.addAll(containers.reversed());
    containers.subList(0, containers.size() / 2).clear();
    change(
        "supabase-storage",
        it -> called("a-second", it.service(), it.image(), true, it.labels()).apply(it));
    add(
        "supabase-storage",
        "supabase/storage-api:v1.44.2",
        FILE_BACKEND,
        Set.of("supa-supabase-jwt"),
        claim("supa-storage", "", "/var/lib/storage"));
    services.addAll(services.reversed());
    look();

    assertThat(host.status().source()).isEqualTo(before);
    assertThat(host.statusWrites).isEqualTo(writes);
  }

  /** fullnameOverride renames what stands for the release, not its pods' labels. */
  @Test
  void namesOfPodsClaimsAndServicesMayBeAny() {
    change(
        "supabase-db",
        mounting(
            claim("data-of-mine", "postgres-data", "/var/lib/postgresql/data"),
            claim("mine", "", "/etc/postgresql-custom")));
    change(
        "supabase-db",
        it -> called("own-0", it.service(), it.image(), true, it.labels()).apply(it));
    services.replaceAll(
        each ->
            each.name().equals("supa-supabase-db")
                ? new Service("own", each.selector(), each.ports(), false)
                : each);

    assertThat(place("key")).isEqualTo(in("mine", null));
    assertThat(selfHosted().connection().host()).isEqualTo("own");
    assertThat(leftOut()).doesNotContain("data-of-mine");
  }

  @ParameterizedTest
  @CsvSource({
    "supabase-db, registry.example:5000/mirror/supabase/postgres:15.8.1.085, supabase-db, true",
    "supabase-db, registry.example/own:1, supabase-db, true",
    "supabase-db, registry.example/own:1, postgres, false",
    "supabase-db, mirror/supabase/postgres, mydb, true",
    "supabase-storage, mirror/supabase/storage-api, files, true",
    "supabase-storage, own/objects, supabase-storage, true",
    "supabase-storage, own/objects, objects, false",
  })
  void servicesAreKnownByImageOrName(String service, String image, String name, boolean known) {
    change(service, it -> called(it.name(), name, image, true, it.labels()).apply(it));
    look();

    var source = host.status().source();
    assertThat(
            source != null
                && (service.equals("supabase-db") || source.selfHosted().storage() != null))
        .isEqualTo(known);
  }

  @Test
  void onlyTheReleaseThatIsPointedAtIsSeen() {
    for (var each : List.copyOf(containers)) {
      containers.add(
          called(
                  "other-" + each.service(),
                  each.service(),
                  each.image(),
                  true,
                  Map.of(
                      "app.kubernetes.io/name",
                      each.service(),
                      "app.kubernetes.io/instance",
                      "other"))
              .andThen(mounting(claim("theirs", "", "/var/lib/storage")))
              .apply(each));
    }

    assertThat(place("storage")).isEqualTo(in("supa-storage", null));
    assertThat(found().images()).hasSize(5);
  }

  @Test
  void aReleaseThatIsNotThereIsSaidAndKeepsWhatWasFound() {
    var before = found();
    containers.clear();

    assertThat(refusal())
        .startsWith("SourceUnreachable")
        .contains("no pod of Helm release 'supa'", "app.kubernetes.io/instance");
    assertThat(host.status().source()).isEqualTo(before);
  }

  @Test
  void whatCannotBeReadIsSaid() {
    found();
    host.pods = new PodsView.Unreachable("There is no Project 'shop'.");
    host.look();

    assertThat(host.condition(Conditions.READY).reason()).isEqualTo("SourceUnreachable");
    assertThat(host.condition(Conditions.READY).message()).contains("There is no Project 'shop'.");
  }

  @Test
  void anExternalDatabaseIsToBeSpelledOut() {
    containers.removeIf(each -> each.service().equals("supabase-db"));
    change(
        "supabase-storage",
        it ->
            new Container(
                it.name(),
                it.service(),
                true,
                it.image(),
                it.digest(),
                it.labels(),
                it.settings(),
                Set.of(),
                null,
                "db.example",
                Map.of(),
                it.secrets(),
                it.configMaps(),
                Set.of(),
                it.mounts()));
    assertThat(refusal())
        .startsWith("SourceUnreachable")
        .contains(
            "no pod that is a server", "connect to db.example", "Spell out database.connection");

    host = host("helmRelease: supa", ", database: {connection: {secretRef: {name: mine}}}");
    assertThat(Objects.requireNonNull(selfHosted().connection().secretRef()).name())
        .isEqualTo("mine");
    assertThat(selfHosted().storage()).isNotNull();
    assertThat(leftOut()).contains("key: there is no pod of the server");
  }

  @Test
  void twoServersAreNotChosenFrom() {
    containers.add(
        called(
                "supa-replica-0",
                "replica",
                "supabase/postgres:17",
                true,
                Map.of("app.kubernetes.io/instance", "supa"))
            .apply(containers.getFirst()));
    // The one that has the name, too, is it.
    assertThat(selfHosted().connection().host()).isEqualTo("supa-supabase-db");

    change(
        "supabase-db", it -> called(it.name(), "primary", it.image(), true, it.labels()).apply(it));
    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("Helm release 'supa' has several", "supa-replica-0", "supa-supabase-db-0");
  }

  /** While a Deployment is rolled out, what runs counts. */
  @Test
  void aPodThatDoesNotRunYetIsNotASecondServer() {
    containers.add(next().andThen(setting("TENANT_ID", "next")).apply(containers.get(1)));

    assertThat(place("storage")).isEqualTo(in("supa-storage", null));
    assertThat(Objects.requireNonNull(selfHosted().storage()).tenant()).isNotEqualTo("next");
  }

  private static UnaryOperator<Container> next() {
    return called(
        "next",
        "supabase-storage",
        "supabase/storage-api:v2",
        false,
        Map.of("app.kubernetes.io/instance", "supa"));
  }

  /** One that just does not run, with other claims, is another: chance does not choose. */
  @Test
  void ofTwoWithOtherClaimsTheOneThatRunsIsNotChosen() {
    containers.add(
        next()
            .andThen(mounting(claim("elsewhere", "", "/var/lib/storage")))
            .apply(containers.get(1)));

    assertThat(refusal()).startsWith("ContainerUnusable").contains("several", "Storage", "next");
  }

  /** It would lead to the one server now, and to the other then. */
  @Test
  void aServiceOfTwoProjectsIsNotTaken() {
    containers.add(
        called(
                "other-db-0",
                "supabase-db",
                "supabase/postgres:17",
                true,
                Map.of(
                    "app.kubernetes.io/name", "supabase-db", "app.kubernetes.io/instance", "other"))
            .apply(containers.getFirst()));
    var ports = List.of(new Port(5432, "5432"));
    services.add(
        new Service("a-db", Map.of("app.kubernetes.io/name", "supabase-db"), ports, false));
    assertThat(selfHosted().connection().host()).isEqualTo("supa-supabase-db");

    services.removeIf(each -> each.name().equals("supa-supabase-db"));
    assertThat(refusal()).contains("no Service", "and to no other project's");
  }

  /** Of two that lead there, the one that asks for more. */
  @Test
  void theServiceThatIsNearestToItsServerIsTaken() {
    services.add(
        new Service(
            "a-db",
            Map.of("app.kubernetes.io/name", "supabase-db"),
            List.of(new Port(5432, "5432")),
            false));

    assertThat(selfHosted().connection().host()).isEqualTo("supa-supabase-db");
  }

  /** Whose pods are at zero at the first look nobody would miss them. */
  @Test
  void whatNobodyMountsIsSaid() {
    containers.removeIf(each -> each.service().equals("supabase-studio"));
    change("supabase-functions", mounting());

    assertThat(leftOut())
        .contains(
            "functions: no pod mounts /home/deno/functions. If it is used",
            "snippets: no pod mounts /app/snippets");
  }

  @Test
  void whatIsInNoClaimIsSaid() {
    change(
        "supabase-imgproxy",
        mounting(
            other(Mount.HOST_PATH, "/certificates"),
            other(Mount.OTHER, "/share"),
            other(Mount.OTHER, "/var/run/secrets/kubernetes.io/serviceaccount")));

    assertThat(leftOut())
        .contains(
            "folders of nodes and other volumes, /certificates of supa-supabase-imgproxy-0, /share"
                + " of supa-supabase-imgproxy-0.");
  }

  @Test
  void aPasswordThatIsNoKeyOfASecretIsRefused() {
    change("supabase-db", it -> with(it, it.settings(), null, it.mounts()));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("POSTGRES_PASSWORD is no key of a Secret", "spell out database.connection");
  }

  @Test
  void aServerWithoutAServiceIsRefused() {
    services.removeIf(each -> each.name().equals("supa-supabase-db"));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("no Service", "5432", "spell out database.connection");
  }

  @ParameterizedTest
  @CsvSource({
    "5432, postgres, false, 5432",
    "6000, 5432, false, 6000",
    "6000, 5432, true, 5432",
    "5432, 9999, false, 0",
    "5432, metrics, false, 0",
  })
  void thePortIsTheServices(int port, String target, boolean headless, int found) {
    services.removeIf(each -> each.name().equals("supa-supabase-db"));
    services.add(
        new Service(
            "db",
            Map.of("app.kubernetes.io/name", "supabase-db"),
            List.of(new Port(9187, "9187"), new Port(port, target)),
            headless));
    look();

    assertThat(
            Optional.ofNullable(host.status().source())
                .map(source -> source.selfHosted().connection())
                .map(PostgresConnection::port)
                .orElse(0))
        .isEqualTo(found);
  }

  @Test
  void aServiceOfItsOwnAddressIsPreferred() {
    services.add(
        new Service(
            "a-headless",
            Map.of("app.kubernetes.io/name", "supabase-db"),
            List.of(new Port(5432, "5432")),
            true));

    assertThat(selfHosted().connection().host()).isEqualTo("supa-supabase-db");
  }

  @Test
  void storageInABucketIsSaidToBeSpelledOut() {
    change("supabase-storage", setting("STORAGE_BACKEND", "s3"));

    assertThat(selfHosted().storage()).isNull();
    assertThat(leftOut()).contains("storage: STORAGE_BACKEND", "MinIO", "spell out storage.s3");

    host = host("helmRelease: supa", ", storage: {s3: {credentials: {secretRef: {name: minio}}}}");
    assertThat(Objects.requireNonNull(selfHosted().storage()).s3()).isNotNull();
    assertThat(leftOut()).doesNotContain("storage:");
  }

  /** In place of a claim: a volume of the pod, or none at all. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aKeyThatGoesWithItsPodIsSaidFirstOfAll(boolean mounted) {
    change("supabase-storage", setting("STORAGE_BACKEND", "s3"));
    change(
        "supabase-db",
        mounted
            ? mounting(other("an emptyDir", "/etc/postgresql-custom"))
            : mounting(claim("supa-db", "postgres-data", "/var/lib/postgresql/data")));

    assertThat(selfHosted().key()).isNull();
    assertThat(Objects.requireNonNull(found().leftOut()).getFirst())
        .contains(
            "key: pod 'supa-supabase-db-0' has /etc/postgresql-custom in "
                + (mounted ? "an emptyDir" : "its image"),
            "the key of Vault goes with the pod",
            "persistence.pgsodium.enabled");
  }

  @Test
  void storageInAnEmptyDirIsSaid() {
    change("supabase-storage", mounting(other("an emptyDir", "/var/lib/storage")));

    assertThat(selfHosted().storage()).isNull();
    assertThat(leftOut()).contains("storage: pod", "in an emptyDir", "go with the pod");
  }

  @ParameterizedTest
  @CsvSource({
    "'', /var/lib/storage, ",
    "./a//b/, /var/lib/storage, a/b",
    "objects, /var/lib, objects/storage",
    "'', /var, lib/storage",
  })
  void storageMayBeAFolderOfItsClaim(String below, String destination, @Nullable String folder) {
    change("supabase-storage", mounting(claim("mine", below, destination)));

    assertThat(place("storage")).isEqualTo(in("mine", folder));
  }

  @Test
  void aFolderThatLeadsElsewhereIsRefused() {
    change("supabase-storage", mounting(claim("mine", "a/../..", "/var/lib/storage")));

    assertThat(refusal()).startsWith("ContainerUnusable").contains("spell out storage");
  }

  @ParameterizedTest
  @ValueSource(strings = {"STORAGE_BACKEND", "TENANT_ID", "STORAGE_S3_BUCKET", "MULTI_TENANT"})
  void whatAConfigMapSaysIsNotGuessed(String variable) {
    change("supabase-storage", referring(Set.of(variable), Set.of("s"), Set.of(), Set.of()));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains(variable + " may come from", "spell out storage");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../other", "a/b", "$(TENANT)", "-x"})
  void aTenantThatIsNoFolderIsRefused(String tenant) {
    change("supabase-storage", setting("TENANT_ID", tenant));

    assertThat(refusal()).startsWith("ContainerUnusable").contains("spell out storage");
  }

  @Test
  void differentFunctionsAreNotChosenFrom() {
    change("supabase-studio", mounting(claim("mine", "", "/home/deno/functions")));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("have different folders at /home/deno/functions", "spell out functions");
  }

  @Test
  void whatIsSpelledOutCountsInstead() {
    host =
        host(
            "helmRelease: supa",
            ", storage: {place: {claim: {name: mine}}, tenant: t}, configuration: {secrets: [own]},"
                + " files: [{name: functions, place: {claim: {name: mine, subPath: f}}}]");
    change("supabase-storage", setting("STORAGE_BACKEND", "s3"));
    change("supabase-studio", mounting(claim("mine", "", "/home/deno/functions")));

    assertThat(place("storage")).isEqualTo(in("mine", null));
    assertThat(place("functions")).isEqualTo(in("mine", "f"));
    assertThat(Objects.requireNonNull(selfHosted().configuration()).secrets())
        .containsExactly("own");
    assertThat(selfHosted().configuration().configMaps()).isNull();
  }

  @Test
  void moreSecretsThanAPolicyNamesAreSaid() {
    var many = Set.copyOf(IntStream.range(10, 30).mapToObj(number -> "secret-" + number).toList());
    change("supabase-studio", referring(Set.of(), many, Set.of(), Set.of("maybe")));

    assertThat(Objects.requireNonNull(selfHosted().configuration()).secrets())
        .hasSize(16)
        .contains("supa-supabase-jwt", "supa-supabase-db");
    assertThat(leftOut())
        .contains(
            "configuration: of 23 Secrets a policy keeps 16, not: secret-23, ",
            "configuration: not kept, since pods run without: maybe");
  }

  /** An umbrella's other applications bear its label too. */
  @Test
  void secretsOfSupabasesOwnPodsComeFirst() {
    var many = Set.copyOf(IntStream.range(10, 30).mapToObj(number -> "a-" + number).toList());
    change("supabase-imgproxy", referring(Set.of(), many, Set.of(), Set.of()));

    assertThat(Objects.requireNonNull(selfHosted().configuration()).secrets())
        .hasSize(16)
        .contains(
            "supa-supabase-dashboard", "supa-supabase-db", "supa-supabase-jwt", "supa-supabase-s3");
  }

  @Test
  void aPartThatIsNotFoundAnyMoreStopsBackups() {
    found();
    containers.removeIf(each -> each.service().equals("supabase-studio"));
    change("supabase-functions", mounting());

    var refusal = refusal();
    assertThat(refusal)
        .startsWith("AcknowledgementNeeded")
        .contains("'functions' of the project was found in claim supa-functions before");
    assertThat(host.status().source()).isNotNull();

    for (var _ : List.of("functions", "snippets", "configuration")) {
      acknowledge(refusal());
    }
    assertThat(selfHosted().files()).isNull();

    change("supabase-functions", mounting(claim("supa-functions", "", "/home/deno/functions")));
    assertThat(place("functions")).isEqualTo(in("supa-functions", null));
    assertThat(leftOut()).contains("functions: found again. Remove the token " + tokens.getFirst());
  }

  @Test
  void aSecretThatNoPodRefersToAnyMoreStopsBackups() {
    found();
    change("supabase-studio", referring(Set.of(), Set.of(), Set.of(), Set.of()));

    assertThat(refusal())
        .startsWith("AcknowledgementNeeded")
        .contains(
            "'configuration' of the project was found in ConfigMap supa-supabase-studio, Secret"
                + " supa-supabase-dashboard before");

    acknowledge(refusal());
    assertThat(Objects.requireNonNull(selfHosted().configuration()).secrets())
        .doesNotContain("supa-supabase-dashboard");
  }

  @ParameterizedTest
  @CsvSource({
    "supabase-db, /etc/postgresql-custom, mine, '', key, supa-pgsodium, mine",
    "supabase-storage, /var/lib/storage, mine, '', storage, supa-storage, mine",
    "supabase-storage, /var/lib/storage, supa-storage, n, storage, supa-storage, supa-storage/n",
    "supabase-studio, /app/snippets, mine, a/b, snippets, supa-snippets, mine/a/b",
  })
  void aPartThatIsInAnotherPlaceThanBeforeStopsBackups(
      String service,
      String destination,
      String claim,
      String below,
      String part,
      String from,
      String to) {
    var before = found();
    var old = containers.stream().filter(it -> it.service().equals(service)).findFirst();
    change(
        service,
        it -> with(it, it.settings(), it.password(), moved(it, destination, claim, below)));

    var refusal = refusal();
    assertThat(refusal)
        .startsWith("AcknowledgementNeeded")
        .contains("'%s' from claim %s to claim %s.".formatted(part, from, to), "mounted as before");
    assertThat(host.status().source()).isEqualTo(before);
    host.at("2026-11-22T02:00:00Z").look();
    assertThat(host.running(Purpose.BACKUP)).isEmpty();

    acknowledge(refusal);
    assertThat(found()).isNotEqualTo(before);
    // Once it was followed it is nothing new; the way back is.
    assertThat(refusal()).startsWith("Accepted");
    change(service, _ -> old.orElseThrow());
    assertThat(refusal()).startsWith("AcknowledgementNeeded");
  }

  private static List<Mount> moved(
      Container container, String destination, String claim, String below) {
    return container.mounts().stream()
        .map(it -> it.destination().equals(destination) ? claim(claim, below, destination) : it)
        .toList();
  }

  @Test
  void allThatMovedIsAcceptedAtOnce() {
    found();
    change("supabase-storage", mounting(claim("mine", "s", "/var/lib/storage")));
    change("supabase-imgproxy", mounting());
    change("supabase-functions", mounting(claim("mine", "f", "/home/deno/functions")));
    change(
        "supabase-studio",
        mounting(
            claim("mine", "f", "/home/deno/functions"),
            claim("supa-snippets", "", "/app/snippets")));

    acknowledge(refusal());
    assertThat(place("storage")).isEqualTo(in("mine", "s"));
    assertThat(place("functions")).isEqualTo(in("mine", "f"));
  }

  /** Whoever writes a place down says that it is meant. */
  @Test
  void whatIsSpelledOutElsewhereWasMovedByAPerson() {
    found();
    host.policy.setSpec(
        PlannedHost.spec(
            """
            source:
              supabase:
                selfHosted:
                  helmRelease: supa
                  storage: {place: {claim: {name: mine}}}
                  key: {place: {claim: {name: mine, subPath: key}}}
                  files: [{name: snippets, place: {claim: {name: mine, subPath: s}}}]
            storeRef: {name: offsite}
            """));

    assertThat(place("storage")).isEqualTo(in("mine", null));
  }

  private void acknowledge(String refusal) {
    tokens.add(refusal.replaceFirst("(?s).*Token: ", ""));
    host.policy.setSpec(
        PlannedHost.spec(
            """
            source: {supabase: {selfHosted: {helmRelease: supa}}}
            storeRef: {name: offsite}
            acknowledge: %s
            """
                .formatted(tokens)));
  }

  @Test
  void aReleaseWithNothingButDatabasesIsRefused() {
    containers.removeIf(each -> !each.service().equals("supabase-db"));
    change("supabase-db", mounting());

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("Of Helm release 'supa' databases alone");
  }

  @Test
  void onOneMachineThereAreNoPods() {
    for (var pointer : List.of("helmRelease", "project")) {
      host = host(pointer + ": supa", "");
      host.kind = HostKind.ONE_MACHINE;
      host.store.setSpec(new PlannedHost(host.policy.getSpec()).store.getSpec());
      host.look();

      assertThat(host.says(Conditions.STALLED)).isEqualTo("True NotOnThisHost");
      assertThat(host.condition(Conditions.STALLED).message())
          .contains("selfHosted." + pointer + " works in a cluster only");
    }
  }

  /** A Project's components have names of their own; one Secret is all of theirs. */
  @Test
  void aProjectOfSupabasesOperatorIsFound() {
    containers.clear();
    project =
        new Project(
            "shop",
            "shopdb",
            PostgresConnection.of(
                "shopdb-postgres.shop.svc.cluster.local",
                5432,
                "supabase_admin",
                new SecretKeyReference("shopdb-postgres-auth", "password")));
    host = host("project: shop", "");
    operated(
        "shopdb-postgres-0",
        "db",
        "shopdb",
        "supabase/postgres:17.6",
        Map.of(),
        Set.of("shopdb-postgres-auth"),
        claim("shop-postgres-data", "postgres-data", "/var/lib/postgresql/data"),
        claim("shop-postgres-data", "postgres-custom", "/etc/postgresql-custom"));
    operated(
        "otherdb-postgres-0",
        "db",
        "otherdb",
        "supabase/postgres:17.6",
        Map.of(),
        Set.of("otherdb-postgres-auth"),
        claim("theirs", "postgres-custom", "/etc/postgresql-custom"));
    operated(
        "files-storage-0",
        "storage",
        "files-storage",
        "supabase/storage-api:v1",
        Map.of("STORAGE_BACKEND", "file", "GLOBAL_S3_BUCKET", "shop", "TENANT_ID", "shop"),
        Set.of("shop-jwt", "files-storage"),
        claim("shop-storage-data", "storage-data", "/var/lib/storage"));
    operated(
        "studio-0",
        "studio",
        "studio-studio",
        "supabase/studio:1",
        Map.of(),
        Set.of("shop-jwt", "shop-keys"),
        claim("shop-studio-data", "snippets", "/app/snippets"),
        other("an emptyDir", "/home/deno/functions"));
    operated(
        "other-0",
        "storage",
        "other-storage",
        "supabase/storage-api:v1",
        Map.of(),
        Set.of("other-jwt"),
        claim("theirs", "", "/var/lib/storage"));

    assertThat(selfHosted())
        .isEqualTo(
            spelled(
                """
                database:
                  connection:
                    host: shopdb-postgres.shop.svc.cluster.local
                    port: 5432
                    user: supabase_admin
                    passwordSecretRef: {name: shopdb-postgres-auth, key: password}
                  names: [postgres]
                  dump: Stream
                storage: {place: {claim: {name: shop-storage-data, subPath: storage-data}}, bucket: shop, tenant: shop, versions: Folder}
                key: {place: {claim: {name: shop-postgres-data, subPath: postgres-custom}}}
                files: [{name: snippets, place: {claim: {name: shop-studio-data, subPath: snippets}}}]
                configuration: {secrets: [files-storage, shop-jwt, shop-keys, shopdb-postgres-auth]}
                """));
    assertThat(leftOut())
        .contains("functions: pod 'studio-0' has /home/deno/functions in an emptyDir", "manifests")
        .doesNotContain("theirs");
    assertThat(found().images()).hasSize(3);
  }

  private void operated(
      String pod,
      String service,
      String instance,
      String image,
      Map<String, String> settings,
      Set<String> secrets,
      Mount... mounts) {
    containers.add(
        new Container(
            pod,
            service,
            true,
            image,
            null,
            Map.of("app.kubernetes.io/instance", instance),
            settings,
            Set.of(),
            null,
            null,
            Map.of(),
            secrets,
            Set.of(),
            Set.of(),
            List.of(mounts)));
  }
}
