package dev.salvor.task;

import dev.salvor.api.Model;
import java.time.Instant;
import java.util.List;

/**
 * What every Task carries.
 *
 * @param run name of the run, the same for every host that would start it
 * @param attempt from 1
 * @param tick the host's time of the tick or request; retention uses it, never the worker's clock
 * @param deadlineSeconds the worker ends itself after this long
 */
@Model
public record Header(
    String run,
    int attempt,
    Instant tick,
    long deadlineSeconds,
    List<CredentialSource> credentials) {}
