package dev.salvor.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.local.state.StoredResource;
import dev.salvor.plan.Launch;
import dev.salvor.plan.RunView;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** Decides about one resource; the planners behind one door. */
@FunctionalInterface
interface Judge {
  Judgement judge(StoredResource resource, World world);

  /**
   * Everything a decision may look at, read once.
   *
   * @param cluster identity of this host
   */
  record World(
      Collection<StoredResource> resources, List<RunView> runs, String cluster, Instant now) {}

  /** A planner's decision with the status as JSON. */
  record Judgement(
      ObjectNode status, List<Launch> launches, List<String> removableRuns, Instant lookAgain) {}
}
