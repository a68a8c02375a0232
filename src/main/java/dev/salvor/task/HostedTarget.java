package dev.salvor.task;

import dev.salvor.api.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A project that Supabase hosts, to which one is restored; what is not named is not restored.
 *
 * @param project by which Supabase knows it
 * @param server of its database; null: that is not restored
 * @param endpoint of its Management API; null: nothing is restored by that
 * @param byApi which parts are restored by the API
 * @param storage that is given the objects; null: they are not restored
 */
@Model
public record HostedTarget(
    String project,
    @Nullable ServerReference server,
    @Nullable String endpoint,
    List<String> byApi,
    @Nullable StorageEndpoint storage) {
  public HostedTarget {
    byApi = List.copyOf(byApi);
  }
}
