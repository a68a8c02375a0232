package dev.salvor.local.docker;

import com.google.re2j.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The container that this program runs in, where it does. Docker and Podman mount three files of
 * their own folder for the container into it, also with the network of the machine; a name of the
 * host or a control group says nothing of the sort.
 */
final class OwnContainer {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /** Root and mount point are the fourth and fifth fields of mountinfo (proc_pid_mountinfo(5)). */
  private static final Pattern OWN_FILE =
      Pattern.compile(
          "^\\S+ \\S+ \\S+ \\S*/([0-9a-f]{64})/\\S*(?:hostname|hosts|resolv[.]conf)"
              + " /etc/(?:hostname|hosts|resolv[.]conf) ",
          Pattern.MULTILINE);

  private OwnContainer() {}

  /** Its id; empty on a machine, and in a container of another kind. */
  static Optional<String> id() {
    try {
      return id(Files.readString(MOUNTS));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static Optional<String> id(String mounts) {
    var found = OWN_FILE.matcher(mounts);
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }
}
