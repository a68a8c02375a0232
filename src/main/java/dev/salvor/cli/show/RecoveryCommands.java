package dev.salvor.cli.show;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VolumeSource;
import dev.salvor.engine.objectstore.S3Access;
import dev.salvor.plan.RepositoryPath;
import dev.salvor.task.StoreTarget;
import dev.salvor.worker.PartPath;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The commands of restic and PostgreSQL that read the backups of a policy: those of its own kind,
 * with its own repository. Pure; the same as docs/recover-without-salvor.md has, which a test runs.
 */
final class RecoveryCommands {
  /** What PostgreSQL would cut off is not put in a name that is made here. */
  private static final int NAME_LENGTH = 50;

  private final BackupStoreSpec store;
  private final String restic;
  private final Consumer<String> lines;

  RecoveryCommands(BackupStoreSpec store, Consumer<String> lines) {
    this.store = store;
    this.lines = lines;
    this.restic =
        "restic --no-lock "
            + options(RepositoryPath.place(store)).stream()
                .map(option -> "-o " + ShellWord.of(option) + " ")
                .collect(Collectors.joining());
  }

  /** Those that Salvor gives restic itself. */
  private static List<String> options(StoreTarget.Place place) {
    return switch (place) {
      case StoreTarget.Bucket bucket -> new S3Access(bucket, "", "", null, null).resticOptions();
      case StoreTarget.Directory _ -> List.of();
    };
  }

  void of(BackupPolicy policy) {
    begin(
        policy.getMetadata().getNamespace() + "/" + policy.getMetadata().getName(),
        RepositoryPath.of(policy));
    switch (policy.getSpec().source().kind()) {
      case PostgresSource postgres -> databases(postgres.databases().names(), postgres.dump());
      case VolumeSource volume -> {
        files();
        if (volume.claims() != null) {
          device();
        }
      }
      case DockerVolumeSource _ -> files();
      case SupabaseSource source -> {
        switch (source.kind()) {
          case SupabaseSource.SelfHosted own -> databases(own.databases(), own.dump());
          case HostedSupabase hosted ->
              databases(List.of(SupabaseSource.DATABASE), hosted.database().dump());
        }
        project();
      }
    }
  }

  /** Of a policy that is not known: of every kind. */
  void ofAny() {
    begin("a policy", "NAMESPACE/POLICY");
    roles();
    anyDatabase();
    files();
    device();
  }

  private void begin(String name, String path) {
    say(
        "READ "
            + name
            + ". restic asks for the password; the text after rp= is a recovery point's name:");
    command("export RESTIC_REPOSITORY=" + ShellWord.of(RepositoryPath.location(store, path)));
    command(restic + "snapshots --tag kind=manifest,complete=true");
    command("POINT=...");
  }

  private void databases(@Nullable List<String> named, @Nullable DumpFormat dump) {
    roles();
    var names = Objects.requireNonNullElse(named, List.<String>of());
    if (dump == DumpFormat.DIRECTORY) {
      directories(names);
    } else if (names.isEmpty()) {
      anyDatabase();
    } else {
      names.forEach(this::database);
    }
  }

  /** Before the databases: an owner that the server lacks ends pg_restore. */
  private void roles() {
    say("Roles that the server lacks, without passwords (those stand in globals.sql):");
    command(
        "(umask 077; "
            + restic
            + "dump --tag \"rp=$POINT,kind=manifest\" latest /globals.sql > globals.sql)");
    command(
        "sed -n 's/^CREATE ROLE \\(.*\\);$/\\1/p' globals.sql | while read -r role; do"
            + " psql -X -d postgres -c \"CREATE ROLE $role\" || echo \"there already: $role\";"
            + " done");
  }

  private void database(String name) {
    say("The database " + name + ":");
    stream(ShellWord.of(PartPath.stream(name)), recovered(name));
  }

  private void anyDatabase() {
    say("A database; the path of each stands in this list (odd characters of a name as %XX):");
    command(restic + "snapshots --tag \"rp=$POINT,kind=database\"");
    command("DUMP=/pg/....dump");
    stream("\"$DUMP\"", "recovered");
  }

  private void stream(String path, String database) {
    command("createdb --template=template0 " + database);
    command(
        restic
            + "dump --tag \"rp=$POINT,kind=database\" --path "
            + path
            + " latest "
            + path
            + " | pg_restore --exit-on-error --dbname="
            + database);
  }

  private void directories(List<String> names) {
    say("Databases; each is a folder, whose snapshot's id and path stand in this list:");
    command(restic + "snapshots --tag \"rp=$POINT,kind=database\"");
    for (var name : names.isEmpty() ? List.of("NAME") : names) {
      var folder = String.valueOf(Path.of(PartPath.directory(name)).getFileName());
      say("The database " + name + ":");
      command("SNAPSHOT=...");
      command(
          restic
              + "restore --target "
              + ShellWord.of("./" + folder)
              + " \"$SNAPSHOT\":"
              + ShellWord.of(PartPath.directory(name)));
      command("createdb --template=template0 " + recovered(name));
      command(
          "pg_restore --exit-on-error --jobs=4 --dbname="
              + recovered(name)
              + " "
              + ShellWord.of("./" + folder));
    }
  }

  private static String recovered(String database) {
    var plain = database.replaceAll("[^A-Za-z0-9_]", "_");
    return plain.substring(0, Math.min(plain.length(), NAME_LENGTH)) + "_recovered";
  }

  private void files() {
    say("Files, as root:");
    command(restic + "restore --tag \"rp=$POINT,kind=files\" --target ./recovered latest");
  }

  private void project() {
    say("Its files (Storage, the key, functions) and its configuration, as root:");
    command(restic + "snapshots --tag \"rp=$POINT,kind=files\"");
    command("for id in ...; do " + restic + "restore --target ./recovered/$id $id; done");
    command(restic + "restore --tag \"rp=$POINT,kind=manifest\" --target ./recovered latest");
  }

  private void device() {
    say("A claim that is a raw block device, written over DEVICE:");
    command("CLAIM=... DEVICE=...");
    command(
        restic
            + "dump --tag \"rp=$POINT,kind=device\" --path \"/devices/$CLAIM\" latest"
            + " \"/devices/$CLAIM\" | dd of=\"$DEVICE\" bs=1M iflag=fullblock conv=fsync,notrunc");
  }

  private void say(String text) {
    lines.accept("");
    lines.accept(text);
    lines.accept("");
  }

  private void command(String command) {
    lines.accept("    " + command);
  }
}
