package dev.salvor.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStore;
import dev.salvor.api.Json;
import dev.salvor.cli.init.KnownSecrets;
import dev.salvor.cli.show.RecoverySheet;
import dev.salvor.cli.source.Resources;
import dev.salvor.cli.source.SourceChoice;
import dev.salvor.local.manifest.ManifestFolder;
import dev.salvor.local.manifest.ManifestSchema;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.state.StateFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what must be kept elsewhere. */
@Command(
    name = "recovery-sheet",
    description = {
      "Prints what must be kept outside of this machine or cluster: with it, restic alone reads the"
          + " backups.",
      "Says where the passwords are; on one machine --with-secrets prints them instead."
    },
    footer = {
      "",
      "Examples:",
      "  salvor store recovery-sheet",
      "  (umask 077; salvor store recovery-sheet backups --with-secrets > sheet.txt)"
    })
final class RecoverySheetCommand extends Described {
  @Mixin private SourceOptions source;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "STORE",
      description = "Name of the BackupStore, if there are several.")
  private @Nullable String name;

  @Option(names = "--with-secrets", description = "Print passwords and access keys too.")
  private boolean withSecrets;

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      var stored = store(resources);
      var store = read(stored, BackupStore.class);
      var namespace = store.getMetadata().getNamespace();
      var policies =
          resources.list("BackupPolicy").stream()
              .map(policy -> read(policy, BackupPolicy.class))
              .filter(policy -> policy.getMetadata().getNamespace().equals(namespace))
              .filter(
                  policy ->
                      policy.getSpec().storeRef().name().equals(store.getMetadata().getName()))
              .toList();
      var secrets = secrets(namespace);
      out()
          .print(RecoverySheet.of(store, policies, secrets, LocalDate.now(ZoneId.systemDefault())));
      out().flush();
      remind(stored);
      var missing = RecoverySheet.missing(store, secrets);
      if (!missing.isEmpty()) {
        throw new CommandFailed(
            Exit.FAILED, "the sheet is not complete: no " + String.join(", no ", missing));
      }
      return Exit.OK;
    }
  }

  private JsonNode store(Resources resources) {
    if (name != null) {
      return resources.one("BackupStore", name);
    }
    var all = resources.list("BackupStore");
    return switch (all.size()) {
      case 0 -> throw new CommandFailed(Exit.NO_INPUT, "there is no BackupStore");
      case 1 -> all.getFirst();
      default ->
          throw new CommandFailed(
              Exit.USAGE,
              "name one of "
                  + all.stream().map(each -> each.at("/metadata/name").asText()).toList()
                  + ", with -n where several namespaces have it");
    };
  }

  private RecoverySheet.Secrets secrets(String namespace) {
    return switch (source.choice()) {
      case SourceChoice.Folder(var path) ->
          new KnownSecrets(
              manifests(path),
              namespace,
              withSecrets ? RecoverySheet.Shown.VALUES : RecoverySheet.Shown.PLACES);
      case SourceChoice.Cluster(var _, var _) -> {
        if (withSecrets) {
          throw new CommandFailed(
              Exit.USAGE,
              "--with-secrets is for one machine: Salvor reads no Secrets of a cluster");
        }
        yield new ClusterSecrets(namespace);
      }
      case SourceChoice.Neither(var message) -> throw new CommandFailed(Exit.NO_INPUT, message);
    };
  }

  private static Manifests manifests(Path state) {
    var folder =
        StateFolder.visit(state)
            .manifests()
            .orElseThrow(
                () -> new CommandFailed(Exit.NO_INPUT, "no host has ever worked in " + state));
    try {
      return new ManifestFolder(ManifestSchema.packaged()).read(folder, key -> Optional.empty());
    } catch (IOException e) {
      throw new CommandFailed(Exit.NO_INPUT, folder + " cannot be read: " + e.getMessage());
    }
  }

  /** Beside the sheet, not in it. */
  private void remind(JsonNode store) {
    for (var condition : store.at("/status/conditions")) {
      if (condition.path("type").asText().equals("KeyEscrow")
          && condition.path("status").asText().equals("False")) {
        err().println("KeyEscrow: " + condition.path("message").asText());
        err().flush();
      }
    }
  }

  /** The commands that show them: whoever prints the sheet runs them and writes the answers in. */
  private record ClusterSecrets(String namespace) implements RecoverySheet.Secrets {
    @Override
    public RecoverySheet.Shown shown() {
      return RecoverySheet.Shown.PLACES;
    }

    /** By a template: a key may have a dot, or another name. */
    @Override
    public Optional<String> text(String secret, List<String> keys) {
      var values =
          keys.stream()
              .map(key -> "(index .data \"" + key + "\")")
              .collect(Collectors.joining(" "));
      return Optional.of(
          "kubectl get secret %s -n %s -o go-template='{{or %s \"\"}}' | base64 -d"
              .formatted(secret, namespace, values));
    }
  }

  private static <T> T read(JsonNode resource, Class<T> type) {
    try {
      return Json.mapper().treeToValue(resource, type);
    } catch (JsonProcessingException e) {
      throw new CommandFailed(
          Exit.INVALID, "a resource of another version of Salvor: " + e.getOriginalMessage());
    }
  }
}
