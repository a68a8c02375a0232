package dev.salvor.task;

import dev.salvor.api.Model;

/**
 * The last complete point, to notice an emptied source and another source by.
 *
 * @param lineage of its source, as {@link Manifest#lineage}
 */
@Model
public record Baseline(String recoveryPoint, Extent extent, String lineage) {}
