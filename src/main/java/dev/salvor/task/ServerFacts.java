package dev.salvor.task;

import dev.salvor.api.Model;
import java.util.List;

/**
 * What a sandbox must imitate of a server, and what its globals must hold.
 *
 * @param bootstrapUser the role with oid 10
 * @param roles every owner and grantee that was seen
 * @param rolePasswords whether globals hold password hashes
 */
@Model
public record ServerFacts(
    String bootstrapUser,
    List<String> preloadLibraries,
    List<String> roles,
    boolean rolePasswords) {}
