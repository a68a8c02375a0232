package dev.salvor.engine.postgres.restore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the table of contents that stands at the beginning of a dump (custom format) or in its
 * {@code toc.dat} (directory format).
 *
 * <p>Why not {@code pg_restore --list}: its lines are names joined by spaces, so that a table
 * called {@code a b} of the owner {@code c} cannot be told from a table {@code a} of {@code b c},
 * and line ends in names are rewritten. A restore that leaves things out must know exactly what it
 * leaves out. A test compares the two on real dumps of every major.
 *
 * @see <a
 *     href="https://github.com/postgres/postgres/blob/REL_17_STABLE/src/bin/pg_dump/pg_backup_archiver.c">ReadHead
 *     and ReadToc</a>
 */
final class DumpContentsReader {
  private static final byte[] MAGIC = "PGDMP".getBytes(StandardCharsets.US_ASCII);

  /** 1.12 is PostgreSQL 9.0, 1.16 is 17 and 18. */
  private static final int OLDEST = 12;

  private static final int NEWEST = 16;

  /** Names the table's access method from here on. */
  private static final int WITH_ACCESS_METHOD = 14;

  /** The header says the compression by one byte from here on. */
  private static final int WITH_COMPRESSION_BYTE = 15;

  /** Entries say their relkind from here on. */
  private static final int WITH_RELKIND = 16;

  private static final int CUSTOM = 1;

  /** Directory dumps write the number of tar in toc.dat; both name a file for each entry. */
  private static final int TAR = 3;

  private static final int DATE_FIELDS = 7;

  /** A definition of a megabyte is possible; more than this is not a length but damage. */
  private static final int LONGEST_TEXT = 256 * 1024 * 1024;

  private final InputStream stream;
  private int integerBytes;
  private int offsetBytes;
  private int format;
  private int version;

  private DumpContentsReader(InputStream stream) {
    this.stream = stream;
  }

  /**
   * Reads the contents and nothing after them.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT if it is no dump, or of an unknown version
   * @throws IOException if the stream cannot be read
   */
  static DumpContents read(InputStream stream) throws IOException {
    try {
      return new DumpContentsReader(stream).read();
    } catch (EOFException e) {
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "the dump ends within its table of contents", e);
    }
  }

  private DumpContents read() throws IOException {
    header();
    var count = integer();
    if (count < 0) {
      throw corrupt("a negative number of entries");
    }
    var entries = new ArrayList<DumpEntry>();
    for (var i = 0; i < count; i++) {
      entries.add(entry());
    }
    return new DumpContents("1." + version, entries);
  }

  private void header() throws IOException {
    for (var expected : MAGIC) {
      if (octet() != expected) {
        throw corrupt("it does not begin as a dump of pg_dump does");
      }
    }
    var major = octet();
    version = octet();
    octet(); // revision
    if (major != 1 || version < OLDEST || version > NEWEST) {
      throw corrupt("version " + major + "." + version + " of the format is not known");
    }
    integerBytes = octet();
    offsetBytes = octet();
    if (integerBytes < 4 || integerBytes > 8 || offsetBytes < 4 || offsetBytes > 8) {
      throw corrupt("integers of " + integerBytes + " bytes");
    }
    format = octet();
    if (format != CUSTOM && format != TAR) {
      throw corrupt("its format is number " + format);
    }
    if (version >= WITH_COMPRESSION_BYTE) {
      octet();
    } else {
      integer();
    }
    for (var i = 0; i < DATE_FIELDS; i++) {
      integer();
    }
    text(); // database
    text(); // version of the server
    text(); // version of pg_dump
  }

  private DumpEntry entry() throws IOException {
    var id = integer();
    integer(); // has data
    text(); // oid of the catalogue
    text(); // oid
    var tag = orEmpty(text());
    var type = orEmpty(text());
    integer(); // section
    var definition = orEmpty(text());
    var removal = orEmpty(text());
    var copy = orEmpty(text());
    var schema = orEmpty(text());
    text(); // tablespace
    if (version >= WITH_ACCESS_METHOD) {
      text();
    }
    if (version >= WITH_RELKIND) {
      integer();
    }
    var owner = orEmpty(text());
    text(); // with oids
    var dependencies = dependencies();
    if (format == CUSTOM) {
      octet();
      skip(offsetBytes);
    } else {
      text(); // file
    }
    return new DumpEntry(id, type, schema, tag, owner, definition, removal, copy, dependencies);
  }

  private List<Integer> dependencies() throws IOException {
    var ids = new ArrayList<Integer>();
    for (var text = text(); text != null; text = text()) {
      try {
        ids.add(Integer.valueOf(text));
      } catch (NumberFormatException e) {
        throw corrupt("a dependency is no number");
      }
    }
    return ids;
  }

  private int integer() throws IOException {
    var negative = octet() != 0;
    var value = 0L;
    for (var i = 0; i < integerBytes; i++) {
      value |= (long) octet() << (8 * i);
    }
    if (value > Integer.MAX_VALUE) {
      throw corrupt("an integer out of range");
    }
    return (int) (negative ? -value : value);
  }

  private @Nullable String text() throws IOException {
    var length = integer();
    if (length < 0) {
      return null;
    }
    if (length > LONGEST_TEXT) {
      throw corrupt("a text of " + length + " bytes");
    }
    var bytes = stream.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private int octet() throws IOException {
    var value = stream.read();
    if (value < 0) {
      throw new EOFException();
    }
    return value;
  }

  private void skip(int count) throws IOException {
    for (var i = 0; i < count; i++) {
      octet();
    }
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static EngineException corrupt(String what) {
    return new EngineException(
        Reason.CORRUPT_RECOVERY_POINT, "the dump's table of contents cannot be read: " + what);
  }
}
