package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.task.MountedConfiguration;
import dev.salvor.task.SupabaseFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files that say how a project is run: Compose files and {@code .env} of a folder, Secrets and
 * ConfigMaps of a cluster. They are stored beside the manifest, by way of memory: secrets are on no
 * disk but the source's own.
 *
 * @param files that were copied, by their paths in the target
 * @param leftOut of those that were not, and why
 */
record ProjectConfiguration(List<SupabaseFacts.Configured> files, List<String> leftOut) {
  /** Beside the manifest. */
  static final String FOLDER = "configuration";

  /** By which a kubelet changes all files of an object at once; their own names are links. */
  private static final String DATA = "..data";

  private static final int LARGEST_FILE = 1 << 20;
  private static final int MOST_BYTES = 8 << 20;
  private static final int MOST_FILES = 256;

  /**
   * Copies the files of a folder. What lies in folders below is a matter of the trees.
   *
   * @param target a folder in memory
   * @throws EngineException SOURCE_MISSING if there is no such folder
   */
  static ProjectConfiguration copy(Path folder, Path target) {
    var copy = new Copy(target);
    var found = files(folder);
    if (found.isEmpty()) {
      copy.leftOut.add(folder + " holds no files");
    }
    found.forEach(file -> copy.add(file, file.getFileName().toString()));
    return copy.made();
  }

  /**
   * Copies what a cluster has, each object to a folder of its own. One that is not there is left
   * out.
   *
   * @param target a folder in memory
   */
  static ProjectConfiguration copy(List<MountedConfiguration> mounted, Path target)
      throws IOException {
    var copy = new Copy(target);
    for (var each : mounted) {
      var data = Path.of(each.path()).resolve(DATA);
      var found = Files.isDirectory(data) ? files(data.toRealPath()) : List.<Path>of();
      if (found.isEmpty()) {
        copy.leftOut.add(each.text() + " is not there, or has no keys");
      }
      found.forEach(file -> copy.add(file, each.folder() + "/" + file.getFileName()));
    }
    return copy.made();
  }

  /**
   * Writes what was asked for, and is in no file.
   *
   * @param documents by their names
   * @param target a folder in memory
   */
  static ProjectConfiguration write(Map<String, byte[]> documents, Path target) {
    var copy = new Copy(target);
    documents.forEach(copy::add);
    return copy.made();
  }

  /** What there is room for, in the order in which it comes. */
  private static final class Copy {
    private final Path target;
    private final List<SupabaseFacts.Configured> copied = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();
    private int room = MOST_BYTES;

    Copy(Path target) {
      this.target = target;
    }

    void add(Path file, String name) {
      try {
        add(name, read(file));
      } catch (IOException e) {
        leftOut.add(name + " cannot be read (" + e.getClass().getSimpleName() + ")");
      }
    }

    void add(String name, byte[] bytes) {
      try {
        if (bytes.length > LARGEST_FILE) {
          leftOut.add(name + " is larger than 1 MiB");
        } else if (bytes.length > room || copied.size() == MOST_FILES) {
          leftOut.add(name + " is more than there is room for (8 MiB, 256 files)");
        } else {
          var file = target.resolve(name);
          Files.createDirectories(Objects.requireNonNull(file.getParent()));
          Files.write(file, bytes, StandardOpenOption.CREATE_NEW);
          copied.add(configured(name, bytes));
          room -= bytes.length;
        }
      } catch (IOException e) {
        leftOut.add(name + " cannot be written (" + e.getClass().getSimpleName() + ")");
      }
    }

    ProjectConfiguration made() {
      return new ProjectConfiguration(List.copyOf(copied), List.copyOf(leftOut));
    }
  }

  private static SupabaseFacts.Configured configured(String name, byte[] bytes) {
    var seen = new Fingerprint();
    seen.write(bytes, 0, bytes.length);
    return new SupabaseFacts.Configured(name, seen.bytes(), seen.sha256());
  }

  /** All but folders, and links to folders: a link is not followed, wherever it leads, but said. */
  private static List<Path> files(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(each -> !Files.isDirectory(each)).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new EngineException(
          Reason.SOURCE_MISSING,
          "the folder of the configuration is not there or may not be read: " + folder,
          e);
    }
  }

  private static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(file.toString(), null, "not a file");
    }
    var options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    try (var stream = Channels.newInputStream(Files.newByteChannel(file, options))) {
      return stream.readNBytes(LARGEST_FILE + 1);
    }
  }
}
