package dev.salvor.plan;

import dev.salvor.api.ComposeService;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.StillnessMode;
import dev.salvor.plan.ContainerHold.Work;
import dev.salvor.plan.DockerConsumers.OnceStopped;
import dev.salvor.plan.DockerConsumers.State;
import dev.salvor.plan.DockerConsumers.User;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which containers are held for a run, whether they do hold, and how they are taken back. */
public final class Stillness {
  /** Salvor's own containers bear labels that begin so. */
  private static final String OWN_LABELS = "salvor.dev/";

  /** {@code service:condition:restart}, by commas. */
  private static final String DEPENDS_ON = "com.docker.compose.depends_on";

  /** From when a stop was asked for and not heard of again, over what the container was given. */
  private static final Duration MARGIN = Duration.ofSeconds(15);

  /** As long as a host waits for it. */
  private static final Duration PAUSING = Duration.ofMinutes(1);

  private Stillness() {}

  /**
   * What was noted of those that hold.
   *
   * @param daemon that they are of
   * @param lives of all users of the volumes when all were seen to hold, by id
   */
  public record Noted(String daemon, Map<String, String> lives) {
    public Noted {
      lives = Map.copyOf(lives);
    }

    /** Ids are of one Docker alone; there are some whose own name is new each time. */
    private boolean isOfAnother(DockerConsumers seen) {
      return !daemon.equals(seen.daemon())
          && seen.users().stream().noneMatch(user -> lives.containsKey(user.id()));
    }
  }

  /** Another run that works on volumes, until all that it held runs again. */
  public record Elsewhere(String run, ContainerHold hold, Set<String> containers) {
    public Elsewhere {
      containers = Set.copyOf(containers);
    }

    /** One writes to what the other works on: also where nobody uses it. */
    private boolean collides(ContainerHold other) {
      return (hold.work() == Work.WRITE || other.work() == Work.WRITE)
          && !Collections.disjoint(hold.volumes(), other.volumes());
    }
  }

  /** What is to be held. */
  public sealed interface Choice {
    /**
     * These, all or none.
     *
     * @param layers in which they are held one after the other, those that need others first; taken
     *     back the other way round
     */
    record Hold(List<List<HeldContainer>> layers) implements Choice {
      public Hold {
        layers = layers.stream().map(List::copyOf).toList();
      }
    }

    /** Another run holds one of them, which runs in between. */
    record Wait(String why) implements Choice {}

    /** One of them must not be held. */
    record Refused(Failure failure) implements Choice {}
  }

  /** Chooses, beside what other runs hold. */
  public static Choice choose(ContainerHold hold, DockerConsumers seen, List<Elsewhere> elsewhere) {
    var users = meant(hold, seen).toList();
    for (var other : elsewhere) {
      var shared =
          users.stream().filter(user -> other.containers().contains(user.id())).findFirst();
      if (shared.isPresent() || other.collides(hold)) {
        return new Choice.Wait(
            shared
                .map(user -> "Container '" + user.name() + "' is held for run " + other.run() + ".")
                .orElseGet(() -> "Run " + other.run() + " works on the same volume."));
      }
    }
    var frozen = users.stream().filter(user -> user.state() == State.PAUSED).findFirst();
    if (hold.work() == Work.WRITE && frozen.isPresent()) {
      return new Choice.Refused(
          notHeld(
              "Container '"
                  + frozen.get().name()
                  + "' is paused: it has files or sessions open, and would write what it had"
                  + " over what is restored. Unpause or stop it. Nothing was touched."));
    }
    var writing = users.stream().filter(user -> isAwake(user.state())).toList();
    var unasked = writing.stream().filter(user -> !hold.mayHold(user.labels())).findFirst();
    if (unasked.isPresent()) {
      return new Choice.Refused(
          notHeld(
              "Container '"
                  + unasked.get().name()
                  + "' began to use the volume. Nothing was touched."));
    }
    return writing.stream()
        .flatMap(user -> refusal(hold.how(), user).stream())
        .findFirst()
        .<Choice>map(Choice.Refused::new)
        .orElseGet(() -> new Choice.Hold(layers(writing, seen.labels())));
  }

  private static Stream<User> meant(ContainerHold hold, DockerConsumers seen) {
    return seen.users().stream()
        .filter(user -> !user.id().equals(seen.own()))
        .filter(user -> user.labels().keySet().stream().noneMatch(it -> it.startsWith(OWN_LABELS)))
        .filter(user -> hold.means(user.volumes(), user.labels()));
  }

  private static boolean isAwake(State state) {
    return switch (state) {
      case RUNNING, RESTARTING -> true;
      case PAUSED, DOWN -> false;
    };
  }

  private static Optional<Failure> refusal(StillnessMode mode, User user) {
    return switch (mode) {
      case STOP ->
          user.onceStopped() == OnceStopped.STAYS
              ? Optional.empty()
              : Optional.of(
                  Reason.CONTAINER_NOT_STOPPABLE.failure(
                      "Container '"
                          + user.name()
                          + "' was started with --rm: once stopped it would be removed, and its"
                          + " unnamed volumes with it. Start it without, or leave it out by labels"
                          + " (matchLabels), or pause it (mode: Pause). Nothing was stopped."));
      case PAUSE ->
          user.state() != State.RESTARTING
              ? Optional.empty()
              : Optional.of(
                  notHeld(
                      "Container '"
                          + user.name()
                          + "' ends and is started again and again: it cannot be paused."));
      case UNKNOWN -> throw new IllegalArgumentException("a mode that is not known here");
    };
  }

  /** Why the containers that were held did not hold. */
  public static Failure notHeld(String why) {
    return Reason.CONTAINERS_NOT_HELD.failure(why);
  }

  /** Compose's own order, also through services whose containers use none of the volumes. */
  private static List<List<HeldContainer>> layers(
      List<User> users, List<Map<String, String>> labels) {
    var dependencies = new HashMap<ComposeService, Set<ComposeService>>();
    for (var each : labels) {
      ComposeService.of(each)
          .ifPresent(
              service ->
                  dependencies
                      .computeIfAbsent(service, it -> new HashSet<>())
                      .addAll(dependencies(service.project(), each)));
    }
    var byDepth =
        users.stream()
            .sorted(Comparator.comparing(User::name))
            .collect(
                Collectors.groupingBy(
                    user -> depth(ComposeService.of(user.labels()), dependencies, Set.of()),
                    () -> new TreeMap<>(Comparator.<Integer>reverseOrder()),
                    Collectors.mapping(HeldContainer::of, Collectors.toList())));
    return List.copyOf(byDepth.values());
  }

  private static Set<ComposeService> dependencies(String project, Map<String, String> labels) {
    return Stream.of(labels.getOrDefault(DEPENDS_ON, "").split(",", -1))
        .map(dependency -> dependency.split(":", -1)[0].strip())
        .filter(service -> !service.isEmpty())
        .map(service -> new ComposeService(project, service))
        .collect(Collectors.toSet());
  }

  /** How many stand one upon the other below it; a circle, which Compose refuses, ends there. */
  private static int depth(
      Optional<ComposeService> service,
      Map<ComposeService, Set<ComposeService>> dependencies,
      Set<ComposeService> above) {
    if (service.isEmpty() || above.contains(service.get())) {
      return 0;
    }
    var path = new HashSet<>(above);
    path.add(service.get());
    return dependencies.getOrDefault(service.get(), Set.of()).stream()
        .mapToInt(it -> 1 + depth(Optional.of(it), dependencies, path))
        .max()
        .orElse(0);
  }

  /** What of all that is meant does not hold still. */
  public static Optional<String> disturbance(
      ContainerHold hold, Noted noted, DockerConsumers seen) {
    return noted.isOfAnother(seen)
        ? Optional.of("Another Docker answers than the one whose containers were to hold still.")
        : meant(hold, seen).flatMap(user -> disturbance(hold, user, noted).stream()).findFirst();
  }

  private static Optional<String> disturbance(ContainerHold hold, User user, Noted noted) {
    var life = noted.lives().get(user.id());
    if (isAwake(user.state())) {
      return Optional.of(
          "Container '"
              + user.name()
              + (life == null && !hold.isOfService(user.labels())
                  ? "' began to use a volume"
                  : "' was made to run")
              + " while nobody was to.");
    }
    return user.life().equals(life) || (life == null && user.neverRan())
        ? Optional.empty()
        : Optional.of("Container '" + user.name() + "' ran for a while in which it was not to.");
  }

  /** The lives of all that are meant, as they are now. */
  public static Noted note(ContainerHold hold, DockerConsumers seen) {
    return new Noted(
        seen.daemon(), meant(hold, seen).collect(Collectors.toMap(User::id, User::life)));
  }

  /** What a point is not that was read now; empty: it is all that was asked for. */
  public static Optional<String> reservation(ContainerHold hold, DockerConsumers seen) {
    return hold.mode() != StillnessMode.STOP
        ? Optional.empty()
        : meant(hold, seen)
            .filter(user -> user.state() == State.PAUSED)
            .findFirst()
            .map(
                user ->
                    "Container '"
                        + user.name()
                        + "' was paused by somebody else, and not stopped: of its files there is"
                        + " what a power cut would leave.");
  }

  /** Those that do not hold any more. Docker itself starts some when it is started. */
  public static List<HeldContainer> awake(List<HeldContainer> held, DockerConsumers seen) {
    return held.stream()
        .filter(each -> find(each, seen).filter(user -> isAwake(user.state())).isPresent())
        .toList();
  }

  private static Optional<User> find(HeldContainer held, DockerConsumers seen) {
    return seen.users().stream().filter(user -> user.id().equals(held.id())).findFirst();
  }

  /** How one of them is taken back. */
  public enum Return {
    START,
    UNPAUSE,
    /** It may be on its way down, asked by a host that was killed: nobody would start it then. */
    LOOK_AGAIN,
    /** The Docker that answers is not the one that has it. */
    ASK_ELSEWHERE,
    /** It runs, or is gone, or is down for somebody else's reasons. */
    NOTHING
  }

  /**
   * Decides it.
   *
   * @param answers since when Docker answers, and nothing of it was asked any more
   */
  public static Return takeBack(
      @Nullable StillnessMode mode,
      HeldContainer held,
      Noted noted,
      DockerConsumers seen,
      Duration answers) {
    var found = find(held, seen);
    if (found.isEmpty()) {
      return noted.daemon().equals(seen.daemon()) ? Return.NOTHING : Return.ASK_ELSEWHERE;
    }
    var user = found.get();
    return switch (held.stand()) {
      case CHOSEN -> Return.NOTHING;
      case ASKED ->
          isAwake(user.state()) && answers.compareTo(window(mode, held)) < 0
              ? Return.LOOK_AGAIN
              : restored(mode, user);
      case HELD ->
          // Docker ends what is paused when it crashes, and takes it for stopped by hand.
          user.life().equals(noted.lives().get(held.id()))
                  || (mode == StillnessMode.PAUSE && user.state() == State.DOWN)
              ? restored(mode, user)
              : Return.NOTHING;
      case RETURNING -> restored(mode, user);
    };
  }

  private static Return restored(@Nullable StillnessMode mode, User user) {
    return switch (user.state()) {
      case DOWN -> Return.START;
      case PAUSED -> mode == StillnessMode.PAUSE ? Return.UNPAUSE : Return.NOTHING;
      case RUNNING, RESTARTING -> Return.NOTHING;
    };
  }

  /** In which the last of them is known not to be on its way down. */
  public static Duration longestWindow(@Nullable StillnessMode mode, List<HeldContainer> held) {
    return held.stream()
        .map(each -> window(mode, each))
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  private static Duration window(@Nullable StillnessMode mode, HeldContainer held) {
    return (mode == StillnessMode.STOP ? held.grace() : PAUSING).plus(MARGIN);
  }
}
