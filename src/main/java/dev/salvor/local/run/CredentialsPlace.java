package dev.salvor.local.run;

import dev.salvor.api.Reason;
import dev.salvor.local.manifest.SecretValue;
import dev.salvor.local.state.DurableFile;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where workers find the Secrets that their Task names, for as long as it runs. In memory, so that
 * no disk ever holds them; a machine without such a place gets them in the run's own folder.
 */
public final class CredentialsPlace {
  private final @Nullable Path memory;

  private CredentialsPlace(@Nullable Path memory) {
    this.memory = memory;
  }

  /**
   * A place for one host; its cluster id keeps hosts of one machine apart and cannot be guessed.
   */
  public static CredentialsPlace find(String clusterId) {
    return among(clusterId, candidates());
  }

  /** The folder of this machine that would be taken, without making anything. */
  public static Optional<Path> memoryHere() {
    return candidates().stream()
        .filter(CredentialsPlace::isMemory)
        .filter(Files::isWritable)
        .findFirst();
  }

  private static List<Path> candidates() {
    return Stream.of(Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR")), Optional.of("/dev/shm"))
        .flatMap(Optional::stream)
        .map(Path::of)
        .toList();
  }

  static CredentialsPlace among(String clusterId, List<Path> candidates) {
    for (var candidate : candidates) {
      if (isMemory(candidate) && Files.isWritable(candidate)) {
        return new CredentialsPlace(privateFolder(candidate.resolve("salvor-" + clusterId)));
      }
    }
    return new CredentialsPlace(null);
  }

  /** False: Secrets touch the disk while a run lives, which a host says once at its start. */
  public boolean isMemoryBacked() {
    return memory != null;
  }

  /**
   * Puts down what one task may see, in place of what may be left of an earlier try. A Secret or
   * key that is not there is left out: the worker names it.
   *
   * @throws RunRefused where a container does not say how its server is reached, or a value is not
   *     where its Secret says
   */
  Path fill(RunFolder run, RunRecord record, int task, Secrets secrets, ServerKeys servers) {
    remove(run, task);
    var folder = privateFolder(folder(run, task));
    for (var source : record.tasks().get(task).header().credentials()) {
      var place = privateFolder(folder.resolve(source.credential().folder()));
      switch (source) {
        case CredentialSource.Secret secret ->
            secrets
                .find(record.namespace(), secret.secret())
                .ifPresent(keys -> write(place, secret, keys));
        case CredentialSource.Container container ->
            servers.of(container).forEach((name, value) -> write(place, name, value));
      }
    }
    return folder;
  }

  void remove(RunFolder run, int task) {
    DurableFile.deleteFolder(folder(run, task));
  }

  /** Removes what hosts before this one left for tasks that run no more. */
  void removeAllBut(Set<Path> alive) {
    if (memory == null) {
      return;
    }
    try (var entries = Files.newDirectoryStream(memory)) {
      for (var entry : entries) {
        if (!alive.contains(entry)) {
          DurableFile.deleteFolder(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clean " + memory, e);
    }
  }

  Path folder(RunFolder run, int task) {
    return memory == null
        ? run.path().resolve("credentials-" + task)
        : memory.resolve(run.path().getFileName() + "-" + task);
  }

  private static void write(
      Path place, CredentialSource.Secret source, Map<String, SecretValue> keys) {
    if (source.key() == null) {
      keys.forEach((name, value) -> write(place, name, read(source.secret(), name, value)));
    } else if (keys.containsKey(source.key())) {
      write(
          place,
          Credential.VALUE,
          read(source.secret(), source.key(), Objects.requireNonNull(keys.get(source.key()))));
    }
  }

  private static byte[] read(String secret, String key, SecretValue value) {
    try {
      return value.read(System.getenv());
    } catch (IOException e) {
      throw new RunRefused(
          Reason.CREDENTIALS_MISSING.failure(
              "Key '"
                  + key
                  + "' of Secret '"
                  + secret
                  + "' is not to be had: "
                  + e.getMessage()
                  + "."));
    }
  }

  private static void write(Path place, String name, byte[] value) {
    var file = place.resolve(name).normalize();
    if (!place.equals(file.getParent())) {
      return; // the keys "." and ".." are no names of files
    }
    try (var channel =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      var buffer = ByteBuffer.wrap(value);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a credential in " + place, e);
    }
  }

  /** Makes a folder, or takes one that is there if it is ours alone: /dev/shm is open to all. */
  private static Path privateFolder(Path folder) {
    var permissions = PosixFilePermissions.fromString("rwx------");
    try {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(permissions));
      return folder;
    } catch (FileAlreadyExistsException e) {
      return refuseForeign(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
  }

  private static Path refuseForeign(Path folder) {
    try {
      var mine = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      if (Files.isSymbolicLink(folder)
          || !mine.equals(Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS))
          || !PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
              .equals("rwx------")) {
        throw new IllegalStateException(folder + " is not a private folder of this user");
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + folder, e);
    }
  }

  private static boolean isMemory(Path folder) {
    try {
      return Files.isDirectory(folder)
          && Set.of("tmpfs", "ramfs").contains(Files.getFileStore(folder).type());
    } catch (IOException e) {
      return false;
    }
  }
}
