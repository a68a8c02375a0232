package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.ComposeService;
import dev.salvor.api.FilePlace;
import dev.salvor.api.FoundSource;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.plan.DockerView.Container;
import dev.salvor.plan.DockerView.Folder;
import dev.salvor.plan.DockerView.Mount;
import dev.salvor.plan.DockerView.Seen;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Volume;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A Compose project, as its containers show it, spelled out. */
class SupabaseDiscoveryTest {
  private static final String FOLDER = "/srv/supabase";
  private static final Map<String, String> STORAGE_SETTINGS =
      Map.of(
          "STORAGE_BACKEND", "file",
          "FILE_STORAGE_BACKEND_PATH", "/var/lib/storage",
          "GLOBAL_S3_BUCKET", "stub",
          "TENANT_ID", "stub");

  private final List<Container> containers = new ArrayList<>();
  private final List<Volume> volumes = new ArrayList<>();
  private String beside = "";
  private PlannedHost host = new PlannedHost(PlannedHost.spec(spec("")));

  private static String spec(String beside) {
    return """
    source: {supabase: {selfHosted: {composeProject: supabase%s}}}
    storeRef: {name: offsite}
    schedule: {cron: "0 2 * * *"}
    """
        .formatted(beside);
  }

  /** As Supabase's own Compose file makes it. */
  @BeforeEach
  void asItIsShipped() {
    add(
        "db",
        "supabase/postgres:17.6.1.084",
        Map.of(),
        bind("volumes/db/data", "/var/lib/postgresql/data"),
        bind("volumes/db/roles.sql", "/docker-entrypoint-initdb.d/roles.sql"),
        named("supabase_db-config", "/etc/postgresql-custom"));
    add(
        "storage",
        "supabase/storage-api:v1.44.2",
        STORAGE_SETTINGS,
        bind("volumes/storage", "/var/lib/storage"));
    add(
        "imgproxy",
        "darthsim/imgproxy:v3.30.1",
        Map.of(),
        bind("volumes/storage", "/var/lib/storage"));
    add(
        "functions",
        "supabase/edge-runtime:v1.70.3",
        Map.of(),
        bind("volumes/functions", "/home/deno/functions"),
        named("supabase_deno-cache", "/root/.cache/deno"));
    add(
        "studio",
        "supabase/studio:2026.02.16",
        Map.of(),
        bind("volumes/snippets", "/app/snippets"),
        bind("volumes/functions", "/app/edge-functions"));
    add("meta", "supabase/postgres-meta:v0.95.2", Map.of());
    add(
        "vector",
        "timberio/vector:0.53.0",
        Map.of(),
        new Mount("/var/run/docker.sock", null, new Folder("/var/run/docker.sock", Sight.HIDDEN)));
    volumes.add(volume("supabase_db-config", Map.of()));
  }

  private void add(String service, String image, Map<String, String> settings, Mount... mounts) {
    containers.add(
        new Container(
            "supabase-" + service,
            true,
            image,
            "sha256:" + service,
            Map.of(
                ComposeService.PROJECT_LABEL,
                "supabase",
                ComposeService.SERVICE_LABEL,
                service,
                "com.docker.compose.project.config_files",
                FOLDER + "/docker-compose.yml"),
            settings,
            new Folder(FOLDER, Sight.SEEN),
            List.of(mounts)));
  }

  private static Mount bind(String path, String destination) {
    return new Mount(destination, null, new Folder(FOLDER + "/" + path, Sight.SEEN));
  }

  private static Mount named(String volume, String destination) {
    return new Mount(destination, volume, null);
  }

  private static Volume volume(String name, Map<String, String> options) {
    return new Volume(name, "local", options, Map.of(), "/d/" + name, Sight.SEEN, List.of());
  }

  private void change(String service, UnaryOperator<Container> how) {
    containers.replaceAll(each -> each.service().equals(service) ? how.apply(each) : each);
  }

  private static UnaryOperator<Container> image(String image) {
    return it ->
        new Container(
            it.name(),
            it.running(),
            image,
            it.digest(),
            it.labels(),
            it.settings(),
            it.workingFolder(),
            it.mounts());
  }

  private static UnaryOperator<Container> called(String service, String name) {
    return it -> {
      var labels = new HashMap<>(it.labels());
      labels.put(ComposeService.SERVICE_LABEL, service);
      return new Container(
          name,
          it.running(),
          it.image(),
          it.digest(),
          labels,
          it.settings(),
          it.workingFolder(),
          it.mounts());
    };
  }

  private static UnaryOperator<Container> label(String name, String value) {
    return it -> {
      var labels = new HashMap<>(it.labels());
      labels.put(name, value);
      return new Container(
          it.name(),
          it.running(),
          it.image(),
          it.digest(),
          labels,
          it.settings(),
          it.workingFolder(),
          it.mounts());
    };
  }

  private static UnaryOperator<Container> mounting(Mount... mounts) {
    return it ->
        new Container(
            it.name(),
            it.running(),
            it.image(),
            it.digest(),
            it.labels(),
            it.settings(),
            it.workingFolder(),
            List.of(mounts));
  }

  private static UnaryOperator<Container> setting(String name, String value) {
    return it -> {
      var settings = new HashMap<>(it.settings());
      settings.put(name, value);
      if (value.isEmpty()) {
        settings.remove(name);
      }
      return new Container(
          it.name(),
          it.running(),
          it.image(),
          it.digest(),
          it.labels(),
          settings,
          it.workingFolder(),
          it.mounts());
    };
  }

  private static Container stopped(Container it) {
    return new Container(
        it.name(),
        false,
        it.image(),
        it.digest(),
        it.labels(),
        it.settings(),
        it.workingFolder(),
        it.mounts());
  }

  private static UnaryOperator<Container> lyingIn(Folder folder) {
    return it ->
        new Container(
            it.name(),
            it.running(),
            it.image(),
            it.digest(),
            it.labels(),
            it.settings(),
            folder,
            it.mounts());
  }

  private void spelledOut(String text) {
    beside = ", " + text;
    host = new PlannedHost(PlannedHost.spec(spec(beside)));
  }

  private void look() {
    host.docker = new Seen("/d", volumes, containers);
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

  private SelfHosted project() {
    return found().selfHosted();
  }

  private static String service(SelfHosted project) {
    return Objects.requireNonNull(project.connection().composeService()).service();
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
    return project().places().stream()
        .filter(each -> each.name().equals(part))
        .map(SupabaseSource.Files::place)
        .findFirst()
        .orElseThrow();
  }

  private static FilePlace path(String path) {
    return new FilePlace(path, null, null);
  }

  private static FilePlace dockerVolume(String name) {
    return new FilePlace(null, name, null);
  }

  @Test
  void aProjectAsItIsShippedIsFoundWhole() {
    var found = found();

    assertThat(found.selfHosted())
        .isEqualTo(
            Objects.requireNonNull(
                    PlannedHost.spec(
                            """
                            source:
                              supabase:
                                selfHosted:
                                  database:
                                    connection: {composeService: {project: supabase, service: db}}
                                    names: [postgres]
                                    dump: Stream
                                  storage: {place: {path: /srv/supabase/volumes/storage}, bucket: stub, tenant: stub, versions: Folder}
                                  key: {place: {dockerVolume: supabase_db-config}}
                                  files:
                                    - {name: functions, place: {path: /srv/supabase/volumes/functions}}
                                    - {name: snippets, place: {path: /srv/supabase/volumes/snippets}}
                                  configuration: {folder: /srv/supabase}
                            storeRef: {name: offsite}
                            """)
                        .source()
                        .supabase())
                .kind());
    assertThat(found.images())
        .hasSize(7)
        .contains(new ServiceImage("db", "supabase/postgres:17.6.1.084", "sha256:db"));
    // The databases are dumped, a cache is a cache; and nobody keeps a socket.
    assertThat(found.leftOut())
        .containsExactly(
            "not kept, though containers mount it: /srv/supabase/volumes/db/roles.sql,"
                + " supabase_deno-cache. What of it cannot be made anew belongs into files.");
  }

  @Test
  void theDataOfAnotherServerIsSaidNotToBeKept() {
    add("metabase-db", "postgres:17", Map.of(), named("metabase", "/var/lib/postgresql/data"));

    assertThat(found().leftOut())
        .singleElement()
        .asString()
        .contains(" metabase, ")
        .doesNotContain("volumes/db/data");
  }

  /** What is asked of a worker is what a person's own words would ask. */
  @Test
  void theTaskIsThatOfAProjectThatIsSpelledOut() {
    look();
    host.at("2026-11-22T02:00:00Z").look();
    var task = (Task.Backup) host.task(host.running(Purpose.BACKUP).orElseThrow());

    var project = (SupabaseProject) task.source();
    assertThat(project.trees().trees())
        .extracting(tree -> tree.name() + " " + tree.path())
        .containsExactly(
            "storage /srv/supabase/volumes/storage",
            "key /d/supabase_db-config",
            "functions /srv/supabase/volumes/functions",
            "snippets /srv/supabase/volumes/snippets");
    assertThat(project.configuration()).isEqualTo(FOLDER);
    assertThat(project.dump().server().user()).isEqualTo("supabase_admin");
    assertThat(project.images()).hasSize(7);
    assertThat(task.header().credentials())
        .filteredOn(CredentialSource.Container.class::isInstance)
        .extracting(each -> ((CredentialSource.Container) each).service())
        .containsExactly(new ComposeService("supabase", "db"));
    // And the copy is proven by what the source runs.
    assertThat(Objects.requireNonNull(ProofServer.of(host.policy)).source().service())
        .isEqualTo(new ComposeService("supabase", "db"));
  }

  /** A settled policy writes nothing: an answer that moves would. */
  @Test
  void theOrderOfContainersChangesNothing() {
    var before = found();
    containers.addAll(containers.reversed());
    containers.subList(0, containers.size() / 2).clear();
    var writes = host.statusWrites;
    look();

    assertThat(host.status().source()).isEqualTo(before);
    assertThat(host.statusWrites).isEqualTo(writes);
  }

  @ParameterizedTest
  @CsvSource({
    "db, registry.example:5000/mirror/supabase/postgres:15.8.1.085, supabase-db, true",
    "db, ghcr.io/shop/supabase-postgres@sha256:0123, postgres, true",
    "db, registry.example/own:1, db, true",
    "db, registry.example/own:1, supabase-db, true",
    "db, supabase/postgres-meta:v1, database, false",
    "db, postgres:17, database, false",
    "storage, mirror/supabase/storage-api, files, true",
    "storage, own/objects, supabase-storage, true",
    "storage, own/objects, objects, false",
  })
  void servicesAreKnownByImageOrName(String service, String image, String name, boolean known) {
    change(service, image(image));
    change(service, called(name, "renamed-1"));
    look();

    var source = host.status().source();
    assertThat(
            source != null
                && (service.equals("db")
                    ? name.equals(service(source.selfHosted()))
                    : source.selfHosted().storage() != null))
        .isEqualTo(known);
  }

  /** Coolify prefixes services, Dokploy containers, both volumes; the project's label is right. */
  @Test
  void whatOthersRenameIsFoundByLabels() {
    for (var service : List.of("db", "storage", "functions", "studio")) {
      change(service, called("supabase-" + service, "supabase-" + service + "-r4x0ko8"));
    }
    change("supabase-db", mounting(named("r4x0ko8_supabase-db-config", "/etc/postgresql-custom")));
    volumes.add(volume("r4x0ko8_supabase-db-config", Map.of()));

    assertThat(place("key")).isEqualTo(dockerVolume("r4x0ko8_supabase-db-config"));
    assertThat(service(project())).isEqualTo("supabase-db");
    assertThat(place("functions")).isEqualTo(path("/srv/supabase/volumes/functions"));
  }

  @Test
  void storageMayBeAVolume() {
    change("storage", mounting(named("supabase_storage", "/var/lib/storage")));
    volumes.add(volume("supabase_storage", Map.of()));

    assertThat(place("storage")).isEqualTo(dockerVolume("supabase_storage"));
  }

  /** A volume that is made of a folder is there whoever runs. */
  @Test
  void aVolumeThatBindsAFolderIsThatFolder() {
    change("storage", mounting(named("supabase_storage", "/var/lib/storage")));
    volumes.add(
        volume("supabase_storage", Map.of("type", "none", "o", "bind", "device", "/mnt/big")));

    assertThat(place("storage")).isEqualTo(path("/mnt/big"));
  }

  @Test
  void storageMayBeBelowWhatIsMounted() {
    change("storage", mounting(bind("data", "/var/lib")));

    assertThat(place("storage")).isEqualTo(path("/srv/supabase/data/storage"));
  }

  @Test
  void theDeepestMountCounts() {
    change("storage", mounting(bind("data", "/var/lib"), bind("deep", "/var/lib/storage")));

    assertThat(place("storage")).isEqualTo(path("/srv/supabase/deep"));
  }

  @Test
  void storageMaySeeItsFolderElsewhere() {
    change("storage", setting("FILE_STORAGE_BACKEND_PATH", "/mnt/"));
    change("storage", mounting(bind("objects", "/mnt")));

    assertThat(place("storage")).isEqualTo(path("/srv/supabase/objects"));
  }

  @ParameterizedTest
  @CsvSource({
    "TENANT_ID, t1, t1, stub, FOLDER",
    "TENANT_ID, '', storage-single-tenant, stub, FOLDER",
    "PROJECT_REF, p1, p1, stub, FOLDER",
    "GLOBAL_S3_BUCKET, b1, stub, b1, FOLDER",
    "STORAGE_S3_BUCKET, b2, stub, b2, FOLDER",
    "STORAGE_BACKEND, '', stub, stub, FOLDER",
    "TUS_USE_FILE_VERSION_SEPARATOR, true, stub, stub, SUFFIX",
    "TUS_USE_FILE_VERSION_SEPARATOR, false, stub, stub, FOLDER",
  })
  void storageIsLaidOutAsItsServiceSays(
      String variable, String value, String tenant, String bucket, StorageVersions versions) {
    change("storage", setting(variable, value));

    var storage = Objects.requireNonNull(project().storage());
    assertThat(storage.tenant()).isEqualTo(tenant);
    assertThat(storage.bucket()).isEqualTo(bucket);
    assertThat(storage.versions()).isEqualTo(versions);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../other", "a/b", ".", "-x"})
  void aTenantThatLeadsElsewhereIsRefused(String tenant) {
    change("storage", setting("TENANT_ID", tenant));

    assertThat(refusal()).startsWith("ContainerUnusable").contains("spell out storage");
  }

  @Test
  void storageOnS3IsSaidToBeLeftOut() {
    change("storage", setting("STORAGE_BACKEND", "s3"));

    assertThat(project().storage()).isNull();
    assertThat(leftOut()).contains("storage: STORAGE_BACKEND", "is s3", "spell out storage");
  }

  @Test
  void storageOfSeveralTenantsIsSaidToBeLeftOut() {
    change("storage", setting("MULTI_TENANT", "true"));

    assertThat(project().storage()).isNull();
    assertThat(leftOut()).contains("storage: ", "several tenants");
  }

  @Test
  void storageThatIsNotThereIsSaid() {
    containers.removeIf(each -> each.service().equals("storage"));

    assertThat(project().storage()).isNull();
    assertThat(leftOut()).contains("storage: no container is Storage");
  }

  @Test
  void storageInTheContainerItselfIsSaid() {
    change("storage", mounting());

    assertThat(project().storage()).isNull();
    assertThat(leftOut()).contains("storage: container 'supabase-storage' mounts nothing at");
  }

  @Test
  void storageInMemoryIsSaid() {
    change("storage", mounting(new Mount("/var/lib/storage", null, null)));

    assertThat(leftOut()).contains("storage: ", "in memory").doesNotContain("mounts nothing");
  }

  @Test
  void aFolderInAVolumeIsSaid() {
    change("storage", mounting(named("all", "/var/lib")));

    assertThat(leftOut()).contains("storage: it is a folder in the Docker volume 'all'");
  }

  /** It would be made anew with the container, and nobody could read a secret. */
  @Test
  void aKeyThatGoesWithItsContainerIsSaid() {
    change("db", mounting(bind("volumes/db/data", "/var/lib/postgresql/data")));

    assertThat(project().key()).isNull();
    assertThat(leftOut())
        .contains("key: container 'supabase-db' mounts nothing at /etc/postgresql-custom");
  }

  @Test
  void aFolderThatCannotBeSeenIsRefused() {
    change(
        "storage",
        mounting(new Mount("/var/lib/storage", null, new Folder("/hidden", Sight.HIDDEN))));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("'supabase-storage'", "storage is in /hidden", "not to be seen from here");
  }

  @Test
  void aConfigurationThatCannotBeSeenIsSaid() {
    change("db", lyingIn(new Folder("/hidden", Sight.HIDDEN)));

    assertThat(project().configuration()).isNull();
    assertThat(leftOut()).contains("configuration: /hidden is not to be seen");
  }

  @Test
  void composeFilesThatLieElsewhereAreSaid() {
    change(
        "db",
        label(
            "com.docker.compose.project.config_files",
            FOLDER + "/docker-compose.yml,/srv/override/s3.yml"));

    assertThat(leftOut())
        .contains("not kept: /srv/override/s3.yml")
        .doesNotContain("supabase/docker-compose");
  }

  @Test
  void twoServersAreNamedAndNoneIsChosen() {
    add("replica", "supabase/postgres:17.6.1.084", Map.of());
    change("db", called("primary", "supabase-primary"));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("supabase-primary, supabase-replica", "database.connection");
  }

  /** The one of the image and the name is meant, where another has only the image. */
  @Test
  void aReplicaIsNotTakenForTheServer() {
    add("replica", "supabase/postgres:17.6.1.084", Map.of());

    assertThat(service(project())).isEqualTo("db");
  }

  @Test
  void whichOfTwoServersIsMeantCanBeSpelledOut() {
    add("replica", "supabase/postgres:17.6.1.084", Map.of());
    change("db", called("primary", "supabase-primary"));
    spelledOut("database: {connection: {container: supabase-primary}}, key: {place: {path: /k}}");

    assertThat(project().connection().container()).isEqualTo("supabase-primary");
    assertThat(place("key")).isEqualTo(path("/k"));
  }

  @Test
  void twoContainersOfOneServiceAreNamed() {
    add("storage", "supabase/storage-api:v1.44.2", STORAGE_SETTINGS);
    containers.set(
        containers.size() - 1, called("storage", "supabase-storage-2").apply(containers.getLast()));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("supabase-storage, supabase-storage-2");
  }

  @Test
  void whatAServiceWasBeforeIsNotMeant() {
    add("storage", "supabase/storage-api:v1.0.0", STORAGE_SETTINGS);
    containers.set(containers.size() - 1, stopped(containers.getLast()));

    assertThat(place("storage")).isEqualTo(path("/srv/supabase/volumes/storage"));
  }

  @Test
  void twoFoldersOfFunctionsAreNamed() {
    add("functions-old", "own", Map.of(), bind("old", "/home/deno/functions"));

    assertThat(refusal())
        .startsWith("ContainerUnusable")
        .contains("supabase-functions and supabase-functions-old", "functions in files");
  }

  @Test
  void whatIsSpelledOutCountsInsteadOfWhatIsFound() {
    spelledOut(
        "database: {names: [_supabase, postgres], dump: Directory},"
            + " storage: {place: {path: /other}, tolerateMissing: 4},"
            + " files: [{name: functions, place: {path: /f}}, {name: api, place: {path: /a}}],"
            + " configuration: {folder: /etc/own}, allowEmpty: true");

    var project = project();
    assertThat(project.databases()).containsExactly("_supabase", "postgres");
    assertThat(Objects.requireNonNull(project.storage()).tolerateMissing()).isEqualTo(4);
    assertThat(project.places())
        .extracting(SupabaseSource.Files::name)
        .containsExactly("storage", "key", "functions", "api", "snippets");
    assertThat(place("functions")).isEqualTo(path("/f"));
    assertThat(Objects.requireNonNull(project.configuration()).folder()).isEqualTo("/etc/own");
    assertThat(project.allowEmpty()).isTrue();
  }

  /** It would be kept twice, which the worker refuses. */
  @Test
  void whatIsSpelledOutUnderAnotherNameIsNotFoundAgain() {
    spelledOut("files: [{name: edge, place: {path: /srv/supabase/volumes/functions}}]");

    assertThat(project().places())
        .extracting(SupabaseSource.Files::name)
        .containsExactly("storage", "key", "edge", "snippets");
  }

  @Test
  void aProjectThatIsNotThereIsNotKept() {
    containers.clear();

    assertThat(refusal())
        .startsWith("SourceUnreachable")
        .contains("no container of Compose project 'supabase'");
    host.at("2026-11-22T02:00:00Z").look();
    assertThat(host.running(Purpose.BACKUP)).isEmpty();
  }

  @Test
  void aProjectWithoutAServerSaysWhatItHas() {
    containers.removeIf(each -> !each.service().equals("meta"));

    assertThat(refusal())
        .startsWith("SourceUnreachable")
        .contains("only meta", "database.connection");
  }

  /** Whether the server runs is found out when a run begins, as with any container. */
  @Test
  void aProjectThatDoesNotRunIsFound() {
    containers.replaceAll(SupabaseDiscoveryTest::stopped);

    assertThat(project().places()).hasSize(4);
  }

  @Test
  void databasesAloneAreNoProject() {
    containers.removeIf(each -> !each.service().equals("db"));
    change("db", mounting());

    assertThat(refusal()).startsWith("ContainerUnusable").contains("source.postgres");
  }

  @Test
  void aDockerThatDoesNotAnswerIsWaitedFor() {
    look();
    host.docker = new DockerView.Unreachable("No socket.");
    host.look();

    assertThat(host.says(Conditions.READY)).isEqualTo("Unknown DockerUnreachable");
    // What was found last is told all the same: a restore needs it when nothing runs.
    assertThat(host.status().source()).isNotNull();
  }

  /** Else a point without them would be complete for all that anyone can see. */
  @Test
  void aPartThatIsNotFoundAnyMoreIsNotLeftOutUnasked() {
    var before = found();
    var functions = containers.stream().filter(each -> each.service().equals("functions")).toList();
    containers.removeAll(functions);
    look();

    var said = host.condition(Conditions.READY);
    assertThat(said.reason()).isEqualTo("AcknowledgementNeeded");
    assertThat(said.message()).contains("'functions'", "/srv/supabase/volumes/functions");
    assertThat(host.status().source()).isEqualTo(before);
    host.at("2026-11-22T02:00:00Z").look();
    assertThat(host.running(Purpose.BACKUP)).isEmpty();

    var token = said.message().replaceFirst("(?s).*Token: ", "");
    host.policy.setSpec(PlannedHost.spec(spec("") + "acknowledge: [" + token + "]\n"));
    host.look();
    assertThat(host.says(Conditions.READY)).isEqualTo("True Accepted");
    assertThat(Objects.requireNonNull(host.status().source()).selfHosted().places())
        .extracting(SupabaseSource.Files::name)
        .containsExactly("storage", "key", "snippets");
  }

  @Test
  void aPartThatIsInAnotherPlaceThanBeforeIsNotFollowedUnasked() {
    var before = found();
    change("storage", mounting(named("moved", "/var/lib/storage")));
    volumes.add(volume("moved", Map.of()));
    look();

    assertThat(host.condition(Conditions.READY).message())
        .contains("'storage' from ", " to the Docker volume moved");
    assertThat(host.status().source()).isEqualTo(before);

    var token = host.condition(Conditions.READY).message().replaceFirst("(?s).*Token: ", "");
    host.policy.setSpec(PlannedHost.spec(spec("") + "acknowledge: [" + token + "]\n"));
    host.look();
    assertThat(host.says(Conditions.READY)).isEqualTo("True Accepted");
    assertThat(Objects.requireNonNull(host.status().source()).leftOut())
        .noneMatch(said -> said.contains(token));
    host.look();
    assertThat(Objects.requireNonNull(host.status().source()).leftOut())
        .anyMatch(said -> said.contains(token + " accepts has moved now. Remove it"));
  }

  @Test
  void whyAPartIsNotFoundAnyMoreIsSaid() {
    found();
    change("storage", setting("STORAGE_BACKEND", "s3"));
    look();

    assertThat(host.condition(Conditions.READY).message()).contains("'storage'", "is s3");
  }

  /** What a policy spells out needs nothing to have been found. */
  @Test
  void whatWasFoundGoesWithThePointer() {
    found();
    host.policy.setSpec(
        PlannedHost.spec(
            """
            source:
              supabase:
                selfHosted:
                  database: {connection: {composeService: {project: supabase, service: db}}}
                  key: {place: {dockerVolume: supabase_db-config}}
            storeRef: {name: offsite}
            """));
    host.look();

    assertThat(host.status().source()).isNull();
  }

  @Test
  void anotherProjectIsNotLookedAt() {
    containers.replaceAll(label(ComposeService.PROJECT_LABEL, "another"));

    assertThat(refusal()).startsWith("SourceUnreachable");
  }

  @Test
  void inAClusterThereIsNoCompose() {
    host.kind = HostKind.KUBERNETES;
    host.look();

    assertThat(host.says(Conditions.READY)).isEqualTo("False NotOnThisHost");
    assertThat(host.condition(Conditions.READY).message()).contains("composeProject");
  }

  /** The Task has the room for it that an environment variable has. */
  @Test
  void ofVeryManyServicesSomeImagesAreTold() {
    for (var n = 0; n < 200; n++) {
      add("extra-" + n, "registry.example/" + "x".repeat(200) + ":" + n, Map.of());
    }
    look();
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.running(Purpose.BACKUP)).isPresent();
    assertThat(Objects.requireNonNull(host.status().source()).images()).hasSize(64);
  }
}
