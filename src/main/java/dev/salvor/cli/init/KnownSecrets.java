package dev.salvor.cli.init;

import dev.salvor.cli.show.RecoverySheet;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Secrets of a folder of manifests, for a recovery sheet.
 *
 * @param shown what of them
 */
public record KnownSecrets(Manifests manifests, String namespace, Shown shown)
    implements RecoverySheet.Secrets {
  /** How much a sheet tells. */
  public enum Shown {
    VALUES,
    /** In which file they stand. */
    PLACES
  }

  @Override
  public String text(String secret, List<String> keys) {
    var key = new ResourceKey("Secret", namespace, secret);
    for (var written : manifests.secrets()) {
      if (written.value().key().equals(key)) {
        return switch (shown) {
          case PLACES -> key + ", key " + keys.getFirst() + ", in " + written.origin().file();
          case VALUES ->
              keys.stream()
                  .flatMap(each -> written.value().value(each).stream())
                  .findFirst()
                  .map(value -> new String(value, StandardCharsets.UTF_8).strip())
                  .orElse("missing: " + key + " has no key " + keys.getFirst());
        };
      }
    }
    return "missing: there is no " + key;
  }
}
