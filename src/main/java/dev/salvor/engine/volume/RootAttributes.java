package dev.salvor.engine.volume;

import dev.salvor.task.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a tree's root is, beside what is in it. The engine stores a root as an entry of its parent,
 * which a restore to a folder of another name, or to the root of a file system, does not touch.
 */
public final class RootAttributes {
  private RootAttributes() {}

  /**
   * Reads the extended attributes of a root.
   *
   * @return values in Base64, by name; without those of the machine
   * @throws IOException if it may not be looked at
   */
  public static Map<String, String> read(Path root) throws IOException {
    var found = new TreeMap<String, String>();
    try (var attributes = new ExtendedAttributes()) {
      attributes
          .read(root)
          .forEach((name, value) -> found.put(name, Base64.getEncoder().encodeToString(value)));
    }
    found.keySet().removeAll(TreeWalk.OF_THE_MACHINE);
    return found;
  }

  /**
   * Makes a root what it was. Idempotent.
   *
   * @param entry the root's
   * @param values as {@link #read} gave them
   * @throws IOException if a part of it is refused; the others are done all the same
   */
  public static void write(Path root, FileEntry entry, Map<String, String> values)
      throws IOException {
    var refused = new Refused();
    refused.run(() -> set(root, "unix:uid", (int) entry.uid()));
    refused.run(() -> set(root, "unix:gid", (int) entry.gid()));
    refused.run(() -> set(root, "unix:mode", entry.mode()));
    try (var attributes = new ExtendedAttributes()) {
      for (var name : read(root).keySet()) {
        if (!values.containsKey(name)) {
          refused.run(() -> attributes.remove(root, name));
        }
      }
      for (var value : values.entrySet()) {
        refused.run(
            () ->
                attributes.write(
                    root, value.getKey(), Base64.getDecoder().decode(value.getValue())));
      }
    }
    // Last: what comes before touches it.
    refused.run(
        () ->
            Files.setLastModifiedTime(root, FileTime.from(entry.modified(), TimeUnit.NANOSECONDS)));
    refused.end();
  }

  /** Makes owner and mode of any entry what they were. */
  static void give(Path path, FileEntry entry) throws IOException {
    set(path, "unix:uid", (int) entry.uid());
    set(path, "unix:gid", (int) entry.gid());
    if (entry.type() != FileEntry.Type.LINK) {
      set(path, "unix:mode", entry.mode());
    }
  }

  private static void set(Path root, String name, int value) throws IOException {
    Files.setAttribute(root, name, value, LinkOption.NOFOLLOW_LINKS);
  }

  /** Goes on where one step is refused. */
  private static final class Refused {
    private @Nullable IOException first;

    private interface Work {
      void run() throws IOException;
    }

    void run(Work work) {
      try {
        work.run();
      } catch (IOException e) {
        first = first == null ? e : first;
      }
    }

    void end() throws IOException {
      if (first != null) {
        throw first;
      }
    }
  }
}
