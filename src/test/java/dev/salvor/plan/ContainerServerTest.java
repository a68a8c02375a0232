package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.ComposeService;
import dev.salvor.api.Reason;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ContainerServer.Password;
import dev.salvor.plan.ContainerServer.Reachable;
import dev.salvor.plan.ContainerServer.Unusable;
import dev.salvor.plan.ContainerView.Network;
import dev.salvor.plan.ContainerView.Published;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How a server in a container is reached: what is known is used, what is not is never guessed. */
class ContainerServerTest {
  private static final List<Network> BRIDGED =
      List.of(new Network("shop_default", "bridge", "172.18.0.2"));
  private static final Map<String, String> PASSWORD = Map.of("POSTGRES_PASSWORD", "pw");

  private static final Map<String, String> WITH_PORT =
      Map.of("POSTGRES_PASSWORD", "pw", "PGPORT", "5432");

  private static ContainerView container(
      String mode,
      List<Network> networks,
      List<Published> published,
      Map<String, String> environment) {
    return new ContainerView(
        "shop-db-1", true, mode, networks, published, List.of("postgres"), environment, Map.of());
  }

  private static CredentialSource.Container named(Login login) {
    return new CredentialSource.Container(Credential.SOURCE, "shop-db-1", null, login);
  }

  static Stream<Arguments> addresses() {
    var apart = Daemon.APART;
    var here = Daemon.OF_THE_MACHINE;
    var everywhere = new Published(5432, "0.0.0.0", 15432);
    return Stream.of(
        Arguments.of(here, "shop_default", BRIDGED, List.of(), List.of("172.18.0.2:5432")),
        // Both are the one server: the second is taken where the first is not reached.
        Arguments.of(
            here,
            "shop_default",
            BRIDGED,
            List.of(everywhere),
            List.of("172.18.0.2:5432", "127.0.0.1:15432")),
        Arguments.of(
            here,
            "shop_default",
            List.of(new Network("six", "bridge", "fd00::2")),
            List.of(new Published(5432, "::", 5), new Published(5432, "192.168.1.1", 6)),
            List.of("[fd00::2]:5432", "192.168.1.1:6", "[::1]:5")),
        Arguments.of(here, "host", List.of(), List.of(), List.of("127.0.0.1:5432")),
        Arguments.of(
            apart, "shop_default", BRIDGED, List.of(everywhere), List.of("127.0.0.1:15432")),
        Arguments.of(
            here,
            "lan",
            List.of(new Network("lan", "macvlan", "192.168.1.9")),
            List.of(everywhere),
            List.of("127.0.0.1:15432")));
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void itIsReachedWhereThisMachineReachesIt(
      Daemon daemon,
      String mode,
      List<Network> networks,
      List<Published> published,
      List<String> expected) {
    var found =
        ContainerServer.find(
            named(Login.OF_CONTAINER),
            List.of(container(mode, networks, published, WITH_PORT)),
            daemon);

    assertThat(((Reachable) found).addresses()).isEqualTo(expected);
  }

  static Stream<Arguments> unreached() {
    var other = List.of(new Published(8080, "0.0.0.0", 80));
    return Stream.of(
        Arguments.of(Daemon.OF_THE_MACHINE, "none", List.of(), List.of()),
        Arguments.of(Daemon.OF_THE_MACHINE, "container:1234", List.of(), other),
        Arguments.of(Daemon.APART, "host", List.of(), List.of()),
        Arguments.of(Daemon.APART, "shop_default", BRIDGED, other));
  }

  @ParameterizedTest
  @MethodSource("unreached")
  void itIsNotReachedByAGuess(
      Daemon daemon, String mode, List<Network> networks, List<Published> published) {
    var found =
        ContainerServer.find(
            named(Login.GIVEN), List.of(container(mode, networks, published, WITH_PORT)), daemon);

    var failure = ((Unusable) found).failure();
    assertThat(failure.reason()).isEqualTo(Reason.CONTAINER_UNUSABLE);
    assertThat(failure.message())
        .contains("'shop-db-1'")
        .contains("'" + mode + "'")
        .contains("5432")
        .contains("connection.host");
  }

  static Stream<Arguments> logins() {
    return Stream.of(
        Arguments.of(PASSWORD, "postgres", new Password.Text("pw"), null),
        Arguments.of(
            Map.of("POSTGRES_PASSWORD", "pw", "POSTGRES_USER", "app", "POSTGRES_DB", "shop"),
            "app",
            new Password.Text("pw"),
            "shop"),
        Arguments.of(
            Map.of("POSTGRES_PASSWORD_FILE", "/run/secrets/db", "POSTGRES_USER", "app"),
            "app",
            new Password.InFile("shop-db-1", "/run/secrets/db"),
            null),
        Arguments.of(
            Map.of("POSTGRES_HOST_AUTH_METHOD", "trust"), "postgres", new Password.None(), null),
        // Bitnami's
        Arguments.of(
            Map.of(
                "POSTGRESQL_PASSWORD", "pw",
                "POSTGRESQL_USERNAME", "app",
                "POSTGRESQL_DATABASE", "shop"),
            "app",
            new Password.Text("pw"),
            "shop"),
        Arguments.of(
            Map.of(
                "POSTGRESQL_PASSWORD", "pw",
                "POSTGRESQL_USERNAME", "app",
                "POSTGRESQL_POSTGRES_PASSWORD", "root"),
            "postgres",
            new Password.Text("root"),
            null));
  }

  @ParameterizedTest
  @MethodSource("logins")
  void userPasswordAndDatabaseAreThoseOfItsVariables(
      Map<String, String> environment, String user, Password password, String database) {
    var found = (Reachable) found(Login.OF_CONTAINER, environment);

    assertThat(found.user()).isEqualTo(user);
    assertThat(found.password()).isEqualTo(password);
    assertThat(found.database()).isEqualTo(database);
  }

  @Test
  void thePortIsThatOfItsVariables() {
    var environment = Map.of("POSTGRES_PASSWORD", "pw", "PGPORT", "5433");
    assertThat(((Reachable) found(Login.OF_CONTAINER, environment)).addresses())
        .containsExactly("172.18.0.2:5433");

    var wrong = Map.of("POSTGRES_PASSWORD", "pw", "PGPORT", "first");
    assertThat(((Unusable) found(Login.OF_CONTAINER, wrong)).failure().message())
        .contains("PGPORT");
  }

  @Test
  void aPasswordThatIsNotToBeHadIsAskedFor() {
    var nowhere = ((Unusable) found(Login.OF_CONTAINER, Map.of("HOME", "/"))).failure();
    assertThat(nowhere.reason()).isEqualTo(Reason.CONTAINER_UNUSABLE);
    assertThat(nowhere.message()).contains("POSTGRES_PASSWORD").contains("passwordSecretRef");

    var somewhere = Map.of("POSTGRES_PASSWORD_FILE", "secrets/db");
    assertThat(((Unusable) found(Login.OF_CONTAINER, somewhere)).failure().message())
        .contains("its password stands in secrets/db", "no whole path")
        .contains("passwordSecretRef");
  }

  /** And that of the container is not even looked at. */
  @Test
  void aPasswordThatIsGivenIsNotLookedFor() {
    var found = (Reachable) found(Login.GIVEN, Map.of("POSTGRES_DB", "shop"));

    assertThat(found.user()).isNull();
    assertThat(found.password()).isEqualTo(new Password.None());
    assertThat(found.database()).isEqualTo("shop");
  }

  /** Its POSTGRES_USER may be one that does not see all of it. */
  @Test
  void thePasswordAloneIsTakenWhereTheUserIsKnown() {
    var found =
        (Reachable)
            found(
                Login.PASSWORD_OF_CONTAINER,
                Map.of("POSTGRES_USER", "postgres", "POSTGRES_PASSWORD", "pw"));

    assertThat(found.user()).isNull();
    assertThat(found.password()).isEqualTo(new Password.Text("pw"));
  }

  private static ContainerServer found(Login login, Map<String, String> environment) {
    return ContainerServer.find(
        named(login),
        List.of(container("shop_default", BRIDGED, List.of(), environment)),
        Daemon.OF_THE_MACHINE);
  }

  static Stream<Arguments> ofAnotherPort() {
    return Stream.of(
        Arguments.of("host", List.of("postgres"), PASSWORD),
        Arguments.of("shop_default", List.of("postgres", "-p", "5433"), PASSWORD),
        Arguments.of("shop_default", List.of("postgres", "-p5433"), PASSWORD),
        Arguments.of("shop_default", List.of("postgres", "--port=5433"), PASSWORD),
        Arguments.of("shop_default", List.of("postgres", "-c", "port=5433"), PASSWORD),
        Arguments.of("host", List.of("postgres", "-c", "port = 5433"), WITH_PORT));
  }

  /** Another server may listen where this one usually would, and would be sent its password. */
  @ParameterizedTest
  @MethodSource("ofAnotherPort")
  void aPortThatIsNotKnownIsNotGuessed(
      String mode, List<String> arguments, Map<String, String> environment) {
    var container =
        new ContainerView(
            "shop-db-1", true, mode, BRIDGED, List.of(), arguments, environment, Map.of());
    var found =
        ContainerServer.find(named(Login.OF_CONTAINER), List.of(container), Daemon.OF_THE_MACHINE);

    assertThat(((Unusable) found).failure().message()).contains("its port is not known", "PGPORT");
  }

  static Stream<Arguments> inFiles() {
    return Stream.of(
        Arguments.of(Map.of("POSTGRES_PASSWORD", "pw", "POSTGRES_USER_FILE", "/run/secrets/db")),
        Arguments.of(
            Map.of(
                "POSTGRESQL_PASSWORD",
                "pw",
                "POSTGRESQL_POSTGRES_PASSWORD_FILE",
                "/run/secrets/db")));
  }

  /** The password of one role is not tried with another. */
  @ParameterizedTest
  @MethodSource("inFiles")
  void whatStandsInAFileIsNotGuessed(Map<String, String> environment) {
    assertThat(((Unusable) found(Login.OF_CONTAINER, environment)).failure().message())
        .contains("_FILE names a file that is not read", "connection.user");
  }

  @Test
  void aContainerThatIsGoneOrStoppedMayBeBackSoon() {
    var gone = ContainerServer.find(named(Login.GIVEN), List.of(), Daemon.OF_THE_MACHINE);
    assertThat(((Unusable) gone).failure().reason().course()).isEqualTo(Reason.Course.RETRYABLE);
    assertThat(((Unusable) gone).failure().message()).contains("no container 'shop-db-1'");

    var stopped =
        new ContainerView(
            "shop-db-1",
            false,
            "shop_default",
            List.of(),
            List.of(),
            List.of(),
            PASSWORD,
            Map.of());
    var found = ContainerServer.find(named(Login.GIVEN), List.of(stopped), Daemon.OF_THE_MACHINE);
    assertThat(((Unusable) found).failure().message()).contains("does not run");
  }

  /** Which of several replicas is the primary nobody says. */
  @Test
  void ofSeveralContainersOfAServiceNoneIsChosen() {
    var service =
        new CredentialSource.Container(
            Credential.SOURCE, null, new ComposeService("shop", "db"), Login.OF_CONTAINER);
    var one = container("shop_default", BRIDGED, List.of(), PASSWORD);
    var other =
        new ContainerView(
            "shop-db-2", true, "shop_default", BRIDGED, List.of(), List.of(), PASSWORD, Map.of());
    var stopped =
        new ContainerView(
            "shop-db-3", false, "shop_default", BRIDGED, List.of(), List.of(), PASSWORD, Map.of());

    var both = ContainerServer.find(service, List.of(other, one), Daemon.OF_THE_MACHINE);
    assertThat(((Unusable) both).failure().message())
        .contains("shop-db-1, shop-db-2")
        .contains("'db'")
        .contains("connection.container");
    assertThat(ContainerServer.find(service, List.of(one, stopped), Daemon.OF_THE_MACHINE))
        .isInstanceOf(Reachable.class);
  }

  static Stream<Arguments> dataFolders() {
    var usual = "/var/lib/postgresql/data";
    return Stream.of(
        Arguments.of(Map.of(), Map.of(usual, "/volumes/db"), "/volumes/db"),
        Arguments.of(Map.of(), Map.of("/var/lib/postgresql", "/volumes/db"), "/volumes/db"),
        Arguments.of(Map.of(), Map.of("/", "/x", usual, "/volumes/db"), "/volumes/db"),
        Arguments.of(Map.of(), Map.of("/var/lib/postgresql/data2", "/volumes/db"), null),
        Arguments.of(Map.of("PGDATA", "/pg/18"), Map.of("/pg", "/srv/pg", usual, "/y"), "/srv/pg"),
        Arguments.of(Map.of("PGDATA", "/pg/18/"), Map.of("/pg/18", "/srv/pg"), "/srv/pg"),
        Arguments.of(
            Map.of("POSTGRESQL_DATA_DIR", "/bitnami/postgresql/data"),
            Map.of("/bitnami/postgresql", "/volumes/db"),
            "/volumes/db"),
        Arguments.of(Map.of(), Map.of(), null));
  }

  /** To be laid beside the store's: one disk loses both. */
  @ParameterizedTest
  @MethodSource("dataFolders")
  void theFolderOfItsDataIsTheOneThatItMountsThere(
      Map<String, String> environment, Map<String, String> mounts, @Nullable String folder) {
    var all = new HashMap<>(environment);
    all.putAll(PASSWORD);
    var container =
        new ContainerView(
            "shop-db-1", true, "shop_default", BRIDGED, List.of(), List.of(), all, mounts);
    for (var login : Login.values()) {
      var here = ContainerServer.find(named(login), List.of(container), Daemon.OF_THE_MACHINE);
      assertThat(((Reachable) here).dataFolder()).isEqualTo(folder);
    }
  }

  /** Of a Docker in a virtual machine the path says nothing of this one's disks. */
  @Test
  void theFolderOfAnotherMachineIsNotOfThisOne() {
    var container =
        new ContainerView(
            "shop-db-1",
            true,
            "shop_default",
            BRIDGED,
            List.of(new Published(5432, "0.0.0.0", 15432)),
            List.of(),
            PASSWORD,
            Map.of("/var/lib/postgresql/data", "/volumes/db"));
    var apart = ContainerServer.find(named(Login.OF_CONTAINER), List.of(container), Daemon.APART);
    assertThat(((Reachable) apart).dataFolder()).isNull();
  }

  @Test
  void whatItsEnvironmentHoldsIsNotWrittenDown() {
    assertThat(container("host", List.of(), List.of(), Map.of("POSTGRES_PASSWORD", "s3cret")))
        .asString()
        .doesNotContain("s3cret");
    assertThat(found(Login.OF_CONTAINER, Map.of("POSTGRES_PASSWORD", "s3cret")))
        .asString()
        .doesNotContain("s3cret");
  }
}
