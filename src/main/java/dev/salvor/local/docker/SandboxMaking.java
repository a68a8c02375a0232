package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.SELContext;
import com.github.dockerjava.api.model.TmpfsOptions;
import com.github.dockerjava.api.model.Volume;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxEnd;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes containers of proofs and takes them away; of others it knows nothing. */
final class SandboxMaking {
  /** Octal 1777. */
  private static final int FOR_ALL = 01777;

  private static final long SHARED_MEMORY = 256L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(SandboxMaking.class);

  private SandboxMaking() {}

  static Optional<SandboxContainer.Image> image(DockerClient docker, String reference) {
    try {
      var found = docker.inspectImageCmd(reference).exec();
      var config = found.getConfig();
      var volumes = config == null ? null : config.getVolumes();
      return Optional.of(
          new SandboxContainer.Image(
              Objects.requireNonNull(found.getId()),
              volumes == null ? List.of() : volumes.keySet().stream().sorted().toList()));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  static void start(DockerClient docker, SandboxContainer wanted) {
    var made =
        docker
            .createContainerCmd(wanted.image())
            .withName(wanted.name())
            .withLabels(wanted.labels())
            .withUser(wanted.user())
            .withWorkingDir("/")
            .withEntrypoint(wanted.entrypoint())
            .withCmd(wanted.arguments())
            .withEnv(
                wanted.environment().entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + entry.getValue())
                    .toList())
            // An image's own would be carried out beside the server.
            .withHealthcheck(new HealthCheck().withTest(List.of("NONE")))
            .withHostConfig(enclosed(wanted, docker.infoCmd().exec()))
            .exec();
    // Limits, say, that this kernel does not know.
    for (var warning : Objects.requireNonNullElse(made.getWarnings(), new String[0])) {
      LOG.atWarn().addKeyValue("container", wanted.name()).log("Docker warns: {}", warning);
    }
    docker.startContainerCmd(made.getId()).exec();
  }

  private static boolean isLabelled(Info info) {
    var options = info.getSecurityOptions();
    return options != null && options.stream().anyMatch(it -> it.startsWith("name=selinux"));
  }

  private static HostConfig enclosed(SandboxContainer wanted, Info info) {
    var labelled = isLabelled(info);
    var folders = wanted.mounts().stream();
    var temporary = wanted.temporary().entrySet().stream().map(SandboxMaking::temporary);
    return HostConfig.newHostConfig()
        .withBinds(labelled ? folders.map(SandboxMaking::labelled).toList() : List.of())
        .withMounts(
            labelled
                ? temporary.toList()
                : Stream.concat(folders.map(SandboxMaking::mount), temporary).toList())
        .withNetworkMode("none")
        .withReadonlyRootfs(true)
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of("no-new-privileges"))
        // Its user is one of this machine, also where Docker gives containers others.
        .withUsernsMode("host")
        .withMemory(wanted.memoryBytes())
        .withMemorySwap(wanted.memoryBytes())
        .withPidsLimit(wanted.processes())
        // Of that memory. Docker's 64 MiB are short for the statistics of very many tables.
        .withShmSize(SHARED_MEMORY)
        .withRestartPolicy(RestartPolicy.noRestart())
        // Removed with all of its volumes when it is over, and not before its end was looked at.
        .withAutoRemove(false)
        // What a restored database makes its server say goes to no collector of logs.
        .withLogConfig(new LogConfig(LogConfig.LoggingType.NONE));
  }

  private static Mount temporary(Map.Entry<String, Long> folder) {
    return new Mount()
        .withType(MountType.TMPFS)
        .withTarget(folder.getKey())
        .withTmpfsOptions(new TmpfsOptions().withSizeBytes(folder.getValue()).withMode(FOR_ALL));
  }

  /** What is not there is an error; a {@link Bind} would make a folder of it, root's. */
  private static Mount mount(SandboxContainer.Mount mount) {
    return new Mount()
        .withType(MountType.BIND)
        .withSource(mount.source())
        .withTarget(mount.target())
        .withReadOnly(mount.access() == SandboxContainer.Access.READ);
  }

  /** Where SELinux is enforced, with a label of its own: a {@link Mount} can be given none. */
  private static Bind labelled(SandboxContainer.Mount mount) {
    var access =
        switch (mount.access()) {
          case READ -> AccessMode.ro;
          case WRITE -> AccessMode.rw;
        };
    return new Bind(mount.source(), new Volume(mount.target()), access, SELContext.single);
  }

  /** Ends and removes those of a run, and says how it was found. */
  static SandboxEnd end(DockerClient docker, SandboxContainer.Owner owner) {
    SandboxEnd end = new SandboxEnd.Gone();
    for (var container : of(docker, owner)) {
      end = end(docker, container);
    }
    if (!of(docker, owner).isEmpty()) {
      throw new DockerUnreachable("A container of run " + owner.run() + " is not gone yet.");
    }
    return end;
  }

  private static SandboxEnd end(DockerClient docker, Container container) {
    try {
      var found = docker.inspectContainerCmd(container.getId()).exec();
      var ran = Boolean.TRUE.equals(found.getState().getRunning());
      if (ran) {
        kill(docker, container.getId());
      }
      // That it was short of memory is known for sure only once it has ended.
      var ended = docker.inspectContainerCmd(container.getId()).exec();
      remove(docker, container.getId());
      return Boolean.TRUE.equals(ended.getState().getOOMKilled())
          ? new SandboxEnd.OutOfMemory(memory(ended))
          : ran ? new SandboxEnd.Ran() : new SandboxEnd.Exited(code(found));
    } catch (NotFoundException e) {
      return new SandboxEnd.Gone();
    }
  }

  private static long memory(InspectContainerResponse found) {
    var memory = found.getHostConfig().getMemory();
    return memory == null ? 0 : memory;
  }

  private static long code(InspectContainerResponse found) {
    var code = found.getState().getExitCodeLong();
    return code == null ? 0 : code;
  }

  private static void kill(DockerClient docker, String id) {
    try {
      docker.killContainerCmd(id).exec();
    } catch (ConflictException | NotModifiedException endedMeanwhile) {
      return;
    }
  }

  /** With its volumes: those without a name are nobody's afterwards. */
  private static void remove(DockerClient docker, String id) {
    try {
      docker.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException | ConflictException beingRemoved) {
      return;
    }
  }

  /** Removes what is of the state folder and of no run that may have one, as far as it can. */
  static void removeAllBut(DockerClient docker, String state, Set<String> runs) {
    for (var found : find(docker, Map.of(SandboxContainer.STATE, state))) {
      var run = found.getLabels().get(SandboxContainer.RUN);
      if (run == null
          || runs.contains(run)
          || !isOf(found, new SandboxContainer.Owner(state, run))) {
        continue;
      }
      try {
        remove(docker, found.getId());
      } catch (DockerException stuck) {
        LOG.atWarn()
            .addKeyValue("container", found.getId())
            .log("a proof's container cannot be removed: {}", Causes.text(stuck));
      }
    }
  }

  static List<Container> of(DockerClient docker, SandboxContainer.Owner owner) {
    return find(docker, owner.labels()).stream().filter(found -> isOf(found, owner)).toList();
  }

  /** Labels are inherited by what is made of an image, names are not. */
  private static boolean isOf(Container found, SandboxContainer.Owner owner) {
    var names = found.getNames();
    return names != null && List.of(names).contains("/" + owner.containerName());
  }

  private static List<Container> find(DockerClient docker, Map<String, String> labels) {
    return docker.listContainersCmd().withShowAll(true).withLabelFilter(labels).exec();
  }
}
