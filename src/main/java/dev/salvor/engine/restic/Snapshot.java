package dev.salvor.engine.restic;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.salvor.api.Model;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as {@code restic snapshots --json} shows it.
 *
 * @param time by the clock of the worker that made it: never used for a decision
 * @param tree stays the same through {@code copy} and {@code tag}, which change the id
 * @param paths absolute, as given at backup
 */
@Model
public record Snapshot(
    String id,
    Instant time,
    String tree,
    @JsonProperty("hostname") String host,
    List<String> paths,
    @Nullable List<String> tags,
    @Nullable String parent) {

  /** The value of the tag {@code name=value}. */
  public Optional<String> tag(String name) {
    var start = name + "=";
    return tags == null
        ? Optional.empty()
        : tags.stream()
            .filter(tag -> tag.startsWith(start))
            .map(tag -> tag.substring(start.length()))
            .findFirst();
  }

  /** Whether it bears this tag with this value. */
  public boolean has(String name, String value) {
    return tag(name).filter(value::equals).isPresent();
  }
}
