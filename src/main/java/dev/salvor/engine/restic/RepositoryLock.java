package dev.salvor.engine.restic;

import dev.salvor.api.Model;
import java.time.Instant;

/**
 * A lock as {@code restic cat lock} shows it.
 *
 * @param time of its last refresh, by the clock of its machine
 * @param hostname of the machine or pod
 */
@Model
public record RepositoryLock(Instant time, boolean exclusive, String hostname, int pid) {}
