package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.salvor.api.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What makes a database a Supabase that works, beside its tables: roles that may log in, policies,
 * triggers, publications, jobs, secrets. Each by name, so that a difference has one.
 */
@Model
public record SupabaseState(List<Fact> facts) {
  public SupabaseState {
    facts = List.copyOf(facts);
  }

  /**
   * One of them.
   *
   * @param kind in plain words, such as {@code login of role}; a reader takes any
   * @param name never a secret
   * @param digest of what it is; in no text, for it may be that of a secret. Null: it is there, and
   *     that is all
   */
  @Model
  public record Fact(
      @JsonProperty("k") String kind,
      @JsonProperty("n") String name,
      @JsonProperty("d") @Nullable String digest) {
    public String text() {
      return kind + " " + name;
    }
  }
}
