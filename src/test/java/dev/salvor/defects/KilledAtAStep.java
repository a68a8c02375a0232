package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;

import dev.salvor.api.Reason;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.Retention;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.defects.PlantedDefect.OnScene;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * Kill -9 of the worker, and of nothing that it started, as soon as it announces a step: at every
 * step that a Task lists.
 */
final class KilledAtAStep {
  private static final Harmless REPEATED = new Harmless("the next run succeeds");
  private static final Harmless BACKED_UP =
      new Harmless("no half point is listed, the next run succeeds, nothing stored is lost");
  private static final Harmless MAINTAINED =
      new Harmless("the next run succeeds, what is kept can be read whole");
  private static final Harmless PROVEN =
      new Harmless("no server is left, the next run is Verified");
  private static final Harmless RESTORED =
      new Harmless("the old database is there, the next run succeeds");

  /** From here on the manifest may be there, and so the point. */
  static final Set<Step> COMMITTED = EnumSet.of(Step.READ_BACK, Step.REPORT);

  private KilledAtAStep() {}

  static List<PlantedDefect> all() {
    var all = new ArrayList<PlantedDefect>();
    try (var scene = Scene.imagined()) {
      add(all, "ProbeStore", scene.probeTask(), REPEATED, KilledAtAStep::probe);
      add(all, "Inspect", scene.inspectTask(), REPEATED, KilledAtAStep::inspect);
      add(all, "Backup", scene.backupTask(), BACKED_UP, KilledAtAStep::backup);
      add(all, "Fetch", scene.fetchTask("any"), PROVEN, KilledAtAStep::fetch);
      add(all, "Compare", scene.compareTask("any"), PROVEN, KilledAtAStep::compare);
      add(all, "Maintain", scene.maintainTask(), MAINTAINED, KilledAtAStep::maintain);
    }
    return all;
  }

  static List<PlantedDefect> ofRestore() {
    var all = new ArrayList<PlantedDefect>();
    try (var scene = Scene.imagined()) {
      add(all, "Restore", scene.restoreTask("any", "any"), RESTORED, KilledAtAStep::restore);
    }
    return all;
  }

  private static void add(
      List<PlantedDefect> all,
      String name,
      Task task,
      Outcome expected,
      Function<Step, OnScene> killing) {
    for (var step : task.steps()) {
      all.add(
          new PlantedDefect(
              "Killed" + name + "At" + camelCase(step),
              "kill -9 of " + name + " as it begins " + step,
              expected,
              backedUp(killing.apply(step))));
    }
  }

  static String camelCase(Step step) {
    var text = new StringBuilder();
    for (var word : step.name().split("_", -1)) {
      text.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return text.toString();
  }

  private static OnScene probe(Step step) {
    return scene -> {
      scene.kill(scene.probeTask(), step);
      return then(scene.run(scene.probeTask()), REPEATED);
    };
  }

  private static OnScene inspect(Step step) {
    return scene -> {
      scene.kill(scene.inspectTask(), step);
      return then(scene.run(scene.inspectTask()), REPEATED);
    };
  }

  private static OnScene backup(Step step) {
    return scene -> {
      scene.kill(scene.backupTask(), step);
      var listed = scene.points().size();
      if (listed != 1 && !(listed == 2 && COMMITTED.contains(step))) {
        return new Green(listed + " points are listed");
      }
      var next = scene.backup();
      if (next.failure() != null) {
        return Outcome.of(next);
      }
      new ResticByHand(scene).run("check", "--read-data");
      return scene.points().size() == listed + 1
          ? BACKED_UP
          : new Green("listed are " + scene.points());
    };
  }

  private static OnScene maintain(Step step) {
    return scene -> {
      scene.require(scene.backup());
      scene.require(scene.backup());
      var newest = scene.newest();
      scene.wishes().retention =
          new Retention(
              1, null, null, null, null, null, null, null, null, null, null, null, null, null, 100);
      scene.wishes().verdicts =
          List.of(
              new Task.KnownVerdict(
                  newest,
                  VerdictOutcome.VERIFIED,
                  Instant.parse("2026-03-02T00:00:00Z"),
                  "0123456789abcdef"));
      scene.kill(scene.maintainTask(), step);
      var next = scene.maintain();
      if (next.failure() != null) {
        return Outcome.of(next);
      }
      new ResticByHand(scene).run("check", "--read-data");
      var points = scene.points();
      return points.size() == 1 && points.getFirst().id().equals(newest)
          ? MAINTAINED
          : new Green("listed are " + points);
    };
  }

  private static OnScene fetch(Step step) {
    return scene -> {
      var point = scene.newest();
      scene.kill(scene.fetchTask(point), step);
      // The host makes the sandbox folder anew for another attempt, and need not have.
      scene.require(scene.run(scene.fetchTask(point)));
      return proven(scene, point);
    };
  }

  private static OnScene compare(Step step) {
    return scene -> {
      var point = scene.newest();
      scene.require(scene.run(scene.fetchTask(point)));
      scene.kill(scene.compareTask(point), step);
      return proven(scene, point);
    };
  }

  private static Outcome proven(Scene scene, String point) {
    var outcome = Outcome.of(scene.run(scene.compareTask(point)));
    if (!(outcome instanceof Green)) {
      return outcome;
    }
    var left = scene.processes();
    return left.isEmpty() ? PROVEN : new Green("left running: " + left);
  }

  private static OnScene restore(Step step) {
    return scene -> {
      scene.wishes().existing = Task.Existing.REPLACE;
      scene.wishes().notAfter = Instant.now().plus(Duration.ofHours(1));
      if (step == Step.SAFETY_COPY) {
        scene.wishes().strategy = RestoreStrategy.RECREATE;
      }
      var name = InTheRestore.living();
      try {
        var task = scene.restoreTask(scene.newest(), name);
        scene.kill(task, step);
        var old = InTheRestore.oldDatabase(name);
        if (old.isEmpty()) {
          return new Green("the old database is gone");
        }
        var next = scene.run(scene.again(task));
        // A host asks for what a killed run did before it begins another attempt.
        if (next.failure() != null && next.failure().reason() != Reason.ALREADY_CARRIED_OUT) {
          return Outcome.of(next);
        }
        return InTheRestore.isAsBackedUp(name)
            ? RESTORED
            : new Green("the target is not what was backed up");
      } finally {
        InTheRestore.dropAll(name);
      }
    };
  }

  private static Outcome then(TaskReport next, Outcome otherwise) {
    return next.failure() == null ? otherwise : Outcome.of(next);
  }
}
