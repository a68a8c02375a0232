package dev.salvor.cli;

import dev.salvor.cli.show.Ink;
import java.io.Console;
import java.util.Map;
import java.util.Optional;

/** Whether a person looks on, and how things may be shown to them. */
enum Terminal {
  /** Colours, and lines that are drawn over. */
  CAPABLE,
  /** Colours are not wanted (no-color.org). */
  COLOURLESS,
  /** It can do no more than a teletype could: what is drawn over would pile up. */
  DUMB,
  NONE;

  static Terminal here() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
        ? of(System.getenv())
        : NONE;
  }

  /** By the environment of a process that has one. */
  static Terminal of(Map<String, String> environment) {
    if (environment.getOrDefault("TERM", "").equals("dumb")) {
      return DUMB;
    }
    return environment.getOrDefault("NO_COLOR", "").isEmpty() ? CAPABLE : COLOURLESS;
  }

  Ink ink() {
    return switch (this) {
      case CAPABLE -> Ink.COLOURED;
      case COLOURLESS, DUMB, NONE -> Ink.PLAIN;
    };
  }

  ProgressView.Surface surface() {
    return switch (this) {
      case CAPABLE, COLOURLESS -> ProgressView.Surface.TERMINAL;
      case DUMB, NONE -> ProgressView.Surface.LINES;
    };
  }
}
