package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.operator.jobs.JobLabels;
import dev.salvor.operator.jobs.JobOrder;
import dev.salvor.operator.jobs.JobRendering;
import dev.salvor.operator.jobs.JobSettings;
import dev.salvor.plan.Decision;
import dev.salvor.plan.Launch;
import dev.salvor.plan.Observation;
import dev.salvor.plan.PolicyPlanner;
import dev.salvor.plan.RunView;
import dev.salvor.plan.RunsOf;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What two instances do that work at once for a moment, on a real API server. */
class ClusterRunsIT {
  private final Installation here = new Installation();
  private Launch launch;
  private BackupPolicy policy;

  @BeforeEach
  void policyThatWantsARun() {
    here.fakeJobs.pause();
    here.usableStore("offsite");
    here.policy("shop-db", "offsite", "");
    policy = here.policy("shop-db");
    launch = decide(runs()).launches().getFirst();
  }

  @AfterEach
  void end() {
    here.close();
  }

  @Test
  void creatingARunTwiceIsCreatingItOnce() {
    var one = runs();
    var other = runs();

    assertThat(one.create(order(policy.getMetadata().getUid())))
        .isEqualTo(ClusterRuns.Creation.CREATED);
    assertThat(one.create(order(policy.getMetadata().getUid())))
        .isEqualTo(ClusterRuns.Creation.EXISTED);
    assertThat(other.create(order(policy.getMetadata().getUid())))
        .isEqualTo(ClusterRuns.Creation.EXISTED);

    assertThat(here.fakeJobs.jobs()).hasSize(1);
    assertThat(other.views(new RunsOf.Policy(policy.getMetadata().getUid())))
        .extracting(RunView::state)
        .containsExactly(RunView.State.QUEUED);
  }

  @Test
  void aJobOfThatNameThatBelongsToSomeoneElseIsNotTakenForOurs() {
    runs().create(order("someone-else"));

    assertThatThrownBy(() -> runs().create(order(policy.getMetadata().getUid())))
        .isInstanceOf(KubernetesClientException.class);
  }

  @Test
  void aRunIsSeenAsSoonAsItIsCreatedAndGoneAsSoonAsItIsRemoved() {
    var runs = runs();
    runs.create(order(policy.getMetadata().getUid()));

    assertThat(runs.withdraw(here.namespace, launch.labels().name())).isTrue();

    assertThat(here.fakeJobs.jobs()).isEmpty();
    assertThat(runs.views(new RunsOf.Policy(policy.getMetadata().getUid()))).isEmpty();
  }

  /** A kubelet tells in events alone that it cannot mount a volume. */
  @Test
  void whatEventsSayOfAPodIsRead() {
    var runs = runs();
    runs.create(order(policy.getMetadata().getUid()));
    var job = here.fakeJobs.jobs().getFirst();
    var pod =
        here.client
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName("of-it")
                    .withNamespace(here.namespace)
                    .endMetadata()
                    .withSpec(job.getSpec().getTemplate().getSpec())
                    .build())
            .create();
    tell(pod, "FailedMount", "Warning", "path is gone", ago(20));
    tell(pod, "FailedAttachVolume", "Warning", "held elsewhere", ago(30));
    tell(pod, "FailedScheduling", "Warning", "of another kind", ago(10));
    tell(pod, "FailedMount", "Normal", "as usual", ago(5));
    tell(pod, "FailedMount", "Warning", "over since", ago(600));
    tell(job, "FailedCreate", "Warning", "no room", ago(600));

    assertThat(runs.complaints(job, List.of(pod)))
        .containsExactly("held elsewhere", "path is gone");
    assertThat(runs.complaints(job, List.of())).containsExactly("no room");
  }

  /** Whoever stood still does not say what holds, and lets nothing go, over what another wrote. */
  @Test
  void whatAnotherNotedOfHooksStays() {
    var runs = runs();
    runs.create(order(policy.getMetadata().getUid()));
    var seen = here.fakeJobs.jobs().getFirst();
    seen.getMetadata().getAnnotations().put(JobLabels.HOOKS, "[]");
    runs.noteHeld(seen, Set.of("web-0=one"));
    seen.getMetadata().getAnnotations().put(JobLabels.HELD, "web-0=two");

    assertThatThrownBy(() -> runs.noteHeld(seen, Set.of("web-0=two")))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(409));
    assertThatThrownBy(() -> runs.resume(seen, Map.of()))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(409));

    var live = here.fakeJobs.jobs().getFirst();
    assertThat(live.getMetadata().getAnnotations()).containsEntry(JobLabels.HELD, "web-0=one");
    assertThat(Admitter.isSuspended(live)).isTrue();
  }

  private static String ago(long seconds) {
    return Instant.now().minusSeconds(seconds).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private void tell(HasMetadata about, String reason, String type, String message, String time) {
    here.client
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withGenerateName("told-")
                .withNamespace(here.namespace)
                .endMetadata()
                .withNewInvolvedObject()
                .withNamespace(here.namespace)
                .withUid(about.getMetadata().getUid())
                .endInvolvedObject()
                .withReason(reason)
                .withType(type)
                .withMessage(message)
                .withLastTimestamp(time)
                .build())
        .create();
  }

  /** Its pod would be ended in the middle of its work. */
  @Test
  void whatWasLetGoSinceItWasSeenIsNotRemoved() {
    var late = runs();
    late.create(order(policy.getMetadata().getUid()));
    runs().admit(here.fakeJobs.jobs().getFirst());

    assertThat(late.withdraw(here.namespace, launch.labels().name())).isFalse();
    late.remove(here.namespace, launch.labels().name());
    assertThat(here.fakeJobs.jobs()).hasSize(1);
  }

  /** Its own leader may let it go between the decision and this. */
  @Test
  void whatWasLetGoByTheSameProcessIsNotWithdrawn() {
    var runs = runs();
    runs.create(order(policy.getMetadata().getUid()));
    runs.admit(here.fakeJobs.jobs().getFirst());

    assertThat(runs.withdraw(here.namespace, launch.labels().name())).isFalse();
    assertThat(here.fakeJobs.jobs()).hasSize(1);
  }

  @Test
  void aChangeAfterWhichARunReadsTheSameIsNoNews() throws Exception {
    var told = new LinkedBlockingQueue<Boolean>();
    try (var cache = cache((job, news) -> told.add(news))) {
      var runs = runs(cache);
      cache.start();
      runs.create(order(policy.getMetadata().getUid()));
      assertThat(told.poll(1, TimeUnit.MINUTES)).as("it is there").isTrue();
      var job = cache.all().iterator().next();

      here.client.resource(job).edit(it -> labelled(it, "of-someone"));
      assertThat(told.poll(1, TimeUnit.MINUTES)).as("a label of someone's").isFalse();
      runs.explain(job, "at most 4 run at once");
      assertThat(told.poll(1, TimeUnit.MINUTES)).as("why it waits").isTrue();
      runs.admit(job);
      assertThat(told.poll(1, TimeUnit.MINUTES)).as("it runs").isTrue();
    }
  }

  private static Job labelled(Job job, String label) {
    return new JobBuilder(job).editMetadata().addToLabels(label, "x").endMetadata().build();
  }

  /** Of two leaders the one that decided from an older version writes nothing. */
  @Test
  void aStatusThatWasDecidedFromAnOlderVersionIsNotWritten() {
    var decision = decide(runs());
    var writer = new StatusWriter(here.client);
    var stale = here.policy("shop-db");

    assertThat(writer.write(Kind.POLICY, policy, decision.status()))
        .isEqualTo(StatusWriter.Written.CHANGED);
    assertThat(writer.write(Kind.POLICY, stale, decision.status()))
        .isEqualTo(StatusWriter.Written.OUTDATED);
    assertThat(writer.write(Kind.POLICY, here.policy("shop-db"), decision.status()))
        .isEqualTo(StatusWriter.Written.SAME);
    assertThat(here.policy("shop-db").getStatus()).isEqualTo(decision.status());
    assertThat(here.policy("shop-db").getSpec()).isEqualTo(policy.getSpec());
  }

  private Decision<BackupPolicyStatus> decide(ClusterRuns runs) {
    return PolicyPlanner.decide(
        Observation.policy(
            policy,
            new ClusterSurroundings(
                here.client, runs, new ClusterClaims(here.client), "cluster", Clock.systemUTC())));
  }

  /** Of a process whose informers have shown nothing yet. */
  private ClusterRuns runs() {
    return runs(cache((job, news) -> {}));
  }

  private ClusterRuns runs(JobCache cache) {
    var settings = new JobSettings("salvor:test", "IfNotPresent", List.of(), null, null);
    return new ClusterRuns(here.client, cache, new JobRendering(settings), Clock.systemUTC());
  }

  private JobCache cache(BiConsumer<Job, Boolean> told) {
    return new JobCache(here.client, Set.of(here.namespace), new Listener(told), Clock.systemUTC());
  }

  private JobOrder order(String ownerUid) {
    var owner =
        new OwnerReferenceBuilder()
            .withApiVersion(policy.getApiVersion())
            .withKind(policy.getKind())
            .withName("shop-db")
            .withUid(ownerUid)
            .withController(true)
            .withBlockOwnerDeletion(false)
            .build();
    return new JobOrder(launch, here.namespace, owner, null, null, 1);
  }

  private record Listener(BiConsumer<Job, Boolean> told) implements JobCache.Listener {
    @Override
    public void changed(Job job, boolean news) {
      told.accept(job, news);
    }

    @Override
    public void gone(Job job) {}
  }
}
