package dev.salvor.cli.init;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.local.manifest.ManifestFolder;
import dev.salvor.local.manifest.ManifestSchema;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The folder that a setup is written to. Files are written beside and checked as the host would
 * check them; only then do they get their names, and none takes that of another unasked.
 */
public final class SetupFolder {
  /** Text stays text, whatever reads like a number in some version of YAML. */
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .stringQuotingChecker(new Quoting())
              .build());

  /** Of a Secret all is quoted: whatever a password looks like, it is text. */
  private static final ObjectMapper QUOTED =
      new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER));

  private final Path folder;

  /** What becomes of a file that is there. */
  public enum Present {
    KEPT,
    REPLACED
  }

  private SetupFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * A folder that is not there is made when something is written.
   *
   * @throws CommandFailed if that cannot be, so that nobody answers questions in vain
   */
  public static SetupFolder of(Path folder) {
    var here = folder.toAbsolutePath().normalize();
    var there = here;
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new CommandFailed(Exit.FAILED, there + " is no folder");
    }
    if (!Files.isWritable(there)) {
      throw new CommandFailed(Exit.FAILED, there + " cannot be written to by this user");
    }
    return new SetupFolder(here);
  }

  public Path path() {
    return folder;
  }

  /** The stores that it has. */
  public List<ResourceKey> stores() {
    return manifests().stores().stream().map(Manifests.Resource::key).toList();
  }

  private Manifests manifests() {
    return Files.isDirectory(folder)
        ? read(folder)
        : new Manifests(List.of(), List.of(), List.of(), List.of());
  }

  /**
   * Writes a setup and the sheet of its store.
   *
   * @param sheet made of all that the folder will hold
   * @return the files that are new or replaced
   * @throws CommandFailed if something is refused, or in the way; nothing was written then
   */
  public List<Path> write(Setup setup, Present present, Function<Manifests, String> sheet) {
    var drafts = Documents.of(setup);
    var standing = standing();
    for (var draft : drafts) {
      refuse(standing.refusal(draft, keys(draft), present));
    }
    DurableFile.folder(folder);
    try (var staging = Staging.in(folder, setup.now())) {
      drafts.forEach(draft -> staging.write(draft.file(), text(draft.documents())));
      var made = accepted(staging, drafts);
      var all = standing.with(made);
      refuse(intoItself(all, setup));
      var file = sheet(setup);
      var content = sheet.apply(all);
      refuse(SheetFile.refusal(folder.resolve(file), content, present));
      staging.write(file, content);
      if (setup.destination()
          instanceof Destination.New(var _, Destination.Folder(var path, var _), var _)) {
        StoreFolder.make(path);
      }
      // The policy is last: a host that reads meanwhile, or after a kill, misses nothing it needs.
      var names = new ArrayList<>(drafts.stream().map(ManifestDraft::file).toList());
      names.add(names.size() - 1, file);
      return staging.publish(names, present);
    }
  }

  private static Optional<String> intoItself(Manifests all, Setup setup) {
    return all.stores().stream()
        .filter(store -> store.key().namespace().equals(setup.namespace()))
        .filter(store -> store.key().name().equals(setup.destination().store()))
        .filter(
            store ->
                store.value().getSpec().place() instanceof BackupStoreSpec.Folder(var path, var _)
                    && StoreFolder.isWithin(Path.of(path), setup.source()))
        .findFirst()
        .map(store -> store.key() + " lies in the folder that is to be protected");
  }

  /** Name of the sheet's file. */
  public static String sheet(Setup setup) {
    return "recovery-sheet-" + setup.name() + ".txt";
  }

  private static Manifests accepted(Staging staging, List<ManifestDraft> drafts) {
    var made = read(staging.folder());
    if (!made.refusals().isEmpty()) {
      throw new CommandFailed(
          Exit.INVALID,
          "nothing was written, since it would be refused: "
              + made.refusals().stream()
                  .map(refusal -> refusal.violation().toString())
                  .distinct()
                  .collect(Collectors.joining("; ")));
    }
    var meant = drafts.stream().flatMap(draft -> keys(draft).stream()).collect(Collectors.toSet());
    if (!Standing.keys(made).keySet().equals(meant)) {
      throw new IllegalStateException("a host would not read what is meant: " + meant);
    }
    return made;
  }

  private Standing standing() {
    var regular = new HashSet<String>();
    var taken = new HashSet<String>();
    if (Files.isDirectory(folder)) {
      try (var entries = Files.newDirectoryStream(folder)) {
        for (var entry : entries) {
          taken.add(entry.getFileName().toString());
          if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
            regular.add(entry.getFileName().toString());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot list " + folder, e);
      }
    }
    return new Standing(folder, manifests(), regular, taken);
  }

  private static void refuse(Optional<String> refusal) {
    if (refusal.isPresent()) {
      throw new CommandFailed(Exit.INVALID, "nothing was written: " + refusal.get());
    }
  }

  private static Set<ResourceKey> keys(ManifestDraft draft) {
    return draft.documents().stream()
        .map(
            document ->
                new ResourceKey(
                    document.path("kind").asText(),
                    document.at("/metadata/namespace").asText(),
                    document.at("/metadata/name").asText()))
        .collect(Collectors.toSet());
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

  private static final class Quoting extends StringQuotingChecker.Default {
    private static final long serialVersionUID = 1L;

    /** Begins like no number; words such as {@code yes} are the superclass's matter. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][-A-Za-z0-9_./]*");

    @Override
    public boolean needToQuoteValue(String value) {
      return !PLAIN.matcher(value).matches() || super.needToQuoteValue(value);
    }
  }
}
