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
@ValidationRule(
    value =
        "!has(self.checks) || self.checks.filter(check, has(check.command)).size() <= "
            + Verification.MOST_COMMANDS,
    message = "at most 2 checks can be commands")
@ValidationRule(
    value =
        "!has(self.checks) || self.checks.filter(check, has(check.command) &&"
            + " has(check.command.writable) && check.command.writable).size() <= 1",
    message = "only one check can write to the copy: it is asked last")
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
  /**
   * Each is a container of the verification's pod. All containers of a pod share 12 KiB for their
   * last words (the kubelet's MaxPodTerminationMessageLogLength): beside three of Salvor's own and
   * one that a cluster puts in, so many leave the 2 KiB of a report to each.
   */
  public static final int MOST_COMMANDS = 2;

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
      value = "[has(self.sql), has(self.files), has(self.command)].filter(x, x).size() == 1",
      message = "exactly one of sql, files, command must be set")
  @ValidationRule(
      value =
          "!has(self.command) || !has(self.timeout) || (!self.timeout.contains('d') &&"
              + " duration(self.timeout) <= duration('12h'))",
      message = "a command may take at most 12h")
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
      @JsonPropertyDescription(
              "A program of yours that looks at a volume's restored copy; in a cluster only.")
          @Nullable CommandCheck command,
      @Default("1m")
          @Pattern(DurationText.PATTERN)
          @Size(min = 2, max = 24)
          @JsonPropertyDescription("How long the query or the command may take.")
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

  /**
   * A program that is content with the copy if it ends with exit code 0. It has no network, no
   * credentials and no right beyond those of its user.
   */
  @Model
  public record CommandCheck(
      @Required
          @Pattern(Names.IMAGE)
          @Size(min = 1, max = Names.IMAGE_LENGTH)
          @JsonPropertyDescription("Image that has the program; its entrypoint is not used.")
          String image,
      @Required
          @Words
          @Size(min = 1, max = 16)
          @JsonPropertyDescription(
              "The program and its arguments, without a shell. The claims' copies are at"
                  + " /data/NAME-OF-CLAIM; /tmp is empty and writable.")
          List<@Size(min = 0, max = 1024) String> command,
      @Default("false")
          @JsonPropertyDescription(
              "Whether it may write to the copy. One check may, and is asked last: no other sees"
                  + " what it changed.")
          @Nullable Boolean writable,
      @JsonPropertyDescription(
              "As whom it runs. Unset: as the source's runAs, else as user 65532. Never root.")
          @Nullable RunAs runAs,
      @JsonPropertyDescription("Requests and limits of its container.")
          JobTemplate.@Nullable Resources resources) {}

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
