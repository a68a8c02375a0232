package dev.salvor.local;

import dev.salvor.local.docker.DockerSocket;
import java.util.Map;

/** One pass of a host whose clock and Docker are a test's own. */
public final class HostOf {
  private HostOf() {}

  /** Does what is due by that clock. */
  public static Outcome once(LocalHost.Settings settings, String dockerAddress) {
    return new LocalHost(
            settings, new PlannerJudge(), DockerSocket.of(Map.of("DOCKER_HOST", dockerAddress)))
        .run(LocalHost.Until.NOTHING_IS_DUE);
  }
}
