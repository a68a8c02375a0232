package dev.salvor.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which recovery point; the newest complete one if nothing is said. */
final class PointOptions {
  @ArgGroup(exclusive = true, multiplicity = "0..1")
  private @Nullable Choice choice;

  @Option(
      names = "--from-database",
      paramLabel = "NAME",
      description = "Which database of it; needed where it holds several.")
  private @Nullable String database;

  /** One of them. */
  static final class Choice {
    @Option(names = "--point", paramLabel = "ID", description = "This recovery point.")
    private @Nullable String point;

    @Option(names = "--latest", description = "The newest complete one (the default).")
    private boolean latest;

    @Option(names = "--latest-verified", description = "The newest that was verified.")
    private boolean latestVerified;

    @Option(
        names = "--as-of",
        paramLabel = "TIME",
        description = "The newest that is not younger than this, such as 2026-11-22T18:00:00Z.")
    private @Nullable Instant asOf;
  }

  /** Writes it into {@code spec.source}. */
  void write(ObjectNode source, String policy) {
    source.putObject("policyRef").put("name", policy);
    if (choice == null || choice.latest) {
      source.putObject("latest");
    } else if (choice.point != null) {
      source.put("recoveryPoint", choice.point);
    } else if (choice.latestVerified) {
      source.putObject("latestVerified");
    } else if (choice.asOf != null) {
      source.put("asOf", choice.asOf.toString());
    }
    if (database != null) {
      source.put("database", database);
    }
  }
}
