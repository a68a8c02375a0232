package dev.salvor.plan;

import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.SecretKeyReference;
import dev.salvor.api.StorageBucket;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VolumeSource;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import dev.salvor.task.ServerReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which servers, stores and buckets a Task names, and by which names its worker finds the
 * credentials for them. The values are the host's alone.
 */
final class TaskCredentials {
  private TaskCredentials() {}

  /** Of a container as the user that its environment names. */
  static ServerReference server(PostgresConnection connection, Credential role) {
    return server(connection, role, null);
  }

  /** Of a container as this user, where it names none. */
  static ServerReference server(
      PostgresConnection connection, Credential role, @Nullable String user) {
    var source = role == Credential.SOURCE;
    return new ServerReference(
        role,
        source ? Credential.SOURCE_PASSWORD : Credential.TARGET_PASSWORD,
        source ? Credential.SOURCE_CA : Credential.TARGET_CA,
        connection.host(),
        connection.port(),
        connection.isInContainer() && connection.user() == null ? user : connection.user(),
        connection.database(),
        connection.sslMode());
  }

  static List<CredentialSource> ofStore(BackupStoreSpec spec) {
    var credentials = new ArrayList<CredentialSource>();
    add(credentials, Credential.STORE_PASSWORD, spec.encryption().passwordSecretRef());
    if (spec.place() instanceof BackupStoreSpec.S3 s3) {
      credentials.add(keys(Credential.STORE_S3, s3.credentials()));
      add(credentials, Credential.STORE_CA, s3.caSecretRef());
    }
    return credentials;
  }

  static List<CredentialSource> ofSource(BackupPolicySpec.SourceKind kind) {
    return switch (kind) {
      case PostgresSource source -> ofSource(source.connection(), Login.OF_CONTAINER);
      case SupabaseSource source -> {
        var credentials = ofSource(source.kind().connection(), Login.PASSWORD_OF_CONTAINER);
        switch (source.kind()) {
          case SupabaseSource.SelfHosted own ->
              credentials.addAll(ofStorage(own.storage() == null ? null : own.storage().s3()));
          case HostedSupabase hosted -> {
            if (hosted.management() != null) {
              add(credentials, Credential.SOURCE_TOKEN, hosted.management().tokenSecretRef());
            }
            if (hosted.storage() != null) {
              credentials.add(keys(Credential.STORAGE_S3, hosted.storage().credentials()));
            }
          }
        }
        yield credentials;
      }
      case VolumeSource _, DockerVolumeSource _ -> List.of();
    };
  }

  private static List<CredentialSource> ofSource(PostgresConnection connection, Login login) {
    return ofServer(
        connection, login, Credential.SOURCE, Credential.SOURCE_PASSWORD, Credential.SOURCE_CA);
  }

  /** Both keys of S3 are in one Secret. */
  static CredentialSource keys(Credential credential, BackupStoreSpec.S3Credentials keys) {
    return new CredentialSource.Secret(credential, keys.secretRef().name(), null);
  }

  static List<CredentialSource> ofStorage(@Nullable StorageBucket bucket) {
    var credentials = new ArrayList<CredentialSource>();
    if (bucket != null) {
      credentials.add(keys(Credential.STORAGE_S3, bucket.credentials()));
      add(credentials, Credential.STORAGE_CA, bucket.caSecretRef());
    }
    return credentials;
  }

  static List<CredentialSource> ofTarget(PostgresConnection connection, Login login) {
    return ofServer(
        connection, login, Credential.TARGET, Credential.TARGET_PASSWORD, Credential.TARGET_CA);
  }

  /**
   * Of a server.
   *
   * @param login of a container where the connection spells out none
   */
  private static List<CredentialSource> ofServer(
      PostgresConnection connection,
      Login login,
      Credential whole,
      Credential password,
      Credential ca) {
    var credentials = new ArrayList<CredentialSource>();
    if (connection.secretRef() != null) {
      credentials.add(new CredentialSource.Secret(whole, connection.secretRef().name(), null));
    }
    if (connection.isInContainer()) {
      credentials.add(
          new CredentialSource.Container(
              whole,
              connection.container(),
              connection.composeService(),
              connection.user() == null ? login : Login.GIVEN));
    }
    add(credentials, password, connection.passwordSecretRef());
    add(credentials, ca, connection.caSecretRef());
    return credentials;
  }

  static void add(
      List<CredentialSource> credentials,
      Credential credential,
      @Nullable SecretKeyReference reference) {
    if (reference != null) {
      credentials.add(new CredentialSource.Secret(credential, reference.name(), reference.key()));
    }
  }
}
