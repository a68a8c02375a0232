package dev.salvor.task;

import dev.salvor.api.Model;
import java.util.Map;

/**
 * What was noted of one file tree. Its entries are lines in a file beside the manifest, {@link
 * FileEntry}.
 *
 * @param file name of that file
 * @param entries how many lines it has: fewer mean that some were lost
 * @param files regular files, by each of their paths
 * @param bytes of them, each file once
 * @param unsteady entries that changed, came or went while they were read: they prove nothing
 * @param rootAttributes extended attributes of the root itself, in Base64: the engine stores a root
 *     with its parent, which a restore to another folder does not touch
 */
@Model
public record TreeFacts(
    String file,
    long entries,
    long files,
    long bytes,
    long unsteady,
    Map<String, String> rootAttributes) {}
