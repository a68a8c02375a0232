package dev.salvor.operator;

import dev.salvor.operator.OperatorSettings.Concurrency;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.operator.jobs.Placement;
import dev.salvor.plan.Admission;
import dev.salvor.plan.Admission.Candidate;
import dev.salvor.plan.Admission.Place;
import dev.salvor.plan.RunView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lets queued runs begin: resumes the suspended Jobs that may go now. One thread of the leader asks
 * it, whenever a Job changed, so that no two decisions cross each other.
 */
final class Admitter {
  /** How long maintenance lets newer backups pass. */
  private static final Duration MAINTENANCE_PATIENCE = Duration.ofHours(1);

  /** Notes on waiting Jobs that one look writes; they are for people and never hold up a start. */
  private static final int MOST_NOTES = 20;

  private final JobCache cache;
  private final ClusterRuns runs;
  private final Doorbells doorbells;
  private final Concurrency concurrency;
  private final Clock clock;
  private final AtomicReference<Queue> queue = new AtomicReference<>(new Queue(0, 0));

  Admitter(
      JobCache cache, ClusterRuns runs, Doorbells doorbells, Concurrency concurrency, Clock clock) {
    this.cache = cache;
    this.runs = runs;
    this.doorbells = doorbells;
    this.concurrency = concurrency;
    this.clock = clock;
  }

  /** How things stood at the last look. */
  record Queue(int waiting, int running) {}

  Queue queue() {
    return queue.get();
  }

  /** One look at all runs. */
  void admit() {
    var now = clock.instant();
    var waiting = new HashMap<Candidate, Job>();
    var running = new HashMap<Candidate, Job>();
    for (var job : cache.all()) {
      sort(job, now, waiting, running);
    }
    var places = Admission.admit(waiting.keySet(), running.keySet(), limits(), now);
    var admitted =
        places.stream()
            .filter(Place.Admitted.class::isInstance)
            .map(place -> Objects.requireNonNull(waiting.get(place.run())))
            .toList();
    queue.set(new Queue(waiting.size() - admitted.size(), running.size() + admitted.size()));
    OneByOne.each(admitted, this::admit);
    if (admitted.isEmpty()) {
      // A queue that moves would be written to at each look.
      explain(places, waiting);
    }
  }

  private void sort(
      Job job, Instant now, Map<Candidate, Job> waiting, Map<Candidate, Job> running) {
    var labels = JobLabels.read(job);
    if (labels.isEmpty()) {
      return;
    }
    var pods = cache.pods(job);
    var run = JobReading.read(job, pods, now);
    if (run.hasEnded()) {
      return;
    }
    var mayBeLetGo =
        run.state() == RunView.State.QUEUED && isSuspended(job) && !job.isMarkedForDeletion();
    if (mayBeLetGo) {
      waiting.put(candidate(job, List.of(), false), job);
    } else {
      // One whose snapshots are taken goes by itself when they are there: its place is its own.
      var stuck = run.waitingFor() != null && JobLabels.preparingSince(job) == null;
      running.put(candidate(job, pods, stuck), job);
    }
  }

  /** Names are unique in a namespace only; admission wants them unique in all. */
  private static Candidate candidate(Job job, Collection<Pod> pods, boolean stuck) {
    var candidate = Candidate.of(JobLabels.read(job).orElseThrow(), nodes(job, pods));
    return new Candidate(
        JobCache.key(job.getMetadata().getNamespace(), candidate.name()),
        candidate.purpose(),
        candidate.store(),
        candidate.repository(),
        candidate.nodes(),
        candidate.asked(),
        stuck);
  }

  private void admit(Job job) {
    try {
      runs.admit(job);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private void explain(List<Place> places, Map<Candidate, Job> waiting) {
    places.stream()
        .filter(Place.Waiting.class::isInstance)
        .map(Place.Waiting.class::cast)
        .filter(
            place ->
                !place
                    .why()
                    .equals(JobLabels.waiting(Objects.requireNonNull(waiting.get(place.run())))))
        .limit(MOST_NOTES)
        .forEach(
            place -> runs.explain(Objects.requireNonNull(waiting.get(place.run())), place.why()));
  }

  private Admission.Limits limits() {
    var ofStores = new HashMap<String, Integer>();
    doorbells
        .stores()
        .forEach(
            store -> {
              var limits = store.getSpec().limits();
              if (limits != null && limits.concurrentRuns() != null) {
                ofStores.put(
                    JobCache.key(store.getMetadata().getNamespace(), store.getMetadata().getName()),
                    limits.concurrentRuns());
              }
            });
    return new Admission.Limits(
        concurrency.perOperator(),
        concurrency.perStore(),
        ofStores,
        concurrency.perNode(),
        MAINTENANCE_PATIENCE);
  }

  static boolean isSuspended(Job job) {
    return Boolean.TRUE.equals(job.getSpec().getSuspend());
  }

  private static Set<String> nodes(Job job, Collection<Pod> pods) {
    return Stream.concat(
            Placement.nodes(job).stream(),
            pods.stream().map(pod -> pod.getSpec().getNodeName()).filter(Objects::nonNull))
        .collect(Collectors.toUnmodifiableSet());
  }
}
