package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.ComposeService;
import dev.salvor.api.Reason;
import dev.salvor.api.StillnessMode;
import dev.salvor.plan.ContainerHold.Work;
import dev.salvor.plan.DockerConsumers.OnceStopped;
import dev.salvor.plan.DockerConsumers.State;
import dev.salvor.plan.DockerConsumers.User;
import dev.salvor.plan.HeldContainer.Stand;
import dev.salvor.plan.Stillness.Choice;
import dev.salvor.plan.Stillness.Return;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which containers are held, whether they hold, and how they are taken back. */
class StillnessTest {
  private static final String LIFE = "started ended";
  private static final Stillness.Noted NOTED = new Stillness.Noted("daemon", Map.of("it", LIFE));

  private static ContainerHold hold(StillnessMode mode, Map<String, String> labels) {
    return new ContainerHold(List.of("data"), mode, labels, Work.READ, 60L);
  }

  private static ContainerHold hold(StillnessMode mode) {
    return hold(mode, Map.of());
  }

  private static User user(String name, State state) {
    return new User(
        name,
        name,
        state,
        OnceStopped.STAYS,
        Map.of(),
        Set.of("data"),
        LIFE,
        Duration.ofSeconds(10));
  }

  private static User service(String name, String dependsOn) {
    return labelled(user(name, State.RUNNING), labels(name, dependsOn));
  }

  private static Map<String, String> labels(String service, String dependsOn) {
    return Map.of(
        "com.docker.compose.project",
        "shop",
        "com.docker.compose.service",
        service,
        "com.docker.compose.depends_on",
        dependsOn);
  }

  private static User labelled(User user, Map<String, String> labels) {
    return new User(
        user.id(),
        user.name(),
        user.state(),
        user.onceStopped(),
        labels,
        user.volumes(),
        user.life(),
        user.grace());
  }

  private static User once(User user, OnceStopped stopped) {
    return new User(
        user.id(),
        user.name(),
        user.state(),
        stopped,
        user.labels(),
        user.volumes(),
        user.life(),
        user.grace());
  }

  private static User of(User user, String volume, Duration grace) {
    return new User(
        user.id(),
        user.name(),
        user.state(),
        user.onceStopped(),
        user.labels(),
        Set.of(volume),
        user.life(),
        grace);
  }

  private static DockerConsumers seen(User... users) {
    return new DockerConsumers(
        "daemon", List.of(users), Stream.of(users).map(User::labels).toList(), "salvor");
  }

  private static List<List<String>> names(Choice choice) {
    return ((Choice.Hold) choice)
        .layers().stream().map(layer -> layer.stream().map(HeldContainer::name).toList()).toList();
  }

  private static List<Stillness.Elsewhere> elsewhere(String container) {
    return List.of(
        new Stillness.Elsewhere("backup-1", hold(StillnessMode.STOP), Set.of(container)));
  }

  private static ContainerHold restore(@Nullable StillnessMode mode, String volume) {
    return new ContainerHold(List.of(volume), mode, Map.of(), Work.WRITE, null);
  }

  static Stream<Arguments> users() {
    return Stream.of(
        Arguments.of("runs", user("it", State.RUNNING), true),
        Arguments.of("is started again and again", user("it", State.RESTARTING), true),
        Arguments.of("was stopped by a person", user("it", State.DOWN), false),
        Arguments.of("was paused by a person", user("it", State.PAUSED), false),
        Arguments.of("is Salvor's own", user("salvor", State.RUNNING), false),
        Arguments.of(
            "was made by Salvor",
            labelled(user("it", State.RUNNING), Map.of("salvor.dev/run", "one")),
            false),
        Arguments.of(
            "uses another volume",
            of(user("it", State.RUNNING), "other", Duration.ofSeconds(10)),
            false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("users")
  void whoeverMayWriteIsHeld(String what, User user, boolean held) {
    var choice = Stillness.choose(hold(StillnessMode.STOP), seen(user), List.of());

    assertThat(names(choice)).isEqualTo(held ? List.of(List.of("it")) : List.of());
  }

  @ParameterizedTest
  @EnumSource(names = {"STOP", "PAUSE"})
  void labelsSayWhoIsMeantAndAllOthersWriteOn(StillnessMode mode) {
    var meant = labelled(user("meant", State.RUNNING), Map.of("app", "shop", "more", "yes"));
    var other = labelled(user("other", State.RUNNING), Map.of("app", "else"));
    var wish = hold(mode, Map.of("app", "shop"));

    assertThat(names(Stillness.choose(wish, seen(meant, other), List.of())))
        .containsExactly(List.of("meant"));
    assertThat(Stillness.disturbance(wish, NOTED, seen(other))).isEmpty();
    assertThat(Stillness.disturbance(wish, NOTED, seen(meant))).isPresent();
  }

  /** The API between the two uses none of the volumes, and is not held. */
  @Test
  void whoNeedsOthersIsStoppedBeforeThem() {
    var seen =
        new DockerConsumers(
            "daemon",
            List.of(
                service("db", ""),
                service("web", "api:service_started:false"),
                service("cache", ""),
                user("alone", State.RUNNING)),
            List.of(
                labels("db", ""),
                labels("api", "db:service_healthy:true, cache:service_started:false"),
                labels("web", "api:service_started:false"),
                labels("cache", "")),
            null);

    assertThat(names(Stillness.choose(hold(StillnessMode.STOP), seen, List.of())))
        .containsExactly(List.of("web"), List.of("alone", "cache", "db"));
  }

  @Test
  void whereNobodyMayRunNobodyIsStopped() {
    var wish = new ContainerHold(List.of("data"), null, Map.of(), Work.WRITE, null);

    assertThat(names(Stillness.choose(wish, seen(user("it", State.DOWN)), List.of()))).isEmpty();
    var refused = Stillness.choose(wish, seen(user("it", State.RUNNING)), List.of());
    assertThat(((Choice.Refused) refused).failure().message()).contains("'it'");
  }

  private static User connected(String name, State state) {
    return of(labelled(user(name, state), labels(name, "")), "other", Duration.ofSeconds(10));
  }

  private static ContainerHold services(@Nullable StillnessMode mode) {
    return ContainerHold.ofProject(
        List.of("data"), mode, List.of(new ComposeService("shop", "auth")));
  }

  /** They use none of the volumes; whose users are not to be stopped is still in the way. */
  @Test
  void servicesThatAreNamedAreStoppedWhateverTheyMount() {
    var auth = connected("auth", State.RUNNING);
    var seen = seen(auth, connected("rest", State.RUNNING), user("it", State.DOWN));

    assertThat(names(Stillness.choose(services(null), seen, List.of())))
        .containsExactly(List.of("auth"));
    assertThat(Stillness.choose(services(null), seen(auth, user("it", State.RUNNING)), List.of()))
        .isInstanceOf(Choice.Refused.class);
    assertThat(
            names(
                Stillness.choose(
                    services(StillnessMode.STOP),
                    seen(auth, user("it", State.RUNNING)),
                    List.of())))
        .containsExactly(List.of("auth", "it"));
    assertThat(
            names(Stillness.choose(services(null), seen(connected("auth", State.DOWN)), List.of())))
        .isEmpty();
    assertThat(Stillness.disturbance(services(null), NOTED, seen))
        .contains("Container 'auth' was made to run while nobody was to.");
  }

  /** Compose refuses it; other programs write these labels too. */
  @Test
  void aCircleOfThemEnds() {
    var choice =
        Stillness.choose(
            hold(StillnessMode.STOP),
            seen(service("a", "b:x:y"), service("b", "a:x:y")),
            List.of());

    assertThat(names(choice).stream().flatMap(List::stream)).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void aServerHasTimeToShutDown() {
    var patient = of(user("patient", State.RUNNING), "data", Duration.ofMinutes(10));
    var usual = of(user("usual", State.RUNNING), "data", Duration.ofSeconds(10));
    var choice = Stillness.choose(hold(StillnessMode.STOP), seen(patient, usual), List.of());

    assertThat(((Choice.Hold) choice).layers().getFirst())
        .extracting(HeldContainer::graceSeconds)
        .containsExactly(600L, 120L);
  }

  static Stream<Arguments> refusals() {
    var removed = once(user("it", State.RUNNING), OnceStopped.REMOVED);
    return Stream.of(
        Arguments.of(StillnessMode.STOP, removed, Reason.CONTAINER_NOT_STOPPABLE),
        Arguments.of(StillnessMode.PAUSE, removed, null),
        Arguments.of(StillnessMode.STOP, once(user("it", State.PAUSED), OnceStopped.REMOVED), null),
        Arguments.of(
            StillnessMode.PAUSE, user("it", State.RESTARTING), Reason.CONTAINERS_NOT_HELD));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void whatMustNotBeHeldStopsAllOfIt(StillnessMode mode, User user, @Nullable Reason reason) {
    var seen = seen(user("another", State.RUNNING), user);
    var choice = Stillness.choose(hold(mode), seen, List.of());

    if (reason == null) {
      assertThat(choice).isInstanceOf(Choice.Hold.class);
    } else {
      var failure = ((Choice.Refused) choice).failure();
      assertThat(failure.reason()).isEqualTo(reason);
      assertThat(failure.message()).contains("'it'");
    }
  }

  /** Also one that is down by then: whoever holds it starts it in the middle. */
  @ParameterizedTest
  @EnumSource(State.class)
  void whatAnotherRunHoldsIsWaitedFor(State state) {
    var seen = seen(user("another", State.RUNNING), user("it", state));
    var choice = Stillness.choose(hold(StillnessMode.STOP), seen, elsewhere("it"));

    assertThat(((Choice.Wait) choice).why()).contains("'it'").contains("backup-1");
    assertThat(Stillness.choose(hold(StillnessMode.STOP), seen, elsewhere("else")))
        .isInstanceOf(Choice.Hold.class);
  }

  /** It would unpause, or start, beside whoever writes. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneWritesToWhatNobodyElseReads(boolean first) {
    var backup = hold(StillnessMode.STOP);
    var restore = restore(null, "data");
    var now = first ? backup : restore;
    var other = new Stillness.Elsewhere("other-1", first ? restore : backup, Set.of());

    assertThat(((Choice.Wait) Stillness.choose(now, seen(), List.of(other))).why())
        .contains("other-1");
    var readers = new Stillness.Elsewhere("other-1", backup, Set.of());
    assertThat(names(Stillness.choose(backup, seen(), List.of(readers)))).isEmpty();
    var apart = new Stillness.Elsewhere("other-1", restore(null, "apart"), Set.of());
    assertThat(names(Stillness.choose(now, seen(), List.of(apart)))).isEmpty();
  }

  /** It keeps its files open. */
  @Test
  void whatAPersonPausedIsNotWrittenUnder() {
    var paused = user("it", State.PAUSED);
    var refused = Stillness.choose(restore(StillnessMode.STOP, "data"), seen(paused), List.of());

    assertThat(((Choice.Refused) refused).failure().message()).contains("'it'").contains("Unpause");
    assertThat(Stillness.reservation(hold(StillnessMode.STOP), seen(paused)).orElseThrow())
        .contains("'it'");
    assertThat(Stillness.reservation(hold(StillnessMode.PAUSE), seen(paused))).isEmpty();
    assertThat(Stillness.reservation(hold(StillnessMode.STOP), seen(user("it", State.DOWN))))
        .isEmpty();
  }

  private static User living(User user, String life) {
    return new User(
        user.id(),
        user.name(),
        user.state(),
        user.onceStopped(),
        user.labels(),
        user.volumes(),
        life,
        user.grace());
  }

  static Stream<Arguments> disturbances() {
    return Stream.of(
        Arguments.of(user("it", State.DOWN), LIFE, null),
        Arguments.of(user("it", State.PAUSED), LIFE, null),
        Arguments.of(user("it", State.RUNNING), LIFE, "made to run"),
        Arguments.of(user("it", State.RESTARTING), LIFE, "made to run"),
        // Started and ended again between two looks, or while no host looked.
        Arguments.of(user("it", State.DOWN), "another life", "ran for a while"),
        Arguments.of(user("new", State.RUNNING), LIFE, "began to use"),
        // Made, run and ended in that time; it need not have been removed.
        Arguments.of(user("new", State.DOWN), LIFE, "ran for a while"),
        Arguments.of(
            living(user("new", State.DOWN), "0001-01-01T00:00:00Z 0001-01-01T00:00:00Z"),
            LIFE,
            null),
        Arguments.of(user("salvor", State.RUNNING), LIFE, null));
  }

  @ParameterizedTest
  @MethodSource("disturbances")
  void whateverRunsMeanwhileIsNoticed(User now, String life, @Nullable String said) {
    var noted = new Stillness.Noted("daemon", Map.of("it", life));
    var disturbance = Stillness.disturbance(hold(StillnessMode.STOP), noted, seen(now));

    if (said == null) {
      assertThat(disturbance).isEmpty();
    } else {
      assertThat(disturbance.orElseThrow()).contains(said).contains("'" + now.name() + "'");
    }
  }

  @Test
  void whatIsRemovedDisturbsNobody() {
    assertThat(Stillness.disturbance(hold(StillnessMode.STOP), NOTED, seen())).isEmpty();
  }

  /** Some give another id each time. */
  @Test
  void anotherDockerSaysNothingOfTheOnesThatHold() {
    var away = new Stillness.Noted("another", NOTED.lives());
    var hold = hold(StillnessMode.STOP);

    assertThat(Stillness.disturbance(hold, away, seen()).orElseThrow()).contains("Another Docker");
    assertThat(Stillness.disturbance(hold, away, seen(user("it", State.DOWN)))).isEmpty();
    var held = new HeldContainer("it", "it", 120, Stand.HELD);
    assertThat(Stillness.takeBack(hold.mode(), held, away, seen(), Duration.ZERO))
        .isEqualTo(Return.ASK_ELSEWHERE);
    assertThat(
            Stillness.takeBack(
                hold.mode(), held, away, seen(user("it", State.DOWN)), Duration.ZERO))
        .isEqualTo(Return.START);
  }

  static Stream<Arguments> returns() {
    var soon = Duration.ofSeconds(1);
    var late = Duration.ofSeconds(136);
    var stop = StillnessMode.STOP;
    var pause = StillnessMode.PAUSE;
    return Stream.of(
        Arguments.of(stop, State.DOWN, Stand.HELD, LIFE, soon, Return.START),
        Arguments.of(stop, State.DOWN, Stand.ASKED, LIFE, soon, Return.START),
        Arguments.of(stop, State.DOWN, Stand.ASKED, LIFE, late, Return.START),
        // A person started it, and stopped it again.
        Arguments.of(stop, State.DOWN, Stand.HELD, "another life", soon, Return.NOTHING),
        Arguments.of(stop, State.RUNNING, Stand.HELD, LIFE, soon, Return.NOTHING),
        Arguments.of(stop, State.PAUSED, Stand.HELD, LIFE, soon, Return.NOTHING),
        // The host was killed: whether it is being stopped shows when its grace is over.
        Arguments.of(stop, State.RUNNING, Stand.ASKED, LIFE, soon, Return.LOOK_AGAIN),
        Arguments.of(
            stop, State.RUNNING, Stand.ASKED, LIFE, Duration.ofSeconds(134), Return.LOOK_AGAIN),
        Arguments.of(stop, State.RUNNING, Stand.ASKED, LIFE, late, Return.NOTHING),
        Arguments.of(stop, null, Stand.ASKED, LIFE, soon, Return.NOTHING),
        // Nobody did anything to it.
        Arguments.of(stop, State.RUNNING, Stand.CHOSEN, LIFE, soon, Return.NOTHING),
        Arguments.of(stop, State.DOWN, Stand.CHOSEN, LIFE, soon, Return.NOTHING),
        Arguments.of(pause, State.PAUSED, Stand.CHOSEN, LIFE, soon, Return.NOTHING),
        // What Docker notes of a start that failed is no life.
        Arguments.of(stop, State.DOWN, Stand.RETURNING, "another life", soon, Return.START),
        Arguments.of(stop, State.RUNNING, Stand.RETURNING, LIFE, soon, Return.NOTHING),
        Arguments.of(pause, State.PAUSED, Stand.RETURNING, LIFE, soon, Return.UNPAUSE),
        Arguments.of(pause, State.PAUSED, Stand.HELD, LIFE, soon, Return.UNPAUSE),
        Arguments.of(pause, State.PAUSED, Stand.ASKED, LIFE, late, Return.UNPAUSE),
        // A person started it anew, and paused it.
        Arguments.of(pause, State.PAUSED, Stand.HELD, "another life", soon, Return.NOTHING),
        Arguments.of(pause, State.RUNNING, Stand.HELD, LIFE, soon, Return.NOTHING),
        Arguments.of(
            pause, State.RUNNING, Stand.ASKED, LIFE, Duration.ofSeconds(74), Return.LOOK_AGAIN),
        Arguments.of(
            pause, State.RUNNING, Stand.ASKED, LIFE, Duration.ofSeconds(76), Return.NOTHING),
        // Docker ends it when it crashes, and starts it by itself or not.
        Arguments.of(pause, State.DOWN, Stand.HELD, "another life", soon, Return.START),
        Arguments.of(pause, null, Stand.HELD, LIFE, soon, Return.NOTHING));
  }

  @ParameterizedTest
  @MethodSource("returns")
  void onlyWhatWasHeldIsTakenBack(
      StillnessMode mode,
      @Nullable State state,
      Stand stand,
      String life,
      Duration answers,
      Return expected) {
    var seen = state == null ? seen() : seen(user("it", state));
    var held = new HeldContainer("it", "it", 120, stand);
    var noted = new Stillness.Noted("daemon", Map.of("it", life));

    assertThat(Stillness.takeBack(mode, held, noted, seen, answers)).isEqualTo(expected);
  }

  /** Also of those that are down already: they may run in the meantime, and end again. */
  @Test
  void theLivesOfAllAreNoted() {
    var other = of(user("other", State.DOWN), "elsewhere", Duration.ZERO);
    assertThat(
            Stillness.note(hold(StillnessMode.STOP), seen(user("it", State.DOWN), other)).lives())
        .isEqualTo(Map.of("it", LIFE));
  }
}
