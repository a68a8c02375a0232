package dev.salvor.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/** Shows each step as one line with its time, and what is worth seeing of it below. */
final class Stage {
  /** How steps are shown. */
  enum Output {
    TEXT,
    /** One JSON document for each step: {@code step}, {@code seconds}, {@code lines}. */
    JSON
  }

  /** What a step does; it returns the lines that show what came of it. */
  interface Work {
    List<String> run() throws Exception;
  }

  /** What is written on. */
  enum Surface {
    TERMINAL,
    LINES
  }

  private static final String CLEAR = "\r\u001b[2K";

  private final PrintWriter out;
  private final Output output;
  private final Surface surface;
  private int number;

  Stage(PrintWriter out, Output output, Surface surface) {
    this.out = out;
    this.output = output;
    this.surface = surface;
  }

  void step(String title, Work work) throws Exception {
    number++;
    var begun = System.nanoTime();
    if (output == Output.TEXT) {
      out.print(line(title));
      out.flush();
    }
    var lines = work.run();
    var seconds = (System.nanoTime() - begun) / 1e9;
    switch (output) {
      case TEXT -> show(title, seconds, lines);
      case JSON -> write(title, seconds, lines);
    }
    out.flush();
  }

  private String line(String title) {
    return String.format(Locale.ROOT, "%2d  %-66s ", number, title);
  }

  private void show(String title, double seconds, List<String> lines) {
    // On a terminal a bar may have been drawn over the line.
    var again = surface == Surface.TERMINAL ? CLEAR + line(title) : "";
    out.printf(Locale.ROOT, "%s%5.1f s%n", again, seconds);
    lines.forEach(line -> out.println("    " + line));
  }

  private void write(String title, double seconds, List<String> lines) {
    var step = new LinkedHashMap<String, Object>();
    step.put("step", title);
    step.put("seconds", Math.round(seconds * 10) / 10.0);
    step.put("lines", lines);
    write(step);
  }

  /** The last line. */
  void end(String text, boolean succeeded) {
    switch (output) {
      case TEXT -> out.println("\n" + text);
      case JSON -> {
        var end = new LinkedHashMap<String, Object>();
        end.put("succeeded", succeeded);
        end.put("message", text);
        write(end);
      }
    }
    out.flush();
  }

  private void write(Object document) {
    try {
      out.println(Json.mapper().writeValueAsString(document));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
