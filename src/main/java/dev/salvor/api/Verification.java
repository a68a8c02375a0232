package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How recovery points are proven: restored into a sandbox, compared, checked. */
@Model
public record Verification(
    @JsonPropertyDescription("When the newest recovery point is verified. Unset: only when asked.")
        @Nullable Schedule schedule,
    @Default("Counts")
        @JsonPropertyDescription("What is noted about the source at backup, to compare with.")
        @Nullable FactsMode facts,
    @JsonPropertyDescription("Bounds on what taking facts may cost.")
        @Nullable FactsLimit factsLimit,
    @Size(min = 0, max = 64) @JsonPropertyDescription("Your own questions to the restored copy.")
        @Nullable List<Check> checks,
    @Default("Auto")
        @JsonPropertyDescription("Whether the copy may be restored where it could reach others.")
        @Nullable IsolationMode isolation,
    @Default("6h")
        @Pattern(DurationText.PATTERN)
        @Size(min = 2, max = 24)
        @JsonPropertyDescription("How long a verification may take.")
        @Nullable String deadline) {
  /** Bounds on what taking facts may cost; what lies beyond is counted as not compared. */
  @Model
  public record FactsLimit(
      @Min(0)
          @Max(1000000000000000L)
          @JsonPropertyDescription(
              "Tables are hashed, smallest first, up to this many bytes in all.")
          @Nullable Long bytes,
      @Pattern(DurationText.PATTERN)
          @Size(min = 2, max = 24)
          @JsonPropertyDescription("Taking facts stops after this long.")
          @Nullable String time) {}

  /** A question to the restored copy and the answer it must give. */
  @Model
  @ValidationRule(
      value = "[has(self.sql), has(self.files)].filter(x, x).size() == 1",
      message = "exactly one of sql, files must be set")
  public record Check(
      @Required
          @Size(min = 1, max = 63)
          @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
          @JsonPropertyDescription("Name for messages.")
          String name,
      @Pattern(Names.POSTGRES_IDENTIFIER)
          @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH)
          @JsonPropertyDescription("Database that is asked; needed where the policy has several.")
          @Nullable String database,
      @JsonPropertyDescription("A query in SQL, of a database.") @Nullable SqlCheck sql,
      @JsonPropertyDescription("What a volume must hold.") @Nullable FileCheck files,
      @Default("1m")
          @Pattern(DurationText.PATTERN)
          @Size(min = 2, max = 24)
          @JsonPropertyDescription("How long the query may take.")
          @Nullable String timeout) {}

  /** Files that must be there. */
  @Model
  public record FileCheck(
      @Required
          @Pattern(Names.GLOB)
          @Size(min = 1, max = Names.GLOB_LENGTH)
          @JsonPropertyDescription(
              "Which files, by their path below the root: config.php, or uploads/**. * stays within"
                  + " a name, ** does not.")
          String path,
      @Default("1") @Min(1) @Max(1000000000) @JsonPropertyDescription("So many there must be.")
          @Nullable Long minimumCount,
      @Pattern(DurationText.PATTERN)
          @Size(min = 2, max = 24)
          @JsonPropertyDescription(
              "The newest of them must have been modified within this time before the backup.")
          @Nullable String newestWithin) {}

  /** A query with one row of one column. */
  @Model
  public record SqlCheck(
      @Required
          @Size(min = 1, max = 4096)
          @JsonPropertyDescription("One statement that returns one value.")
          String query,
      @Required
          @Size(min = 0, max = 1024)
          @JsonPropertyDescription(
              "The value it must return, as PostgreSQL prints it; true and false may be spelled"
                  + " out.")
          String expect) {}
}
