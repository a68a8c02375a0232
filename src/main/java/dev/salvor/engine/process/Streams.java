package dev.salvor.engine.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is done with a program's three streams.
 *
 * @param input writes standard input, which is then closed; null: nothing to read
 * @param output reads standard output; null: it is captured, up to {@link
 *     ProcessRunner#CAPTURE_BYTES}
 * @param errorLines sees each line of standard error; the tail is kept in any case
 */
public record Streams(@Nullable Input input, @Nullable Output output, Consumer<String> errorLines) {

  /**
   * Writes to a stream. An exception ends the program before it has seen the end of its input: what
   * stops half-way must not look whole. Called anew for each program that is started.
   */
  @FunctionalInterface
  public interface Input {
    void write(OutputStream stream) throws IOException;
  }

  /** Reads a stream to its end. An exception ends the program. */
  @FunctionalInterface
  public interface Output {
    void read(InputStream stream) throws IOException;
  }

  /** No input, output captured. */
  public static Streams captured() {
    return new Streams(null, null, line -> {});
  }

  /** No input, output read as it comes. */
  public static Streams to(Output output) {
    return new Streams(null, output, line -> {});
  }

  /** No input, output read by lines in UTF-8. */
  public static Streams lines(Consumer<String> lines) {
    return to(
        stream -> {
          var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
          for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.accept(line);
          }
        });
  }

  /** With a text as input, in UTF-8. */
  public Streams withInput(String text) {
    return withInput(stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  public Streams withInput(Input writer) {
    return new Streams(writer, output, errorLines);
  }

  public Streams withErrorLines(Consumer<String> lines) {
    return new Streams(input, output, lines);
  }
}
