package dev.salvor.operator;

import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunLabels;
import dev.salvor.plan.RunView;
import dev.salvor.plan.RunsOf;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.AnyNamespaceOperation;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Our own Jobs and pods, followed by label, and nothing else of the cluster. A Job that this
 * process wrote itself is shown as it was written until the informer has caught up.
 */
final class JobCache implements AutoCloseable {
  private static final String RUNS_OF = "runs-of";
  private static final String PODS_OF = "pods-of";
  static final String JOB_NAME = "batch.kubernetes.io/job-name";
  private static final int SYNC_SECONDS = 60;

  /** Longer than any answer of the API server takes. */
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private final List<SharedIndexInformer<Job>> jobs = new ArrayList<>();
  private final List<SharedIndexInformer<Pod>> pods = new ArrayList<>();
  private final Map<String, Job> written = new ConcurrentHashMap<>();

  /** Uids of Jobs that are gone, and since when. */
  private final Map<String, Instant> gone = new ConcurrentHashMap<>();

  private final Listener listener;
  private final Clock clock;

  /** Who is told; called from the informers' threads, so it must not wait for anything. */
  interface Listener {
    /**
     * Of the Job or a pod of it.
     *
     * @param news whether its run reads differently now
     */
    void changed(Job job, boolean news);

    /** The Job is gone; its pods may still be shown. */
    void gone(Job job);
  }

  /**
   * A cache that is not started yet.
   *
   * @param namespaces empty: all
   */
  JobCache(KubernetesClient client, Set<String> namespaces, Listener listener, Clock clock) {
    this.listener = listener;
    this.clock = clock;
    var all = client.batch().v1().jobs();
    if (namespaces.isEmpty()) {
      follow(all.inAnyNamespace(), client.pods().inAnyNamespace());
    }
    for (var namespace : namespaces) {
      follow(all.inNamespace(namespace), client.pods().inNamespace(namespace));
    }
  }

  /** Follows from now on, and returns when it knows what there is. */
  void start() {
    for (var informer : Stream.concat(jobs.stream(), pods.stream()).toList()) {
      informer.exceptionHandler((started, failure) -> true);
      try {
        informer.start().toCompletableFuture().get(SYNC_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IllegalStateException("cannot list Jobs and pods", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while listing Jobs and pods", e);
      }
    }
  }

  boolean isFollowing() {
    return Stream.concat(jobs.stream(), pods.stream()).allMatch(SharedIndexInformer::isWatching);
  }

  Collection<Job> all() {
    return overlaid(
        jobs.stream().flatMap(informer -> informer.getIndexer().list().stream()),
        written.values().stream());
  }

  Collection<Job> jobs(RunsOf whose) {
    return overlaid(
        jobs.stream()
            .flatMap(informer -> informer.getIndexer().byIndex(RUNS_OF, index(whose)).stream()),
        written.values().stream()
            .filter(job -> JobLabels.read(job).filter(whose::covers).isPresent()));
  }

  Optional<Job> find(String namespace, String name) {
    var key = key(namespace, name);
    return overlaid(
            jobs.stream()
                .map(informer -> informer.getIndexer().getByKey(key))
                .filter(job -> job != null),
            Stream.ofNullable(written.get(key)))
        .stream()
        .findFirst();
  }

  List<Pod> pods(Job job) {
    var key = key(job.getMetadata().getNamespace(), job.getMetadata().getName());
    return pods.stream()
        .flatMap(informer -> informer.getIndexer().byIndex(PODS_OF, key).stream())
        .filter(pod -> isOf(pod, job))
        .toList();
  }

  Collection<Pod> allPods() {
    return pods.stream().flatMap(informer -> informer.getIndexer().list().stream()).toList();
  }

  /** Shows a Job as it was just written, until the informer shows it at least as new. */
  void remember(Job job) {
    var key = key(job.getMetadata().getNamespace(), job.getMetadata().getName());
    written.put(key, job);
    if (gone.containsKey(job.getMetadata().getUid())) {
      // The answer to what was written came after the word that it is gone.
      written.remove(key, job);
    }
    var seen = jobs.stream().map(informer -> informer.getIndexer().getByKey(key));
    seen.filter(job1 -> job1 != null).forEach(this::caughtUp);
  }

  void forget(String namespace, String name) {
    written.remove(key(namespace, name));
  }

  /** Jobs that were written and that the informer has not shown. */
  Collection<Job> unseen() {
    return List.copyOf(written.values());
  }

  @Override
  public void close() {
    jobs.forEach(SharedIndexInformer::close);
    pods.forEach(SharedIndexInformer::close);
  }

  private void follow(
      AnyNamespaceOperation<Job, ?, ?> jobsThere, AnyNamespaceOperation<Pod, ?, ?> podsThere) {
    var jobInformer = informer(jobsThere);
    var podInformer = informer(podsThere);
    jobInformer.addIndexers(Map.of(RUNS_OF, JobCache::owners));
    jobInformer.addEventHandler(new JobEvents());
    podInformer.addIndexers(Map.of(PODS_OF, JobCache::job));
    podInformer.addEventHandler(new PodEvents());
    jobs.add(jobInformer);
    pods.add(podInformer);
  }

  private static <T> SharedIndexInformer<T> informer(AnyNamespaceOperation<T, ?, ?> there) {
    return there.withLabel(JobLabels.MANAGED).withLimit(OperatorHost.PAGE).runnableInformer(0);
  }

  private final class JobEvents implements ResourceEventHandler<Job> {
    @Override
    public void onAdd(Job job) {
      caughtUp(job);
      listener.changed(job, true);
    }

    @Override
    public void onUpdate(Job before, Job job) {
      caughtUp(job);
      var pods = pods(job);
      listener.changed(job, !read(before, pods).equals(read(job, pods)));
    }

    @Override
    public void onDelete(Job job, boolean stateIsUnknown) {
      var now = clock.instant();
      gone.values().removeIf(time -> time.plus(REMEMBERED).isBefore(now));
      gone.put(job.getMetadata().getUid(), now);
      forget(job.getMetadata().getNamespace(), job.getMetadata().getName());
      listener.gone(job);
    }
  }

  private final class PodEvents implements ResourceEventHandler<Pod> {
    @Override
    public void onAdd(Pod pod) {
      itsJob(pod).ifPresent(job -> listener.changed(job, true));
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
      itsJob(pod)
          .ifPresent(
              job ->
                  listener.changed(
                      job, !read(job, List.of(before)).equals(read(job, List.of(pod)))));
    }

    @Override
    public void onDelete(Pod pod, boolean stateIsUnknown) {
      itsJob(pod).ifPresent(job -> listener.changed(job, true));
    }

    private Optional<Job> itsJob(Pod pod) {
      var name = pod.getMetadata().getLabels().get(JOB_NAME);
      return name == null ? Optional.empty() : find(pod.getMetadata().getNamespace(), name);
    }
  }

  private Optional<RunView> read(Job job, List<Pod> pods) {
    var now = clock.instant();
    return JobLabels.read(job).map(run -> JobReading.read(job, pods, now));
  }

  private void caughtUp(Job seen) {
    written.computeIfPresent(
        key(seen.getMetadata().getNamespace(), seen.getMetadata().getName()),
        (key, own) -> isAsNewAs(seen, own) ? null : own);
  }

  private static Collection<Job> overlaid(Stream<Job> seen, Stream<Job> own) {
    var found = new LinkedHashMap<String, Job>();
    Function<Job, String> key =
        job -> key(job.getMetadata().getNamespace(), job.getMetadata().getName());
    seen.forEach(job -> found.put(key.apply(job), job));
    own.forEach(
        job ->
            found.merge(key.apply(job), job, (one, other) -> isAsNewAs(one, other) ? one : other));
    return found.values();
  }

  /** Versions of one object in one cluster are numbers that rise (KEP 5504). */
  private static boolean isAsNewAs(HasMetadata one, HasMetadata other) {
    return version(one) >= version(other);
  }

  private static long version(HasMetadata object) {
    return Long.parseLong(object.getMetadata().getResourceVersion());
  }

  private static boolean isOf(Pod pod, Job job) {
    return pod.getMetadata().getOwnerReferences().stream()
        .allMatch(owner -> owner.getUid().equals(job.getMetadata().getUid()));
  }

  private static List<String> owners(Job job) {
    return JobLabels.read(job).map(JobCache::owners).orElse(List.of());
  }

  private static List<String> owners(RunLabels labels) {
    if (labels.purpose() == Purpose.PROBE) {
      return List.of("store " + labels.storeKey());
    }
    var owners = new ArrayList<String>();
    if (labels.policyUid() != null) {
      owners.add("policy " + labels.policyUid());
    }
    if (labels.requestUid() != null) {
      owners.add("request " + labels.requestUid());
    }
    return owners;
  }

  private static String index(RunsOf whose) {
    return switch (whose) {
      case RunsOf.Policy policy -> "policy " + policy.uid();
      case RunsOf.Request request -> "request " + request.uid();
      case RunsOf.Store store -> "store " + store.key();
    };
  }

  private static List<String> job(Pod pod) {
    var name = pod.getMetadata().getLabels().get(JOB_NAME);
    return name == null ? List.of() : List.of(key(pod.getMetadata().getNamespace(), name));
  }

  static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}
