package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of the corpus: a resource, or a version of it and the next. The first lines of an invalid
 * one say what it must be refused with, by either host.
 *
 * @param previous null where a new resource is tried
 */
record ResourceCase(
    String name, String path, String message, @Nullable JsonNode previous, JsonNode resource) {
  private static final Path CORPUS = Path.of("src/test/resources");

  /** Each with one mistake. */
  static List<ResourceCase> invalid() {
    return folder("invalid").stream()
        .map(
            file -> {
              var lines = lines(file);
              return read(
                  file, after("# path: ", lines.getFirst()), after("# message: ", lines.get(1)));
            })
        .toList();
  }

  static List<ResourceCase> valid() {
    return folder("valid").stream().map(file -> read(file, "", "")).toList();
  }

  /** Each an old version and a new one. */
  static List<ResourceCase> validChanges() {
    return folder("valid-changes").stream().map(file -> read(file, "", "")).toList();
  }

  private static ResourceCase read(Path file, String path, String message) {
    try {
      var documents = YamlDocuments.parse(Files.readAllBytes(file));
      if (documents.size() > 2) {
        throw new IllegalStateException(file + " has more than two documents");
      }
      var previous = documents.size() == 2 ? documents.getFirst() : null;
      return new ResourceCase(
          String.valueOf(file.getFileName()), path, message, previous, documents.getLast());
    } catch (IOException | ManifestUnreadable broken) {
      throw new IllegalStateException(file.toString(), broken);
    }
  }

  /** A file of another name would be used by no test. */
  private static List<Path> folder(String name) {
    try (var files = Files.list(CORPUS.resolve(name))) {
      var sorted = files.sorted().toList();
      for (var file : sorted) {
        if (!file.toString().endsWith(".yaml")) {
          throw new IllegalStateException(file + " is not used by any test");
        }
      }
      return sorted;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String after(String start, String line) {
    if (!line.startsWith(start)) {
      throw new IllegalStateException("expected a line '" + start + "...' but found: " + line);
    }
    return line.substring(start.length());
  }

  @Override
  public String toString() {
    return name;
  }
}
