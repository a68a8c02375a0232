package dev.salvor.cli.init;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.local.manifest.ManifestFolder;
import dev.salvor.local.manifest.ManifestSchema;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder that a setup is written to. Files are written beside and checked as the host would
 * check them; only then do they get their names, and none takes that of another unasked.
 */
public final class SetupFolder {
  /** Text that reads like a number stays text. */
  private static final ObjectMapper YAML =
      new ObjectMapper(
          new YAMLFactory()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS));

  /** Of a Secret all is quoted: whatever a password looks like, it is text. */
  private static final ObjectMapper QUOTED =
      new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER));

  private final Path folder;
  private final Manifests before;

  /** What becomes of a file that is there. */
  public enum Present {
    KEPT,
    REPLACED
  }

  private SetupFolder(Path folder, Manifests before) {
    this.folder = folder;
    this.before = before;
  }

  /** Reads what is there; a folder that is not there is made when something is written. */
  public static SetupFolder of(Path folder) {
    var here = folder.toAbsolutePath().normalize();
    return new SetupFolder(
        here,
        Files.isDirectory(here)
            ? read(here)
            : new Manifests(List.of(), List.of(), List.of(), List.of()));
  }

  public Path path() {
    return folder;
  }

  /** The stores that it has. */
  public List<ResourceKey> stores() {
    return before.stores().stream().map(Manifests.Resource::key).toList();
  }

  /**
   * Writes a setup.
   *
   * @return what the folder holds now, and the files that are new
   * @throws CommandFailed if something is refused, or in the way; nothing was written then
   */
  public Written write(Setup setup, Present present) {
    var documents = Documents.of(setup);
    documents.forEach(
        (file, contents) ->
            contents.forEach(document -> mayStandIn(file, document, of(file, present))));
    for (var file : documents.keySet()) {
      if (of(file, present) == Present.KEPT && Files.exists(folder.resolve(file))) {
        throw inTheWay(folder.resolve(file));
      }
    }
    DurableFile.folder(folder);
    var staged = DurableFile.folder(folder.resolve(".init" + DurableFile.TEMPORARY));
    try {
      documents.forEach(
          (file, contents) -> DurableFile.write(staged.resolve(file), text(contents)));
      var refusals = read(staged).refusals();
      if (!refusals.isEmpty()) {
        throw new CommandFailed(
            Exit.INVALID,
            "nothing was written, since it would be refused: "
                + refusals.stream()
                    .map(refusal -> refusal.violation().toString())
                    .distinct()
                    .collect(Collectors.joining("; ")));
      }
      if (setup.destination()
          instanceof Destination.New(var _, Destination.Folder(var path), var _)) {
        StoreFolder.make(path);
      }
      for (var file : documents.keySet()) {
        give(staged.resolve(file), folder.resolve(file), of(file, present));
      }
    } finally {
      DurableFile.deleteFolder(staged);
    }
    return new Written(read(folder), documents.keySet().stream().map(folder::resolve).toList());
  }

  /**
   * What was written.
   *
   * @param manifests all of the folder
   * @param files that are new or replaced
   */
  public record Written(Manifests manifests, List<Path> files) {
    public Written {
      files = List.copyOf(files);
    }
  }

  /** Writes one more file, for its owner alone. */
  public Path writeBeside(String name, String content, Present present) {
    var file = folder.resolve(name);
    var staged = folder.resolve("." + name + DurableFile.TEMPORARY);
    DurableFile.write(staged, content);
    try {
      give(staged, file, present);
    } finally {
      DurableFile.delete(staged);
    }
    return file;
  }

  /** A store is never replaced: its password may be written nowhere else. */
  private static Present of(String file, Present present) {
    return file.startsWith(Documents.STORE) ? Present.KEPT : present;
  }

  /** A resource may only be replaced where it would be written. */
  private void mayStandIn(String file, ObjectNode document, Present present) {
    var key =
        new ResourceKey(
            document.path("kind").asText(),
            document.at("/metadata/namespace").asText(),
            document.at("/metadata/name").asText());
    written(key)
        .filter(where -> present == Present.KEPT || !where.equals(folder.resolve(file)))
        .ifPresent(
            where -> {
              throw new CommandFailed(
                  Exit.INVALID,
                  key
                      + " is written in "
                      + where
                      + " already: give another --name or --store, or take it out there");
            });
  }

  private Optional<Path> written(ResourceKey key) {
    return Stream.concat(
            before.resources().stream()
                .filter(resource -> resource.key().equals(key))
                .map(resource -> resource.origin().file()),
            before.secrets().stream()
                .filter(secret -> secret.value().key().equals(key))
                .map(secret -> secret.origin().file()))
        .findFirst();
  }

  private static void give(Path staged, Path file, Present present) {
    try {
      switch (present) {
        case KEPT -> Files.createLink(file, staged);
        case REPLACED ->
            Files.move(
                staged, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (FileAlreadyExistsException e) {
      throw inTheWay(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static CommandFailed inTheWay(Path file) {
    return new CommandFailed(
        Exit.INVALID,
        file + " is there already; a store is never replaced, another file by --force");
  }

  private static Manifests read(Path folder) {
    try {
      return new ManifestFolder(ManifestSchema.packaged()).read(folder, key -> Optional.empty());
    } catch (IOException e) {
      throw new CommandFailed(Exit.NO_INPUT, folder + " cannot be read: " + e.getMessage());
    }
  }

  private static String text(List<ObjectNode> documents) {
    var texts = new ArrayList<String>();
    for (var document : documents) {
      var mapper = document.path("kind").asText().equals("Secret") ? QUOTED : YAML;
      try {
        texts.add(mapper.writeValueAsString(document));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
    return String.join("---\n", texts);
  }
}
