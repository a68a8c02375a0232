package dev.salvor.operator;

import dev.salvor.testing.ApiServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the operator with many policies on a real API server; only the pods are played. Prints
 * what it measured, a name and a number on each line, and leaves judging to {@code bench/run}.
 */
final class ScaleBench {
  private static final int FEW = 1_000;
  private static final int MANY = 5_000;
  private static final int A_MINUTE = 100;

  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** Nobody asks anything for so long once all is settled. */
  private static final Duration QUIET = Duration.ofSeconds(3);

  private static final int POLL_MILLISECONDS = 200;
  private static final double MEBIBYTE = 1 << 20;
  private static final Logger LOG = LoggerFactory.getLogger(ScaleBench.class);

  private final Path folder;
  private final List<String> program;
  private final Installation here = new Installation();
  private final SeasonedPolicies policies = new SeasonedPolicies(here);

  private ScaleBench(Path folder, List<String> program) {
    this.folder = folder;
    this.program = program;
  }

  /**
   * Measures.
   *
   * @param arguments a folder for logs, and the program that {@code operator} is a command of
   */
  public static void main(String[] arguments) {
    var given = List.of(arguments);
    try {
      var bench = new ScaleBench(Path.of(given.getFirst()), given.subList(1, given.size()));
      bench.few();
      bench.many();
      bench.here.close();
      // Threads of the client are no daemons; the API server ends with this process.
      System.exit(0);
    } catch (IOException | InterruptedException | RuntimeException e) {
      LOG.error("nothing more is measured", e);
      System.exit(1);
    }
  }

  private void few() throws IOException, InterruptedException {
    policies.growTo(FEW);
    try (var operator = start()) {
      say("ready", operator.start().toMillis() / 1000.0);
      settle();
      var before = RequestCounts.of(here.client);
      TimeUnit.SECONDS.sleep(IDLE.toSeconds());
      say("idle-writes", RequestCounts.of(here.client).writes() - before.writes());
      sayMemory(operator, FEW);
      punctual("due-to-job", "59s");
      punctual("due-at-once", null);
      queue();
    }
  }

  private void many() throws IOException, InterruptedException {
    policies.growTo(MANY);
    try (var operator = start()) {
      settle();
      sayMemory(operator, MANY);
    }
  }

  private void punctual(String figure, @Nullable String jitter) throws InterruptedException {
    var minute = minuteAfter(Duration.ofSeconds(30));
    try (var course = new JobCourse(here, minute)) {
      policies.schedule(A_MINUTE, minute, jitter);
      await(() -> course.ended() == A_MINUTE, minute.plus(LONGEST));
      say(figure, course.delays(policies::due).get(A_MINUTE * 99 / 100 - 1).toMillis() / 1000.0);
    }
  }

  private void queue() throws InterruptedException {
    // Seen by the operator before it is due.
    var minute = minuteAfter(Duration.ofMinutes(3));
    try (var course = new JobCourse(here, minute)) {
      policies.schedule(FEW, minute, null);
      await(() -> course.ended() == FEW, minute.plus(LONGEST));
      say("took", Duration.between(minute, Instant.now()).toMillis() / 1000.0);
      settle();
      var judged = course.judge();
      say("undone", FEW - policies.backedUpSince(minute));
      say("running", judged.running());
      say("running-on-a-store", judged.onOneStore());
      say("overtaken", judged.overtaken());
    }
  }

  private OperatorProcess start() throws IOException, InterruptedException {
    return new OperatorProcess(program, ApiServer.shared().kubeconfig(), folder);
  }

  /** Waits until the operator has looked at all that there is. */
  private void settle() throws InterruptedException {
    var until = Instant.now().plus(LONGEST);
    var before = RequestCounts.of(here.client);
    while (Instant.now().isBefore(until)) {
      TimeUnit.SECONDS.sleep(QUIET.toSeconds());
      var now = RequestCounts.of(here.client);
      if (now.equals(before)) {
        return;
      }
      before = now;
    }
  }

  /** What does not come is for the figures to say. */
  private static void await(BooleanSupplier what, Instant until) throws InterruptedException {
    while (!what.getAsBoolean() && Instant.now().isBefore(until)) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLISECONDS);
    }
  }

  private static Instant minuteAfter(Duration notice) {
    return Instant.now().plus(notice).truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
  }

  private static void sayMemory(OperatorProcess operator, int count) {
    say("resident-" + count, operator.residentBytes() / MEBIBYTE);
    say("most-resident-" + count, operator.mostResidentBytes() / MEBIBYTE);
  }

  private static void say(String figure, Number value) {
    System.out.println(figure + " " + value);
  }
}
