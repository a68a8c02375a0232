package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the manifests of a folder: {@code *.yaml} and {@code *.yml}, each with one or several
 * documents. Subfolders and hidden files are not read.
 */
public final class ManifestFolder {
  /** More files than a person keeps in one folder. */
  static final int MOST_FILES = 1_000;

  private static final Set<PosixFilePermission> OTHERS_MAY_READ =
      Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

  private final ManifestSchema schema;

  public ManifestFolder(ManifestSchema schema) {
    this.schema = schema;
  }

  /** Gives the version of a resource that was accepted before, as it stood in {@code json}. */
  @FunctionalInterface
  public interface PreviousVersions {
    Optional<ObjectNode> of(ResourceKey key);
  }

  /**
   * Reads the folder. What one file has wrong does not keep the others from being read.
   *
   * @throws IOException if the folder itself cannot be listed
   */
  public Manifests read(Path folder, PreviousVersions previous) throws IOException {
    var reading = new ManifestReading(schema, previous);
    var files = files(folder);
    if (files.size() > MOST_FILES) {
      throw new IOException(folder + " has more than " + MOST_FILES + " manifests");
    }
    for (var file : files) {
      try {
        var content = content(file);
        reading.file(file, YamlDocuments.parse(content), privacy(file));
      } catch (ManifestUnreadable unreadable) {
        reading.unreadable(file, unreadable.violation());
      } catch (IOException unreadable) {
        reading.unreadable(
            file, new Violation("", "cannot be read: " + unreadable.getClass().getSimpleName()));
      }
    }
    return reading.manifests();
  }

  private static List<Path> files(Path folder) throws IOException {
    var files = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(folder, "*.{yaml,yml}")) {
      for (var entry : entries) {
        if (!entry.getFileName().toString().startsWith(".") && !Files.isDirectory(entry)) {
          files.add(entry);
        }
      }
    }
    files.sort(null);
    return files;
  }

  /** One byte more than allowed tells that there are too many; a pipe is never waited for. */
  private static byte[] content(Path file) throws IOException, ManifestUnreadable {
    if (!Files.isRegularFile(file)) {
      throw new ManifestUnreadable("not a regular file");
    }
    try (var stream = Files.newInputStream(file)) {
      return stream.readNBytes(YamlDocuments.MOST_BYTES + 1);
    }
  }

  private static Privacy privacy(Path file) throws IOException {
    try {
      var permissions = Files.getPosixFilePermissions(file);
      return permissions.stream().anyMatch(OTHERS_MAY_READ::contains)
          ? Privacy.OTHERS_MAY_READ
          : Privacy.PRIVATE;
    } catch (UnsupportedOperationException noPermissions) {
      return Privacy.OTHERS_MAY_READ;
    }
  }

  /** Who may read a file. */
  enum Privacy {
    PRIVATE,
    OTHERS_MAY_READ
  }
}
