package dev.salvor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.cli.ProgressView.Surface;
import dev.salvor.task.Progress;
import dev.salvor.task.Step;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProgressViewTest {
  private static final Instant BEGUN = Instant.parse("2026-11-28T04:00:00Z");
  private static final long MIB = 1 << 20;
  private static final String CLEAR = "\r\u001b[2K";

  private final StringWriter written = new StringWriter();

  @Test
  void aTerminalHasOneLineThatIsDrawnOverAndTakenAway() {
    var view = view(Surface.TERMINAL);
    view.show(at(0, Step.STORE, 0L, 48 * MIB));
    view.show(at(10, Step.STORE, 12 * MIB, 48 * MIB));
    view.show(at(40, Step.STORE, 48 * MIB, 48 * MIB));
    view.end();
    view.end();

    assertThat(written.toString())
        .isEqualTo(
            CLEAR
                + "[........................] store 0 B of 48.0 MiB"
                + CLEAR
                + "[######..................] store 12.0 MiB of 48.0 MiB, 1.2 MiB/s, 30s left"
                + CLEAR
                + "[########################] store 48.0 MiB of 48.0 MiB, 1.2 MiB/s"
                + CLEAR);
  }

  /** A source that grows while it is read has no bar that leaves the line. */
  @Test
  void moreThanWasExpectedIsAFullBar() {
    var view = view(Surface.TERMINAL);
    view.show(at(0, Step.STORE, 60 * MIB, 48 * MIB));
    assertThat(written.toString()).startsWith(CLEAR + "[########################] ");
  }

  @Test
  void whatHasNoSizeHasNoBar() {
    var view = view(Surface.TERMINAL);
    view.show(at(0, Step.PREFLIGHT, null, null));
    view.show(at(1, Step.STORE, 5L, null));
    view.show(at(2, Step.STORE, 0L, 0L));
    assertThat(written.toString()).doesNotContain("[.", "[#");
  }

  @Test
  void aFileHasALineForEachStepAndNoEscapes() {
    var view = view(Surface.LINES);
    view.show(at(0, Step.PREFLIGHT, null, null));
    view.show(at(1, Step.STORE, 0L, 48 * MIB));
    view.show(at(2, Step.STORE, 24 * MIB, 48 * MIB));
    view.show(at(3, Step.MANIFEST, null, null));
    view.end();
    assertThat(written.toString().lines())
        .containsExactly("preflight", "store 0 B of 48.0 MiB", "manifest");
    assertThat(written.toString()).doesNotContain("\u001b", "\r");
  }

  @Test
  void aNoteIsSaidOnceAndNotIntoTheBar() {
    var view = view(Surface.TERMINAL);
    view.show(at(0, Step.STORE, 24 * MIB, 48 * MIB));
    view.note("waiting for a container");
    view.note("waiting for a container");
    assertThat(written.toString())
        .endsWith(CLEAR + "waiting for a container" + System.lineSeparator())
        .containsOnlyOnce("waiting");
  }

  @Test
  void whereNothingIsToBeShownNothingIs() {
    var view = view(Surface.NOTHING);
    view.show(at(0, Step.STORE, 0L, 48 * MIB));
    view.note("waiting for a container");
    view.end();
    assertThat(written.toString()).isEmpty();
  }

  private ProgressView view(Surface surface) {
    return new ProgressView(new PrintWriter(written), surface);
  }

  private static Progress at(
      long seconds, Step step, @Nullable Long doneBytes, @Nullable Long totalBytes) {
    return new Progress(
        BEGUN.plusSeconds(seconds), "shop-db-backup", step, null, doneBytes, totalBytes);
  }
}
