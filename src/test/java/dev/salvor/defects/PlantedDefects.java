package dev.salvor.defects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Plants every defect and looks what comes of it. */
class PlantedDefects {
  /** Limits a run to the defects whose names contain it. */
  private static final String ONLY = "salvor.defect";

  /** Most of a defect's time is spent waiting for programs and time-outs. */
  private static final int AT_ONCE = 3;

  private static final Map<String, Outcome> OUTCOMES = new ConcurrentHashMap<>();
  private static final ExecutorService PLANTERS = Executors.newFixedThreadPool(AT_ONCE);
  private static List<PlantedDefect> planted = List.of();

  @BeforeAll
  static void choose() {
    var only = System.getProperty(ONLY, "");
    planted = DefectTable.all().stream().filter(defect -> defect.name().contains(only)).toList();
  }

  @Test
  void namesAreDistinct() {
    assertThat(DefectTable.all().stream().map(PlantedDefect::name)).doesNotHaveDuplicates();
  }

  /** Without it the suite would prove nothing. */
  @Test
  void theSameScenesWithoutADefectAreGreen() {
    try (var scene = Scene.fresh()) {
      var made = scene.require(scene.backup());
      assertThat(made.outcome()).isEqualTo(TaskReport.Outcome.SUCCEEDED);
      var point = scene.newest();
      assertThat(scene.verify(point).result())
          .isInstanceOfSatisfying(
              TaskResult.Compared.class,
              compared ->
                  assertThat(compared.outcome())
                      .as("%s", compared)
                      .isEqualTo(VerdictOutcome.VERIFIED));
      assertThat(InTheRestore.works(scene)).isTrue();
      scene.require(scene.maintain());
      assertThat(scene.points()).hasSize(1);
    }
  }

  @TestFactory
  Stream<DynamicTest> eachIsRefused() {
    var running = new ArrayList<DynamicTest>();
    for (var defect : planted) {
      var outcome = PLANTERS.submit(() -> plant(defect));
      running.add(DynamicTest.dynamicTest(defect.name(), () -> judge(defect, outcome)));
    }
    return running.stream();
  }

  private static Outcome plant(PlantedDefect defect) throws Exception {
    var started = System.nanoTime();
    try {
      var outcome = defect.planting().plant();
      OUTCOMES.put(defect.name(), outcome);
      return outcome;
    } finally {
      System.out.printf(
          "planted %s in %.1f s%n", defect.name(), (System.nanoTime() - started) / 1e9);
    }
  }

  private static void judge(PlantedDefect defect, Future<Outcome> running)
      throws InterruptedException {
    try {
      assertThat(running.get()).as(defect.breaks()).isEqualTo(defect.expected());
    } catch (ExecutionException e) {
      throw new AssertionError(defect.name() + ": " + e.getCause(), e.getCause());
    }
  }

  @AfterAll
  static void close() {
    PLANTERS.shutdownNow();
    var refused =
        planted.stream()
            .filter(defect -> defect.expected().equals(OUTCOMES.get(defect.name())))
            .count();
    var green = OUTCOMES.values().stream().filter(Outcome.Green.class::isInstance).count();
    System.out.printf(
        "planted defects: %d planted, %d refused, %d green%n", planted.size(), refused, green);
    DefectTable.write(Path.of("docs"));
  }
}
