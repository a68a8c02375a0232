package dev.salvor.engine.supabase;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.CopyingIn;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.restore.DumpEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the script that pg_restore writes of the rows and large objects of a dump, and carries it
 * out in a session. It is never given to psql, which would run a program that a crafted name asks
 * for (SAFETY 14); and in this session it is part of one transaction with all else.
 */
final class DataScript {
  private static final byte[] END = "\\.\n".getBytes(StandardCharsets.US_ASCII);
  private static final int PIECE = 1 << 16;

  /** What a restore of jobs could be asked to make; more is no table of jobs. */
  private static final int MOST_KEPT = 10_000;

  private final PostgresSession session;
  private final Map<String, List<String>> columns;
  private final Deque<DumpEntry> awaited;
  private final List<Integer> kept;
  private final Consumer<String> begun;
  private final Predicate<String> summed;
  private final @Nullable String instead;
  private final Map<Integer, List<String>> lines = new HashMap<>();
  private final Map<String, Sum> sums = new HashMap<>();

  /** What was written of a table, and what gives it again. */
  private record Sum(RowSum written, String again) {}

  /**
   * Of a session in whose transaction it is carried out.
   *
   * @param entries of which there are rows, in the order of the script
   * @param columns of tables of Supabase's, by {@code schema.table}
   * @param kept ids of entries whose rows are held and not written
   * @param summed tables of which it can be told whether they hold what was written
   * @param begun is told each table
   */
  DataScript(
      PostgresSession session,
      List<DumpEntry> entries,
      Map<String, List<String>> columns,
      List<Integer> kept,
      Predicate<String> summed,
      Consumer<String> begun) {
    this(session, entries, columns, kept, summed, begun, null);
  }

  /** Of one table, whose rows are written by another statement. */
  static DataScript into(PostgresSession session, DumpEntry entry, String statement) {
    return new DataScript(
        session, List.of(entry), Map.of(), List.of(), _ -> false, _ -> {}, statement);
  }

  private DataScript(
      PostgresSession session,
      List<DumpEntry> entries,
      Map<String, List<String>> columns,
      List<Integer> kept,
      Predicate<String> summed,
      Consumer<String> begun,
      @Nullable String instead) {
    this.instead = instead;
    this.session = session;
    this.columns = columns;
    this.kept = kept;
    this.summed = summed;
    this.begun = begun;
    this.awaited =
        new ArrayDeque<>(
            entries.stream().filter(entry -> entry.type().equals("TABLE DATA")).toList());
  }

  /** Rows that were held, of an entry; each without its end. */
  List<String> kept(int entry) {
    return lines.getOrDefault(entry, List.of());
  }

  /** Which of the tables that were summed up do not give what was written to them. */
  List<String> others() {
    return sums.entrySet().stream()
        .filter(
            each -> {
              var found = new RowSum();
              session.copyOut(each.getValue().again(), found::add);
              return !found.isSame(each.getValue().written());
            })
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** Carries it out. */
  void read(InputStream script) throws IOException {
    var stream = new Lines(script);
    for (var line = stream.next(); line != null; line = stream.next()) {
      var text = new String(line, StandardCharsets.UTF_8);
      if (text.startsWith("COPY ")) {
        // A name may hold an end of line.
        while (!text.endsWith(" FROM stdin;\n")) {
          var more = stream.next();
          if (more == null) {
            throw corrupt("ends within a statement");
          }
          text += new String(more, StandardCharsets.UTF_8);
        }
        rows(stream, next(text));
      } else if (text.startsWith("SELECT pg_catalog.lo")) {
        session.execute(text);
      }
    }
    if (!awaited.isEmpty()) {
      throw corrupt("ends before rows of " + HostedSelection.name(awaited.getFirst()));
    }
  }

  private DumpEntry next(String copy) {
    var entry = awaited.poll();
    if (entry == null || !entry.copy().strip().equals(copy.strip())) {
      throw corrupt("has rows where none were asked for");
    }
    return entry;
  }

  private void rows(Lines stream, DumpEntry entry) throws IOException {
    if (kept.contains(entry.id())) {
      keep(stream, entry);
      return;
    }
    var name = HostedSelection.name(entry);
    begun.accept(name);
    var there = columns.get(name);
    var rows = there == null ? null : CopiedRows.of(name, entry.copy(), there);
    var statement =
        instead != null
            ? instead
            : rows == null || rows.isWhole()
                ? entry.copy().strip().replaceFirst(";$", "")
                : rows.statement(entry.schema(), entry.tag());
    var sum = rows != null && summed.test(name) ? new RowSum() : null;
    if (rows != null && sum != null) {
      sums.put(name, new Sum(sum, rows.again(entry.schema(), entry.tag())));
    }
    var copying = session.copyIn(statement);
    try {
      copy(stream, rows == null || rows.isWhole() ? null : rows, sum, copying);
      copying.end();
    } catch (EngineException e) {
      throw new EngineException(
          e.failure().reason().failure("rows of " + name + ": " + e.failure().message()), e);
    } finally {
      copying.cancel();
    }
  }

  private static void copy(
      Lines stream, @Nullable CopiedRows rows, @Nullable RowSum sum, CopyingIn copying)
      throws IOException {
    var piece = new ByteArrayOutputStream(PIECE);
    for (var line = row(stream); line != null; line = row(stream)) {
      var row = rows == null ? line : rows.row(line);
      piece.writeBytes(row);
      if (sum != null) {
        sum.add(row);
      }
      if (piece.size() >= PIECE) {
        copying.write(piece.toByteArray(), piece.size());
        piece.reset();
      }
    }
    copying.write(piece.toByteArray(), piece.size());
  }

  private void keep(Lines stream, DumpEntry entry) throws IOException {
    var held = new ArrayList<String>();
    for (var line = row(stream); line != null; line = row(stream)) {
      if (held.size() == MOST_KEPT) {
        throw new EngineException(
            Reason.RESTORE_FAILED,
            HostedSelection.name(entry) + " has more than " + MOST_KEPT + " rows.");
      }
      held.add(new String(line, 0, line.length - 1, StandardCharsets.UTF_8));
    }
    lines.put(entry.id(), held);
  }

  /** Null at the end of a table's. */
  private static byte @Nullable [] row(Lines stream) throws IOException {
    var line = stream.next();
    if (line == null) {
      throw corrupt("ends within the rows of a table");
    }
    return Arrays.equals(line, END) ? null : line;
  }

  private static EngineException corrupt(String what) {
    return new EngineException(
        Reason.CORRUPT_RECOVERY_POINT, "what pg_restore writes of the dump " + what);
  }

  /** Lines with their ends. */
  private static final class Lines {
    private final InputStream stream;
    private final byte[] buffer = new byte[PIECE];
    private int at;
    private int end;

    Lines(InputStream stream) {
      this.stream = stream;
    }

    /** Null where there is no more. */
    byte @Nullable [] next() throws IOException {
      var line = new ByteArrayOutputStream();
      while (true) {
        if (at == end) {
          at = 0;
          end = Math.max(0, stream.read(buffer));
          if (end == 0) {
            return line.size() == 0 ? null : line.toByteArray();
          }
        }
        var begin = at;
        while (at < end && buffer[at] != '\n') {
          at++;
        }
        if (at < end) {
          at++;
          line.write(buffer, begin, at - begin);
          return line.toByteArray();
        }
        line.write(buffer, begin, at - begin);
      }
    }
  }
}
