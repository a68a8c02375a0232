package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** Objects of a Supabase's Storage in a recovery point, in figures. */
@Model
public record StorageObjects(
    @Required @JsonPropertyDescription("That the database knows of.") long known,
    @Required
        @JsonPropertyDescription(
            "Of them without bytes, with other bytes or without their content type at the source.")
        long notWhole,
    @Required
        @JsonPropertyDescription(
            "Of them deleted or replaced between the dump and the reading of the files.")
        long overtaken,
    @Required @JsonPropertyDescription("Files older than a day that no object names.")
        long orphans) {}
