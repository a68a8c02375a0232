package dev.salvor.cli.init;

import dev.salvor.cli.show.RecoverySheet;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.manifest.SecretManifest;
import dev.salvor.local.manifest.SecretValue;
import java.io.IOException;
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
    return Optional.ofNullable(written.value().values().get(key))
        .flatMap(
            value ->
                switch (shown) {
                  case VALUES -> read(value);
                  case PLACES ->
                      Optional.of(
                          written.value().key()
                              + ", key "
                              + key
                              + ", in "
                              + written.origin().file());
                });
  }

  /** Empty where this process cannot have it: a file that is away, a variable of the host's. */
  private static Optional<String> read(SecretValue value) {
    try {
      return Optional.of(new String(value.read(System.getenv()), StandardCharsets.UTF_8).strip())
          .filter(text -> !text.isEmpty());
    } catch (IOException away) {
      return Optional.empty();
    }
  }
}
