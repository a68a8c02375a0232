package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupRequestSpec;
import dev.salvor.api.Json;
import dev.salvor.api.ObjectReference;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.StillnessMode;
import dev.salvor.plan.DockerView.Seen;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Volume;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.FileTrees;
import dev.salvor.task.FileTrees.Tree;
import dev.salvor.task.Task;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What policies and requests that name containers and volumes of Docker ask workers for. */
class DockerPlanningTest {
  private static final String FOLDER = "/var/lib/docker/volumes";
  private static final Map<String, String> OF_SHOP = Map.of("com.docker.compose.project", "shop");

  private static Volume volume(String name, Map<String, String> labels) {
    return new Volume(
        name,
        "local",
        Map.of(),
        labels,
        FOLDER + "/" + name + "/_data",
        Sight.SEEN,
        List.of("shop-web-1"));
  }

  private static Volume other(String driver, Map<String, String> options, Sight sight) {
    return new Volume(
        "shop_other", driver, options, OF_SHOP, FOLDER + "/shop_other/_data", sight, List.of());
  }

  private static PlannedHost host(String selection, Volume... volumes) {
    var host =
        new PlannedHost(
            PlannedHost.spec(
                """
                source: {dockerVolume: {%s, exclude: ["*.tmp"], excludeIfPresent: .nobackup}}
                storeRef: {name: offsite}
                schedule: {cron: "0 2 * * *"}
                """
                    .formatted(selection)));
    host.docker = new Seen(FOLDER, List.of(volumes), List.of());
    host.contacted();
    return host;
  }

  private static FileTrees due(PlannedHost host) {
    host.at("2026-11-22T02:00:00Z").look();
    return (FileTrees)
        ((Task.Backup) host.task(host.running(Purpose.BACKUP).orElseThrow())).source();
  }

  static Stream<Arguments> selections() {
    return Stream.of(
        Arguments.of("names: [shop_uploads, shop_a]", List.of("shop_a", "shop_uploads")),
        Arguments.of("composeProject: shop", List.of("shop_a", "shop_uploads")),
        Arguments.of("matchLabels: {kept: yes-please}", List.of("other")));
  }

  @ParameterizedTest
  @MethodSource("selections")
  void theWorkerIsAskedForTheFoldersOfThoseThatMatch(String selection, List<String> expected) {
    var source =
        due(
            host(
                selection,
                volume("shop_uploads", OF_SHOP),
                volume("shop_a", OF_SHOP),
                volume("other", Map.of("kept", "yes-please")),
                // Docker made it for a container that names none: it goes with it.
                volume("0a1b", Map.of("com.docker.volume.anonymous", "", "kept", "yes-please"))));

    assertThat(source.trees())
        .isEqualTo(
            expected.stream().map(name -> new Tree(name, FOLDER + "/" + name + "/_data")).toList());
    assertThat(source.exclude()).containsExactly("*.tmp");
    assertThat(source.excludeIfPresent()).isEqualTo(".nobackup");
  }

  private static Volume bind(String path, Sight sight) {
    return new Volume(BindMounts.name(path), "local", Map.of(), OF_SHOP, path, sight, List.of());
  }

  /** What a project keeps in folders of its own is as much its data as its volumes are. */
  @ParameterizedTest
  @CsvSource({"'', '/srv/shop/data,/srv/shop2'", "', bindMounts: false', ''"})
  void foldersOfAProjectAreKeptOnce(String choice, String expected) {
    var source =
        due(
            host(
                "composeProject: shop" + choice,
                volume("shop_a", OF_SHOP),
                bind("/srv/shop/data", Sight.SEEN),
                bind("/srv/shop/data/uploads", Sight.SEEN),
                bind("/srv/shop2", Sight.SEEN)));

    assertThat(source.trees().stream().map(Tree::path).filter(path -> path.startsWith("/srv")))
        .containsExactlyInAnyOrder(expected.isEmpty() ? new String[0] : expected.split(","));
    assertThat(source.trees()).contains(new Tree("shop_a", FOLDER + "/shop_a/_data"));
  }

  private static Volume bind(String path, Map<String, String> labels, String... users) {
    return new Volume(
        BindMounts.name(path), "local", Map.of(), labels, path, Sight.SEEN, List.of(users));
  }

  /** Whoever mounts a folder in it or above it uses it: of another project, or of none. */
  @ParameterizedTest
  @ValueSource(strings = {"/srv/shop", "/srv/shop/data", "/srv/shop/data/db"})
  void usersOfAFolderAreAlsoThoseOfFoldersInItAndAboveIt(String target)
      throws JsonProcessingException {
    var volumes =
        List.of(
            bind("/srv/shop", OF_SHOP, "web"),
            bind("/srv/shop/data", Map.of()),
            bind("/srv/shop/data/db", Map.of(), "db"),
            bind("/srv/shop2", OF_SHOP, "other"));
    var docker = new Seen(FOLDER, volumes, List.of());
    var all = new String[] {"bind_srv_shop", "bind_srv_shop_data", "bind_srv_shop_data_db"};
    var name = BindMounts.name(target);

    var refusal = (ClaimChoice.Unavailable) choice(spec("{name: " + name + "}", ""), docker);
    assertThat(refusal.failure().message())
        .containsPattern("in use by container (web, db|db, web): ");
    var stopping =
        (ClaimChoice.Chosen) choice(spec("{name: " + name + ", stopConsumers: true}", ""), docker);
    assertThat(Objects.requireNonNull(stopping.footing().hold()).volumes())
        .containsExactlyInAnyOrder(all);

    var host =
        host("names: [" + name + "], consumers: {mode: Stop}", volumes.toArray(Volume[]::new));
    host.at("2026-11-22T02:00:00Z").look();
    assertThat(Objects.requireNonNull(host.launches.getLast().footing().hold()).volumes())
        .containsExactlyInAnyOrder(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"composeProject: shop", "composeProject: blog", "names: [bind_srv_both]"})
  void aFolderOfTwoProjectsIsKeptOfEach(String selection) {
    var source =
        due(
            host(
                selection,
                bind("/srv/both", OF_SHOP),
                bind("/srv/both", Map.of("com.docker.compose.project", "blog"))));

    assertThat(source.trees()).containsExactly(new Tree("bind_srv_both", "/srv/both"));
  }

  /** Runs on the one and on the other collide by the names that both holds have. */
  @Test
  void anUnusedFolderIsWatchedWithThoseAboveIt() throws JsonProcessingException {
    var docker =
        new Seen(
            FOLDER,
            List.of(
                bind("/srv", Sight.OWN),
                bind("/srv/shop", OF_SHOP),
                bind("/srv/shop/data", Map.of())),
            List.of());

    var chosen = (ClaimChoice.Chosen) choice(spec("{name: bind_srv_shop_data}", ""), docker);
    assertThat(chosen.footing().hold())
        .isEqualTo(ContainerHold.ofUnused(List.of("bind_srv_shop_data", "bind_srv_shop")));
  }

  @Test
  void aFolderIsKnownByItsPathAndByNothingElse() {
    assertThat(BindMounts.name("/srv/shop/uploads")).isEqualTo("bind_srv_shop_uploads");
    assertThat(
            Stream.of(
                    "/a/b",
                    "/a_b",
                    "/a b",
                    "/a\tb",
                    "/ä/b",
                    "/a/" + "x".repeat(300),
                    "/a/" + "x".repeat(301))
                .map(BindMounts::name))
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/etc/nginx",
        "/proc",
        "/var/run/docker.sock",
        "/var/lib/docker",
        "/var/lib",
        "/var/lib/docker/volumes/shop_a/_data",
        "/usr/share/zoneinfo",
        "/tmp/x",
        "/run/user"
      })
  void whatIsTheSystemsIsNoData(String path) {
    assertThat(BindMounts.isData(path, FOLDER)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv", "/home/shop/data", "/etcetera", "/var/lib/shop", "/mnt/b"})
  void whatIsAnApplicationsIsData(String path) {
    assertThat(BindMounts.isData(path, FOLDER)).isTrue();
  }

  private static Volume on(long fileSystem, String path) {
    return new Volume(
        BindMounts.name(path), "local", Map.of(), OF_SHOP, path, Sight.SEEN, List.of(), fileSystem);
  }

  /**
   * Its own file system is kept with the folder in which that is mounted, though another is not.
   */
  @Test
  void aFolderInOneOfItsFileSystemIsKeptOnce() {
    assertThat(
            due(host(
                    "composeProject: shop",
                    on(2, "/srv/shop/disk"),
                    on(2, "/srv/shop/disk/uploads")))
                .trees())
        .containsExactly(new Tree("bind_srv_shop_disk", "/srv/shop/disk"));
  }

  static Stream<Arguments> refusals() {
    var uploads = volume("shop_uploads", OF_SHOP);
    return Stream.of(
        Arguments.of(
            "names: [shop_uploads, gone]", List.of(uploads), "Unknown VolumeNotFound", "'gone'"),
        Arguments.of("composeProject: shpo", List.of(uploads), "Unknown VolumeNotFound", "'shpo'"),
        Arguments.of(
            "composeProject: shop",
            List.of(uploads, other("rclone", Map.of(), Sight.SEEN)),
            "False VolumeUnusable",
            "'rclone'"),
        Arguments.of(
            "composeProject: shop",
            List.of(uploads, other("local", Map.of("type", "nfs", "device", ":/x"), Sight.SEEN)),
            "False VolumeUnusable",
            ":/x"),
        Arguments.of(
            "composeProject: shop",
            List.of(uploads, other("local", Map.of("type", "tmpfs"), Sight.SEEN)),
            "False VolumeUnusable",
            "tmpfs"),
        Arguments.of(
            "composeProject: shop",
            List.of(uploads, other("local", Map.of(), Sight.HIDDEN)),
            "False VolumeUnusable",
            "as root"),
        Arguments.of(
            "composeProject: shop",
            List.of(uploads, other("local", Map.of(), Sight.OWN)),
            "False VolumeUnusable",
            "Salvor's own container"),
        Arguments.of(
            "composeProject: shop",
            List.of(uploads, bind("/srv/shop", Sight.HIDDEN)),
            "False VolumeUnusable",
            "bindMounts: false"),
        Arguments.of(
            "names: [bind_srv_shop]",
            List.of(bind("/srv/shop", Sight.SEEN), volume("bind_srv_shop", Map.of())),
            "False VolumeUnusable",
            "has the name of a folder"),
        Arguments.of(
            "composeProject: shop",
            List.of(on(1, "/srv/shop"), on(1, "/srv/shop/data"), on(2, "/srv/shop/data/disk")),
            "False VolumeUnusable",
            "'bind_srv_shop_data_disk' lies in /srv/shop/data/disk, within 'bind_srv_shop'"),
        Arguments.of(
            "composeProject: shop",
            IntStream.range(0, 33).mapToObj(n -> volume("shop_" + n, OF_SHOP)).toList(),
            "False VolumeUnusable",
            "33 volumes"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void nothingIsLeftOutInSilence(
      String selection, List<Volume> volumes, String ready, String named) {
    var host = host(selection, volumes.toArray(Volume[]::new));
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.running(Purpose.BACKUP)).isEmpty();
    assertThat(host.says(Conditions.READY)).isEqualTo(ready);
    assertThat(host.says(Conditions.PROTECTED)).endsWith(ready.substring(ready.indexOf(' ')));
    assertThat(
            Conditions.find(host.status().conditions(), Conditions.READY).orElseThrow().message())
        .contains(named);
  }

  /** A quota is no mount. */
  @Test
  void aVolumeWithASizeIsRead() {
    var sized =
        new Volume(
            "sized", "local", Map.of("size", "10G"), Map.of(), "/x/_data", Sight.SEEN, List.of());

    assertThat(due(host("names: [sized]", sized)).trees())
        .containsExactly(new Tree("sized", "/x/_data"));
  }

  @Test
  void whatIsDueWaitsForDockerAndIsCaughtUp() {
    var host = host("names: [shop_a]", volume("shop_a", OF_SHOP));
    host.docker = new DockerView.Unreachable("There is no Docker socket");
    host.at("2026-11-22T02:00:00Z").look();
    assertThat(host.running(Purpose.BACKUP)).isEmpty();
    assertThat(host.says(Conditions.READY)).isEqualTo("Unknown DockerUnreachable");

    host.docker = new Seen(FOLDER, List.of(volume("shop_a", OF_SHOP)), List.of());
    host.at("2026-11-22T02:05:00Z").look();
    assertThat(host.running(Purpose.BACKUP)).isPresent();
  }

  /** Who uses them is looked at when the worker is ready, not now. */
  @Test
  void consumersAreHeldOfTheVolumesThatWereChosen() {
    var host =
        host(
            "composeProject: shop, consumers: {mode: Pause, matchLabels: {app: a}, maxDowntime:"
                + " 5m}",
            volume("shop_b", OF_SHOP),
            volume("shop_a", OF_SHOP));
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.launches.getLast().footing().hold())
        .isEqualTo(
            new ContainerHold(
                List.of("shop_a", "shop_b"),
                StillnessMode.PAUSE,
                Map.of("app", "a"),
                ContainerHold.Work.READ,
                300L));
  }

  @Test
  void nobodyIsHeldUnasked() {
    var host = host("names: [shop_a]", volume("shop_a", OF_SHOP));
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.launches.getLast().footing().hold()).isNull();
  }

  /** Copies of files need no server beside them. */
  @Test
  void volumesAreProvenWithoutAServer() {
    var host = host("names: [shop_a]", volume("shop_a", OF_SHOP));
    var point = new dev.salvor.task.PointReference("20261122t020000z-aaaaaa", null);
    var labels =
        DueWork.labels(
            host.policy,
            host.store,
            Purpose.VERIFY,
            new RunNames.Cause.Scheduled(host.now),
            null,
            host.now,
            1);

    assertThat(
            new TaskBuilder(HostKind.ONE_MACHINE, "cluster")
                .compare(labels, host.policy, host.store, point)
                .server())
        .isEqualTo(new Task.NoServer());
  }

  static Stream<Arguments> ofOneMachine() {
    return Stream.of(
        Arguments.of("dockerVolume: {composeProject: shop}", "spec.source.dockerVolume"),
        Arguments.of(
            "postgres: {connection: {container: shop-db}, databases: {names: [shop]}}",
            "spec.source.postgres.connection.container"),
        Arguments.of(
            "postgres: {connection: {composeService: {project: shop, service: db}}, databases:"
                + " {names: [shop]}}",
            "spec.source.postgres.connection.composeService"));
  }

  @ParameterizedTest
  @MethodSource("ofOneMachine")
  void aClusterRefusesWhatIsOfOneMachine(String source, String field) {
    var host =
        new PlannedHost(PlannedHost.spec("source: {" + source + "}\nstoreRef: {name: offsite}\n"));
    host.kind = HostKind.KUBERNETES;
    host.look();

    assertThat(host.says(Conditions.STALLED)).isEqualTo("True NotOnThisHost");
    assertThat(
            Conditions.find(host.status().conditions(), Conditions.STALLED).orElseThrow().message())
        .contains(field)
        .contains("salvor local", "in a cluster: ");
    assertThat(host.launches).isEmpty();

    // Nor does one who asks for it get a run.
    var asked = BackupRequestPlanner.decide(requested(host));
    assertThat(asked.launches()).isEmpty();
    assertThat(Objects.requireNonNull(asked.status().failure()).reason())
        .isEqualTo(Reason.NOT_ON_THIS_HOST);
  }

  private static BackupRequestObserved requested(PlannedHost host) {
    var request = new BackupRequest();
    request.setMetadata(
        new ObjectMetaBuilder()
            .withName("now")
            .withNamespace("shop")
            .withUid("44444444-4444-4444-4444-444444444444")
            .withGeneration(1L)
            .withCreationTimestamp(host.now.toString())
            .build());
    request.setSpec(new BackupRequestSpec(new ObjectReference("shop-db"), null));
    return new BackupRequestObserved(
        request,
        host.policy,
        host.store,
        List.of(),
        host.claims,
        host.docker,
        host.pods,
        host.kind,
        "cluster",
        host.now);
  }

  @Test
  void aContainerIsNamedInTheTaskAndNothingOfItIs() {
    var host =
        new PlannedHost(
            PlannedHost.spec(
                """
                source: {postgres: {connection: {container: shop-db}, databases: {names: [shop]}}}
                storeRef: {name: offsite}
                schedule: {cron: "0 2 * * *"}
                """));
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();

    assertThat(host.task(host.running(Purpose.BACKUP).orElseThrow()).header().credentials())
        .contains(
            new CredentialSource.Container(
                Credential.SOURCE, "shop-db", null, CredentialSource.Login.OF_CONTAINER));
  }

  /** No worker ran: there is nothing to look up in the repository. */
  @Test
  void aContainerThatIsNotThereIsTriedAgainWithoutALookAtTheRepository() {
    var host = host("names: [shop_a]", volume("shop_a", OF_SHOP));
    host.at("2026-11-22T02:00:00Z").look();
    host.lose(Purpose.BACKUP, Reason.SOURCE_UNREACHABLE.failure("Docker knows no container."));
    host.look();
    assertThat(host.running(Purpose.INSPECT)).isEmpty();

    host.at("2026-11-22T02:02:00Z").look();
    assertThat(host.running(Purpose.BACKUP).orElseThrow().labels().attempt()).isEqualTo(2);
  }

  static Stream<Arguments> targets() {
    var used = volume("used", Map.of());
    var free =
        new Volume("free", "local", Map.of(), Map.of(), "/x/free/_data", Sight.SEEN, List.of());
    var docker = new Seen(FOLDER, List.of(used, free), List.of());
    return Stream.of(
        Arguments.of("{name: free}", docker, "/x/free/_data"),
        Arguments.of("{name: used}", docker, "AcknowledgementNeeded shop-web-1"),
        Arguments.of("{name: absent}", docker, "VolumeNotFound 'absent'"),
        Arguments.of("{name: absent, create: true}", docker, FOLDER + "/absent/_data"),
        Arguments.of("{name: free, create: true}", docker, "/x/free/_data"),
        Arguments.of(
            "{name: shop_other}",
            new Seen(FOLDER, List.of(other("nfs", Map.of(), Sight.SEEN)), List.of()),
            "VolumeUnusable 'nfs'"),
        // What was a folder of containers that are gone is not made a volume.
        Arguments.of(
            "{name: bind_srv_shop, create: true}",
            docker,
            "VolumeNotFound make the containers, or restore to its path (--to-folder)"),
        Arguments.of(
            "{name: bind_srv_shop}",
            new Seen(
                FOLDER,
                List.of(volume("bind_srv_shop", Map.of()), bind("/srv/shop", Sight.SEEN)),
                List.of()),
            "VolumeUnusable has the name of a folder"),
        Arguments.of("{name: free}", new DockerView.Unreachable("gone"), "DockerUnreachable gone"));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aVolumeIsRestoredToInItsFolder(String target, DockerView docker, String expected)
      throws JsonProcessingException {
    switch (choice(spec(target, ""), docker)) {
      case ClaimChoice.Chosen(var footing) -> {
        assertThat(footing.mounts().getFirst().path()).isEqualTo(expected);
        assertThat(footing.make() != null).isEqualTo(target.contains("absent"));
        assertThat(footing.hasStandIn()).isFalse();
      }
      case ClaimChoice.Unavailable(var why) -> {
        assertThat(expected).startsWith(why.reason().text() + " ");
        assertThat(why.message()).contains(expected.substring(expected.indexOf(' ') + 1));
      }
    }
  }

  @Test
  void whoAcceptsThatAContainerUsesItMayGoOn() throws JsonProcessingException {
    var docker = new Seen(FOLDER, List.of(volume("used", Map.of())), List.of());
    var refusal = (ClaimChoice.Unavailable) choice(spec("{name: used}", ""), docker);
    var message = refusal.failure().message();
    var token = message.substring(message.lastIndexOf(' ') + 1);

    var accepted = choice(spec("{name: used}", "acknowledge: [" + token + "]"), docker);
    assertThat(((ClaimChoice.Chosen) accepted).footing().hold()).isNull();
    assertThat(choice(spec("{name: used}", "acknowledge: [in-use-other]"), docker))
        .isInstanceOf(ClaimChoice.Unavailable.class);
  }

  /** No token: nobody sees files change. A plan stops nobody. */
  @Test
  void aRestoreMayHaveItsUsersStopped() throws JsonProcessingException {
    var docker = new Seen(FOLDER, List.of(volume("used", Map.of())), List.of());
    var target = "{name: used, stopConsumers: true}";

    assertThat(((ClaimChoice.Chosen) choice(spec(target, ""), docker)).footing().hold())
        .isEqualTo(
            new ContainerHold(
                List.of("used"), StillnessMode.STOP, Map.of(), ContainerHold.Work.WRITE, null));
    assertThat(((ClaimChoice.Chosen) choice(spec(target, "dryRun: true"), docker)).footing().hold())
        .isNull();
  }

  /** Somebody may begin to use it until the restore writes. */
  @Test
  void aTargetThatNobodyUsesIsWatched() throws JsonProcessingException {
    var free =
        new Volume("free", "local", Map.of(), Map.of(), "/x/free/_data", Sight.SEEN, List.of());
    var watched =
        new ContainerHold(List.of("free"), null, Map.of(), ContainerHold.Work.WRITE, null);

    for (var there :
        List.of(
            new Seen(FOLDER, List.of(free), List.of()), new Seen(FOLDER, List.of(), List.of()))) {
      assertThat(
              ((ClaimChoice.Chosen) choice(spec("{name: free, create: true}", ""), there))
                  .footing()
                  .hold())
          .isEqualTo(watched);
    }
  }

  @Test
  void aPlanMakesNoVolume() throws JsonProcessingException {
    var choice =
        choice(
            spec("{name: absent, create: true}", "dryRun: true"),
            new Seen(FOLDER, List.of(), List.of()));

    var footing = ((ClaimChoice.Chosen) choice).footing();
    assertThat(footing.make()).isNull();
    assertThat(footing.hold()).isNull();
    assertThat(footing.hasStandIn()).isTrue();
  }

  private static RestoreRequestSpec spec(String target, String rest)
      throws JsonProcessingException {
    return Json.yaml()
        .readValue(
            "source: {policyRef: {name: shop}, latest: {}}\ntarget: {dockerVolume: "
                + target
                + "}\n"
                + rest,
            RestoreRequestSpec.class);
  }

  private static ClaimChoice choice(RestoreRequestSpec spec, DockerView docker) {
    return DockerVolumes.toWrite(
        spec, Objects.requireNonNull(spec.target().dockerVolume()), docker);
  }
}
