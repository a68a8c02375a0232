package dev.salvor.engine.postgres.restore;

import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.process.Streams;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a stored dump holds, and which part of it is wanted.
 *
 * @param selection null: all of it
 */
public record StoredContents(DumpContents contents, @Nullable RestoreSelection selection) {

  /**
   * Reads a file that begins with a table of contents.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT; INVALID_SPEC where it lacks what is selected
   */
  public static StoredContents of(Path file, PostgresSource.@Nullable Selection select) {
    try (var stream = new BufferedInputStream(Files.newInputStream(file))) {
      return read(stream, select);
    } catch (IOException e) {
      throw new EngineException(Reason.CORRUPT_RECOVERY_POINT, "a dump cannot be read", e);
    }
  }

  private static StoredContents read(InputStream stream, PostgresSource.@Nullable Selection select)
      throws IOException {
    var contents = DumpContentsReader.read(stream);
    return new StoredContents(
        contents, select == null ? null : RestoreSelection.of(contents, select));
  }

  /**
   * Reads the beginning of a stream and then breaks it off: what gives it fails for that, and
   * {@link #contents} says whether all went well.
   */
  public static final class Reading implements Streams.Output {
    private final PostgresSource.@Nullable Selection select;
    private @Nullable StoredContents contents;

    public Reading(PostgresSource.@Nullable Selection select) {
      this.select = select;
    }

    @Override
    public void read(InputStream stream) throws IOException {
      contents = StoredContents.read(new BufferedInputStream(stream), select);
      throw new IOException("the table of contents was read, the rest is not needed");
    }

    /** Null where it could not be read. */
    public @Nullable StoredContents contents() {
      return contents;
    }
  }

  public boolean isSelection() {
    return selection != null;
  }

  /** Lines for {@code pg_restore --use-list}. */
  public String useList() {
    return selection == null ? "" : selection.list();
  }

  /** {@code schema.table} of those of which rows are restored. */
  public Set<String> tables() {
    return selection == null ? Set.of() : selection.tables();
  }

  /** {@code schema.name} of what is restored of a type, such as SEQUENCE. */
  public Set<String> chosen(String type) {
    return contents.ofType(type).stream()
        .filter(entry -> selection == null || selection.ids().contains(entry.id()))
        .map(entry -> entry.schema().isEmpty() ? entry.tag() : entry.schema() + "." + entry.tag())
        .collect(Collectors.toSet());
  }

  /** Tables that were not asked for but are needed. */
  public List<String> brought() {
    return selection == null ? List.of() : selection.brought();
  }

  /** What stays behind. */
  public List<String> leftOut() {
    return selection == null ? List.of() : selection.leftOut();
  }

  /**
   * Whether a role owns something of what is restored, or is named in a grant, policy or default.
   */
  public boolean mentionsRole(String role) {
    var quoted = PostgresSession.identifier(role);
    return contents.entries().stream()
        .filter(entry -> selection == null || selection.ids().contains(entry.id()))
        .anyMatch(
            entry ->
                entry.owner().equals(role)
                    || (RIGHTS.contains(entry.type())
                        && (entry.definition().contains(role)
                            || entry.definition().contains(quoted))));
  }

  private static final Set<String> RIGHTS = Set.of("ACL", "DEFAULT ACL", "POLICY", "USER MAPPING");
}
