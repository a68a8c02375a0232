package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.Model;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import org.jspecify.annotations.Nullable;

/**
 * Whose image the server of a proof is of.
 *
 * @param source the container whose image is taken
 */
@Model
public record ProofServer(CredentialSource.Container source) {
  /** As a policy has it; null: nothing is said of an image. */
  static @Nullable ProofServer of(@Nullable BackupPolicy policy) {
    var postgres = policy == null ? null : policy.getSpec().source().postgres();
    if (postgres == null || !postgres.connection().isInContainer()) {
      return null;
    }
    var connection = postgres.connection();
    return new ProofServer(
        new CredentialSource.Container(
            Credential.SOURCE, connection.container(), connection.composeService(), Login.GIVEN));
  }
}
