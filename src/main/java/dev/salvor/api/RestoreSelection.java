package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a recovery point: schemas and tables of a database, or paths of a file tree. */
@Model
@ValidationRule(
    value = "has(self.schemas) || has(self.tables) || has(self.paths)",
    message = "name at least one schema, table or path")
@ValidationRule(
    value = "!has(self.paths) || !(has(self.schemas) || has(self.tables))",
    message = "paths are of files, schemas and tables of databases: name one kind")
@ValidationRule(
    value = "!has(self.paths) || self.paths.all(path, !path.matches('(^|/)[.]{0,2}(/|$)'))",
    message = "a path goes down from the root: no slash at its ends, no . or .. in it")
public record RestoreSelection(
    @Size(min = 1, max = 128) @JsonPropertyDescription("Schemas.")
        @Nullable List<@Pattern(Names.POSTGRES_IDENTIFIER) @Size(min = 1, max = 128) String>
            schemas,
    @Size(min = 1, max = 256) @JsonPropertyDescription("Tables, with their schema: public.orders.")
        @Nullable List<@Pattern(PostgresSource.TABLE) @Size(min = 3, max = 256) String> tables,
    @Size(min = 1, max = 64)
        @JsonPropertyDescription(
            "Folders or files, by their paths below the tree's root: uploads/2026. As they are, no"
                + " patterns.")
        @Nullable List<@Pattern(Names.RELATIVE_PATH) @Size(min = 1, max = 1024) String> paths) {}
