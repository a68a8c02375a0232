package dev.salvor.task;

import dev.salvor.api.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to a database but is in no dump of its content; compared before a switch.
 *
 * @param settings ALTER DATABASE ... SET, and per role
 */
@Model
public record DatabaseProperties(
    String owner,
    String encoding,
    String localeProvider,
    @Nullable String locale,
    String collate,
    String ctype,
    String tablespace,
    int connectionLimit,
    List<String> acl,
    List<String> settings,
    @Nullable String comment) {}
