package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Databases of one PostgreSQL server, dumped by pg_dump of the server's own major version. */
@Model
public record PostgresSource(
    @Required @JsonPropertyDescription("The server.") PostgresConnection connection,
    @Required @JsonPropertyDescription("Which databases.") Databases databases,
    @Default("Include") @JsonPropertyDescription("Roles and tablespaces of the server.")
        @Nullable GlobalsMode globals,
    @Default("Stream") @JsonPropertyDescription("How a database is written into the repository.")
        @Nullable DumpFormat dump,
    @JsonPropertyDescription(
            "Only these schemas or tables. Large objects and database properties outside them are"
                + " left out.")
        @Nullable Selection include,
    @JsonPropertyDescription("All but these schemas or tables.") @Nullable Selection exclude,
    @Default("false")
        @JsonPropertyDescription(
            "Accept a source that is empty or has shrunk below half of the last complete point.")
        @Nullable Boolean allowEmpty)
    implements BackupPolicySpec.SourceKind {
  /** A table with its schema: a bare name would mean whatever the search path shows. */
  static final String TABLE = "^[^\\x00-\\x1f\\x7f]+[.][^\\x00-\\x1f\\x7f]+$";

  /** Which databases of a server: named, or all. */
  @Model
  @ValidationRule(
      value = "[has(self.names), has(self.all)].filter(x, x).size() == 1",
      message = "exactly one of names, all must be set")
  public record Databases(
      @Size(min = 1, max = 64) @JsonPropertyDescription("These databases.")
          @Nullable
              List<
                  @Pattern(Names.POSTGRES_IDENTIFIER)
                  @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH) String>
              names,
      @JsonPropertyDescription(
              "All databases that allow connections, but templates and Salvor's own.")
          @Nullable AllDatabases all) {}

  /** All databases of a server. */
  @Model
  public record AllDatabases(
      @Size(min = 0, max = 64) @JsonPropertyDescription("But not these.")
          @Nullable
              List<
                  @Pattern(Names.POSTGRES_IDENTIFIER)
                  @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH) String>
              except) {}

  /** Schemas and tables by name; * and ? match as in psql's patterns. */
  @Model
  @ValidationRule(
      value = "has(self.schemas) || has(self.tables)",
      message = "name at least one schema or table")
  public record Selection(
      @Size(min = 1, max = 128) @JsonPropertyDescription("Schemas.")
          @Nullable List<@Pattern(Names.POSTGRES_IDENTIFIER) @Size(min = 1, max = 128) String>
              schemas,
      @Size(min = 1, max = 256)
          @JsonPropertyDescription("Tables, with their schema: public.orders.")
          @Nullable List<@Pattern(TABLE) @Size(min = 3, max = 256) String> tables) {}
}
