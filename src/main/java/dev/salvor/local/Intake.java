package dev.salvor.local;

import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.manifest.SecretManifest;
import dev.salvor.local.manifest.Violation;
import dev.salvor.local.run.Secrets;
import dev.salvor.local.state.ResourceStore;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes manifests into the state, as an API server takes what is applied: accepted versions only. A
 * manifest that is refused leaves the last accepted version in place and stops it from starting
 * anything; one that is gone is removed when a second look finds it gone too, since editors and Git
 * replace files by deleting them first.
 */
final class Intake {
  private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

  private final ResourceStore store;
  private final Map<ResourceKey, List<Violation>> refused = new HashMap<>();
  private final Set<ResourceKey> missed = new HashSet<>();

  Intake(ResourceStore store) {
    this.store = store;
  }

  /** Takes in what both folders hold; the manifests go before the inbox. */
  void take(Manifests manifests, Manifests inbox) {
    accept(inbox);
    accept(manifests);
    refuse(manifests, inbox);
    removeGone(manifests, inbox);
  }

  /** Why the manifest of this resource was refused; empty if it was not. */
  Optional<List<Violation>> refusal(ResourceKey key) {
    return Optional.ofNullable(refused.get(key));
  }

  /** Whether a second look is needed to know that something is gone. */
  boolean mustLookAgain() {
    return !missed.isEmpty();
  }

  /** The Secrets of a reading. */
  static Secrets secrets(Manifests manifests) {
    return (namespace, name) ->
        manifests.secrets().stream()
            .map(Manifests.Written::value)
            .filter(secret -> secret.namespace().equals(namespace) && secret.name().equals(name))
            .findFirst()
            .map(SecretManifest::values);
  }

  private void accept(Manifests manifests) {
    for (var resource : manifests.resources()) {
      var before = store.find(resource.key());
      var after = store.accept(resource.key(), resource.json());
      if (before.isEmpty() || before.get().generation() != after.generation()) {
        LOG.atInfo()
            .addKeyValue("resource", resource.key())
            .addKeyValue("generation", after.generation())
            .log("accepted");
      }
    }
  }

  private void refuse(Manifests manifests, Manifests inbox) {
    var before = Map.copyOf(refused);
    refused.clear();
    for (var reading : List.of(inbox, manifests)) {
      for (var refusal : reading.refusals()) {
        if (refusal.key() == null) {
          LOG.atWarn().addKeyValue("where", refusal.origin()).log(refusal.violation().toString());
        } else {
          refused.merge(refusal.key(), List.of(refusal.violation()), Intake::concatenate);
        }
      }
    }
    refused.keySet().removeIf(key -> key.name().isEmpty() || key.kind().equals("Secret"));
    refused.forEach(
        (key, violations) -> {
          store.refuse(key, "salvor.dev/v1alpha1");
          if (!violations.equals(before.get(key))) {
            LOG.atWarn()
                .addKeyValue("resource", key)
                .addKeyValue("violations", violations)
                .log("refused");
          }
        });
  }

  private void removeGone(Manifests manifests, Manifests inbox) {
    var gone =
        store.all().stream()
            .map(resource -> resource.key())
            .filter(key -> manifests.isGone(key) && inbox.isGone(key))
            .collect(Collectors.toSet());
    for (var key : gone) {
      if (missed.contains(key)) {
        store.remove(key);
        LOG.atInfo().addKeyValue("resource", key).log("removed; its backups stay");
      }
    }
    var missedNow = gone.stream().filter(key -> !missed.contains(key)).toList();
    missed.clear();
    missed.addAll(missedNow);
  }

  private static List<Violation> concatenate(List<Violation> some, List<Violation> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }
}
