package dev.salvor.engine.objectstore;

/**
 * An object of few bytes, as it was read.
 *
 * @param text its bytes as UTF-8; of one that is no small one the first of them
 * @param etag without quotes; empty: the server gives none
 */
public record SmallObject(String text, String etag) {}
