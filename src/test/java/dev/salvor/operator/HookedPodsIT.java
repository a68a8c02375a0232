package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.VolumeSource.Hook;
import dev.salvor.operator.jobs.HookMark;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Marks on pods, and whose hooks are believed, on a real API server. */
class HookedPodsIT {
  private static final Instant NOW = Instant.parse("2026-11-27T02:00:00Z");
  private static final Hook FREEZE = freeze("web");

  private final Installation here = new Installation();
  private final HookedApplication web = new HookedApplication(here);
  private final Requests requests = new Requests();
  private final KubernetesConnection connection =
      KubernetesConnection.open(
          here.client.getConfiguration(),
          http -> http.addOrReplaceInterceptor("requests", requests));
  private final HookedPods pods = new HookedPods(connection.client(), Set.of(here.namespace));

  /** What is asked of the API server. */
  private static final class Requests implements Interceptor {
    private final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
      all.add(request.method() + " " + request.uri());
    }
  }

  private static Hook freeze(String app) {
    return new Hook(Map.of("app", app), null, List.of("freeze"), List.of("thaw"), 30);
  }

  @BeforeEach
  void anApplication() {
    web.pod("web-0", "web", "Running");
  }

  @AfterEach
  void end() {
    connection.close();
    here.close();
  }

  private Pod pod() {
    return here.client.pods().inNamespace(here.namespace).withName("web-0").get();
  }

  private static HookMark mark(String run) {
    var job =
        new JobBuilder().withMetadata(new ObjectMetaBuilder().withName(run).withUid(run).build());
    return HookMark.of(job.build(), List.of(FREEZE), NOW);
  }

  private static void assertChanged(Runnable write) {
    assertThatThrownBy(write::run)
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("pod web-0 was changed since it was read");
  }

  /** A leader that stood still: the pod was unmarked when it looked, or bore another mark. */
  @Test
  void aMarkIsWrittenOnlyOverWhatWasRead() {
    var unmarked = pod();
    pods.mark(unmarked, mark("one"));
    var marked = pod();
    assertThat(HookMark.read(marked)).contains(mark("one"));

    assertChanged(() -> pods.mark(unmarked, mark("two")));
    pods.change(marked, mark("one").begin(0, FREEZE, marked, NOW));
    assertChanged(() -> pods.change(marked, mark("one").release()));
    assertChanged(() -> pods.unmark(marked));

    assertThat(HookMark.read(pod()))
        .map(HookMark::begun)
        .hasValueSatisfying(begun -> assertThat(begun).hasSize(1));
    pods.unmark(pod());
    assertThat(HookMark.isMarked(pod())).isFalse();
    assertChanged(() -> pods.change(marked, mark("one")));
  }

  /** To freeze a pod is to change its status. */
  @Test
  void whatElseChangesIsNoMatter() {
    var read = pod();
    web.restart("web-0");

    pods.mark(read, mark("one"));

    assertThat(HookMark.read(pod())).contains(mark("one"));
  }

  @Test
  void anotherPodOfThatNameIsNotMarked() {
    var read = pod();
    web.delete("web-0");
    assertThat(pods.change(read, mark("one"))).isFalse();
    web.pod("web-0", "web", "Running");

    assertThat(pods.change(read, mark("one"))).isFalse();
    assertThatThrownBy(() -> pods.mark(read, mark("one")))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(404));
    assertThat(HookMark.isMarked(pod())).isFalse();
  }

  /** A namespace may have thousands of others. */
  @Test
  void podsAreAskedForByTheLabelsOfTheHooks() {
    web.pod("mail-0", "mail", "Running");
    web.pod("other", "other", "Running");
    requests.all.clear();

    assertThat(pods.of(here.namespace, List.of(FREEZE, freeze("mail"), FREEZE)))
        .extracting(pod -> pod.getMetadata().getName())
        .containsExactly("web-0", "mail-0");
    assertThat(requests.all)
        .hasSize(2)
        .allMatch(it -> it.matches(".*labelSelector=.*app.*(web|mail).*"));
  }

  /** Each look would go through all pods of all namespaces. */
  @Test
  void itIsLookedForMarksWhereTheyAreAndNowAndThenEverywhere() {
    assertThat(looked(NOW)).as("at first").isEqualTo(1);
    assertThat(looked(NOW.plusSeconds(299))).as("nothing is known of").isZero();
    assertThat(looked(NOW.plusSeconds(300))).as("after a while").isEqualTo(1);
    pods.mark(pod(), mark("one"));
    assertThat(looked(NOW.plusSeconds(301))).as("one was written").isEqualTo(1);
    assertThat(looked(NOW.plusSeconds(302))).as("one is there").isEqualTo(1);
    pods.unmark(pod());
    assertThat(looked(NOW.plusSeconds(303))).as("it was").isEqualTo(1);
    assertThat(looked(NOW.plusSeconds(304))).as("it is gone").isZero();
  }

  private int looked(Instant now) {
    requests.all.clear();
    pods.addMarked(new ArrayList<>(), now);
    return requests.all.size();
  }

  private Job job(HasMetadata owner, String uid) {
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(here.namespace)
        .withName("files-backup-x")
        .addNewOwnerReference()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(uid)
        .endOwnerReference()
        .endMetadata()
        .build();
  }

  private Job job(HasMetadata owner) {
    return job(owner, owner.getMetadata().getUid());
  }

  /** Whoever may create a Job may name any owner on it, and any hooks. */
  @Test
  void onlyWhatAPolicySaysIsBelieved() {
    here.create(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files, namespace: %1$s}
        spec:
          source:
            volume:
              claims: {names: [uploads]}
              hooks: [{matchLabels: {app: web}, before: [freeze], after: [thaw]}]
          storeRef: {name: offsite}
        ---
        apiVersion: salvor.dev/v1alpha1
        kind: BackupRequest
        metadata: {name: lost, namespace: %1$s}
        spec: {policyRef: {name: no-such}}
        """
            .formatted(here.namespace));
    here.backupRequest("now", "files");
    here.policy("shop-db", "offsite", "");
    var origin = new HookOrigin(here.client);
    BackupPolicy files = here.policy("files");
    BackupRequest now = here.backupRequest("now");
    var hooks = List.of(FREEZE);

    assertThat(origin.objection(job(files), hooks)).isEmpty();
    assertThat(origin.objection(job(now), hooks)).isEmpty();

    var nobody = "There is no BackupPolicy that this Job is for.";
    assertThat(
            origin.objection(
                new JobBuilder(job(files))
                    .editMetadata()
                    .withOwnerReferences()
                    .endMetadata()
                    .build(),
                hooks))
        .contains(nobody);
    assertThat(origin.objection(job(files, "of one before"), hooks)).contains(nobody);
    assertThat(origin.objection(job(now, "of one before"), hooks)).contains(nobody);
    assertThat(origin.objection(job(here.backupRequest("lost")), hooks)).contains(nobody);
    assertThat(origin.objection(job(pod()), hooks)).contains(nobody);
    assertThat(origin.objection(job(files), List.of(FREEZE, FREEZE)))
        .hasValueSatisfying(why -> assertThat(why).contains("policy files is not what"));
    assertThat(origin.objection(job(here.policy("shop-db")), hooks)).isPresent();
    files.getMetadata().setName("shop-db");
    assertThat(origin.objection(job(files), hooks)).contains(nobody);
  }
}
