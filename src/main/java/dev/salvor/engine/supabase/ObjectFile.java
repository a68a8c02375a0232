package dev.salvor.engine.supabase;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.salvor.api.Json;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/**
 * Objects as a file of lines, each of one type, written and read as a stream: there may be
 * millions.
 */
public final class ObjectFile {
  private static final ObjectWriter WRITER =
      Json.mapper().writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
  private static final int BUFFER = 1 << 16;

  private ObjectFile() {}

  /** Writes one. */
  public static final class Writer<T> implements Closeable {
    private final OutputStream output;

    public Writer(Path file) throws IOException {
      output = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
    }

    /**
     * Adds a line.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    public void write(T object) {
      try {
        output.write(WRITER.writeValueAsBytes(object));
        output.write('\n');
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      output.close();
    }
  }

  /** Reads one; its methods throw {@link UncheckedIOException} where that is damaged. */
  public static final class Reader<T> implements Iterator<T>, Closeable {
    private final MappingIterator<T> lines;

    public Reader(Path file, Class<T> type) throws IOException {
      lines = Json.mapper().readerFor(type).readValues(file.toFile());
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
    public T next() {
      try {
        return lines.nextValue();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
