package dev.salvor.task;

import dev.salvor.api.Model;
import dev.salvor.api.SslMode;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server: what is spelled out; the rest comes from the credential folders.
 *
 * @param connection SOURCE or TARGET; a Secret with uri or the usual keys may be there
 */
@Model
public record ServerReference(
    Credential connection,
    Credential password,
    Credential ca,
    @Nullable String host,
    @Nullable Integer port,
    @Nullable String user,
    @Nullable String database,
    @Nullable SslMode sslMode) {}
