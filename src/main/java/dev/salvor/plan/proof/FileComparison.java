package dev.salvor.plan.proof;

import dev.salvor.task.FileEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A restored tree beside what was noted of its source, entry by entry. An entry that changed while
 * it was read proves nothing either way; neither does one that came or went meanwhile: what was in
 * a folder between both looks alone is noted nowhere, and its folder as changed.
 */
public final class FileComparison implements FileEntry.Comparison {
  /** Differences that are written out; the others are counted. */
  private static final int WRITTEN_OUT = 50;

  private final Set<String> unsteadyFolders = new HashSet<>();
  private final List<String> differences = new ArrayList<>();
  private long different;
  private long compared;
  private long comparedBytes;
  private long passedOver;

  @Override
  public void missing(FileEntry noted) {
    if (noted.unsteady() != null) {
      passedOver++;
      return;
    }
    differs(noted.path(), "is missing");
  }

  @Override
  public void extra(FileEntry found) {
    if (unsteadyFolders.contains(folder(found.path()))) {
      passedOver++;
      unsteadyFolders.add(found.path());
      return;
    }
    differs(found.path(), "was not there");
  }

  @Override
  public void unreadable(String path, String why) {
    differs(path, "cannot be looked at: " + why);
  }

  @Override
  public void both(FileEntry noted, FileEntry found) {
    if (noted.unsteady() != null) {
      passedOver++;
      unsteadyFolders.add(noted.path());
      return;
    }
    var what = difference(noted, found);
    if (what.isPresent()) {
      differs(noted.path(), what.get());
      return;
    }
    compared++;
    comparedBytes += noted.size() == null ? 0 : noted.size();
  }

  /** The first differences, one line each. */
  public List<String> differences() {
    var some = new ArrayList<>(differences);
    if (different > differences.size()) {
      some.add("and " + (different - differences.size()) + " more");
    }
    return List.copyOf(some);
  }

  /** Entries that were found equal. */
  public long compared() {
    return compared;
  }

  /** For people: what was compared, and what was passed over. */
  public String coverage() {
    return compared
        + " of "
        + (compared + different + passedOver)
        + " entries, "
        + comparedBytes
        + " bytes"
        + (passedOver == 0 ? "" : "; " + passedOver + " changed while they were read");
  }

  private static String folder(String path) {
    var slash = path.lastIndexOf('/');
    return slash < 0 ? FileEntry.ROOT : path.substring(0, slash);
  }

  private void differs(String path, String what) {
    different++;
    if (differences.size() < WRITTEN_OUT) {
      differences.add(path + " " + what);
    }
  }

  /** What sets two entries of one path apart, the gravest first; empty where they are equal. */
  static Optional<String> difference(FileEntry noted, FileEntry found) {
    if (noted.type() != found.type()) {
      return Optional.of("is a " + word(found.type()) + ", was a " + word(noted.type()));
    }
    if (!Objects.equals(noted.size(), found.size())) {
      return Optional.of("has " + found.size() + " bytes, had " + noted.size());
    }
    if (!Objects.equals(noted.link(), found.link())) {
      return Optional.of("points to " + found.link() + ", pointed to " + noted.link());
    }
    if (!Objects.equals(noted.device(), found.device())) {
      return Optional.of("is device " + found.device() + ", was " + noted.device());
    }
    if (noted.uid() != found.uid() || noted.gid() != found.gid()) {
      return Optional.of(
          "belongs to %d:%d, did to %d:%d"
              .formatted(found.uid(), found.gid(), noted.uid(), noted.gid()));
    }
    // Linux keeps no permissions of links.
    if (noted.mode() != found.mode() && noted.type() != FileEntry.Type.LINK) {
      return Optional.of("has mode %04o, had %04o".formatted(found.mode(), noted.mode()));
    }
    if (!Objects.equals(noted.sameAs(), found.sameAs())) {
      return Optional.of(
          "is the same file as " + found.sameAs() + ", was the same as " + noted.sameAs());
    }
    if (noted.modified() != found.modified()) {
      return Optional.of(
          "was modified at " + found.modified() + " ns, had been at " + noted.modified() + " ns");
    }
    return attributes(
        Objects.requireNonNullElse(noted.attributes(), Map.of()),
        Objects.requireNonNullElse(found.attributes(), Map.of()));
  }

  private static Optional<String> attributes(Map<String, String> noted, Map<String, String> found) {
    var names = new TreeSet<>(noted.keySet());
    names.addAll(found.keySet());
    for (var name : names) {
      if (!found.containsKey(name)) {
        return Optional.of("has lost attribute " + name);
      }
      if (!noted.containsKey(name)) {
        return Optional.of("has attribute " + name + ", had not");
      }
      if (!Objects.equals(noted.get(name), found.get(name))) {
        return Optional.of("has another value in attribute " + name);
      }
    }
    return Optional.empty();
  }

  private static String word(FileEntry.Type type) {
    return switch (type) {
      case FILE -> "file";
      case FOLDER -> "folder";
      case LINK -> "symbolic link";
      case FIFO -> "FIFO";
      case CHARACTER_DEVICE, BLOCK_DEVICE -> "device";
    };
  }
}
