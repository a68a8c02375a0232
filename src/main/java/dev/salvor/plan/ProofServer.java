package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.Model;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VolumeSource;
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
    var connection = policy == null ? null : connection(policy);
    if (connection == null || !connection.isInContainer()) {
      return null;
    }
    return new ProofServer(
        new CredentialSource.Container(
            Credential.SOURCE, connection.container(), connection.composeService(), Login.GIVEN));
  }

  private static @Nullable PostgresConnection connection(BackupPolicy policy) {
    return switch (policy.getSpec().source().kind()) {
      case PostgresSource postgres -> postgres.connection();
      case SupabaseSource supabase -> SupabaseDiscovery.lastSeen(policy, supabase).connection();
      case VolumeSource _, DockerVolumeSource _ -> null;
    };
  }
}
