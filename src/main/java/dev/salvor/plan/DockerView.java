package dev.salvor.plan;

import dev.salvor.api.ComposeService;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
   * @param volumes a folder that several projects of Compose mount once for each of them
   * @param containers of Compose's services, also those that do not run
   */
  record Seen(String folder, List<Volume> volumes, List<Container> containers)
      implements DockerView {
    public Seen {
      volumes = List.copyOf(volumes);
      containers = List.copyOf(containers);
    }
  }

  /**
   * A container of a service of Compose. Of its environment only what {@link StorageSettings} names
   * is ever here: the rest holds passwords.
   *
   * @param image as its maker wrote it, with the tag
   * @param digest of what the image's registry has; null: it was built here, or nobody asked
   * @param labels that Compose gave it
   */
  record Container(
      String name,
      boolean running,
      String image,
      @Nullable String digest,
      Map<String, String> labels,
      Map<String, String> settings,
      @Nullable Folder workingFolder,
      List<Mount> mounts)
      implements SupabaseRole.Candidate {
    public Container {
      labels = Map.copyOf(labels);
      settings = Map.copyOf(settings);
      mounts = List.copyOf(mounts);
    }

    public String project() {
      return labels.getOrDefault(ComposeService.PROJECT_LABEL, "");
    }

    @Override
    public String service() {
      return labels.getOrDefault(ComposeService.SERVICE_LABEL, "");
    }
  }

  /**
   * What a container sees of this machine.
   *
   * @param volume its name; null: it is none
   * @param source a folder or file of this machine; null: it is in memory
   */
  record Mount(String destination, @Nullable String volume, @Nullable Folder source) {}

  /** A folder or file of this machine, as the daemon sees it. */
  record Folder(String path, Sight sight) {}

  /**
   * A volume, or a folder of this machine that is mounted as if it were one.
   *
   * @param options its driver was given
   * @param folder where its files are, as the daemon sees it
   * @param users names of running containers that mount it
   * @param fileSystem by its number; null: it cannot be told, or nobody asked
   */
  record Volume(
      String name,
      String driver,
      Map<String, String> options,
      Map<String, String> labels,
      String folder,
      Sight sight,
      List<String> users,
      @Nullable Long fileSystem) {
    public Volume {
      options = Map.copyOf(options);
      labels = Map.copyOf(labels);
      users = List.copyOf(users);
    }

    /** One of which nobody asked where it lies. */
    public Volume(
        String name,
        String driver,
        Map<String, String> options,
        Map<String, String> labels,
        String folder,
        Sight sight,
        List<String> users) {
      this(name, driver, options, labels, folder, sight, users, null);
    }

    /** Whether it is a folder of this machine that containers mount, and no volume of Docker. */
    public boolean isBindMount() {
      return name.equals(BindMounts.name(folder));
    }

    /** Whether a bind mount lies in another one, and is kept with it or apart from it. */
    boolean isIn(Volume other) {
      return isBindMount() && folder.startsWith(other.folder + "/");
    }

    /**
     * Whether it is known that a backup of one, which stays where it began, is none of the other.
     */
    boolean isOnAnotherFileSystem(Volume other) {
      return fileSystem != null && other.fileSystem != null && !fileSystem.equals(other.fileSystem);
    }

    Volume usedBy(List<String> containers) {
      return new Volume(name, driver, options, labels, folder, sight, containers, fileSystem);
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
