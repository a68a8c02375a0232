package dev.salvor.task;

import dev.salvor.api.HostedPoint;
import dev.salvor.api.Model;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
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
  private static final int NAMED = 5;
  private static final int LONGEST_NAME = 60;

  public HostedFacts {
    toEnterAnew = List.copyOf(toEnterAnew);
  }

  /** In short: a report has room for little. */
  public HostedPoint inShort() {
    var named =
        Stream.concat(
                toEnterAnew.stream().limit(NAMED).map(HostedFacts::cut),
                Stream.of("and " + (toEnterAnew.size() - NAMED) + " more")
                    .filter(_ -> toEnterAnew.size() > NAMED))
            .toList();
    return new HostedPoint(providersBackup, named.isEmpty() ? null : named);
  }

  private static String cut(String name) {
    return name.codePointCount(0, name.length()) <= LONGEST_NAME
        ? name
        : name.substring(0, name.offsetByCodePoints(0, LONGEST_NAME)) + "...";
  }
}
