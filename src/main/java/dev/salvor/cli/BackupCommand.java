package dev.salvor.cli;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks for a backup now. */
@Command(
    name = "backup",
    description = "Backs up a policy now: writes a BackupRequest and hands it to the host.",
    footer = {"", "Example, before a migration:", "  salvor backup shop-db --wait"})
final class BackupCommand extends Described {
  @Mixin private SourceOptions source;
  @Mixin private RequestOptions request;

  @Parameters(index = "0", paramLabel = "POLICY", description = "Name of the BackupPolicy.")
  private String policy;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
  private @Nullable String reason;

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      var key = NewRequest.key(resources.one("BackupPolicy", policy));
      var document = NewRequest.of("BackupRequest", key, "backup", Instant.now());
      var spec = document.withObject("/spec");
      spec.putObject("policyRef").put("name", key.name());
      if (reason != null) {
        spec.put("reason", reason);
      }
      return request.submit(document, resources, out(), err());
    }
  }
}
