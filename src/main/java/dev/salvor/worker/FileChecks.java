package dev.salvor.worker;

import dev.salvor.api.DurationText;
import dev.salvor.api.Verification;
import dev.salvor.plan.verdict.CheckAnswer;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The user's own rules about a restored file tree. What is not so refutes. Their programs are run
 * by the host, later.
 */
final class FileChecks {
  private final List<Verification.Check> checks;
  private final Instant time;
  private final Map<String, Path> roots;

  /**
   * For one copy.
   *
   * @param time of the recovery point: the age of files is counted to it
   * @param roots of its trees, by name
   */
  FileChecks(List<Verification.Check> checks, Instant time, Map<String, Path> roots) {
    this.checks = checks.stream().filter(check -> check.command() == null).toList();
    this.time = time;
    this.roots = Map.copyOf(roots);
  }

  /** Asks all, in their order. */
  List<CheckAnswer> ask() {
    return checks.stream().map(this::ask).toList();
  }

  private CheckAnswer ask(Verification.Check check) {
    var rule = check.files();
    if (rule == null) {
      return new CheckAnswer.Errored(check.name(), "it asks a database, and these are files");
    }
    if (roots.isEmpty()) {
      return withoutFiles(check);
    }
    try {
      var found = new Found(rule.path());
      for (var root : roots.values()) {
        found.look(root);
      }
      return answer(check.name(), rule, found);
    } catch (IOException e) {
      return new CheckAnswer.Errored(check.name(), "the copy cannot be looked at: " + e);
    }
  }

  /** What is asked of files says nothing of devices. */
  static CheckAnswer withoutFiles(Verification.Check check) {
    return new CheckAnswer.Errored(
        check.name(), "it looks at files, and the recovery point holds raw block devices alone");
  }

  private CheckAnswer answer(String name, Verification.FileCheck rule, Found found) {
    var minimum = Objects.requireNonNullElse(rule.minimumCount(), 1L);
    if (found.count < minimum) {
      return new CheckAnswer.Disagreed(
          name, "at least " + minimum + " of " + rule.path(), String.valueOf(found.count));
    }
    var within = rule.newestWithin();
    var newest = found.newest;
    if (within != null
        && (newest == null || newest.isBefore(time.minus(DurationText.parse(within))))) {
      return new CheckAnswer.Disagreed(
          name, "one of " + rule.path() + " newer than " + within, "the newest is of " + newest);
    }
    return new CheckAnswer.Agreed(name);
  }

  /** Regular files of one pattern. */
  private static final class Found extends SimpleFileVisitor<Path> {
    private final PathMatcher matcher;
    private Path root = Path.of("/");
    private long count;
    private @Nullable Instant newest;

    Found(String glob) {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
    }

    void look(Path below) throws IOException {
      root = below.toRealPath(LinkOption.NOFOLLOW_LINKS);
      Files.walkFileTree(root, this);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile() && matcher.matches(root.relativize(file))) {
        count++;
        var modified = attributes.lastModifiedTime().toInstant();
        newest = newest == null || modified.isAfter(newest) ? modified : newest;
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
