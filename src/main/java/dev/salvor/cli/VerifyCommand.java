package dev.salvor.cli;

import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Asks for a proof now. */
@Command(
    name = "verify",
    description = {
      "Proves a recovery point now: restores it into a sandbox, compares, asks the policy's"
          + " checks.",
      "Exit code 0 only if the verdict is Verified."
    },
    footer = {"", "Example:", "  salvor verify shop-db --wait"})
final class VerifyCommand extends Described {
  @Mixin private SourceOptions source;
  @Mixin private RequestOptions request;
  @Mixin private PointOptions point;

  @Parameters(index = "0", paramLabel = "POLICY", description = "Name of the BackupPolicy.")
  private String policy;

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      var key = NewRequest.key(resources.one("BackupPolicy", policy));
      var document = NewRequest.of("RestoreRequest", key, "verify", Instant.now());
      var spec = document.withObject("/spec");
      point.write(spec.putObject("source"), key.name());
      spec.putObject("target").putObject("sandbox");
      return request.submit(document, resources, out(), err());
    }
  }
}
