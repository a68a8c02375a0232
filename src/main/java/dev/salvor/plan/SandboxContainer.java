package dev.salvor.plan;

import dev.salvor.task.SandboxFolder;
import dev.salvor.task.SandboxScript;
import dev.salvor.task.WorkerEnvironment;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The container that a copy is restored into on one machine, down to what Docker is told. It runs
 * what the container of a pod runs, and whoever makes it adds what no proof is without: no network,
 * nothing to write to but its mounts, no capability, no log.
 *
 * @param user uid and gid, of no account
 * @param mounts folders and files of this machine
 * @param temporary folders in memory, in bytes: all else that the image would have it write to,
 *     which would be volumes without a name
 */
public record SandboxContainer(
    String name,
    String image,
    String user,
    Map<String, String> labels,
    List<String> entrypoint,
    List<String> arguments,
    Map<String, String> environment,
    List<Mount> mounts,
    Map<String, Long> temporary,
    long memoryBytes,
    long processes) {
  /** Whose container it is; the value is the state folder's. */
  public static final String STATE = "salvor.dev/state";

  /** Which run's. */
  public static final String RUN = "salvor.dev/run";

  /** The same as of a pod's: a server with 128 MiB of buffers that builds indexes. */
  private static final long MEMORY = 1L << 30;

  /** Twenty sessions and a server's own; a copy that forks without end stops here. */
  private static final long PROCESSES = 200;

  private static final long TEMPORARY = 64L << 20;
  private static final long UNUSED = 1L << 20;

  public SandboxContainer {
    labels = Map.copyOf(labels);
    entrypoint = List.copyOf(entrypoint);
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    mounts = List.copyOf(mounts);
    temporary = Map.copyOf(temporary);
  }

  /** A folder or file of this machine and where the container has it. */
  public record Mount(String source, String target, Access access) {}

  /** What may be done there. */
  public enum Access {
    READ,
    WRITE
  }

  /** Whose it is. */
  public record Owner(String state, String run) {
    public Map<String, String> labels() {
      return Map.of(STATE, state, RUN, run);
    }

    public String containerName() {
      return "salvor-" + run + "-" + StableHash.of(state).letters(6);
    }
  }

  /**
   * An image that is there.
   *
   * @param volumes folders that the image declares as such
   */
  public record Image(String id, List<String> volumes) {
    public Image {
      volumes = List.copyOf(volumes);
    }
  }

  /**
   * The one of a run.
   *
   * @param sandbox the run's folder on this machine
   * @param uid owner of what the server writes to there
   */
  public static SandboxContainer of(
      Owner owner, Image image, String sandbox, int uid, Retries.@Nullable Memory memory) {
    var temporary = new TreeMap<String, Long>();
    // An image may write /tmp/, which is /tmp, and is mounted once.
    image.volumes().forEach(volume -> temporary.put(volume.replaceAll("/+$", ""), UNUSED));
    temporary.put("/tmp", TEMPORARY);
    var command = SandboxScript.command();
    return new SandboxContainer(
        owner.containerName(),
        image.id(),
        uid + ":" + uid,
        owner.labels(),
        command.subList(0, 1),
        command.subList(1, command.size()),
        // What an image would load into every program, the shell before all others.
        Map.of(WorkerEnvironment.SANDBOX, SandboxFolder.MOUNT, "LD_PRELOAD", ""),
        List.of(
            mount(sandbox, SandboxFolder.DATA, Access.WRITE),
            mount(sandbox, SandboxFolder.SERVER, Access.WRITE),
            mount(sandbox, SandboxFolder.SOCKET, Access.WRITE),
            new Mount(sandbox + "/" + SandboxFolder.PASSWD, "/etc/passwd", Access.READ)),
        temporary,
        memory == Retries.Memory.DOUBLED ? 2 * MEMORY : MEMORY,
        PROCESSES);
  }

  private static Mount mount(String sandbox, String folder, Access access) {
    return new Mount(sandbox + "/" + folder, SandboxFolder.MOUNT + "/" + folder, access);
  }
}
