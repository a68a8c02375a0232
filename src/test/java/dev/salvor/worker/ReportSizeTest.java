package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.api.StorageObjects;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.Extent;
import dev.salvor.task.HostedFacts;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The largest report of every kind fits into a termination message. */
@NullUnmarked
class ReportSizeTest {
  /** Takes four bytes in UTF-8, two characters in Java. */
  private static final String WIDE = "\uD83D\uDEDF";

  private static final String LONG = (WIDE + "\"\n\\").repeat(1000);
  private static final Instant TIME = Instant.parse("2026-12-31T23:59:59.999999999Z");
  private static final String NAME = "n".repeat(63);

  static Stream<@Nullable TaskResult> largest() {
    var ids = Collections.nCopies(500, "20261122t180000z-abcdef");
    var texts = Collections.nCopies(100, LONG);
    return Stream.of(
        null,
        new TaskResult.Probed("s".repeat(64), "f".repeat(16), true, "COMPLIANCE 3650d", true),
        new TaskResult.BackedUp(
            "20261122t180000z-abcdef",
            "m".repeat(64),
            TIME,
            true,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            new Extent.Files(Long.MAX_VALUE, Long.MAX_VALUE),
            "7".repeat(20),
            "r".repeat(64),
            "s".repeat(64),
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            170002,
            new StorageObjects(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE),
            new HostedFacts("abcdefghijklmnopqrst", texts, TIME).inShort()),
        new TaskResult.Restored(
            texts, texts, Long.MAX_VALUE, NAME, NAME, VerdictOutcome.UNPROVEN, "100 %"),
        new TaskResult.Fetched("20261122t180000z-abcdef", Long.MAX_VALUE),
        new TaskResult.Compared(
            VerdictOutcome.REFUTED,
            Reason.EXTENSION_UNAVAILABLE,
            LONG,
            Isolation.NOT_ENFORCED,
            "100 %",
            "h".repeat(64),
            Long.MAX_VALUE,
            texts),
        new TaskResult.Maintained(
            ids, ids, 10_000, 10_000, 1000, Long.MAX_VALUE, "t".repeat(128), ids, "l".repeat(63)));
  }

  @ParameterizedTest
  @MethodSource("largest")
  void fits(@Nullable TaskResult result) {
    var failure = Reason.OWNED_BY_OTHER.failure(LONG, LONG);
    var report =
        new TaskReport(
            "r".repeat(63),
            TaskReport.Outcome.FAILED,
            TIME,
            TIME,
            failure,
            Collections.nCopies(200, LONG),
            result);

    var fitting = ReportSize.fit(report);

    assertThat(ReportSize.size(fitting)).isLessThanOrEqualTo(ReportSize.MAXIMUM_BYTES);
    assertThat(fitting.run()).isEqualTo(report.run());
    assertThat(fitting.failure().reason()).isEqualTo(Reason.OWNED_BY_OTHER);
    assertThat(fitting.failure().message()).isNotEmpty();
  }

  @Test
  void whatFitsIsLeftAlone() {
    var report =
        new TaskReport(
            "run",
            TaskReport.Outcome.FAILED,
            TIME,
            TIME,
            Reason.STORE_FULL.failure("full", "tail"),
            List.of("a warning"),
            null);

    assertThat(ReportSize.fit(report)).isEqualTo(report);
  }

  @Test
  void theEndOfALogIsWhatStays() {
    var log = "first\n" + "x".repeat(3000) + "\nlast";
    var report =
        new TaskReport(
            "run",
            TaskReport.Outcome.FAILED,
            TIME,
            TIME,
            Reason.ENGINE_FAILED.failure("it failed", log),
            null,
            null);

    var fitting = ReportSize.fit(report);

    assertThat(fitting.failure().logTail()).endsWith("last").hasSizeGreaterThan(300);
    assertThat(fitting.failure().hint()).isNotNull();
  }

  @Test
  void aCutListIsSaid() {
    var result =
        new TaskResult.Maintained(
            Collections.nCopies(500, "20261122t180000z-abcdef"),
            List.of(),
            1,
            0,
            null,
            null,
            null,
            null,
            null);
    var report =
        new TaskReport("run", TaskReport.Outcome.SUCCEEDED, TIME, TIME, null, null, result);

    var fitting = ReportSize.fit(report);

    assertThat(((TaskResult.Maintained) fitting.result()).removed()).isNotEmpty();
    assertThat(fitting.warnings()).anyMatch(it -> it.contains("lists are cut"));
  }
}
