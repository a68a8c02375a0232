package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.plan.proof.DeviceComparison;
import dev.salvor.task.DeviceFacts;
import dev.salvor.task.Manifest;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.TreeFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/**
 * A recovery point in the sandbox folder: {@code manifest.json}, {@code globals.sql} and {@code
 * part-0}, {@code part-1}, ... in the order of the manifest's parts, each a file or, for directory
 * dumps, a folder. File trees lie under their names in a folder of their own, which holds nothing
 * else: checks of the user see it. What was noted of them lies beside it. Of a raw block device the
 * part is what was seen of its bytes, {@link DeviceFacts}. The manifest is written last: without it
 * the folder holds nothing.
 */
record SandboxPoint(Path folder, Manifest manifest) {
  private static final String PART = "part-";

  /**
   * Reads what Fetch left.
   *
   * @throws EngineException INTERNAL_ERROR if it is not there or not the one asked for
   */
  static SandboxPoint read(Path folder, String point) {
    try {
      var manifest =
          Json.mapper()
              .readValue(
                  Files.readString(folder.resolve(RecoveryPoints.MANIFEST_FILE)), Manifest.class);
      if (!manifest.recoveryPoint().equals(point)) {
        throw new EngineException(
            Reason.INTERNAL_ERROR,
            "the sandbox folder holds " + manifest.recoveryPoint() + " instead of " + point);
      }
      return new SandboxPoint(folder, manifest);
    } catch (IOException e) {
      throw new EngineException(
          Reason.INTERNAL_ERROR, "the sandbox folder holds no recovery point: fetch it first", e);
    }
  }

  /** Empties the folder; what stands in it is no recovery point from now on. */
  static void clear(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve(RecoveryPoints.MANIFEST_FILE));
      try (var children = Files.newDirectoryStream(folder)) {
        for (var child : children) {
          // A file system's own, on a volume.
          if (!child.endsWith("lost+found")) {
            Folders.delete(child);
          }
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "the sandbox folder " + folder + " cannot be emptied", e);
    }
  }

  /** Beside the parts: roles, and hashes of their passwords. */
  void write(String globals) {
    try {
      var script = folder.resolve(RecoveryPoints.GLOBALS_FILE);
      Files.createFile(
          script,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(script, globals);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "the sandbox folder " + folder + " cannot be written", e);
    }
  }

  /** From now on the point is there. */
  void commit() {
    try {
      var draft = folder.resolve(RecoveryPoints.MANIFEST_FILE + ".draft");
      Files.writeString(draft, Json.mapper().writeValueAsString(manifest));
      Files.move(
          draft, folder.resolve(RecoveryPoints.MANIFEST_FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest cannot be written", e);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "the sandbox folder " + folder + " cannot be written", e);
    }
  }

  /** May hold hashes of passwords. */
  String globals() {
    try {
      return Files.readString(folder.resolve(RecoveryPoints.GLOBALS_FILE), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new EngineException(
          Reason.INTERNAL_ERROR, "the sandbox folder holds no " + RecoveryPoints.GLOBALS_FILE, e);
    }
  }

  /** What was noted of a tree. */
  Path entries(TreeFacts tree) {
    return folder.resolve(tree.file());
  }

  /** What was noted of Storage's objects. */
  Path objects() {
    return folder.resolve(StorageFacts.FILE);
  }

  Path path(Manifest.Part part) {
    return part.isTree() ? tree(part.name()) : path(manifest.parts().indexOf(part));
  }

  private Path path(int place) {
    return folder.resolve(PART + place);
  }

  /** A manifest comes from a store: a name leads nowhere else. */
  private Path tree(String name) {
    var trees = folder.resolve(SandboxFolder.TREES);
    var tree = trees.resolve(name).normalize();
    if (name.isEmpty() || !trees.equals(tree.getParent())) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "the manifest has a tree of the name '" + name + "'");
    }
    return tree;
  }

  /** Whoever runs a check may be another user than this one. */
  void makeRoomForTrees() {
    try {
      var trees = Files.createDirectories(folder.resolve(SandboxFolder.TREES));
      Files.setPosixFilePermissions(trees, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "the sandbox folder " + folder + " cannot be written", e);
    }
  }

  /** Lays down what was seen of a device. */
  static void note(Path part, DeviceFacts seen) throws IOException {
    Files.writeString(part, Json.mapper().writeValueAsString(seen));
  }

  /**
   * What was seen of a device beside the manifest.
   *
   * @throws EngineException INTERNAL_ERROR if nothing was
   */
  DeviceComparison compare(Manifest.Part part) {
    try {
      return new DeviceComparison(
          part.name(),
          new DeviceFacts(part.sizeBytes(), String.valueOf(part.sha256())),
          Json.mapper().readValue(Files.readString(path(part)), DeviceFacts.class));
    } catch (IOException e) {
      throw new EngineException(
          Reason.INTERNAL_ERROR, "device " + part.name() + " was not fetched", e);
    }
  }

  /**
   * Compares what lies there with the manifest.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT if bytes are missing or too many, or those of a
   *     device are others
   */
  void check(Manifest.Part part) {
    if (part.isTree()) {
      return; // Each of its files is compared.
    }
    if (part.sha256() != null) {
      compare(part).differences().stream()
          .findFirst()
          .ifPresent(
              difference -> {
                throw new EngineException(
                    Reason.CORRUPT_RECOVERY_POINT, "the stored device " + difference);
              });
      return;
    }
    var size = size(path(part));
    if (size != part.sizeBytes()) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT,
          "the dump of " + part.name() + " has " + size + " bytes instead of " + part.sizeBytes());
    }
  }

  static boolean isFolder(Manifest.Part part) {
    return part.format() == DumpFormat.DIRECTORY;
  }

  private static long size(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      return files.filter(Files::isRegularFile).mapToLong(SandboxPoint::fileSize).sum();
    } catch (IOException e) {
      return -1;
    }
  }

  private static long fileSize(Path file) {
    return file.toFile().length();
  }
}
