package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a recovery point: schemas and tables of a database, paths of a file tree, or parts of a
 * project.
 */
@Model
@ValidationRule(
    value = "has(self.schemas) || has(self.tables) || has(self.paths) || has(self.parts)",
    message = "name at least one schema, table, path or part")
@ValidationRule(
    value = "!has(self.parts) || !(has(self.schemas) || has(self.tables))",
    message = "parts are of a project: name no schemas and tables beside them")
@ValidationRule(
    value = "!has(self.parts) || !has(self.paths) || self.parts == ['storage']",
    message = "paths of a project are of its Storage: name parts: [storage] and no other")
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
            "Folders or files, by their paths below the tree's root: uploads/2026. Of Storage, by"
                + " bucket and name: avatars, docs/2026. As they are, no patterns.")
        @Nullable List<@Pattern(Names.RELATIVE_PATH) @Size(min = 1, max = 1024) String> paths,
    @Size(min = 1, max = 19)
        @JsonPropertyDescription(
            "Of what target.supabase names: database, storage, configuration, functions of a hosted"
                + " project, or a name of its files.")
        @Nullable List<@Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$") @Size(min = 1, max = 63) String>
            parts) {}
