package dev.salvor.cli.init;

import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.Origin;
import dev.salvor.local.manifest.ResourceKey;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a folder holds before a setup is written, and what of it may give way. Pure: decided by what
 * the host's reader found in the files, not by their names.
 *
 * @param regular the names that are taken by a regular file; not by a link, a folder or a pipe
 * @param taken all names that are taken
 */
record Standing(Path folder, Manifests manifests, Set<String> regular, Set<String> taken) {
  Standing {
    regular = Set.copyOf(regular);
    taken = Set.copyOf(taken);
  }

  /** Why a file may not be written, if so. */
  Optional<String> refusal(
      ManifestDraft draft, Set<ResourceKey> keys, SetupFolder.Present present) {
    return Stream.<Optional<String>>of(
            refused(keys), elsewhere(draft, keys, present), inTheWay(draft, keys, present))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** With those of a setup, as the folder will hold them. */
  Manifests with(Manifests made) {
    var keys = new HashSet<>(keys(made).keySet());
    return new Manifests(
        Stream.concat(
                manifests.resources().stream().filter(resource -> !keys.contains(resource.key())),
                made.resources().stream())
            .toList(),
        Stream.concat(
                manifests.secrets().stream().filter(secret -> !keys.contains(secret.value().key())),
                made.secrets().stream())
            .toList(),
        List.of(),
        List.of());
  }

  /** All that a reading accepted, and where it is written. */
  static Map<ResourceKey, Origin> keys(Manifests manifests) {
    var keys = new HashMap<ResourceKey, Origin>();
    manifests.resources().forEach(resource -> keys.put(resource.key(), resource.origin()));
    manifests.secrets().forEach(secret -> keys.put(secret.value().key(), secret.origin()));
    return keys;
  }

  /** Of two with one name the host takes neither, and in what it cannot read there may be one. */
  private Optional<String> refused(Set<ResourceKey> keys) {
    return manifests.refusals().stream()
        .filter(refusal -> refusal.key() == null || keys.contains(refusal.key()))
        .findFirst()
        .map(refusal -> refusal + ": mend that first, or move the file elsewhere");
  }

  /** A resource may only be replaced where it would be written. */
  private Optional<String> elsewhere(
      ManifestDraft draft, Set<ResourceKey> keys, SetupFolder.Present present) {
    return keys(manifests).entrySet().stream()
        .filter(written -> keys.contains(written.getKey()))
        .filter(
            written ->
                present == SetupFolder.Present.KEPT
                    || !written.getValue().file().equals(folder.resolve(draft.file())))
        .findFirst()
        .map(
            written ->
                written.getKey()
                    + " is written in "
                    + written.getValue().file()
                    + " already: give another --name or --store, or take it out there");
  }

  private Optional<String> inTheWay(
      ManifestDraft draft, Set<ResourceKey> keys, SetupFolder.Present present) {
    var file = folder.resolve(draft.file());
    if (!taken.contains(draft.file())) {
      return Optional.empty();
    }
    return switch (present) {
      case KEPT -> Optional.of(file + " is there already; a policy's file is replaced by --force");
      case REPLACED ->
          switch (draft.owner()) {
            case STORE -> Optional.of(file + " is there already; a store is never replaced");
            case POLICY ->
                holdsOnly(file, keys)
                    ? Optional.empty()
                    : Optional.of(
                        file
                            + " holds something else than what would be written there, and is not"
                            + " replaced: move it elsewhere");
          };
    };
  }

  private boolean holdsOnly(Path file, Set<ResourceKey> keys) {
    var held =
        keys(manifests).entrySet().stream()
            .filter(written -> written.getValue().file().equals(file))
            .map(Map.Entry::getKey)
            .toList();
    return regular.contains(String.valueOf(file.getFileName()))
        && !held.isEmpty()
        && keys.containsAll(held)
        && manifests.notes().stream().noneMatch(note -> note.origin().file().equals(file))
        && manifests.refusals().stream().noneMatch(refusal -> refusal.origin().file().equals(file));
  }
}
