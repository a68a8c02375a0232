package dev.salvor.engine.objectstore;

import java.time.Instant;

/**
 * An object as a bucket lists it.
 *
 * @param etag without quotes; empty: the server gives none
 * @param modified in whole seconds: a list may know more, and what comes with the bytes does not
 */
public record BucketObject(String key, long sizeBytes, String etag, Instant modified) {}
