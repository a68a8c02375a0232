package dev.salvor.cli.init;

import dev.salvor.cli.show.RecoverySheet;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.manifest.SecretManifest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Secrets of a folder of manifests, for a recovery sheet.
 *
 * @param shown what of them
 */
public record KnownSecrets(Manifests manifests, String namespace, RecoverySheet.Shown shown)
    implements RecoverySheet.Secrets {
  @Override
  public Optional<String> text(String secret, List<String> keys) {
    var key = new ResourceKey("Secret", namespace, secret);
    return manifests.secrets().stream()
        .filter(written -> written.value().key().equals(key))
        .flatMap(written -> keys.stream().flatMap(each -> text(written, each).stream()))
        .findFirst();
  }

  private Optional<String> text(Manifests.Written<SecretManifest> written, String key) {
    return written
        .value()
        .value(key)
        .map(value -> new String(value, StandardCharsets.UTF_8).strip())
        .filter(value -> !value.isEmpty())
        .map(
            value ->
                switch (shown) {
                  case VALUES -> value;
                  case PLACES ->
                      written.value().key() + ", key " + key + ", in " + written.origin().file();
                });
  }
}
