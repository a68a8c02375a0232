package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where files lie that belong to something larger. */
@Model
@ValidationRule(
    value = "[has(self.path), has(self.dockerVolume), has(self.claim)].filter(x, x).size() == 1",
    message = "exactly one of path, dockerVolume, claim must be set")
@ValidationRule(value = Names.FOLDER_RULE, message = Names.FOLDER_MESSAGE)
public record FilePlace(
    @Pattern(Names.FOLDER)
        @Size(min = 2, max = Names.PLACE_LENGTH)
        @JsonPropertyDescription(
            "A folder of this machine, and what lies below it on the same file system. For salvor"
                + " local only.")
        @Nullable String path,
    @Pattern(Names.DOCKER)
        @Size(min = 1, max = Names.DOCKER_LENGTH)
        @JsonPropertyDescription(
            "A volume of this machine's Docker, by name. For salvor local only.")
        @Nullable String dockerVolume,
    @JsonPropertyDescription("A PersistentVolumeClaim of the namespace. In a cluster only.")
        @Nullable ClaimPlace claim) {}
