package dev.salvor.local.run;

import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.ProofServer;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxContainer.Image;
import dev.salvor.plan.SandboxContainer.Owner;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.plan.ServerChoice;
import dev.salvor.task.SandboxFolder;
import dev.salvor.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The containers that proofs of this state folder restore into. One is made right before the task
 * that restores, which finds its socket in the run's sandbox folder, and is removed when that task
 * is over, however it ended and whichever host sees that. Each run is looked after by one thread at
 * a time, and several by several.
 */
final class Sandboxes {
  private static final Logger LOG = LoggerFactory.getLogger(Sandboxes.class);

  private static final Duration AGAIN = Duration.ofMinutes(1);
  private static final String UID = "unix:uid";
  private static final String GID = "unix:gid";

  private final Docker docker;
  private final String state;
  private final Clock clock;
  private final Set<String> inUse = ConcurrentHashMap.newKeySet();

  /** Runs that are over, and when Docker last did not say that their containers are gone. */
  private final Map<String, Instant> unseen = new ConcurrentHashMap<>();

  /**
   * For one state folder.
   *
   * @param state by which its containers are known
   */
  Sandboxes(Docker docker, String state, Clock clock) {
    this.docker = docker;
    this.state = state;
    this.clock = clock;
  }

  /** Whether a container was made, or nearly so: what it would write to is there from before. */
  static boolean mayHaveMadeOne(RunFolder folder) {
    return Files.exists(folder.sandbox().resolve(SandboxFolder.DATA));
  }

  private static Optional<Task.Compare> restores(Task task) {
    return task instanceof Task.Compare compare && compare.server() instanceof Task.Initdb
        ? Optional.of(compare)
        : Optional.empty();
  }

  /** A host before this one made it, and how it ended is still to be looked at. */
  void adopt(String run) {
    inUse.add(run);
  }

  /**
   * Makes the container of a run, where there is to be one. Where Docker has none to offer the
   * worker still reads what was fetched: that needs no server.
   *
   * @return the task as its worker gets it
   * @throws RunRefused if it was asked for, and Docker did not make it
   */
  Task prepare(RunFolder folder, RunRecord record, int task) {
    var wanted = record.server();
    var asked = record.tasks().get(task);
    return wanted == null
        ? asked
        : restores(asked).map(compare -> prepare(folder, record, wanted, compare)).orElse(asked);
  }

  private Task prepare(
      RunFolder folder, RunRecord record, ProofServer wanted, Task.Compare compare) {
    try {
      var choice =
          ServerChoice.of(
              wanted,
              docker.images(wanted.source()),
              docker.daemon(),
              docker.onItsMachine(folder.sandbox()));
      return switch (choice) {
        case ServerChoice.OfTheMachine() -> compare;
        case ServerChoice.None(var failure) -> compare.in(new Task.NoServer(failure));
        case ServerChoice.OfImage(var reference, var sandbox) -> {
          var image = docker.image(reference);
          if (image.isEmpty()) {
            yield compare.in(new Task.NoServer(ServerChoice.absent(wanted, reference)));
          }
          make(folder, record, wanted, image.get(), sandbox);
          yield compare.in(new Task.Given(socketFolder(folder).toString(), null));
        }
      };
    } catch (DockerUnreachable e) {
      return compare.in(new Task.NoServer(ServerChoice.withoutDocker(wanted, e.why())));
    }
  }

  private void make(
      RunFolder folder, RunRecord record, ProofServer wanted, Image image, String sandbox) {
    var run = record.labels().name();
    sweepFor(run);
    try {
      folder.writeDaemon(docker.id());
      docker.start(
          SandboxContainer.of(
              new Owner(state, run),
              image,
              sandbox,
              dataFolder(folder.sandbox()),
              record.memory()));
    } catch (DockerUnreachable e) {
      throw new RunRefused(ServerChoice.withoutDocker(wanted, e.why()));
    }
    LOG.atInfo()
        .addKeyValue("run", run)
        .addKeyValue("image", image.id())
        .log("made a container to restore into");
  }

  /**
   * What a daemon made that was given up, and what an earlier try of a run left. What stays of it
   * is no reason to prove nothing: no two containers share a name or a folder. One after the other:
   * what one run is about to make is not what another finds left.
   */
  private synchronized void sweepFor(String run) {
    try {
      docker.removeAllBut(state, inUse);
    } catch (DockerUnreachable e) {
      LOG.warn("containers of earlier proofs may be left. {}", e.why());
    }
    inUse.add(run);
  }

  /** Makes the server's own folder and says whose it is: theirs whom Fetch made ready for. */
  private static int dataFolder(Path sandbox) {
    var data = sandbox.resolve(SandboxFolder.DATA);
    try {
      var server = sandbox.resolve(SandboxFolder.SERVER);
      var uid = (Integer) Files.getAttribute(server, UID);
      Files.createDirectory(
          data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      if (!uid.equals(Files.getAttribute(data, UID))) {
        Files.setAttribute(data, UID, uid);
        Files.setAttribute(data, GID, Files.getAttribute(server, GID));
      }
      return uid;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + data, e);
    }
  }

  private static Path socketFolder(RunFolder folder) {
    return folder.sandbox().resolve(SandboxFolder.SOCKET);
  }

  /**
   * Ends and removes the container of a run, if there may be one.
   *
   * @return how it was found
   */
  SandboxEnd end(RunFolder folder) {
    var run = folder.name();
    var end = look(folder);
    if (end instanceof SandboxEnd.Unknown(var why)) {
      if (unseen.put(run, clock.instant()) == null) {
        LOG.atWarn().addKeyValue("run", run).log("its container is out of sight: {}", why);
      }
    } else {
      inUse.remove(run);
      unseen.remove(run);
    }
    return end;
  }

  /** Another Docker, asked in place of the one that made it, would know of none. */
  private SandboxEnd look(RunFolder folder) {
    try {
      var maker = folder.daemon();
      return maker.isEmpty() || maker.get().equals(docker.id())
          ? docker.end(new Owner(state, folder.name()))
          : new SandboxEnd.Unknown(
              "It was made in another Docker than the one that answers. Have salvor local ask that"
                  + " one (DOCKER_HOST), or remove "
                  + folder.path()
                  + " if there is none such any more.");
    } catch (DockerUnreachable e) {
      return new SandboxEnd.Unknown(e.why());
    }
  }

  /**
   * Whether the container of a run that is over may still be there, and write to its folder: as
   * root nobody deletes in a folder in which another puts links.
   */
  boolean isUnseen(String run) {
    return unseen.containsKey(run);
  }

  /** Whether Docker may be asked about it again: once a minute. */
  boolean mayAskAgain(String run) {
    var asked = unseen.get(run);
    return asked != null && !clock.instant().isBefore(asked.plus(AGAIN));
  }
}
