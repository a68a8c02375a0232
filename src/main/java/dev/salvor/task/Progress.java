package dev.salvor.task;

import dev.salvor.api.Model;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One JSON line on the worker's standard output. For people and for tests; no decision is made from
 * it.
 *
 * @param detail such as the database
 * @param totalBytes null: not known
 */
@Model
public record Progress(
    Instant time,
    String run,
    Step step,
    @Nullable String detail,
    @Nullable Long doneBytes,
    @Nullable Long totalBytes) {}
