package dev.salvor.task;

import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * Which Secret fills a place. Mounted optional, so that the worker can name what is missing.
 *
 * @param key null: the whole Secret
 */
@Model
public record CredentialSource(Credential credential, String secret, @Nullable String key) {}
