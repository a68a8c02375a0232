package dev.salvor.task;

import dev.salvor.api.FactsMode;
import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * How much is noted about the source.
 *
 * @param maximumBytes null: no bound
 * @param maximumSeconds null: no bound
 */
@Model
public record FactsRequest(
    FactsMode mode, @Nullable Long maximumBytes, @Nullable Long maximumSeconds) {}
