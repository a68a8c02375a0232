package dev.salvor.cli;

import dev.salvor.cli.show.Pace;
import dev.salvor.cli.source.ProgressLine;
import dev.salvor.task.Progress;
import dev.salvor.task.Step;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Shows how far a run is: a bar that is drawn over on a terminal, a line for each step else. */
final class ProgressView {
  private static final int BAR = 24;
  private static final String CLEAR = "\r\u001b[2K";

  private final PrintWriter err;
  private final Surface surface;
  private final Pace pace = new Pace();
  private @Nullable Step step;
  private boolean drawn;
  private String noted = "";

  /** What is written on. */
  enum Surface {
    TERMINAL,
    LINES,
    NOTHING
  }

  ProgressView(PrintWriter err, Surface surface) {
    this.err = err;
    this.surface = surface;
  }

  void show(Progress progress) {
    var speed = pace.after(progress);
    switch (surface) {
      case TERMINAL -> {
        err.print(CLEAR + bar(progress) + ProgressLine.text(progress) + speed);
        err.flush();
        drawn = true;
      }
      case LINES -> {
        if (progress.step() != step) {
          err.println(ProgressLine.text(progress));
          err.flush();
        }
      }
      case NOTHING -> {}
    }
    step = progress.step();
  }

  /** A line beside the progress, said once. */
  void note(String text) {
    if (surface != Surface.NOTHING && !text.equals(noted)) {
      end();
      err.println(text);
      err.flush();
      noted = text;
    }
  }

  /** Takes the bar away. */
  void end() {
    if (drawn) {
      err.print(CLEAR);
      err.flush();
      drawn = false;
    }
  }

  private static String bar(Progress progress) {
    var done = progress.doneBytes();
    var total = progress.totalBytes();
    if (done == null || total == null || total == 0) {
      return "";
    }
    var filled = (int) Math.min(BAR, BAR * done / total);
    return "[" + "#".repeat(filled) + ".".repeat(BAR - filled) + "] ";
  }
}
