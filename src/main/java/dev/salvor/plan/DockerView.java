package dev.salvor.plan;

import java.util.List;
import java.util.Map;

/** What of this machine's Docker a decision may look at. */
public sealed interface DockerView {
  /** Nobody needs to know, or the host is none that has one. */
  record Unasked() implements DockerView {}

  /** It did not answer. */
  record Unreachable(String why) implements DockerView {}

  /**
   * It did.
   *
   * @param folder where the daemon keeps its volumes, each in a folder of its name
   */
  record Seen(String folder, List<Volume> volumes) implements DockerView {
    public Seen {
      volumes = List.copyOf(volumes);
    }
  }

  /**
   * A volume, or a folder of this machine that is mounted as if it were one.
   *
   * @param options its driver was given
   * @param folder where its files are, as the daemon sees it
   * @param users names of running containers that mount it
   */
  record Volume(
      String name,
      String driver,
      Map<String, String> options,
      Map<String, String> labels,
      String folder,
      Sight sight,
      List<String> users) {
    public Volume {
      options = Map.copyOf(options);
      labels = Map.copyOf(labels);
      users = List.copyOf(users);
    }

    /** Whether it is a folder of this machine that containers mount, and no volume of Docker. */
    public boolean isBindMount() {
      return name.equals(BindMounts.name(folder));
    }

    /** Whether options make it a mount of its own, there only while a container uses it. */
    public static boolean isMount(Map<String, String> options) {
      return options.containsKey("type") || options.containsKey("device");
    }
  }

  /** Whether a volume's folder can be read from here. */
  enum Sight {
    SEEN,
    /** Salvor's own container mounts it: its state, its store, or what it was given to look at. */
    OWN,
    /** It is not there, or this user may not enter it. */
    HIDDEN
  }

  DockerView UNASKED = new Unasked();
}
