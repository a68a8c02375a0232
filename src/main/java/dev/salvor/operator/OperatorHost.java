package dev.salvor.operator;

import dev.salvor.api.ObservedStatus;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobRendering;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The Kubernetes host, put together. It keeps nothing that is not in the API server, so that it may
 * be killed at any instant, and a second one takes over where it stood.
 */
public final class OperatorHost implements AutoCloseable {
  /** Nothing is looked at less often, whatever a planner says. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(15);

  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);

  /** What a reconciliation gets to end in; it never waits for a run. */
  private static final Duration ENDING = Duration.ofSeconds(20);

  /** They wait for the API server most of the time; more would only queue there. */
  private static final int THREADS = 10;

  /** Resources on one page of a list, so that no answer holds all that there are. */
  static final long PAGE = 250;

  private final KubernetesClient client;
  private final KubernetesClient following;
  private final OperatorSettings settings;
  private final Doorbells doorbells = new Doorbells();
  private final AtomicBoolean broken = new AtomicBoolean();
  private final AtomicBoolean started = new AtomicBoolean();
  private final Leadership leadership;
  private final JobCache cache;
  private final ClusterRuns runs;
  private final OperatorMetrics metrics;
  private final LeaderLoop loop;
  private final Operator operator;
  private final Announcer announcer;

  /**
   * A host that is not started yet.
   *
   * @param connection closed by whoever made it
   * @param leadershipLost called when another instance may work: this one must end at once
   */
  public OperatorHost(
      KubernetesConnection connection,
      OperatorSettings settings,
      Clock clock,
      Runnable leadershipLost) {
    this(connection, settings, clock, leadershipLost, new Executions(connection.commanding()));
  }

  /** One that runs commands in pods by this. */
  OperatorHost(
      KubernetesConnection connection,
      OperatorSettings settings,
      Clock clock,
      Runnable leadershipLost,
      PodCommands commands) {
    this.client = connection.client();
    this.following = connection.following();
    this.settings = settings;
    cache = new JobCache(following, settings.namespaces(), new Changes(), clock);
    runs = new ClusterRuns(client, cache, new JobRendering(settings.jobs()), clock);
    announcer = new Announcer(client, identity(), clock);
    leadership = new Leadership(settings.election(), this::wake, leadershipLost);
    var sealing = new Sealing(client, cache);
    var admitter = new Admitter(cache, runs, doorbells, settings.concurrency(), clock);
    var claims = new ClusterClaims(client);
    var workloads = new Workloads(client, settings.namespaces());
    var consumers =
        new Consumers(workloads, cache, runs, claims, announcer, settings.scaling(), clock);
    var hooked = new HookedPods(client, settings.namespaces());
    var going = new HookCommands(commands, leadership::isLeading, this::wake, clock);
    var hooks = new Hooks(hooked, going, new HookOrigin(client), runs, settings.hooks(), clock);
    var releases = new HookReleases(hooked, going, cache, runs, announcer, settings.hooks(), clock);
    var legs = new Legs(client, cache, runs, clock);
    var preparations =
        new Preparations(cache, runs, consumers, hooks, new Snapshots(client, clock), legs, clock);
    var patience = new Patience(cache, runs, clock);
    loop =
        new LeaderLoop(
            leadership::isLeading,
            () -> preparations.isWaiting() || releases.isWaiting(),
            List.of(
                sealing::seal,
                admitter::admit,
                preparations::prepare,
                legs::end,
                preparations::watch,
                consumers::watch,
                consumers::putBack,
                releases::release,
                patience::giveUpStuck,
                runs::tidy));
    metrics = new OperatorMetrics(doorbells, admitter::queue, leadership::isLeading);
    operator = new Operator(this::configure);
    register(sealing, claims, clock);
  }

  /**
   * Starts. Whoever is not the leader follows what happens and does nothing.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if the cluster refuses what the
   *     operator needs
   */
  public void start() {
    cache.start();
    operator.start();
    doorbells.open();
    // What changed in between rang at a closed door.
    cache.all().forEach(this::ring);
    started.set(true);
    loop.start();
  }

  /** Whether it follows the cluster; what a rolling update waits for. */
  public boolean isReady() {
    return started.get()
        && cache.isFollowing()
        && operator.getRuntimeInfo().allEventSourcesAreHealthy();
  }

  /** Whether starting anew would not help. A connection that comes back by itself is no reason. */
  public boolean isAlive() {
    return !broken.get();
  }

  public boolean isLeading() {
    return leadership.isLeading();
  }

  /** Metrics in Prometheus' text format. */
  public String metrics() {
    return metrics.scrape();
  }

  /** Ends: what is being carried out is carried out, runs go on by themselves. */
  @Override
  public void close() {
    var led = leadership.isLeading();
    started.set(false);
    leadership.end();
    loop.close();
    operator.stop();
    cache.close();
    if (led) {
      leadership.release(client);
    }
    announcer.close();
  }

  private void configure(ConfigurationServiceOverrider configuration) {
    configuration
        .withKubernetesClient(following)
        .withCloseClientOnStop(false)
        .withConcurrentReconciliationThreads(THREADS)
        .withReconciliationTerminationTimeout(ENDING)
        .withInformerStoppedHandler((informer, failure) -> broken.set(started.get()));
    var election = settings.election();
    if (election != null) {
      configuration.withLeaderElectionConfiguration(leadership.configuration(election));
    }
  }

  private void register(Sealing sealing, ClusterClaims claims, Clock clock) {
    var around = new ClusterSurroundings(client, runs, claims, cluster(), clock);
    var carrier =
        new DecisionCarrier(
            runs, claims, sealing, new StatusWriter(client), announcer, metrics, doorbells, clock);
    register(new BackupStoreReconciler(around, carrier, doorbells));
    register(new BackupPolicyReconciler(around, carrier, doorbells));
    register(new BackupRequestReconciler(around, carrier, doorbells));
    register(new RestoreRequestReconciler(around, carrier, doorbells));
  }

  private <R extends CustomResource<?, ? extends ObservedStatus>> void register(
      Reconciler<R> reconciler) {
    operator.register(
        reconciler,
        configuration -> {
          configuration
              .withRetry(
                  new GenericRetry()
                      .withoutMaxAttempts()
                      .setInitialInterval(FIRST_RETRY.toMillis())
                      .setMaxInterval(LONGEST_RETRY.toMillis()))
              .withReconciliationMaxInterval(LONGEST_WAIT)
              .withGenerationAware(false)
              .withInformerListLimit(PAGE)
              .withOnUpdateFilter(new UpdateFilter<>());
          if (!settings.namespaces().isEmpty()) {
            configuration.settingNamespaces(settings.namespaces());
          }
        });
  }

  private String cluster() {
    if (settings.clusterId() != null) {
      return settings.clusterId();
    }
    var namespace = client.namespaces().withName("kube-system").get();
    if (namespace == null) {
      throw new IllegalStateException(
          "there is no namespace kube-system to know the cluster by; name a cluster id");
    }
    return namespace.getMetadata().getUid();
  }

  private String identity() {
    var election = settings.election();
    return election == null ? "salvor" : election.identity();
  }

  private void wake() {
    loop.wake();
  }

  private void ring(Job job) {
    JobLabels.read(job)
        .ifPresent(run -> doorbells.runChanged(job.getMetadata().getNamespace(), run));
  }

  /** What happens to Jobs and pods, told to whoever looks after them. */
  private final class Changes implements JobCache.Listener {
    @Override
    public void changed(Job job, boolean news) {
      if (news) {
        ring(job);
      }
      wake();
    }

    @Override
    public void gone(Job job) {
      if (leadership.isLeading()) {
        runs.gone(job);
      }
      ring(job);
      wake();
    }
  }
}
