package dev.salvor.cli.init;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.local.state.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

/** A folder of its own beside the manifests, which hosts do not read; gone when it is closed. */
final class Staging implements AutoCloseable {
  private static final String PREFIX = ".init-";

  /** Nobody thinks about five questions for so long: what is older was left by a kill. */
  private static final Duration ABANDONED = Duration.ofDays(1);

  private final Path target;
  private final Path folder;

  private Staging(Path target, Path folder) {
    this.target = target;
    this.folder = folder;
  }

  static Staging in(Path target, Instant now) {
    sweep(target, now);
    return new Staging(
        target,
        DurableFile.folder(target.resolve(PREFIX + UUID.randomUUID() + DurableFile.TEMPORARY)));
  }

  Path folder() {
    return folder;
  }

  void write(String name, String content) {
    DurableFile.write(within(folder, name), content);
  }

  /**
   * Gives files their names, in this order. If one cannot get it, all is as before.
   *
   * @return the files
   */
  List<Path> publish(List<String> names, SetupFolder.Present present) {
    var done = new ArrayDeque<String>();
    try {
      for (var name : names) {
        give(name, present);
        done.push(name);
      }
    } catch (IOException | UnsupportedOperationException e) {
      takeBack(done, e);
      throw e instanceof FileAlreadyExistsException taken
          ? new CommandFailed(Exit.INVALID, taken.getFile() + " came into being meanwhile")
          : new CommandFailed(
              Exit.FAILED, "the files cannot get their names in " + target + ": " + e.getMessage());
    }
    return names.stream().map(target::resolve).toList();
  }

  private void give(String name, SetupFolder.Present present) throws IOException {
    var file = within(target, name);
    if (present == SetupFolder.Present.REPLACED && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.createLink(replaced(name), file);
      Files.move(
          folder.resolve(name),
          file,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.createLink(file, folder.resolve(name));
    }
  }

  private void takeBack(Deque<String> names, Exception cause) {
    for (var name : names) {
      try {
        if (Files.exists(replaced(name))) {
          Files.move(replaced(name), target.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } else {
          Files.delete(target.resolve(name));
        }
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private Path replaced(String name) {
    return folder.resolve(name + ".replaced");
  }

  /** Names were looked at before; this one is wrong only if that is. */
  private static Path within(Path folder, String name) {
    var file = folder.resolve(name).normalize();
    if (!folder.equals(file.getParent())) {
      throw new IllegalArgumentException("not in " + folder + ": " + name);
    }
    return file;
  }

  /** Secrets lie in it. */
  private static void sweep(Path target, Instant now) {
    try (var entries = Files.newDirectoryStream(target, PREFIX + "*" + DurableFile.TEMPORARY)) {
      for (var entry : entries) {
        if (Files.getLastModifiedTime(entry).toInstant().isBefore(now.minus(ABANDONED))) {
          DurableFile.deleteFolder(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for what an earlier init left", e);
    }
  }

  @Override
  public void close() {
    DurableFile.deleteFolder(folder);
  }
}
