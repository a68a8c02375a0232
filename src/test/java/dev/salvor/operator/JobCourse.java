package dev.salvor.operator;

import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.plan.RunLabels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What became of the runs of one tick, seen from outside: in the order of the API server's
 * revisions, so that it does not matter which of two watches was told first.
 */
final class JobCourse implements AutoCloseable {
  /** How old the operator's view of the queue may be when it admits a run. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** As admission promises it of backups. */
  private static final Comparator<RunLabels> ORDER =
      Comparator.comparing(RunLabels::tick).thenComparing(RunLabels::name);

  private final Instant tick;
  private final Map<String, RunLabels> runs = new ConcurrentHashMap<>();
  private final Map<Long, Step> steps = new ConcurrentSkipListMap<>();
  private final SharedIndexInformer<Job> jobs;
  private final SharedIndexInformer<Pod> pods;

  private enum What {
    QUEUED,
    ADMITTED,
    ENDED
  }

  private record Step(What what, RunLabels run, Instant seen) {}

  /**
   * How it went.
   *
   * @param running the most that ran at once
   * @param onOneStore the most that ran at once on the same store
   * @param overtaken runs that waited while one behind them, on the same store, was admitted
   */
  record Judgement(int queued, int ended, int running, int onOneStore, int overtaken) {}

  JobCourse(Installation here, Instant tick) {
    this.tick = tick;
    jobs = here.client.batch().v1().jobs().inNamespace(here.namespace).inform(new Jobs());
    pods = here.client.pods().inNamespace(here.namespace).inform(new Pods());
  }

  /** From when it was due until its Job was seen, of each run, the shortest first. */
  List<Duration> delays(Function<RunLabels, Instant> due) {
    return steps.values().stream()
        .filter(step -> step.what() == What.QUEUED)
        .map(step -> Duration.between(due.apply(step.run()), step.seen()))
        .sorted()
        .toList();
  }

  long ended() {
    return steps.values().stream().filter(step -> step.what() == What.ENDED).count();
  }

  Judgement judge() {
    var waiting = new HashMap<String, Step>();
    var onStore = new HashMap<String, Integer>();
    var queued = 0;
    var ended = 0;
    var running = 0;
    var mostRunning = 0;
    var mostOnStore = 0;
    var overtaken = new HashMap<String, Step>();
    for (var step : steps.values()) {
      var store = step.run().storeKey();
      switch (step.what()) {
        case QUEUED -> {
          waiting.put(step.run().name(), step);
          queued++;
        }
        case ADMITTED -> {
          waiting.remove(step.run().name());
          waiting.values().stream()
              .filter(other -> isPassedBy(step, other))
              .forEach(other -> overtaken.put(other.run().name(), other));
          mostRunning = Math.max(mostRunning, ++running);
          mostOnStore = Math.max(mostOnStore, onStore.merge(store, 1, Integer::sum));
        }
        case ENDED -> {
          onStore.merge(store, -1, Integer::sum);
          running--;
          ended++;
        }
      }
    }
    return new Judgement(queued, ended, mostRunning, mostOnStore, overtaken.size());
  }

  private static boolean isPassedBy(Step admitted, Step waiting) {
    return waiting.run().storeKey().equals(admitted.run().storeKey())
        && ORDER.compare(waiting.run(), admitted.run()) < 0
        && waiting.seen().plus(LOOK).isBefore(admitted.seen());
  }

  @Override
  public void close() {
    jobs.close();
    pods.close();
  }

  private void note(What what, @Nullable String job, HasMetadata changed) {
    var run = job == null ? null : runs.get(job);
    if (run != null) {
      steps.put(
          Long.valueOf(changed.getMetadata().getResourceVersion()),
          new Step(what, run, Instant.now()));
    }
  }

  private final class Jobs implements ResourceEventHandler<Job> {
    @Override
    public void onAdd(Job job) {
      JobLabels.read(job)
          .filter(run -> run.tick().equals(tick))
          .ifPresent(
              run -> {
                runs.put(run.name(), run);
                note(What.QUEUED, run.name(), job);
              });
    }

    @Override
    public void onUpdate(Job before, Job job) {
      if (Admitter.isSuspended(before) && !Admitter.isSuspended(job)) {
        note(What.ADMITTED, job.getMetadata().getName(), job);
      }
    }

    @Override
    public void onDelete(Job job, boolean stateIsUnknown) {}
  }

  /** A run ends with its pod; its Job says so a moment later. */
  private final class Pods implements ResourceEventHandler<Pod> {
    @Override
    public void onAdd(Pod pod) {}

    @Override
    public void onUpdate(Pod before, Pod pod) {
      if (!hasSucceeded(before) && hasSucceeded(pod)) {
        note(What.ENDED, pod.getMetadata().getLabels().get(JobCache.JOB_NAME), pod);
      }
    }

    @Override
    public void onDelete(Pod pod, boolean stateIsUnknown) {}

    private static boolean hasSucceeded(Pod pod) {
      return pod.getStatus() != null && "Succeeded".equals(pod.getStatus().getPhase());
    }
  }
}
