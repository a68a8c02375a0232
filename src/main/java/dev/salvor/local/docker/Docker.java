package dev.salvor.local.docker;

import dev.salvor.plan.ContainerHold;
import dev.salvor.plan.ContainerServer;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.DockerConsumers;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.SandboxContainer;
import dev.salvor.plan.SandboxEnd;
import dev.salvor.plan.ServerChoice;
import dev.salvor.task.CredentialSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the host asks this machine's Docker. Each call asks anew and ends within seconds. */
public interface Docker {
  /** What came of a command. */
  enum Change {
    MADE,
    /** It was so already. */
    NONE
  }

  /**
   * All volumes and who uses them, and containers of Compose's services. Never throws: that Docker
   * does not answer is an answer.
   *
   * @param projects of Compose, whose containers are asked what they mount; of others it is only
   *     known that they are there
   */
  DockerView look(Set<String> projects);

  /**
   * The containers that a source may mean, also those that do not run.
   *
   * @throws DockerUnreachable if it does not answer
   */
  List<ContainerView> containers(CredentialSource.Container source);

  /**
   * Whose networks its containers are in.
   *
   * @throws DockerUnreachable if it does not answer
   */
  ContainerServer.Daemon daemon();

  /**
   * Where its machine has a folder of this program, which may run in a container of it; empty: its
   * containers could mount it from nowhere, or would see the files of other users.
   *
   * @throws DockerUnreachable if it does not answer
   */
  Optional<String> onItsMachine(Path folder);

  /**
   * A small regular file as a container sees it, of which a link is none.
   *
   * @throws DockerUnreachable if it does not answer
   */
  ContainerFile file(String container, String path);

  /**
   * Which Docker it is: its own id, which lasts as long as what it keeps.
   *
   * @throws DockerUnreachable if it does not answer
   */
  String id();

  /**
   * Makes a volume of driver local.
   *
   * @return the folder of its files; empty: there is one of that name, which is somebody else's
   * @throws DockerUnreachable if it does not answer or refuses
   */
  Optional<String> makeVolume(String name);

  /**
   * The images of the containers that a source may mean, also of those that do not run.
   *
   * @throws DockerUnreachable if it does not answer
   */
  List<ServerChoice.Candidate> images(CredentialSource.Container source);

  /**
   * An image by its id or name; empty: it is not on this machine. None is ever pulled.
   *
   * @throws DockerUnreachable if it does not answer
   */
  Optional<SandboxContainer.Image> image(String reference);

  /**
   * Makes a container of a proof and starts it. On failure one may be left behind.
   *
   * @throws DockerUnreachable if it does not answer or refuses
   */
  void start(SandboxContainer container);

  /**
   * Ends and removes a run's containers of proofs, and the volumes that they brought with them.
   * Idempotent.
   *
   * @return how they were found; Unknown: it did not answer, and they may still be there
   */
  SandboxEnd end(SandboxContainer.Owner owner);

  /**
   * Removes all containers of proofs of a state folder but those of these runs.
   *
   * @throws DockerUnreachable if it does not answer
   */
  void removeAllBut(String state, Set<String> runs);

  /**
   * Who is meant to hold still, also what does not run now.
   *
   * @throws DockerUnreachable if it does not answer, or is not of this machine's own kernel
   */
  DockerConsumers consumers(ContainerHold hold);

  /**
   * Asks a container to end, and waits; one that does not within its grace is killed. One that has
   * ended, or is gone, is fine.
   *
   * @return whether it was this that ended it
   * @throws DockerUnreachable if it does not answer or refuses
   */
  Change stop(String id, Duration grace);

  /**
   * Starts a container; one that runs, or is gone, is fine.
   *
   * @throws DockerUnreachable if it does not answer or refuses
   */
  void start(String id);

  /**
   * Freezes a container; one that is gone is fine.
   *
   * @throws DockerUnreachable if it does not answer or refuses
   */
  void pause(String id);

  /**
   * Lets a frozen container go on; one that is gone is fine.
   *
   * @throws DockerUnreachable if it does not answer or refuses
   */
  void unpause(String id);
}
