package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.StillnessMode;
import dev.salvor.plan.ContainerHold.Work;
import dev.salvor.plan.DockerConsumers.OnceStopped;
import dev.salvor.plan.DockerConsumers.State;
import dev.salvor.plan.DockerConsumers.User;
import dev.salvor.plan.Stillness.Choice;
import dev.salvor.plan.Stillness.Return;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which containers are held, whether they hold, and how they are taken back. */
class StillnessTest {
  private static final String LIFE = "started ended";

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
        List.of(users), Stream.of(users).map(User::labels).toList(), "salvor");
  }

  private static List<List<String>> names(Choice choice) {
    return ((Choice.Hold) choice)
        .layers().stream().map(layer -> layer.stream().map(HeldContainer::name).toList()).toList();
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
    var choice = Stillness.choose(hold(StillnessMode.STOP), seen(user), Map.of());

    assertThat(names(choice)).isEqualTo(held ? List.of(List.of("it")) : List.of());
  }

  @ParameterizedTest
  @EnumSource(names = {"STOP", "PAUSE"})
  void labelsSayWhoIsMeantAndAllOthersWriteOn(StillnessMode mode) {
    var meant = labelled(user("meant", State.RUNNING), Map.of("app", "shop", "more", "yes"));
    var other = labelled(user("other", State.RUNNING), Map.of("app", "else"));
    var wish = hold(mode, Map.of("app", "shop"));

    assertThat(names(Stillness.choose(wish, seen(meant, other), Map.of())))
        .containsExactly(List.of("meant"));
    assertThat(Stillness.disturbance(wish, List.of(), seen(other))).isEmpty();
    assertThat(Stillness.disturbance(wish, List.of(), seen(meant))).isPresent();
  }

  /** The API between the two uses none of the volumes, and is not held. */
  @Test
  void whoNeedsOthersIsStoppedBeforeThem() {
    var seen =
        new DockerConsumers(
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

    assertThat(names(Stillness.choose(hold(StillnessMode.STOP), seen, Map.of())))
        .containsExactly(List.of("web"), List.of("alone", "cache", "db"));
  }

  @Test
  void whereNobodyMayRunNobodyIsStopped() {
    var wish = new ContainerHold(List.of("data"), null, Map.of(), Work.WRITE, null);

    assertThat(names(Stillness.choose(wish, seen(user("it", State.DOWN)), Map.of()))).isEmpty();
    var refused = Stillness.choose(wish, seen(user("it", State.RUNNING)), Map.of());
    assertThat(((Choice.Refused) refused).failure().message()).contains("'it'");
  }

  /** Compose refuses it; other programs write these labels too. */
  @Test
  void aCircleOfThemEnds() {
    var choice =
        Stillness.choose(
            hold(StillnessMode.STOP), seen(service("a", "b:x:y"), service("b", "a:x:y")), Map.of());

    assertThat(names(choice).stream().flatMap(List::stream)).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void aServerHasTimeToShutDown() {
    var patient = of(user("patient", State.RUNNING), "data", Duration.ofMinutes(10));
    var usual = of(user("usual", State.RUNNING), "data", Duration.ofSeconds(10));
    var choice = Stillness.choose(hold(StillnessMode.STOP), seen(patient, usual), Map.of());

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
    var choice = Stillness.choose(hold(mode), seen, Map.of());

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
    var choice = Stillness.choose(hold(StillnessMode.STOP), seen, Map.of("it", "backup-1"));

    assertThat(((Choice.Wait) choice).why()).contains("'it'").contains("backup-1");
    assertThat(Stillness.choose(hold(StillnessMode.STOP), seen, Map.of("else", "backup-1")))
        .isInstanceOf(Choice.Hold.class);
  }

  static Stream<Arguments> disturbances() {
    return Stream.of(
        Arguments.of(user("it", State.DOWN), LIFE, null),
        Arguments.of(user("it", State.PAUSED), LIFE, null),
        Arguments.of(user("it", State.RUNNING), LIFE, "made to run"),
        Arguments.of(user("it", State.RESTARTING), LIFE, "made to run"),
        // Started and ended again between two looks, or while no host looked.
        Arguments.of(user("it", State.DOWN), "another life", "ran for a while"),
        Arguments.of(user("it", State.DOWN), null, null),
        Arguments.of(user("new", State.RUNNING), LIFE, "began to use"),
        Arguments.of(user("new", State.DOWN), LIFE, null),
        Arguments.of(user("salvor", State.RUNNING), LIFE, null));
  }

  @ParameterizedTest
  @MethodSource("disturbances")
  void whateverRunsMeanwhileIsNoticed(User now, @Nullable String life, @Nullable String said) {
    var held = List.of(new HeldContainer("it", "it", 120, life));
    var disturbance = Stillness.disturbance(hold(StillnessMode.STOP), held, seen(now));

    if (said == null) {
      assertThat(disturbance).isEmpty();
    } else {
      assertThat(disturbance.orElseThrow()).contains(said).contains("'" + now.name() + "'");
    }
  }

  @Test
  void whatIsRemovedDisturbsNobody() {
    var held = List.of(new HeldContainer("it", "it", 120, LIFE));
    assertThat(Stillness.disturbance(hold(StillnessMode.STOP), held, seen())).isEmpty();
  }

  static Stream<Arguments> returns() {
    var soon = Duration.ofSeconds(1);
    var late = Duration.ofSeconds(136);
    var stop = StillnessMode.STOP;
    var pause = StillnessMode.PAUSE;
    return Stream.of(
        Arguments.of(stop, State.DOWN, LIFE, soon, Return.START),
        Arguments.of(stop, State.DOWN, null, soon, Return.START),
        Arguments.of(stop, State.DOWN, null, late, Return.START),
        // A person started it, and stopped it again.
        Arguments.of(stop, State.DOWN, "another life", soon, Return.NOTHING),
        Arguments.of(stop, State.RUNNING, LIFE, soon, Return.NOTHING),
        Arguments.of(stop, State.PAUSED, LIFE, soon, Return.NOTHING),
        // The host was killed: whether it is being stopped shows when its grace is over.
        Arguments.of(stop, State.RUNNING, null, soon, Return.LOOK_AGAIN),
        Arguments.of(stop, State.RUNNING, null, Duration.ofSeconds(134), Return.LOOK_AGAIN),
        Arguments.of(stop, State.RUNNING, null, late, Return.NOTHING),
        Arguments.of(stop, null, null, soon, Return.NOTHING),
        Arguments.of(pause, State.PAUSED, LIFE, soon, Return.UNPAUSE),
        Arguments.of(pause, State.PAUSED, null, late, Return.UNPAUSE),
        Arguments.of(pause, State.RUNNING, LIFE, soon, Return.NOTHING),
        Arguments.of(pause, State.RUNNING, null, soon, Return.LOOK_AGAIN),
        Arguments.of(pause, State.RUNNING, null, Duration.ofSeconds(16), Return.NOTHING),
        // Docker ends it when it crashes, and starts it by itself or not.
        Arguments.of(pause, State.DOWN, "another life", soon, Return.START),
        Arguments.of(pause, null, LIFE, soon, Return.NOTHING));
  }

  @ParameterizedTest
  @MethodSource("returns")
  void onlyWhatWasHeldIsTakenBack(
      StillnessMode mode,
      @Nullable State state,
      @Nullable String life,
      Duration waited,
      Return expected) {
    var seen = state == null ? seen() : seen(user("it", state));
    var held = new HeldContainer("it", "it", 120, life);

    assertThat(Stillness.takeBack(mode, held, seen, waited)).isEqualTo(expected);
  }

  @Test
  void theLifeOfEachIsNotedThatIsThere() {
    var held =
        List.of(
            new HeldContainer("it", "it", 120, null), new HeldContainer("gone", "gone", 120, null));
    var lives = new HashMap<String, @Nullable String>();
    Stillness.seen(held, seen(user("it", State.DOWN)))
        .forEach(each -> lives.put(each.name(), each.life()));

    assertThat(Objects.requireNonNull(lives.get("it"))).isEqualTo(LIFE);
    assertThat(lives.get("gone")).isNull();
  }
}
