package dev.salvor.engine.objectstore;

/**
 * What a bucket has of an object that was put into it.
 *
 * @param etag as the server gives it, without quotes
 * @param md5 of the bytes, as they were sent
 */
public record PutObject(String etag, String md5) {}
