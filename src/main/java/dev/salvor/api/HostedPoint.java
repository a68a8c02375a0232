package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a recovery point of a project that Supabase hosts says of what it cannot hold. */
@Model
public record HostedPoint(
    @JsonPropertyDescription(
            "When Supabase's own newest backup was made; unset: it has none, or was not asked.")
        @Nullable Instant providersBackup,
    @JsonPropertyDescription(
            "What nobody can read out of the project, and is to be entered anew where it is"
                + " restored; the first of it.")
        @Nullable List<String> toEnterAnew) {}
