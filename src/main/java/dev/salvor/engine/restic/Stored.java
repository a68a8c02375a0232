package dev.salvor.engine.restic;

/**
 * A snapshot that was made. Its tree is not in restic's answer: whoever needs it asks {@link
 * ResticRepository#snapshots} once for all parts.
 *
 * @param sizeBytes of what was read
 * @param addedBytes that the repository grew by, compressed
 */
public record Stored(String snapshot, long sizeBytes, long addedBytes) {}
