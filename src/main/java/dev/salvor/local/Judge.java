package dev.salvor.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.local.state.StoredResource;
import dev.salvor.plan.Announcement;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.Launch;
import dev.salvor.plan.RunView;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/** Decides about one resource; the planners behind one door. */
@FunctionalInterface
interface Judge {
  Judgement judge(StoredResource resource, World world);

  /**
   * Everything a decision may look at, read once.
   *
   * @param cluster identity of this host
   * @param docker asked by the first decision that needs it, for all of them
   */
  record World(
      Collection<StoredResource> resources,
      List<RunView> runs,
      Supplier<DockerView> docker,
      String cluster,
      Instant now) {}

  /**
   * A planner's decision with the status as JSON.
   *
   * @param news what the status tells that the one before did not
   */
  record Judgement(
      ObjectNode status,
      List<Launch> launches,
      List<String> removableRuns,
      Instant lookAgain,
      List<Announcement> news) {}
}
