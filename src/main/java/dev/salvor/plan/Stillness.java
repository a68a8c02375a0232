package dev.salvor.plan;

import dev.salvor.api.ComposeService;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.StillnessMode;
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
import java.util.Objects;
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

  private Stillness() {}

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

  /**
   * Chooses.
   *
   * @param heldElsewhere ids of containers that other runs hold, with those runs
   */
  public static Choice choose(
      ContainerHold hold, DockerConsumers seen, Map<String, String> heldElsewhere) {
    var users = meant(hold, seen).toList();
    for (var user : users) {
      var run = heldElsewhere.get(user.id());
      if (run != null) {
        return new Choice.Wait("Container '" + user.name() + "' is held for run " + run + ".");
      }
    }
    var writing = users.stream().filter(user -> isAwake(user.state())).toList();
    var mode = hold.mode();
    if (mode == null) {
      return writing.isEmpty()
          ? new Choice.Hold(List.of())
          : new Choice.Refused(
              notHeld(
                  "Container '"
                      + writing.getFirst().name()
                      + "' began to use the volume. Nothing was touched."));
    }
    return writing.stream()
        .flatMap(user -> refusal(mode, user).stream())
        .findFirst()
        .<Choice>map(Choice.Refused::new)
        .orElseGet(() -> new Choice.Hold(layers(writing, seen.labels())));
  }

  private static Stream<User> meant(ContainerHold hold, DockerConsumers seen) {
    return seen.users().stream()
        .filter(user -> !user.id().equals(seen.own()))
        .filter(user -> user.labels().keySet().stream().noneMatch(it -> it.startsWith(OWN_LABELS)))
        .filter(user -> !Collections.disjoint(user.volumes(), hold.volumes()))
        .filter(user -> user.labels().entrySet().containsAll(hold.matchLabels().entrySet()));
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
      service(each)
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
                    user -> depth(service(user.labels()), dependencies, Set.of()),
                    () -> new TreeMap<>(Comparator.<Integer>reverseOrder()),
                    Collectors.mapping(HeldContainer::of, Collectors.toList())));
    return List.copyOf(byDepth.values());
  }

  private static Optional<ComposeService> service(Map<String, String> labels) {
    var project = labels.get(ComposeService.PROJECT_LABEL);
    var service = labels.get(ComposeService.SERVICE_LABEL);
    return project == null || service == null
        ? Optional.empty()
        : Optional.of(new ComposeService(project, service));
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

  /** What of those that were held, and of whoever else is meant, does not hold still. */
  public static Optional<String> disturbance(
      ContainerHold hold, List<HeldContainer> held, DockerConsumers seen) {
    var known = held.stream().collect(Collectors.toMap(HeldContainer::id, it -> it));
    return meant(hold, seen)
        .flatMap(user -> disturbance(user, known.get(user.id())).stream())
        .findFirst();
  }

  private static Optional<String> disturbance(User user, @Nullable HeldContainer held) {
    if (isAwake(user.state())) {
      return Optional.of(
          "Container '"
              + user.name()
              + (held == null ? "' began to use a volume" : "' was made to run")
              + " while nobody was to.");
    }
    return held == null || held.life() == null || held.life().equals(user.life())
        ? Optional.empty()
        : Optional.of("Container '" + user.name() + "' ran for a while in which it was not to.");
  }

  /** Each with its life as it is seen now. */
  public static List<HeldContainer> seen(List<HeldContainer> held, DockerConsumers seen) {
    return held.stream()
        .map(each -> each.seen(find(each, seen).map(User::life).orElse(each.life())))
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
    /** It runs, or is gone, or is down for somebody else's reasons. */
    NOTHING
  }

  /**
   * Decides it.
   *
   * @param waited since nothing of it was asked any more
   */
  public static Return takeBack(
      @Nullable StillnessMode mode, HeldContainer held, DockerConsumers seen, Duration waited) {
    var found = find(held, seen);
    if (found.isEmpty()) {
      return Return.NOTHING;
    }
    var user = found.get();
    if (mode == StillnessMode.PAUSE && user.state() == State.PAUSED) {
      return Return.UNPAUSE;
    }
    if (user.state() == State.DOWN) {
      // Docker ends what is paused when it crashes, and takes it for stopped by hand.
      return mode == StillnessMode.PAUSE
              || held.life() == null
              || Objects.equals(held.life(), user.life())
          ? Return.START
          : Return.NOTHING;
    }
    return held.life() == null && isAwake(user.state()) && waited.compareTo(window(mode, held)) < 0
        ? Return.LOOK_AGAIN
        : Return.NOTHING;
  }

  private static Duration window(@Nullable StillnessMode mode, HeldContainer held) {
    return mode == StillnessMode.STOP ? held.grace().plus(MARGIN) : MARGIN;
  }
}
