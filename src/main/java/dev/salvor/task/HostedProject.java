package dev.salvor.task;

import dev.salvor.api.Model;
import org.jspecify.annotations.Nullable;

/**
 * A project that Supabase hosts.
 *
 * @param project by which Supabase knows it
 * @param endpoint of its Management API; null: it is not asked
 */
@Model
public record HostedProject(String project, @Nullable String endpoint) {}
