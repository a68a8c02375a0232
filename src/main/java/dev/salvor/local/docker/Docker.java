package dev.salvor.local.docker;

import dev.salvor.plan.ContainerServer;
import dev.salvor.plan.ContainerView;
import dev.salvor.plan.DockerView;
import dev.salvor.task.CredentialSource;
import java.util.List;

/** What the host asks this machine's Docker. Each call asks anew and ends within seconds. */
public interface Docker {
  /** All volumes and who uses them. Never throws: that Docker does not answer is an answer. */
  DockerView look();

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
   * Makes a volume of driver local; one of that name that is there stays as it is.
   *
   * @return the folder of its files
   * @throws DockerUnreachable if it does not answer or refuses
   */
  String makeVolume(String name);
}
