package dev.salvor.engine.objectstore;

import org.jspecify.annotations.Nullable;

/**
 * An object that is to be put into a bucket.
 *
 * @param sizeBytes of its body
 * @param contentType null: it has none
 * @param cacheControl null: it has none
 */
public record NewObject(
    String key, long sizeBytes, @Nullable String contentType, @Nullable String cacheControl) {}
