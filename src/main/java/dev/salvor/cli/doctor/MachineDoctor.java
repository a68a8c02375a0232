package dev.salvor.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.source.Unattended;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Programs;
import dev.salvor.local.docker.DockerSocket;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.local.hold.HoldRecord;
import dev.salvor.local.hold.HoldRecords;
import dev.salvor.local.manifest.ManifestFolder;
import dev.salvor.local.manifest.ManifestSchema;
import dev.salvor.local.manifest.Manifests;
import dev.salvor.local.run.CredentialsPlace;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.local.state.StoredResource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Looks at this machine; changes nothing. */
public final class MachineDoctor {
  private static final String ENGINES = "src/main/scripts/engines ensure restic postgresql-17";
  private static final int PATIENCE_SECONDS = 20;

  private final Programs programs;
  private final Path state;
  private final DockerSocket docker;
  private final Clock clock;

  public MachineDoctor(Programs programs, Path state, DockerSocket docker, Clock clock) {
    this.programs = programs;
    this.state = state;
    this.docker = docker;
    this.clock = clock;
  }

  /** All findings, in the order in which things depend on each other. */
  public List<Finding> findings() {
    var findings = new ArrayList<Finding>();
    findings.add(restic());
    findings.add(postgres());
    findings.add(sandbox());
    findings.add(memory());
    findings.add(docker());
    findings.addAll(folder());
    return List.copyOf(findings);
  }

  private Finding restic() {
    try {
      var restic = programs.restic();
      return ResticVersion.judge(restic.toString(), said(restic.toString(), "version"));
    } catch (EngineException missing) {
      return Finding.broken("restic", String.valueOf(missing.getMessage()), ENGINES);
    }
  }

  private Finding postgres() {
    var majors = programs.postgresMajors();
    return majors.isEmpty()
        ? Finding.broken(
            "PostgreSQL",
            "no pg_dump of any major version is on this machine",
            "Install the client of the server's own major version, such as postgresql-client-17,"
                + " or: "
                + ENGINES)
        : Finding.good(
            "PostgreSQL", "programs of major versions " + majors + "; a server needs its own");
  }

  /** As the sandbox does: root makes namespaces, others by way of a user namespace. */
  private Finding sandbox() {
    try {
      var unshare = programs.onSystem("unshare").toString();
      programs.onSystem("setpriv");
      var root = "root".equals(System.getProperty("user.name"));
      var words = new ArrayList<>(List.of(unshare));
      if (!root) {
        words.addAll(List.of("--user", "--map-current-user"));
      }
      words.addAll(List.of("--net", "--pid", "--fork", "true"));
      return succeeds(words)
          ? Finding.good("sandbox", "proofs can be cut off from network and processes")
          : Finding.warning(
              "sandbox",
              "namespaces cannot be made here; verdicts say NotEnforced",
              "Allow user namespaces (kernel.unprivileged_userns_clone, AppArmor), or run as"
                  + " root.");
    } catch (EngineException missing) {
      return Finding.warning(
          "sandbox", missing.getMessage() + "; verdicts say NotEnforced", "Install util-linux.");
    }
  }

  private static Finding memory() {
    return CredentialsPlace.memoryHere()
        .map(place -> Finding.good("credentials", "stand in memory only, in " + place))
        .orElse(
            Finding.warning(
                "credentials",
                "no folder of this machine is in memory: Secrets touch the disk during a run",
                "Mount a tmpfs at /dev/shm, or set XDG_RUNTIME_DIR."));
  }

  /**
   * Few machines need it, and none is broken for want of it: whoever has policies of it is told.
   */
  private Finding docker() {
    try {
      return Finding.good("Docker", docker.address() + ": " + docker.describe());
    } catch (DockerUnreachable unreachable) {
      return Finding.unknown(
          "Docker",
          unreachable.why(),
          "Nothing, if no policy names containers or volumes of Docker; else see docs/docker.md.");
    }
  }

  private List<Finding> folder() {
    var findings = new ArrayList<Finding>();
    StateFolder folder;
    try {
      folder = StateFolder.visit(state);
    } catch (StateFolder.UnusableException unusable) {
      return List.of(
          Finding.broken(
              "state folder",
              String.valueOf(unusable.getMessage()),
              "salvor local --manifests DIR --state " + state));
    }
    findings.add(permissions(folder));
    findings.addAll(manifests(folder));
    var resources =
        ResourceStore.readAll(folder.resources()).stream()
            .filter(stored -> Set.of("BackupStore", "BackupPolicy").contains(stored.key().kind()))
            .<JsonNode>map(StoredResource::json)
            .toList();
    findings.add(host(folder, resources));
    var held = new HoldRecords(folder.held()).find();
    held.records().stream()
        .filter(record -> !record.containers().isEmpty())
        .map(MachineDoctor::held)
        .forEach(findings::add);
    held.unreadable().stream()
        .map(why -> Finding.broken("containers", why, "'docker start' them, and remove the file."))
        .forEach(findings::add);
    findings.addAll(ResourceCheck.of(resources));
    return findings;
  }

  /** Without one all conditions stay as they were, whatever was due since. */
  private Finding host(StateFolder folder, List<JsonNode> resources) {
    try {
      if (folder.hasHost()) {
        return Finding.good("host", "'salvor local' works on " + folder.root());
      }
    } catch (UncheckedIOException e) {
      return Finding.unknown(
          "host", String.valueOf(e.getMessage()), "Run this as the user of the host.");
    }
    var now = clock.instant();
    var unattended = new Unattended(folder.root(), resources);
    return unattended.isOverdue(now)
        ? Finding.broken(
            "host",
            unattended.words(now),
            "Start it: 'systemctl start salvor', 'docker compose up -d', or 'salvor local'; its log"
                + " says why it ended.")
        : Finding.unknown(
            "host",
            unattended.words(now),
            "Nothing, if a timer starts 'salvor local --once'; else start it.");
  }

  private static Finding held(HoldRecord record) {
    return record.problem() == null
        ? Finding.warning(
            "containers",
            record.names() + " held still for run " + record.run(),
            "salvor local has them run again; start it if it does not run.")
        : Finding.broken(
            "containers",
            record.trouble(),
            "Remove what is in the way, or 'docker start' them; salvor local tries again each"
                + " minute.");
  }

  private static Finding permissions(StateFolder folder) {
    try {
      var permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.root()));
      if (!permissions.equals("rwx------")) {
        return Finding.broken(
            "state folder",
            folder.root() + " is open to others: " + permissions,
            "chmod 700 " + folder.root());
      }
      return Files.isWritable(folder.inbox())
          ? Finding.good("state folder", folder.root() + " is its owner's alone")
          : Finding.broken(
              "state folder",
              folder.root() + " cannot be written by you",
              "Run this as the user of the host.");
    } catch (IOException e) {
      return Finding.broken("state folder", "cannot be looked at: " + e, null);
    }
  }

  private static List<Finding> manifests(StateFolder folder) {
    var remembered = folder.manifests();
    if (remembered.isEmpty()) {
      return List.of(
          Finding.broken(
              "manifests", "no host has ever worked here", "salvor local --manifests DIR"));
    }
    try {
      var read =
          new ManifestFolder(ManifestSchema.packaged())
              .read(remembered.get(), key -> Optional.empty());
      return Stream.concat(
              Stream.of(accepted(remembered.get(), read)),
              read.exposures().stream()
                  .map(note -> Finding.warning("secrets", note.toString(), "chmod 600 it.")))
          .toList();
    } catch (IOException e) {
      return List.of(
          Finding.broken(
              "manifests",
              remembered.get() + " cannot be read",
              "Put the folder back, or start 'salvor local' with another."));
    }
  }

  private static Finding accepted(Path manifests, Manifests read) {
    return read.refusals().isEmpty()
        ? Finding.good("manifests", manifests + ": all are accepted")
        : Finding.broken(
            "manifests",
            manifests + ": refused: " + read.refusals().getFirst(),
            "salvor validate " + manifests + " names all.");
  }

  private static boolean succeeds(List<String> words) {
    try {
      var process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String said(String... words) {
    try {
      var process = new ProcessBuilder(words).redirectErrorStream(true).start();
      try (var output = process.inputReader()) {
        return Objects.requireNonNullElse(output.readLine(), "");
      }
    } catch (IOException e) {
      return "";
    }
  }
}
