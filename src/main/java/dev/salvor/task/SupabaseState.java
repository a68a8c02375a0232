package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.salvor.api.Model;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What makes a database a Supabase that works, beside its tables: roles that may log in, policies,
 * triggers, publications, jobs, secrets. Each by name, so that a difference has one.
 */
@Model
public record SupabaseState(List<Fact> facts) {
  /** By it a service knows which of its own changes a database has had. */
  public static final String NEWEST_MIGRATION = "newest migration of";

  /** Of the database, by which its functions are told about the project. */
  public static final String SETTING = "setting of the database";

  /** By it tokens are signed; what is noted of it is its SHA-256. */
  public static final String JWT_SECRET = "app.settings.jwt_secret";

  public SupabaseState {
    facts = List.copyOf(facts);
  }

  /** What is known of one of its kind; null: nothing. */
  public @Nullable String digest(String kind, String name) {
    return facts.stream()
        .filter(fact -> fact.kind().equals(kind) && fact.name().equals(name))
        .flatMap(fact -> Stream.ofNullable(fact.digest()))
        .findFirst()
        .orElse(null);
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
