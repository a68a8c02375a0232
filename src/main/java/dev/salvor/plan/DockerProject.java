package dev.salvor.plan;

import dev.salvor.api.ComposeService;
import dev.salvor.api.Failure;
import dev.salvor.api.FilePlace;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.StillnessMode;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.plan.DockerView.Container;
import dev.salvor.plan.DockerView.Seen;
import dev.salvor.plan.DockerView.Volume;
import dev.salvor.plan.Footing.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What of this machine's Docker a restore of a whole project works on, and who is stopped for it,
 * or all that stands in its way (ADR 26, 35). The server is never stopped.
 */
final class DockerProject {
  private final RestoreRequestSpec spec;
  private final SupabaseTarget.SelfHosted target;
  private final Seen docker;
  private final List<Failure> failures = new ArrayList<>();
  private final List<Footing.Mount> mounts = new ArrayList<>();

  /** Whose users are stopped, or are none. */
  private final List<Volume> quiet = new ArrayList<>();

  /** Users of what the server uses, too. */
  private final List<ComposeService> beside = new ArrayList<>();

  private DockerProject(RestoreRequestSpec spec, SupabaseTarget.SelfHosted target, Seen docker) {
    this.spec = spec;
    this.target = target;
    this.docker = docker;
  }

  /** To restore to it, and to look at its key, whose volume the running server uses. */
  static ClaimChoice toWrite(
      RestoreRequestSpec spec, SupabaseTarget.SelfHosted target, DockerView docker) {
    return switch (docker) {
      case Seen seen -> new DockerProject(spec, target, seen).choose();
      // Folders are to be had without it, where nobody can say who uses them.
      case DockerView.Unreachable _ when !needsDocker(spec, target) -> ClaimChoice.plain();
      case DockerView.Unasked _ when !needsDocker(spec, target) -> ClaimChoice.plain();
      case DockerView.Unreachable(var why) ->
          DockerVolumes.unavailable(Reason.DOCKER_UNREACHABLE, why);
      case DockerView.Unasked _ ->
          DockerVolumes.unavailable(Reason.DOCKER_UNREACHABLE, "Not asked yet.");
    };
  }

  private static boolean needsDocker(RestoreRequestSpec spec, SupabaseTarget.SelfHosted target) {
    return target.stopsServices()
        || keyVolume(target).isPresent()
        || places(spec, target).anyMatch(place -> place.dockerVolume() != null);
  }

  private static Stream<FilePlace> places(
      RestoreRequestSpec spec, SupabaseTarget.SelfHosted target) {
    return target.places().stream()
        .filter(place -> spec.asksFor(place.name()))
        .map(SupabaseSource.Files::place);
  }

  private static Optional<String> keyVolume(SupabaseTarget.SelfHosted target) {
    return Optional.ofNullable(target.key()).map(key -> key.place().dockerVolume());
  }

  private ClaimChoice choose() {
    var services = services();
    var written =
        places(spec, target)
            .flatMap(place -> Stream.ofNullable(place.dockerVolume()))
            .distinct()
            .toList();
    written.forEach(name -> mount(name, Access.WRITE, services));
    keyVolume(target)
        .filter(name -> !written.contains(name))
        .ifPresent(name -> mount(name, Access.READ, services));
    places(spec, target)
        .flatMap(place -> Stream.ofNullable(place.path()))
        .flatMap(folder -> DockerVolumes.mountedAt(folder, docker).stream())
        .forEach(volume -> beAlone(volume, services));
    var stopped = Stream.concat(services.stream(), beside.stream()).distinct().toList();
    return failures.isEmpty()
        ? new ClaimChoice.Chosen(Footing.PLAIN.with(mounts).holding(hold(stopped)))
        : new ClaimChoice.Unavailable(Obstacles.together(failures));
  }

  private void mount(String name, Access access, List<ComposeService> services) {
    var found = docker.volumes().stream().filter(it -> it.name().equals(name)).findFirst();
    if (found.isEmpty()) {
      failures.add(DockerVolumes.notFound(name));
      return;
    }
    var volume = DockerVolumes.withAllUsers(found.get(), docker);
    var unusable = DockerVolumes.unusable(volume, docker);
    unusable.ifPresent(failures::add);
    mounts.add(Footing.Mount.in(volume.folder(), name, access));
    if (unusable.isEmpty() && access == Access.WRITE) {
      beAlone(volume, services);
    }
  }

  /** Who uses it is stopped, or in the way. */
  private void beAlone(Volume volume, List<ComposeService> services) {
    // That the server goes on using it can be accepted: others are stopped one by one then.
    var isServed = volume.users().stream().anyMatch(this::isServer);
    var left =
        volume.usedBy(
            volume.users().stream().filter(user -> !isStopped(user, services, isServed)).toList());
    if (isServed) {
      volume.users().stream()
          .filter(user -> isStopped(user, services, true))
          .flatMap(this::containers)
          .flatMap(it -> ComposeService.of(it.labels()).stream())
          .forEach(beside::add);
    }
    DockerVolumes.inUse(spec, left, stopsConsumers() ? "" : DockerVolumes.STOPPABLE)
        .ifPresent(failures::add);
    if (left.users().isEmpty()) {
      quiet.add(volume);
    }
  }

  /**
   * Whether it does not run meanwhile.
   *
   * @param asService only where Compose has a name for it
   */
  private boolean isStopped(String container, List<ComposeService> services, boolean asService) {
    var made =
        containers(container).flatMap(it -> ComposeService.of(it.labels()).stream()).toList();
    return made.stream().anyMatch(services::contains)
        || (stopsConsumers() && !isServer(container) && !(asService && made.isEmpty()));
  }

  private boolean stopsConsumers() {
    return Boolean.TRUE.equals(target.stopConsumers());
  }

  /** A plan stops nobody. Who is accepted to see files change is no concern of anybody. */
  private @Nullable ContainerHold hold(List<ComposeService> services) {
    return ClaimChoice.isPlan(spec) || (quiet.isEmpty() && services.isEmpty())
        ? null
        : ContainerHold.ofProject(
            DockerVolumes.withRelated(quiet, docker),
            stopsConsumers() ? StillnessMode.STOP : null,
            services);
  }

  /** Those that are named, by what Compose calls them or their containers. */
  private List<ComposeService> services() {
    var found = new ArrayList<ComposeService>();
    for (var name : Defaults.orElse(target.services(), List.<String>of())) {
      var ofProject = docker.containers().stream().filter(it -> isOfItsProject(it, name)).toList();
      // Another project may have given its container that name.
      var containers = ofProject.isEmpty() ? containers(name).toList() : ofProject;
      if (containers.isEmpty()) {
        failures.add(
            named(
                name,
                "and Docker has no container of that name, nor of a service of the server's"
                    + " Compose project. Nothing was touched."));
      } else if (containers.stream().anyMatch(it -> isServer(it.name()))) {
        failures.add(
            named(name, "which is the server itself: it is not stopped. Nothing was touched."));
      } else if (containers.stream().anyMatch(it -> ComposeService.of(it.labels()).isEmpty())) {
        failures.add(
            named(name, "which Compose did not make: stop it by hand. Nothing was touched."));
      }
      containers.forEach(it -> found.add(new ComposeService(it.project(), it.service())));
    }
    return found.stream().distinct().toList();
  }

  private static Failure named(String name, String why) {
    return Reason.INVALID_SPEC.failure(
        "spec.target.supabase.selfHosted.services names '" + name + "', " + why);
  }

  private boolean isOfItsProject(Container container, String service) {
    return container.service().equals(service)
        && docker.containers().stream()
            .anyMatch(it -> isSpelledOut(it) && it.project().equals(container.project()));
  }

  /** Whether the request connects to it as a container. */
  private boolean isSpelledOut(Container container) {
    return connection()
        .filter(
            it ->
                container.name().equals(it.container())
                    || ComposeService.of(container.labels())
                        .filter(service -> service.equals(it.composeService()))
                        .isPresent())
        .isPresent();
  }

  /** Whether it is that, or by its image may be where an address leads. */
  private boolean isServer(String container) {
    return connection().map(PostgresConnection::container).filter(container::equals).isPresent()
        || containers(container)
            .anyMatch(it -> SupabaseRole.SERVER.hasImage(it) || isSpelledOut(it));
  }

  private Optional<PostgresConnection> connection() {
    return Optional.ofNullable(target.database()).map(SupabaseTarget.Database::connection);
  }

  private Stream<Container> containers(String name) {
    return docker.containers().stream().filter(it -> it.name().equals(name));
  }
}
