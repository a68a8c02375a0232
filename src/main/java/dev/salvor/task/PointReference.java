package dev.salvor.task;

import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * A recovery point.
 *
 * @param manifest snapshot id of its manifest; null: found by its tag
 */
@Model
public record PointReference(String id, @Nullable String manifest) {}
