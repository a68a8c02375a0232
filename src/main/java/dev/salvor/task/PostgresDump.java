package dev.salvor.task;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Model;
import dev.salvor.api.PostgresSource;
import org.jspecify.annotations.Nullable;

/** What is dumped from a server, and how much is noted about it. */
@Model
public record PostgresDump(
    ServerReference server,
    PostgresSource.Databases databases,
    GlobalsMode globals,
    DumpFormat format,
    PostgresSource.@Nullable Selection include,
    PostgresSource.@Nullable Selection exclude,
    FactsRequest facts,
    boolean allowEmpty)
    implements BackupSource {}
