package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.salvor.api.Json;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Writes staged objects as a file of lines, as they come: there may be millions. */
final class StagedFile implements Closeable {
  private static final ObjectWriter WRITER =
      Json.mapper().writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
  private static final int BUFFER = 1 << 16;

  private final OutputStream output;

  StagedFile(Path file) throws IOException {
    output = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
  }

  void write(StagedObject object) throws IOException {
    output.write(WRITER.writeValueAsBytes(object));
    output.write('\n');
  }

  /** Shows each line of one that was written. */
  static void read(InputStream stream, Consumer<StagedObject> shown) throws IOException {
    try (MappingIterator<StagedObject> lines =
        Json.mapper().readerFor(StagedObject.class).readValues(stream)) {
      while (lines.hasNextValue()) {
        shown.accept(lines.nextValue());
      }
    }
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
