package dev.salvor.local.run;

import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.Footing;
import org.jspecify.annotations.Nullable;

/**
 * A volume of Docker that is made before its run.
 *
 * @param folder where its files must be then
 */
@Model
record NewVolume(String name, String folder) {
  /** The one that a run needs; null: none. */
  static @Nullable NewVolume of(Footing footing) {
    return footing.make() == null
        ? null
        : new NewVolume(footing.make().name(), footing.mounts().getFirst().path());
  }

  /**
   * Makes it; one that is there by now is somebody else's.
   *
   * @throws RunRefused TARGET_UNUSABLE; NOT_STARTED if Docker does not answer, which may have made
   *     it: the next attempt finds it empty
   */
  void make(Docker docker) {
    try {
      var made = docker.makeVolume(name);
      if (made.isEmpty()) {
        throw refused(Reason.TARGET_UNUSABLE, "was made by somebody else meanwhile.");
      }
      if (!made.get().equals(folder)) {
        throw refused(
            Reason.TARGET_UNUSABLE,
            "lies in " + made.get() + " and not in " + folder + ": create the request anew.");
      }
    } catch (DockerUnreachable e) {
      throw refused(Reason.NOT_STARTED, "cannot be made. " + e.why());
    }
  }

  private RunRefused refused(Reason reason, String why) {
    return new RunRefused(reason.failure("Docker volume '" + name + "' " + why));
  }
}
