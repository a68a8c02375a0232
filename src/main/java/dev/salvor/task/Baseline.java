package dev.salvor.task;

import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * The last complete point, to notice an emptied source and another database system by.
 *
 * @param rows null where rows were not counted
 * @param lineage system identifier of the server
 */
@Model
public record Baseline(String recoveryPoint, int tables, @Nullable Long rows, String lineage) {}
