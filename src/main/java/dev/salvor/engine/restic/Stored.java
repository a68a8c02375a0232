package dev.salvor.engine.restic;

/**
 * A snapshot that was made.
 *
 * @param tree its tree, which the manifest names
 * @param sizeBytes of what was read
 * @param addedBytes that the repository grew by, compressed
 */
public record Stored(String snapshot, String tree, long sizeBytes, long addedBytes) {}
