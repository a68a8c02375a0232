package dev.salvor.task;

import dev.salvor.api.Model;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was noted of a project that Supabase hosts.
 *
 * @param project by which Supabase knows it
 * @param toEnterAnew what nobody can read out of it, by name: whoever restores it is asked for that
 * @param providersBackup when Supabase's own newest backup was made; null: it has none, or was not
 *     asked
 */
@Model
public record HostedFacts(
    String project, List<String> toEnterAnew, @Nullable Instant providersBackup) {
  public HostedFacts {
    toEnterAnew = List.copyOf(toEnterAnew);
  }
}
