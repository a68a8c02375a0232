package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Model;
import dev.salvor.api.PostgresSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is dumped from a server, and how much is noted about it.
 *
 * @param managed null: whoever backs it up has all rights that it takes, or can be given them
 */
@Model
public record PostgresDump(
    ServerReference server,
    PostgresSource.Databases databases,
    GlobalsMode globals,
    DumpFormat format,
    PostgresSource.@Nullable Selection include,
    PostgresSource.@Nullable Selection exclude,
    FactsRequest facts,
    boolean allowEmpty,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Managed managed)
    implements BackupSource {
  /** Of a server that nobody else manages. */
  public PostgresDump(
      ServerReference server,
      PostgresSource.Databases databases,
      GlobalsMode globals,
      DumpFormat format,
      PostgresSource.@Nullable Selection include,
      PostgresSource.@Nullable Selection exclude,
      FactsRequest facts,
      boolean allowEmpty) {
    this(server, databases, globals, format, include, exclude, facts, allowEmpty, null);
  }

  /**
   * A server of somebody who keeps some of it to himself. It is reached with TLS.
   *
   * @param lineage by which its owner knows it, however often the database system below changes
   * @param schemas in which what the role may not read is left out, and said
   */
  @Model
  public record Managed(String lineage, List<String> schemas) {}
}
