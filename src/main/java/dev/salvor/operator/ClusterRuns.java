package dev.salvor.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.operator.jobs.HookMark;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobOrder;
import dev.salvor.operator.jobs.JobReading;
import dev.salvor.operator.jobs.JobRendering;
import dev.salvor.operator.jobs.Leg;
import dev.salvor.operator.jobs.ScaledWorkload;
import dev.salvor.plan.RunView;
import dev.salvor.plan.RunsOf;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.ScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs as Jobs. The name of a Job is the run's, so that creating it twice is creating it once. */
final class ClusterRuns {
  /** What the informer has not shown for so long was perhaps deleted before it could. */
  private static final Duration UNSEEN = Duration.ofMinutes(1);

  /** Whoever lives records an end in seconds. */
  private static final Duration UNRECORDED = Duration.ofHours(1);

  /** The kubelet tries to mount again after at most 2 min 2 s, and says so each time. */
  private static final Duration COMPLAINT = Duration.ofMinutes(3);

  private static final Logger LOG = LoggerFactory.getLogger(ClusterRuns.class);

  private final KubernetesClient client;
  private final JobCache cache;
  private final JobRendering rendering;
  private final Clock clock;
  private final Map<String, RunView> vanished = new ConcurrentHashMap<>();
  private final Set<String> removed = ConcurrentHashMap.newKeySet();

  ClusterRuns(KubernetesClient client, JobCache cache, JobRendering rendering, Clock clock) {
    this.client = client;
    this.cache = cache;
    this.rendering = rendering;
    this.clock = clock;
  }

  /** Whether a creation made something. */
  enum Creation {
    CREATED,
    EXISTED
  }

  /**
   * Queues a run.
   *
   * @throws KubernetesClientException if the API server refuses it, or holds a Job of that name
   *     that belongs to someone else
   */
  Creation create(JobOrder order) {
    var job = rendering.render(order);
    var namespace = job.getMetadata().getNamespace();
    var name = job.getMetadata().getName();
    if (cache.find(namespace, name).filter(known -> isOwned(known, order)).isPresent()) {
      return Creation.EXISTED;
    }
    try {
      cache.remember(client.batch().v1().jobs().inNamespace(namespace).resource(job).create());
      LOG.atInfo().addKeyValue("namespace", namespace).addKeyValue("run", name).log("queued");
      return Creation.CREATED;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      var existing = job(namespace, name).get();
      if (existing == null || !isOwned(existing, order)) {
        throw e;
      }
      cache.remember(existing);
      return Creation.EXISTED;
    }
  }

  /** Lets a queued run begin, or be prepared for first. */
  void admit(Job job) {
    if (!JobLabels.isPrepared(job)) {
      resume(job, Map.of());
    } else {
      change(
          job,
          annotated(
                  Map.of(
                      JobLabels.PREPARING,
                      clock.instant().toString(),
                      JobLabels.WAITING,
                      "its claims are made ready."))
              .toString());
    }
  }

  /**
   * Lets a run begin.
   *
   * @param told annotations of its pods that were not known before
   */
  void resume(Job job, Map<String, String> told) {
    var patch = Json.mapper().createObjectNode();
    patch.putObject("metadata").putObject("annotations").putNull(JobLabels.WAITING);
    patch.putObject("spec").put("suspend", false);
    if (JobLabels.preparingSince(job) != null) {
      patch.withObject("/metadata/annotations").putNull(JobLabels.PREPARING);
    }
    // A pod template that was run once is what it was: of a Job that somebody suspended since.
    told.forEach(
        (annotation, value) -> {
          if (JobLabels.ofPods(job, annotation) == null) {
            patch.withObject("/spec/template/metadata/annotations").put(annotation, value);
          }
        });
    var wasHeld = JobLabels.isHeld(job) || JobLabels.isReleased(job);
    change(job, wasHeld ? asSeen(job, patch) : patch.toString());
    LOG.atInfo()
        .addKeyValue("namespace", job.getMetadata().getNamespace())
        .addKeyValue("run", job.getMetadata().getName())
        .log("admitted");
  }

  /** What its hooks hold still from now on, until all is read or snapped. */
  void noteHeld(Job job, Set<String> held) {
    change(job, asSeen(job, annotated(Map.of(JobLabels.HELD, String.join(",", held)))));
  }

  /** Another leader may have noted what held first, or have given it up: that stays. */
  private static String asSeen(Job job, ObjectNode patch) {
    patch.withObject("/metadata").put("resourceVersion", job.getMetadata().getResourceVersion());
    return patch.toString();
  }

  /**
   * The users of its claims may come back: what they write from now on does not concern it.
   *
   * @return the Job as it is then
   */
  Job release(Job job) {
    var patch = Json.mapper().createObjectNode();
    var annotations = patch.putObject("metadata").putObject("annotations");
    if (!JobLabels.scaledToZero(job).isEmpty()) {
      annotations.put(JobLabels.SCALES, "");
    }
    if (JobLabels.hasHooks(job)) {
      annotations.put(JobLabels.HOOKS, "");
    }
    return change(job, patch.toString());
  }

  /** Whether workloads are to be at zero for a run, which is let go and has not ended. */
  boolean scalesToZero(String namespace, ScaledWorkload mark) {
    return holds(namespace, mark.run(), mark::isFor, this::holds);
  }

  /** Whether a pod is to be in the hooks of a run, which is let go and has not ended. */
  boolean holdsStill(String namespace, HookMark mark) {
    return holds(
        namespace, mark.run(), mark::isFor, job -> JobLabels.hasHooks(job) && isAtWork(job));
  }

  private boolean holds(
      String namespace, String name, Predicate<Job> isFor, Predicate<Job> isHolding) {
    var isIt = isFor.and(job -> !job.isMarkedForDeletion());
    if (cache.find(namespace, name).filter(isIt.and(isHolding)).isPresent()) {
      return true;
    }
    // Who leads since a moment ago may not have heard yet that it was let go.
    return Optional.ofNullable(job(namespace, name).get())
        .filter(isIt)
        .map(isHolding::test)
        .orElseGet(() -> hasPods(namespace, name));
  }

  /** Whether nothing reads yet what is held still for it. */
  boolean isHeldUnread(Job job) {
    return JobLabels.hasHooks(job)
        && Preparations.isPreparing(job)
        && !(JobLabels.isHeld(job) && isReadElsewhere(job));
  }

  /** Whether a node has begun to read for it, for as long as that takes. */
  private boolean isReadElsewhere(Job job) {
    return !JobLabels.shares(job).isEmpty()
        || cache.all().stream()
            .filter(leg -> JobLabels.legOf(leg) != null && Leg.belongs(leg, job))
            .anyMatch(leg -> cache.pods(leg).stream().anyMatch(JobReading::hasBegun));
  }

  /** Whether it reads what its hooks are to hold still. */
  boolean readsHeld(Job job) {
    return JobLabels.hasHooks(job) && !Admitter.isSuspended(job) && isAtWork(job);
  }

  /** Whether workloads are to be at zero for it now. */
  boolean holds(Job job) {
    return !JobLabels.scaledToZero(job).isEmpty() && isAtWork(job);
  }

  private boolean isAtWork(Job job) {
    return seen(job, clock.instant())
        .filter(run -> run.state() == RunView.State.RUNNING)
        .isPresent();
  }

  private boolean hasEnded(Job job) {
    return seen(job, clock.instant()).map(RunView::hasEnded).orElse(true);
  }

  /** Of a Job that is gone, which takes its pods with it in its own time. */
  boolean hasPods(String namespace, String name) {
    return pods(namespace, name).stream()
        .anyMatch(pod -> !JobReading.hasEnded(pod, clock.instant()));
  }

  /** Says on a run that has not begun why it waits; says it once. */
  void explain(Job job, String why) {
    if (!why.equals(JobLabels.waiting(job))) {
      change(job, annotated(Map.of(JobLabels.WAITING, why)).toString());
    }
  }

  /** Notes what the next of its legs kept: its pod may be gone when the last one has ended. */
  void noteShare(Job run, String share) {
    var shares = new ArrayList<>(JobLabels.shares(run));
    shares.add(share);
    change(run, annotated(Map.of(JobLabels.SHARES, String.join(",", shares))).toString());
  }

  /** Ends a run that was admitted and will hardly begin any more. */
  void giveUp(Job job, Failure why) {
    var patch = annotated(JobLabels.gaveUp(why, clock.instant()));
    patch.putObject("spec").put("suspend", true);
    change(job, patch.toString());
    LOG.atWarn()
        .addKeyValue("namespace", job.getMetadata().getNamespace())
        .addKeyValue("run", job.getMetadata().getName())
        .addKeyValue("reason", why.reason().text())
        .log("gave up");
  }

  private Job change(Job job, String patch) {
    // By the resource, not by its name: the client would read it first.
    var changed = client.resource(job).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    cache.remember(changed);
    return changed;
  }

  private static ObjectNode annotated(Map<String, String> annotations) {
    var patch = Json.mapper().createObjectNode();
    var target = patch.putObject("metadata").putObject("annotations");
    annotations.forEach(target::put);
    return patch;
  }

  /**
   * Removes a run that has not begun; what has ended, or is gone, stays as it is.
   *
   * @return false: it was let go since it was looked at, and is to be looked at again
   */
  boolean withdraw(String namespace, String name) {
    var known = cache.find(namespace, name).filter(job -> !hasEnded(job));
    if (known.isEmpty()) {
      return true;
    }
    var job = known.get();
    if (!Admitter.isSuspended(job) || JobLabels.preparingSince(job) != null) {
      return false;
    }
    try {
      // Only as it was seen: resumed since, its pod is in the middle of its work.
      delete(job, it -> it.lockResourceVersion(job.getMetadata().getResourceVersion()).delete());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return false;
      }
      throw e;
    }
  }

  /** Removes a run whose end is recorded, with its pods. One that is gone already is no failure. */
  void remove(String namespace, String name) {
    vanished.remove(JobCache.key(namespace, name));
    cache
        .find(namespace, name)
        .filter(this::hasEnded)
        .ifPresent(
            job ->
                delete(
                    job, it -> it.withPropagationPolicy(DeletionPropagation.BACKGROUND).delete()));
  }

  private void delete(Job job, Consumer<Resource<Job>> how) {
    var metadata = job.getMetadata();
    removed.add(metadata.getUid());
    try {
      how.accept(client.resource(job));
    } catch (KubernetesClientException e) {
      removed.remove(metadata.getUid());
      throw e;
    }
    cache.forget(metadata.getNamespace(), metadata.getName());
  }

  /** The runs that are held, in the order of their creation. */
  List<RunView> views(RunsOf whose) {
    var now = clock.instant();
    var views = new ArrayList<RunView>();
    cache.jobs(whose).forEach(job -> view(job, now).ifPresent(views::add));
    vanished.values().stream().filter(run -> whose.covers(run.labels())).forEach(views::add);
    lookTwice(whose, views).flatMap(job -> view(job, now)).ifPresent(views::add);
    return views.stream().sorted((one, other) -> one.created().compareTo(other.created())).toList();
  }

  /** A run that a status names and that the informer does not show is asked for by name. */
  private Optional<Job> lookTwice(RunsOf whose, List<RunView> seen) {
    if (!(whose instanceof RunsOf.Request(var namespace, var uid, var named))
        || named == null
        || seen.stream().anyMatch(run -> run.labels().name().equals(named))) {
      return Optional.empty();
    }
    var job = job(namespace, named).get();
    return Optional.ofNullable(job)
        .filter(found -> JobLabels.read(found).filter(whose::covers).isPresent());
  }

  /**
   * A Job is gone. One that was not removed by this process was deleted by someone else, and what
   * became of its run has yet to be recorded.
   */
  void gone(Job job) {
    var metadata = job.getMetadata();
    var key = JobCache.key(metadata.getNamespace(), metadata.getName());
    if (removed.remove(metadata.getUid())) {
      return;
    }
    seen(job, clock.instant()).ifPresent(run -> vanished.put(key, run.hasEnded() ? run : cut(run)));
  }

  /** Drops what was written and never shown, and ends that nobody is left to record. */
  void tidy() {
    var forgotten = clock.instant().minus(UNRECORDED);
    vanished.values().removeIf(run -> run.ended() == null || run.ended().isBefore(forgotten));
    lookForUnseen();
  }

  private void lookForUnseen() {
    var since = clock.instant().minus(UNSEEN);
    for (var job : cache.unseen()) {
      var metadata = job.getMetadata();
      if (Instant.parse(metadata.getCreationTimestamp()).isBefore(since)) {
        var live = job(metadata.getNamespace(), metadata.getName()).get();
        cache.forget(metadata.getNamespace(), metadata.getName());
        if (live == null) {
          gone(job);
        } else {
          cache.remember(live);
        }
      }
    }
  }

  private RunView cut(RunView run) {
    return new RunView(
        run.labels(),
        RunView.State.ENDED,
        run.created(),
        clock.instant(),
        run.reports(),
        Reason.INTERRUPTED.failure(
            "The Job " + run.labels().name() + " was deleted before it had ended."),
        null);
  }

  private Optional<RunView> seen(Job job, Instant now) {
    return JobLabels.read(job).map(labels -> JobReading.read(job, cache.pods(job), now));
  }

  /**
   * A report that is missing may only be late: Jobs and pods are followed apart from each other.
   */
  private Optional<RunView> view(Job job, Instant now) {
    return seen(job, now)
        .map(run -> run.hasEnded() && run.hostFailure() != null ? readAgain(job, now) : run);
  }

  RunView readAgain(Job job, Instant now) {
    var pods = pods(job.getMetadata().getNamespace(), job.getMetadata().getName());
    return JobReading.read(job, pods, pods.isEmpty() ? complaints(job, pods) : List.of(), now);
  }

  private List<Pod> pods(String namespace, String name) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel(JobCache.JOB_NAME, name)
        .list()
        .getItems();
  }

  /**
   * Why there is no pod, or why its node does not start it: what events say, the newest last. Of a
   * pod only what was said a moment ago: a node repeats what is still wrong.
   */
  List<String> complaints(Job job, List<Pod> pods) {
    var about = pods.isEmpty() ? List.of(job) : pods;
    return about.stream()
        .flatMap(each -> warnings(each.getMetadata()))
        .filter(event -> JobReading.COMPLAINTS.contains(event.getReason()))
        .filter(event -> pods.isEmpty() || isFresh(event))
        .sorted(Comparator.comparing(ClusterRuns::time))
        .map(Event::getMessage)
        .toList();
  }

  private Stream<Event> warnings(ObjectMeta about) {
    return client
        .v1()
        .events()
        .inNamespace(about.getNamespace())
        .withField("involvedObject.uid", about.getUid())
        .withField("type", "Warning")
        .list()
        .getItems()
        .stream();
  }

  private boolean isFresh(Event event) {
    var time = time(event);
    return time.isEmpty() || Instant.parse(time).plus(COMPLAINT).isAfter(clock.instant());
  }

  private static String time(Event event) {
    return event.getLastTimestamp() == null ? "" : event.getLastTimestamp();
  }

  private ScalableResource<Job> job(String namespace, String name) {
    return client.batch().v1().jobs().inNamespace(namespace).withName(name);
  }

  private static boolean isOwned(@Nullable Job job, JobOrder order) {
    return job != null
        && job.getMetadata().getOwnerReferences().stream()
            .anyMatch(owner -> owner.getUid().equals(order.owner().getUid()));
  }
}
