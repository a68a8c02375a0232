package dev.salvor.plan;

import java.time.Instant;
import java.util.List;

/**
 * What a planner wants done. A host launches first and stores the status after: names are
 * deterministic, so a host that is killed in between launches the same run again and finds it
 * there; the other way round a tick would be lost.
 *
 * @param status the whole next status
 * @param launches runs to create; one that exists already is success
 * @param removableRuns runs that the stored status has recorded
 * @param lookAgain when to decide again if nothing changes before
 */
public record Decision<S>(
    S status, List<Launch> launches, List<String> removableRuns, Instant lookAgain) {}
