package dev.salvor.engine.restic;

import dev.salvor.api.Model;

/**
 * A file or folder in a snapshot.
 *
 * @param path absolute within the snapshot
 * @param type file, dir, symlink...
 * @param size bytes; 0 for what has none
 */
@Model
public record Node(String path, String type, long size) {}
