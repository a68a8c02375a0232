package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.cli.show.Ink;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
  @Test
  void coloursAreForThoseWhoSeeAndWantThem() {
    assertThat(Terminal.of(Map.of("TERM", "xterm")).ink()).isEqualTo(Ink.COLOURED);
    assertThat(Terminal.of(Map.of("NO_COLOR", "")).ink()).isEqualTo(Ink.COLOURED);
    assertThat(Terminal.of(Map.of("NO_COLOR", "1")).ink()).isEqualTo(Ink.PLAIN);
    assertThat(Terminal.of(Map.of("TERM", "dumb")).ink()).isEqualTo(Ink.PLAIN);
    assertThat(Terminal.NONE.ink()).isEqualTo(Ink.PLAIN);
  }

  @Test
  void aBarIsDrawnOverOnlyWhereThatCanBe() {
    assertThat(Terminal.of(Map.of("NO_COLOR", "1")).surface())
        .isEqualTo(ProgressView.Surface.TERMINAL);
    assertThat(Terminal.of(Map.of("TERM", "dumb")).surface()).isEqualTo(ProgressView.Surface.LINES);
    assertThat(Terminal.NONE.surface()).isEqualTo(ProgressView.Surface.LINES);
  }

  /** What tests print goes to no terminal. */
  @Test
  void helpIsPlainWhereNobodyLooksOn() {
    assertThat(Terminal.here()).isEqualTo(Terminal.NONE);
    assertThat(Main.commandLine().getUsageMessage()).doesNotContain("\u001b");
  }
}
