package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.ComposeService;
import dev.salvor.api.Reason;
import dev.salvor.plan.ContainerServer.Daemon;
import dev.salvor.plan.ServerChoice.Candidate;
import dev.salvor.plan.ServerChoice.None;
import dev.salvor.plan.ServerChoice.OfImage;
import dev.salvor.plan.ServerChoice.OfTheMachine;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which image a copy is restored into, by what Docker shows. */
class ServerChoiceTest {
  private static final ProofServer WANTED =
      new ProofServer(
          new CredentialSource.Container(
              Credential.SOURCE, null, new ComposeService("shop", "db"), Login.GIVEN));

  private static final Optional<String> SANDBOX = Optional.of("/srv/state/sandbox");

  static Stream<Arguments> sources() {
    return Stream.of(
        Arguments.of(
            "{container: shop-db}",
            new ProofServer(
                new CredentialSource.Container(Credential.SOURCE, "shop-db", null, Login.GIVEN))),
        Arguments.of("{composeService: {project: shop, service: db}}", WANTED),
        Arguments.of("{secretRef: {name: shop-db}}", null));
  }

  /** Each on its tick; whoever asks for a proof gets it by the same words. */
  @ParameterizedTest
  @MethodSource("sources")
  void whoseImageItIsStandsInThePolicy(String connection, @Nullable ProofServer server) {
    var host =
        new PlannedHost(
            PlannedHost.spec(
                """
                source: {postgres: {connection: %s, databases: {names: [shop]}}}
                storeRef: {name: offsite}
                schedule: {cron: "0 2 * * *"}
                verification: {schedule: {cron: "0 4 * * *"}}
                """
                    .formatted(connection)));
    host.contacted();
    host.at("2026-11-22T02:00:00Z").look();
    assertThat(host.launches.getLast().server()).as("of a backup").isNull();
    host.end(Purpose.BACKUP, host.backedUp("20261122t020000z-abcdef"));
    host.look();
    host.at("2026-11-22T04:00:00Z").look();

    var name = host.running(Purpose.VERIFY).orElseThrow().labels().name();
    assertThat(Objects.requireNonNull(host.launched.get(name)).server()).isEqualTo(server);
  }

  private static Candidate running(String name, String image) {
    return new Candidate(name, true, image);
  }

  private static Candidate ended(String name, String image) {
    return new Candidate(name, false, image);
  }

  static Stream<Arguments> images() {
    return Stream.of(
        Arguments.of("the one that runs", List.of(running("db", "a")), "a"),
        Arguments.of("one that ended has its image", List.of(ended("db", "a")), "a"),
        Arguments.of(
            "what runs counts, not what ran", List.of(ended("old", "a"), running("db", "b")), "b"),
        Arguments.of(
            "two of one image are as good as one",
            List.of(running("db-1", "a"), running("db-2", "a")),
            "a"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("images")
  void theImageOfTheSourceIsTaken(String why, List<Candidate> found, String image) {
    assertThat(ServerChoice.of(WANTED, found, Daemon.OF_THE_MACHINE, SANDBOX))
        .isEqualTo(new OfImage(image, SANDBOX.get()));
    assertThat(ServerChoice.of(WANTED, found, Daemon.APART, SANDBOX)).isEqualTo(new OfTheMachine());
    assertThat(ServerChoice.of(WANTED, found, Daemon.OF_THE_MACHINE, Optional.empty()))
        .isEqualTo(new OfTheMachine());
  }

  /** A copy in another server could lack what the source has, which would look like a finding. */
  @Test
  void withoutAContainerNothingIsGuessed() {
    var none = (None) ServerChoice.of(WANTED, List.of(), Daemon.OF_THE_MACHINE, SANDBOX);
    assertThat(none.failure().reason()).isEqualTo(Reason.SANDBOX_FAILED);
    assertThat(none.failure().message()).contains("service 'db' of Compose project 'shop'");
  }

  @Test
  void ofSeveralImagesNoneIsChosen() {
    var found = List.of(running("db-2", "a"), running("db-1", "b"));
    var none = (None) ServerChoice.of(WANTED, found, Daemon.OF_THE_MACHINE, SANDBOX);
    assertThat(none.failure().reason()).isEqualTo(Reason.CONTAINER_UNUSABLE);
    assertThat(none.failure().message()).contains("db-1, db-2");
  }
}
