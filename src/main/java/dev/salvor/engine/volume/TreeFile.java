package dev.salvor.engine.volume;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.salvor.api.Json;
import dev.salvor.task.FileEntry;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/**
 * A tree as a file of lines, one entry each, in the order of the walk: written and read as a
 * stream, since a tree may have millions of entries.
 */
final class TreeFile {
  private static final ObjectWriter WRITER =
      Json.mapper().writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
  private static final ObjectReader READER = Json.mapper().readerFor(FileEntry.class);
  private static final int BUFFER = 1 << 16;

  private TreeFile() {}

  /** Writes one. */
  static final class Writer implements Closeable {
    private final OutputStream output;

    Writer(Path file) throws IOException {
      output = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
    }

    void write(FileEntry entry) throws IOException {
      output.write(WRITER.writeValueAsBytes(entry));
      output.write('\n');
    }

    @Override
    public void close() throws IOException {
      output.close();
    }
  }

  /** Reads one. */
  static final class Reader implements Iterator<FileEntry>, Closeable {
    private final MappingIterator<FileEntry> lines;
    private long count;

    Reader(Path file) throws IOException {
      lines = READER.readValues(file.toFile());
    }

    Reader(InputStream stored) throws IOException {
      lines = READER.readValues(stored);
    }

    @Override
    public boolean hasNext() {
      try {
        return lines.hasNextValue();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public FileEntry next() {
      try {
        var entry = lines.nextValue();
        count++;
        return entry;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** So many were read. */
    long count() {
      return count;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
