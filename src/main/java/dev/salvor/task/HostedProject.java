package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * A project that Supabase hosts.
 *
 * @param project by which Supabase knows it
 * @param endpoint of its Management API; null: it is not asked
 * @param storage that gives the bytes of its objects; null: they are not kept
 */
@Model
public record HostedProject(
    String project,
    @Nullable String endpoint,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable StorageEndpoint storage) {}
