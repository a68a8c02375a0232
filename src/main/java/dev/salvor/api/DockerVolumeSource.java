package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Volumes of this machine's Docker, read in their folders. All that match are one point. */
@Model
@ValidationRule(
    value =
        "[has(self.names), has(self.matchLabels), has(self.composeProject)].filter(x, x).size() =="
            + " 1",
    message = "exactly one of names, matchLabels, composeProject must be set")
@ValidationRule(
    value = "!has(self.matchLabels) || self.matchLabels.size() > 0",
    message = "matchLabels of a Docker volume: at least one label")
@ValidationRule(
    value = "!has(self.bindMounts) || has(self.composeProject)",
    message = "bindMounts goes with composeProject")
public record DockerVolumeSource(
    @Size(min = 1, max = DockerVolumeSource.MOST)
        @JsonPropertyDescription("By name; all of them must be there.")
        @Nullable List<@Pattern(Names.DOCKER) @Size(min = 1, max = Names.DOCKER_LENGTH) String>
            names,
    @Size(min = 0, max = 16)
        @JsonPropertyDescription("By their labels; whichever there are when a backup begins.")
        @Nullable Map<String, @Size(min = 0, max = 1024) String> matchLabels,
    @Pattern(Names.DOCKER)
        @Size(min = 1, max = Names.DOCKER_LENGTH)
        @JsonPropertyDescription(
            "All volumes that this project of Docker Compose made, and the folders of this machine"
                + " that its containers mount and may write to; not what it calls external.")
        @Nullable String composeProject,
    @JsonPropertyDescription(
            "Of a Compose project: whether its folders of this machine are kept too. Left out: they"
                + " are.")
        @Nullable Boolean bindMounts,
    @Size(min = 0, max = 64)
        @JsonPropertyDescription(
            "What is left out. A pattern without a slash goes by name in every folder (*.tmp), one"
                + " with a slash by the path below the root (cache/**). * stays within a name, **"
                + " does not. lost+found is left out always.")
        @Nullable List<@Pattern(Names.GLOB) @Size(min = 1, max = Names.GLOB_LENGTH) String> exclude,
    @Pattern(Names.FILE_NAME)
        @Size(min = 1, max = Names.FILE_NAME_LENGTH)
        @JsonPropertyDescription(
            "What lies in a folder that holds a file of this name is left out; the folder is kept.")
        @Nullable String excludeIfPresent,
    @JsonPropertyDescription(
            "Stop or pause the containers that use the volumes while they are read, and have them"
                + " run again afterwards, whatever becomes of the backup.")
        @Nullable Consumers consumers,
    @Default("false")
        @JsonPropertyDescription(
            "Accept a source that is empty or has shrunk below half of the last complete point.")
        @Nullable Boolean allowEmpty)
    implements BackupPolicySpec.SourceKind {
  /** Volumes of one policy: each is a part of every recovery point. */
  public static final int MOST = 32;

  /** Containers that use the volumes, and what becomes of them while these are read. */
  @Model
  @ValidationRule(
      value = "!has(self.matchLabels) || self.matchLabels.size() > 0",
      message = "matchLabels of consumers: at least one label")
  @ValidationRule(
      value =
          "!has(self.maxDowntime) || (!self.maxDowntime.contains('d') &&"
              + " duration(self.maxDowntime) <= duration('24h'))",
      message = "maxDowntime may be at most 24h")
  public record Consumers(
      @Required
          @JsonPropertyDescription(
              "Stop: they end in their own time and are started again. Pause: they are frozen;"
                  + " files are as a power cut would leave them.")
          StillnessMode mode,
      @Size(min = 0, max = 16)
          @JsonPropertyDescription(
              "Only those with these labels; all others go on writing, and are no concern of the"
                  + " backup. Left out: all running containers that use one of the volumes.")
          @Nullable Map<String, @Size(min = 0, max = 1024) String> matchLabels,
      @Default("30m")
          @Pattern(DurationText.PATTERN)
          @Size(min = 2, max = 24)
          @JsonPropertyDescription(
              "When they have been down for so long they run again, and the backup fails.")
          @Nullable String maxDowntime) {}
}
