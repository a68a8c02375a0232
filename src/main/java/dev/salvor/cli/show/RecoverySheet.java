package dev.salvor.cli.show;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.RepositoryPath;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;

/**
 * What must be kept outside of a machine or cluster, so that its backups can be read when it is
 * gone, with the commands that read them without Salvor. Pure.
 */
public final class RecoverySheet {
  private static final List<String> ACCESS_KEY = List.of("AWS_ACCESS_KEY_ID", "accessKeyId");
  private static final List<String> SECRET_KEY =
      List.of("AWS_SECRET_ACCESS_KEY", "secretAccessKey");

  private final BackupStore store;
  private final List<BackupPolicy> policies;
  private final Secrets secrets;
  private final StringBuilder text = new StringBuilder();

  /** Values of Secrets of the store's namespace, or words that say where they are. */
  @FunctionalInterface
  public interface Secrets {
    /** Of the first of these keys that the Secret has. */
    String text(String secret, List<String> keys);
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

  private void head(LocalDate made) {
    line("RECOVERY SHEET, " + made + ": store " + name(store.getMetadata()));
    line("");
    line(
        "Keep it where this machine or cluster is not: on paper, or with your passwords. With it"
            + " and");
    line(
        "restic 0.17 or newer the backups can be read without Salvor. Whoever has it can read"
            + " them.");
    line("");
  }

  private void secrets() {
    var password = store.getSpec().encryption().passwordSecretRef();
    field("Encryption password", secrets.text(password.name(), List.of(password.key())));
    if (store.getSpec().place() instanceof BackupStoreSpec.S3 s3) {
      var access = s3.credentials().secretRef().name();
      field("AWS_ACCESS_KEY_ID", secrets.text(access, ACCESS_KEY));
      field("AWS_SECRET_ACCESS_KEY", secrets.text(access, SECRET_KEY));
    }
  }

  private void repositories() {
    field("Store", place());
    for (var policy : policies) {
      field(
          "Repository of " + name(policy.getMetadata()),
          RepositoryPath.location(store.getSpec(), RepositoryPath.of(policy))
              + " ("
              + content(policy.getSpec().source().kind())
              + ")");
    }
    if (policies.isEmpty()) {
      field(
          "Repositories",
          RepositoryPath.location(store.getSpec(), "NAMESPACE/POLICY") + ", one for each policy");
    }
    line("");
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
    };
  }

  private void commands() {
    line(
        "What is there. restic asks for the password; the text after rp= is a recovery point's"
            + " name:");
    line("");
    command("export RESTIC_REPOSITORY='" + example() + "'");
    if (store.getSpec().place() instanceof BackupStoreSpec.S3) {
      command("export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=...");
    }
    command("restic --no-lock snapshots --tag kind=manifest,complete=true");
    command("POINT=...");
    if (has(PostgresSource.class)) {
      line("");
      line("A database. Roles are in /globals.sql of the same point (kind=manifest):");
      line("");
      command("DATABASE=...");
      command("createdb --template=template0 \"${DATABASE}_recovered\"");
      command(
          "restic --no-lock dump --tag \"rp=$POINT,kind=database\" --path \"/pg/$DATABASE.dump\""
              + " latest \"/pg/$DATABASE.dump\" | pg_restore --exit-on-error"
              + " --dbname=\"${DATABASE}_recovered\"");
    }
    if (has(VolumeSource.class) || has(DockerVolumeSource.class)) {
      line("");
      line("Files, as root:");
      line("");
      command(
          "restic --no-lock restore --tag \"rp=$POINT,kind=files\" --target ./recovered latest");
    }
    line("");
    line(
        "docs/recover-without-salvor.md tells all of it. If the password is lost, nothing can be"
            + " read.");
  }

  private boolean has(Class<? extends BackupPolicySpec.SourceKind> kind) {
    return policies.isEmpty()
        || policies.stream().anyMatch(policy -> kind.isInstance(policy.getSpec().source().kind()));
  }

  private String example() {
    return RepositoryPath.location(
        store.getSpec(),
        policies.isEmpty() ? "NAMESPACE/POLICY" : RepositoryPath.of(policies.getFirst()));
  }

  private static String name(io.fabric8.kubernetes.api.model.ObjectMeta metadata) {
    return metadata.getNamespace() + "/" + metadata.getName();
  }

  private void field(String title, String value) {
    line(title + ": " + value);
  }

  private void command(String command) {
    line("    " + command);
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
