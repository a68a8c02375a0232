package dev.salvor.plan;

import dev.salvor.api.ComposeService;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestSpec.DockerVolumeTarget;
import dev.salvor.plan.DockerView.Seen;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Volume;
import dev.salvor.plan.Footing.Access;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which volumes of Docker a run works on, in their folders, or why it cannot (ADR 20). */
final class DockerVolumes {
  /** What Docker gives volumes that nobody named. */
  private static final String ANONYMOUS = "com.docker.volume.anonymous";

  /** What else may be done about containers that use one. */
  static final String STOPPABLE = "let them be stopped (stopConsumers) or ";

  private DockerVolumes() {}

  /** To back them up. */
  static ClaimChoice toRead(DockerVolumeSource source, DockerView docker) {
    return switch (docker) {
      case Seen seen -> toRead(source, seen);
      case DockerView.Unreachable(var why) -> unavailable(Reason.DOCKER_UNREACHABLE, why);
      case DockerView.Unasked unasked -> unavailable(Reason.DOCKER_UNREACHABLE, "Not asked yet.");
    };
  }

  /** These by name, to back them up. */
  static ClaimChoice toRead(List<String> names, DockerView docker) {
    return toRead(new DockerVolumeSource(names, null, null, null, null, null, null, null), docker);
  }

  private static ClaimChoice toRead(DockerVolumeSource source, Seen seen) {
    var matching = seen.volumes().stream().filter(volume -> isSelected(source, volume)).toList();
    var selected =
        List.copyOf(
            matching.stream()
                .filter(volume -> !isWithinAnother(volume, matching))
                .collect(
                    Collectors.toMap(
                        Volume::name,
                        Function.identity(),
                        (ofOneProject, ofAnother) -> ofOneProject,
                        TreeMap::new))
                .values());
    return missing(source, selected)
        .or(() -> selected.stream().flatMap(it -> unusable(it, seen).stream()).findFirst())
        .or(() -> selected.stream().flatMap(it -> apart(it, selected).stream()).findFirst())
        .<ClaimChoice>map(ClaimChoice.Unavailable::new)
        .orElseGet(
            () ->
                new ClaimChoice.Chosen(
                    Footing.PLAIN
                        .with(selected.stream().map(it -> mount(it.name(), it.folder())).toList())
                        .holding(
                            source.consumers() == null
                                ? null
                                : ContainerHold.toRead(
                                    withRelated(selected, seen), source.consumers()))));
  }

  /**
   * To restore to one. A volume that is to be made lies where the daemon will put it; the host
   * makes it right before the worker starts, and looks whether it does.
   */
  static ClaimChoice toWrite(
      RestoreRequestSpec spec, DockerVolumeTarget target, DockerView docker) {
    return switch (docker) {
      case Seen seen -> toWrite(spec, target, seen);
      case DockerView.Unreachable(var why) -> unavailable(Reason.DOCKER_UNREACHABLE, why);
      case DockerView.Unasked unasked -> unavailable(Reason.DOCKER_UNREACHABLE, "Not asked yet.");
    };
  }

  private static ClaimChoice toWrite(
      RestoreRequestSpec spec, DockerVolumeTarget target, Seen seen) {
    var found = seen.volumes().stream().filter(it -> it.name().equals(target.name())).findFirst();
    if (found.isEmpty()) {
      return Boolean.TRUE.equals(target.create()) && !BindMounts.isName(target.name())
          ? new ClaimChoice.Chosen(fresh(spec, target.name(), seen))
          : new ClaimChoice.Unavailable(notFound(target.name()));
    }
    var volume = withAllUsers(found.get(), seen);
    return unusable(volume, seen)
        .or(() -> stops(target) ? Optional.empty() : inUse(spec, volume, STOPPABLE))
        .<ClaimChoice>map(ClaimChoice.Unavailable::new)
        .orElseGet(
            () ->
                new ClaimChoice.Chosen(
                    Footing.PLAIN
                        .with(
                            List.of(Footing.Mount.in(volume.folder(), volume.name(), Access.WRITE)))
                        .holding(hold(spec, target, volume, seen))));
  }

  /** A plan stops nobody. Who is accepted to see files change is no concern of anybody. */
  private static @Nullable ContainerHold hold(
      RestoreRequestSpec spec, DockerVolumeTarget target, Volume volume, Seen seen) {
    if (Boolean.TRUE.equals(spec.dryRun())) {
      return null;
    }
    var names = withRelated(List.of(volume), seen);
    if (stops(target)) {
      return ContainerHold.toWrite(names);
    }
    return volume.users().isEmpty() ? ContainerHold.ofUnused(names) : null;
  }

  private static boolean stops(DockerVolumeTarget target) {
    return Boolean.TRUE.equals(target.stopConsumers());
  }

  /** A plan makes nothing. */
  private static Footing fresh(RestoreRequestSpec spec, String name, Seen seen) {
    var planned = Boolean.TRUE.equals(spec.dryRun());
    var mount =
        Footing.Mount.in(
            seen.folder() + "/" + name + "/_data", name, planned ? Access.STAND_IN : Access.WRITE);
    return new Footing(
        List.of(mount),
        Footing.PLAIN.identity(),
        null,
        List.of(),
        planned ? null : Footing.ClaimToMake.ofDocker(name),
        List.of(),
        List.of(),
        planned ? null : ContainerHold.ofUnused(List.of(name)));
  }

  private static Footing.Mount mount(String name, String folder) {
    return Footing.Mount.in(folder, name, Access.READ);
  }

  /** By labels only volumes that somebody named: others are made anew with their containers. */
  private static boolean isSelected(DockerVolumeSource source, Volume volume) {
    if (source.names() != null) {
      return source.names().contains(volume.name());
    }
    var labels =
        source.composeProject() == null
            ? Objects.requireNonNull(source.matchLabels())
            : Map.of(ComposeService.PROJECT_LABEL, source.composeProject());
    return !volume.labels().containsKey(ANONYMOUS)
        && !(volume.isBindMount() && Boolean.FALSE.equals(source.bindMounts()))
        && volume.labels().entrySet().containsAll(labels.entrySet());
  }

  /** As where a container mounts /srv/shop and another /srv/shop/uploads: kept once. */
  private static boolean isWithinAnother(Volume volume, List<Volume> all) {
    return all.stream()
        .anyMatch(other -> volume.isIn(other) && !volume.isOnAnotherFileSystem(other));
  }

  /** The outer one does not hold it, and in one point no tree lies in another. */
  private static Optional<Failure> apart(Volume volume, List<Volume> all) {
    return all.stream()
        .filter(volume::isIn)
        .findFirst()
        .flatMap(
            outer ->
                unusable(
                    volume,
                    " lies in "
                        + volume.folder()
                        + ", within '"
                        + outer.name()
                        + "' but on a file system of its own, so that it is not kept with that one:"
                        + " make two policies with names, of which one has '"
                        + volume.name()
                        + "'."));
  }

  /** What is done in a folder is done in those that hold it, and in those that it holds. */
  static List<String> withRelated(List<Volume> volumes, Seen seen) {
    return volumes.stream()
        .flatMap(volume -> related(volume, seen))
        .map(Volume::name)
        .distinct()
        .toList();
  }

  static Volume withAllUsers(Volume volume, Seen seen) {
    return volume.usedBy(
        related(volume, seen).flatMap(it -> it.users().stream()).distinct().toList());
  }

  /** A folder that is no volume, as one; empty where no container mounts anything of it. */
  static Optional<Volume> mountedAt(String path, Seen seen) {
    var folder = path.replaceAll("(?<=.)/+$", "");
    var name = BindMounts.name(folder);
    var itself = new Volume(name, "local", Map.of(), Map.of(), folder, Sight.SEEN, List.of());
    return related(itself, seen).skip(1).findAny().isEmpty()
        ? Optional.empty()
        : Optional.of(withAllUsers(itself, seen));
  }

  /** Itself first. What Salvor alone mounts, to see what is in it, is no tie between others. */
  private static Stream<Volume> related(Volume volume, Seen seen) {
    return Stream.concat(
        Stream.of(volume),
        seen.volumes().stream()
            .filter(other -> volume.isBindMount() && other.isBindMount())
            .filter(other -> other.sight() != Sight.OWN || !other.users().isEmpty())
            .filter(other -> BindMounts.areRelated(volume.folder(), other.folder())));
  }

  private static Optional<Failure> missing(DockerVolumeSource source, List<Volume> selected) {
    if (source.names() != null) {
      var there = new HashSet<>(selected.stream().map(Volume::name).toList());
      return source.names().stream()
          .filter(name -> !there.contains(name))
          .findFirst()
          .map(DockerVolumes::notFound);
    }
    var which =
        source.composeProject() == null
            ? "the labels " + source.matchLabels()
            : "Compose project '" + source.composeProject() + "'";
    if (selected.isEmpty()) {
      return Optional.of(Reason.VOLUME_NOT_FOUND.failure("Docker has no volume of " + which + "."));
    }
    return selected.size() <= DockerVolumeSource.MOST
        ? Optional.empty()
        : unusable(
            "Docker has "
                + selected.size()
                + " volumes of "
                + which
                + "; a policy takes at most "
                + DockerVolumeSource.MOST
                + ": make several policies with names.");
  }

  /** What may have been a folder is not made a volume of: nobody would mount that. */
  static Failure notFound(String name) {
    return Reason.VOLUME_NOT_FOUND.failure(
        "Docker has no volume '"
            + name
            + "'"
            + (BindMounts.isName(name)
                ? ", and no container mounts a folder of that name now: make the containers, or"
                    + " restore to its path (--to-folder)."
                : "."));
  }

  /** Of two with one name either could be meant. */
  static Optional<Failure> unusable(Volume volume, Seen seen) {
    return seen.volumes().stream()
            .anyMatch(
                other ->
                    other.name().equals(volume.name()) && !other.folder().equals(volume.folder()))
        ? unusable(
            volume,
            " has the name of a folder that containers mount: give the volume another name.")
        : unusable(volume);
  }

  /** What is mounted only while a container runs would be an empty folder at other times. */
  private static Optional<Failure> unusable(Volume volume) {
    var device = volume.options().get("device");
    if (!volume.driver().equals("local")) {
      return unusable(
          volume,
          " is of driver '" + volume.driver() + "'; only volumes of driver local are read.");
    }
    if (Volume.isMount(volume.options())) {
      return unusable(
          volume,
          " is a mount of its own (type "
              + volume.options().getOrDefault("type", "none")
              + ", device "
              + device
              + "), there only while a container uses it: back up what it mounts, mounted on this"
              + " machine, with source.volume.path.");
    }
    return switch (volume.sight()) {
      case SEEN -> Optional.empty();
      case OWN ->
          unusable(
              volume,
              " is mounted in Salvor's own container, which keeps its state or its store there: run"
                  + " it in a Compose project of its own, or select the others by names.");
      case HIDDEN ->
          unusable(
              volume,
              " lies in "
                  + volume.folder()
                  + ", which is not to be seen from here, or does not answer, as a share whose"
                  + " server is gone: run salvor local as root on the machine that the daemon runs"
                  + " on, and in a container with that folder's parent mounted at the same path"
                  + (volume.isBindMount()
                      ? "; or leave such folders out (bindMounts: false)."
                      : "."));
    };
  }

  private static Optional<Failure> unusable(Volume volume, String why) {
    return unusable("Docker volume '" + volume.name() + "'" + why);
  }

  private static Optional<Failure> unusable(String why) {
    return Optional.of(Reason.VOLUME_UNUSABLE.failure(why));
  }

  /** As with a claim that pods use: a plan names them too. */
  static Optional<Failure> inUse(RestoreRequestSpec spec, Volume volume, String or) {
    var token = "in-use-" + StableHash.of(volume.folder()).letters(ClaimChoice.TOKEN_LENGTH);
    return volume.users().isEmpty()
            || Defaults.orElse(spec.acknowledge(), List.of()).contains(token)
        ? Optional.empty()
        : Optional.of(
            Reason.ACKNOWLEDGEMENT_NEEDED.failure(
                (volume.isBindMount()
                        ? "Folder " + volume.folder()
                        : "Docker volume '" + volume.name() + "'")
                    + " is in use by container "
                    + String.join(", ", volume.users().stream().limit(ClaimChoice.NAMED).toList())
                    + (volume.users().size() > ClaimChoice.NAMED ? " and others" : "")
                    + ": "
                    + or
                    + (or.isEmpty() ? "stop them" : "do it")
                    + ", and create the request"
                    + " anew; or accept that they see files change under them. Nothing was"
                    + " touched. Token: "
                    + token));
  }

  static ClaimChoice unavailable(Reason reason, String why) {
    return new ClaimChoice.Unavailable(reason.failure(why));
  }
}
