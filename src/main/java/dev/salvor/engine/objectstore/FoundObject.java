package dev.salvor.engine.objectstore;

import org.jspecify.annotations.Nullable;

/**
 * An object as the bucket describes it when it is asked for it alone.
 *
 * @param etag without quotes; empty: the server gives none
 */
public record FoundObject(
    long sizeBytes, String etag, @Nullable String contentType, @Nullable String cacheControl) {}
