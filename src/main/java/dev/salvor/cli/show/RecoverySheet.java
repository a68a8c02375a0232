package dev.salvor.cli.show;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.SecretKeyReference;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.RepositoryPath;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What must be kept outside of a machine or cluster, so that its backups can be read when it is
 * gone, with the commands that read them without Salvor. Pure.
 */
public final class RecoverySheet {
  private static final List<String> ACCESS_KEY = List.of("AWS_ACCESS_KEY_ID", "accessKeyId");
  private static final List<String> SECRET_KEY =
      List.of("AWS_SECRET_ACCESS_KEY", "secretAccessKey");
  private static final List<String> SESSION_TOKEN = List.of("AWS_SESSION_TOKEN");
  private static final String PASSWORD = "Encryption password: ";

  private final BackupStore store;
  private final List<BackupPolicy> policies;
  private final Secrets secrets;
  private final StringBuilder text = new StringBuilder();

  /** How much a sheet tells of Secrets. */
  public enum Shown {
    VALUES,
    /** Where they stand, on the machine or in the cluster that may be lost. */
    PLACES
  }

  /** Secrets of the store's namespace. */
  public interface Secrets {
    Shown shown();

    /** The value, or where it is, of the first of these keys that the Secret has; empty: none. */
    Optional<String> text(String secret, List<String> keys);
  }

  private RecoverySheet(BackupStore store, List<BackupPolicy> policies, Secrets secrets) {
    this.store = store;
    this.policies = policies;
    this.secrets = secrets;
  }

  /** The sheet of a store and of policies that keep their backups in it. */
  public static String of(
      BackupStore store, List<BackupPolicy> policies, Secrets secrets, LocalDate made) {
    var sheet = new RecoverySheet(store, policies, secrets);
    sheet.head(made);
    sheet.secrets();
    sheet.repositories();
    sheet.commands();
    return sheet.text.toString();
  }

  /** What the backups cannot be read without and no Secret has, in words. */
  public static List<String> missing(BackupStore store, Secrets secrets) {
    var missing = new ArrayList<String>();
    var password = store.getSpec().encryption().passwordSecretRef();
    note(missing, secrets, password.name(), List.of(password.key()));
    if (store.getSpec().place() instanceof BackupStoreSpec.S3 s3) {
      var access = s3.credentials().secretRef().name();
      note(missing, secrets, access, ACCESS_KEY);
      note(missing, secrets, access, SECRET_KEY);
      if (s3.caSecretRef() != null) {
        note(missing, secrets, s3.caSecretRef().name(), List.of(s3.caSecretRef().key()));
      }
    }
    return List.copyOf(missing);
  }

  private static void note(
      List<String> missing, Secrets secrets, String secret, List<String> keys) {
    if (secrets.text(secret, keys).isEmpty()) {
      missing.add("Secret " + secret + ", key " + keys.getFirst());
    }
  }

  /** The line of a sheet with the password of its store, if it is on it. */
  public static Optional<String> passwordLine(String sheet) {
    return sheet.lines().filter(line -> line.startsWith(PASSWORD)).findFirst();
  }

  private void head(LocalDate made) {
    line("RECOVERY SHEET, " + made + ": store " + name(store.getMetadata()));
    line("");
    var missing = missing(store, secrets);
    if (!missing.isEmpty()) {
      line(
          "NOT COMPLETE: the backups cannot be read with this sheet. It lacks what was not found:");
      missing.forEach(each -> line("  " + each));
      line("");
    } else if (secrets.shown() == Shown.PLACES) {
      line("NOT COMPLETE: the backups cannot be read with this sheet alone, since it says where");
      line("passwords stand, and that place may be lost too. Write each of them in by hand.");
      line("");
    }
    line("Keep it where this machine or cluster is not: on paper, or with your passwords. With");
    line("the password and restic 0.17 or newer the backups can be read without Salvor. Whoever");
    line("has both can read them.");
    line("");
  }

  private void secrets() {
    var password = store.getSpec().encryption().passwordSecretRef();
    secret(PASSWORD, secrets.text(password.name(), List.of(password.key())));
    if (store.getSpec().place() instanceof BackupStoreSpec.S3 s3) {
      var access = s3.credentials().secretRef().name();
      secret("AWS_ACCESS_KEY_ID: ", secrets.text(access, ACCESS_KEY));
      secret("AWS_SECRET_ACCESS_KEY: ", secrets.text(access, SECRET_KEY));
      secrets
          .text(access, SESSION_TOKEN)
          .ifPresent(
              token -> secret("AWS_SESSION_TOKEN, if any (it expires): ", Optional.of(token)));
      if (s3.caSecretRef() != null) {
        authority(s3.caSecretRef());
      }
    }
  }

  private void secret(String title, Optional<String> found) {
    switch (secrets.shown()) {
      case VALUES -> line(title + found.orElse("________________________________"));
      case PLACES -> {
        line(title + "________________________________");
        line("  it stands in: " + found.orElse("no Secret that was found"));
      }
    }
  }

  private void authority(SecretKeyReference reference) {
    var found = secrets.text(reference.name(), List.of(reference.key())).orElse("not found");
    switch (secrets.shown()) {
      case VALUES -> {
        line("Certificate authority of the bucket's server; the file salvor-ca.pem:");
        line(found.strip());
      }
      case PLACES ->
          line("Certificate authority of the bucket's server; the file salvor-ca.pem: " + found);
    }
  }

  private void repositories() {
    line("Store: " + place());
    for (var policy : policies) {
      line(
          "Repository of "
              + name(policy.getMetadata())
              + ": "
              + RepositoryPath.location(store.getSpec(), RepositoryPath.of(policy))
              + " ("
              + content(policy.getSpec().source().kind())
              + ")");
    }
    if (policies.isEmpty()) {
      line(
          "Repositories: "
              + RepositoryPath.location(store.getSpec(), "NAMESPACE/POLICY")
              + ", one for each policy");
    }
  }

  private String place() {
    return switch (store.getSpec().place()) {
      case BackupStoreSpec.Folder folder ->
          "folder " + folder.path() + ": note which disk or share that is";
      case BackupStoreSpec.S3 s3 ->
          "bucket "
              + s3.bucket()
              + " at "
              + Objects.requireNonNullElse(s3.endpoint(), "Amazon S3")
              + ", region "
              + Objects.requireNonNullElse(s3.region(), "us-east-1");
      case BackupStoreSpec.PersistentVolumeClaim claim ->
          "claim "
              + claim.claimName()
              + ": note what is behind it; the paths are those of its pods";
    };
  }

  private static String content(BackupPolicySpec.SourceKind source) {
    return switch (source) {
      case PostgresSource postgres ->
          postgres.databases().names() == null
              ? "PostgreSQL, all databases"
              : "PostgreSQL, " + String.join(", ", postgres.databases().names());
      case VolumeSource volume -> volume.path() == null ? "volumes" : "folder " + volume.path();
      case DockerVolumeSource volumes ->
          volumes.names() == null
              ? "Docker volumes"
              : "Docker volumes " + String.join(", ", volumes.names());
      case SupabaseSource project ->
          switch (project.kind()) {
            case SupabaseSource.SelfHosted _ -> "a Supabase project";
            case HostedSupabase hosted -> "the hosted Supabase project " + hosted.project();
          };
    };
  }

  private void commands() {
    if (store.getSpec().place() instanceof BackupStoreSpec.S3 s3) {
      line("");
      line("First, for all that follows, with what stands above:");
      line("");
      command("export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=...");
      if (secrets.text(s3.credentials().secretRef().name(), SESSION_TOKEN).isPresent()) {
        command("export AWS_SESSION_TOKEN=... # only if there is one");
      }
      if (s3.caSecretRef() != null) {
        command("export RESTIC_CACERT=\"$PWD/salvor-ca.pem\"");
      }
    }
    var recovery = new RecoveryCommands(store.getSpec(), this::line);
    policies.forEach(recovery::of);
    if (policies.isEmpty()) {
      recovery.ofAny();
    }
    line("");
    line(
        "docs/recover-without-salvor.md tells all of it. If the password is lost, nothing can be"
            + " read.");
  }

  private static String name(ObjectMeta metadata) {
    return metadata.getNamespace() + "/" + metadata.getName();
  }

  private void command(String command) {
    line("    " + command);
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
