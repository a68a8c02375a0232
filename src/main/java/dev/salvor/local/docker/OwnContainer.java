package dev.salvor.local.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.google.re2j.Pattern;
import dev.salvor.plan.OwnMounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The container that this program runs in, where it does. Docker and Podman mount three files of
 * their own folder for the container into it, also with the network of the machine; a name of the
 * host or a control group says nothing of the sort.
 */
final class OwnContainer {
  private static final Path USERS = Path.of("/proc/self/uid_map");
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /** Root and mount point are the fourth and fifth fields of mountinfo (proc_pid_mountinfo(5)). */
  private static final Pattern OWN_FILE =
      Pattern.compile(
          "^\\S+ \\S+ \\S+ \\S*/([0-9a-f]{64})/\\S*(?:hostname|hosts|resolv[.]conf)"
              + " /etc/(?:hostname|hosts|resolv[.]conf) ",
          Pattern.MULTILINE);

  /** First user inside and outside, and how many there are: those of the machine, all of them. */
  private static final Pattern ALL_USERS = Pattern.compile("\\s*0\\s+0\\s+4294967295\\s*");

  private OwnContainer() {}

  /** Its id; empty on a machine, and in a container of another kind. */
  static Optional<String> id() {
    try {
      return id(Files.readString(MOUNTS));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A Docker that does not know it runs beside this program, in the same container. */
  static Optional<String> onTheMachine(DockerClient docker, String id, Path folder) {
    try {
      return hasAllUsers(Files.readString(USERS))
          ? mounts(docker.inspectContainerCmd(id).exec())
              .onTheMachine(folder.toRealPath().toString())
          : Optional.empty();
    } catch (NotFoundException e) {
      return Optional.of(folder.toAbsolutePath().toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell where " + folder + " lies", e);
    }
  }

  /** Whether a user's number is the same inside and outside (user_namespaces(7)). */
  static boolean hasAllUsers(String map) {
    return ALL_USERS.matches(map);
  }

  private static OwnMounts mounts(InspectContainerResponse own) {
    var mounts =
        Objects.requireNonNullElse(own.getMounts(), List.<InspectContainerResponse.Mount>of())
            .stream()
            .filter(mount -> mount.getDestination() != null)
            .map(mount -> mount(mount.getDestination().getPath(), mount.getSource()));
    // Not among the mounts that Docker lists.
    var memory =
        Objects.requireNonNullElse(own.getHostConfig().getTmpFs(), Map.<String, String>of())
            .keySet()
            .stream()
            .map(folder -> mount(folder, null));
    return new OwnMounts(Stream.concat(mounts, memory).toList());
  }

  private static OwnMounts.Mount mount(String destination, @Nullable String source) {
    return new OwnMounts.Mount(destination, source == null || source.isEmpty() ? null : source);
  }

  static Optional<String> id(String mounts) {
    var found = OWN_FILE.matcher(mounts);
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }
}
