package dev.salvor.cli;

import dev.salvor.cli.init.Destination;
import dev.salvor.cli.init.Dialogue;
import dev.salvor.cli.init.DockerOffers;
import dev.salvor.cli.init.Hidden;
import dev.salvor.cli.init.Interview;
import dev.salvor.cli.init.KnownSecrets;
import dev.salvor.cli.init.Setup;
import dev.salvor.cli.init.SetupFolder;
import dev.salvor.cli.init.Source;
import dev.salvor.cli.init.TerminalDialogue;
import dev.salvor.cli.init.Wishes;
import dev.salvor.cli.show.RecoverySheet;
import dev.salvor.cli.show.ShellWord;
import dev.salvor.local.docker.DockerSocket;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.plan.DockerView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a first policy. */
@Command(
    name = "init",
    description = {
      "Writes a policy, a store and their Secrets for 'salvor local': asks five questions, or takes"
          + " the answers as options.",
      "All is checked before it is written; nothing that is there is replaced. A second policy"
          + " in the same folder uses the same store."
    },
    footer = {
      "",
      "Passwords are no options: they are asked for without being shown, or read from a file or"
          + " the environment.",
      "  PGPASSWORD                                   of the server",
      "  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY     of the bucket",
      "  SALVOR_ENCRYPTION_PASSWORD                   of the backups; else one is made",
      "",
      "Examples:",
      "  salvor init /etc/salvor",
      "  salvor init /etc/salvor --to-folder /mnt/backups/salvor \\",
      "    --postgres postgresql://shop@127.0.0.1:5432/shop --server-password-file pw",
      "  salvor init /etc/salvor --compose-service shop/db --schedule hourly \\",
      "    --to-s3 shop-backups/prod --s3-region eu-central-1",
      "  salvor init /etc/salvor --supabase supabase --to-folder /mnt/backups/salvor",
      "  salvor init /etc/salvor --docker-volume shop_uploads --docker-volume shop_config",
      "  salvor init /etc/salvor --folder /srv/shop --keep '14d 8w 12m'"
    })
final class InitCommand extends Described {
  /** Of a password's file. */
  private static final int MOST_BYTES = 4096;

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "Folder of the manifests; made if it is not there.")
  private Path folder;

  @Option(
      names = "--postgres",
      paramLabel = "URI",
      description = "Protect a PostgreSQL server: postgresql://USER@HOST:PORT/DATABASE.")
  private @Nullable String postgres;

  @Option(
      names = "--container",
      paramLabel = "NAME",
      description = "Protect the PostgreSQL server in a container of Docker.")
  private @Nullable String container;

  @Option(
      names = "--compose-service",
      paramLabel = "PROJECT/SERVICE",
      description = "Protect the PostgreSQL server that is a service of Docker Compose.")
  private @Nullable String service;

  @Option(
      names = "--supabase",
      paramLabel = "PROJECT",
      description = "Protect a whole Supabase that is a project of Docker Compose.")
  private @Nullable String supabase;

  @Option(names = "--folder", paramLabel = "PATH", description = "Protect a folder.")
  private @Nullable String source;

  @Option(
      names = "--docker-volume",
      paramLabel = "NAME",
      description = "Protect a volume of Docker; may be repeated.")
  private List<String> volumes = List.of();

  @Option(
      names = "--database",
      paramLabel = "NAME",
      description = "Of a server, this database; may be repeated. Else the address's, else all.")
  private List<String> databases = List.of();

  @Option(
      names = "--server-password-file",
      paramLabel = "FILE",
      description = "With the password of the server; else PGPASSWORD.")
  private @Nullable Path serverPassword;

  @Option(
      names = "--to-folder",
      paramLabel = "PATH",
      description = "Keep backups in a folder of this machine, such as another disk.")
  private @Nullable String toFolder;

  @Option(
      names = "--to-s3",
      paramLabel = "BUCKET[/FOLDER]",
      description = "Keep backups in a bucket.")
  private @Nullable String toBucket;

  @Option(
      names = "--s3-endpoint",
      paramLabel = "URL",
      description = "With --to-s3: a server other than Amazon's.")
  private @Nullable String endpoint;

  @Option(
      names = "--s3-region",
      paramLabel = "NAME",
      description = "With --to-s3: the bucket's region (default: us-east-1).")
  private @Nullable String region;

  @Option(
      names = "--store",
      paramLabel = "NAME",
      description = "Name of the store, a new one or one of the folder (default: backups).")
  private @Nullable String store;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description =
          "With the password that backups are encrypted with; else SALVOR_ENCRYPTION_PASSWORD, else"
              + " one is made.")
  private @Nullable Path encryptionPassword;

  @Option(
      names = "--schedule",
      paramLabel = "hourly|daily|weekly|CRON",
      completionCandidates = Words.Rhythms.class,
      description = "When to back up, in this machine's time zone (default: daily).")
  private @Nullable String schedule;

  @Option(
      names = "--keep",
      paramLabel = "COUNTS",
      description =
          "How many: h, d, w, m, y for hours, days, weeks, months, years (default: 14d 8w 12m).")
  private @Nullable String keep;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the policy; else one is made of what is protected.")
  private @Nullable String name;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Namespace of all of it; else that of the folder's stores, else default.")
  private @Nullable String namespace;

  @Option(
      names = "--force",
      description = "Replace the files of a policy of this name; a store is never replaced.")
  private boolean force;

  @Override
  public Integer call() {
    try {
      return answered();
    } catch (UncheckedIOException e) {
      // A disk that is full, a folder that another user has: nothing of Salvor is broken.
      throw new CommandFailed(
          Exit.FAILED,
          e.getMessage() + (e.getCause() == null ? "" : ": " + e.getCause().getMessage()));
    }
  }

  private int answered() {
    var present = force ? SetupFolder.Present.REPLACED : SetupFolder.Present.KEPT;
    var target = SetupFolder.of(folder);
    var setup =
        new Interview(wishes(), dialogue(), InitCommand::offers, target.stores())
            .hold(ZoneId.systemDefault().getId(), Instant.now());
    refuseUnused(setup);
    var written = target.write(setup, present, manifests -> sheet(manifests, setup));
    written.forEach(file -> out().println("wrote " + file));
    out().println();
    out().print(next(setup, target.path()));
    out().flush();
    return Exit.OK;
  }

  /** Whoever gives a password believes that it is used. */
  private void refuseUnused(Setup setup) {
    if (serverPassword != null && !(setup.source() instanceof Source.Server)) {
      throw new CommandFailed(Exit.USAGE, "--server-password-file goes with --postgres only");
    }
    if (encryptionPassword != null
        && setup.destination() instanceof Destination.Present(var used)) {
      throw new CommandFailed(
          Exit.USAGE,
          "--password-file is for a new store; '" + used + "' has its password already");
    }
  }

  private Wishes wishes() {
    return new Wishes(
        namespace,
        name,
        new Wishes.What(
            postgres,
            container,
            service,
            supabase,
            source,
            volumes,
            databases,
            hidden(serverPassword, "PGPASSWORD")),
        new Wishes.Where(
            toFolder,
            toBucket,
            endpoint,
            region,
            store,
            hidden(null, "AWS_ACCESS_KEY_ID"),
            hidden(null, "AWS_SECRET_ACCESS_KEY"),
            hidden(null, "AWS_SESSION_TOKEN"),
            hidden(encryptionPassword, "SALVOR_ENCRYPTION_PASSWORD")),
        schedule,
        keep);
  }

  /** Without the line end that an editor leaves. */
  private static Optional<Hidden> hidden(@Nullable Path file, String variable) {
    if (file == null) {
      return Optional.ofNullable(System.getenv(variable))
          .filter(text -> !text.isEmpty())
          .map(Hidden::new);
    }
    try (var stream = Files.newInputStream(file)) {
      var bytes = stream.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new CommandFailed(Exit.NO_INPUT, file + " is longer than a password");
      }
      var text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes))
              .toString()
              .replaceFirst("\\r?\\n$", "");
      if (text.isEmpty()) {
        throw new CommandFailed(Exit.NO_INPUT, file + " is empty");
      }
      return Optional.of(new Hidden(text));
    } catch (IOException e) {
      throw new CommandFailed(Exit.NO_INPUT, file + " cannot be read");
    }
  }

  private static Dialogue dialogue() {
    return Terminal.here() == Terminal.NONE
        ? Dialogue.NOBODY
        : new TerminalDialogue(Objects.requireNonNull(System.console()));
  }

  private static DockerOffers offers() {
    var docker = DockerSocket.of(System.getenv());
    try {
      return switch (docker.look(Set.of())) {
        case DockerView.Seen seen -> DockerOffers.of(docker.running(), seen);
        case DockerView.Unreachable(var why) -> DockerOffers.silent(why);
        case DockerView.Unasked() -> throw new IllegalStateException("it was asked");
      };
    } catch (DockerUnreachable unreachable) {
      return DockerOffers.silent(unreachable.why());
    }
  }

  private static String sheet(Manifests manifests, Setup setup) {
    var name = setup.destination().store();
    var store =
        manifests.stores().stream()
            .filter(each -> each.key().namespace().equals(setup.namespace()))
            .filter(each -> each.key().name().equals(name))
            .findFirst()
            .orElseThrow(() -> new CommandFailed(Exit.INVALID, "there is no store '" + name + "'"));
    var policies =
        manifests.policies().stream()
            .map(Manifests.Resource::value)
            .filter(policy -> policy.getMetadata().getNamespace().equals(setup.namespace()))
            .filter(policy -> policy.getSpec().storeRef().name().equals(name))
            .toList();
    var secrets = new KnownSecrets(manifests, setup.namespace(), RecoverySheet.Shown.VALUES);
    var missing = RecoverySheet.missing(store.value(), secrets);
    if (!missing.isEmpty()) {
      throw new CommandFailed(
          Exit.INVALID,
          "nothing was written: the store '" + name + "' lacks its " + String.join(", ", missing));
    }
    return RecoverySheet.of(
        store.value(), policies, secrets, LocalDate.now(ZoneId.systemDefault()));
  }

  private static String next(Setup setup, Path folder) {
    var sheet = folder.resolve(SetupFolder.sheet(setup));
    var warning =
        switch (setup.destination()) {
          case Destination.New(var _, Destination.Folder(var _, var mountPoint), var _) ->
              mountPoint == null
                  ? "   A store on the disk of what it protects is lost with it: let it be another"
                      + " disk, or a bucket.\n"
                  : "   Nothing is written to the store while nothing is mounted at "
                      + mountPoint
                      + ".\n";
          case Destination.New _, Destination.Present _ -> "";
        };
    return """
    What to do next:
    1. Keep the recovery sheet elsewhere, on paper or with your passwords, and remove it here:
       %s
    %s2. salvor doctor                        what this machine lacks
    3. salvor local --manifests %s
                                            goes on; as a service: docs/install.md
    4. salvor backup %s --wait       from another terminal, then
       salvor verify %s --wait       ends with 0 only if the backup is proven
    5. salvor get
    """
        .formatted(
            ShellWord.of(sheet.toString()),
            warning,
            ShellWord.of(folder.toString()),
            setup.name(),
            setup.name());
  }
}
