package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.operator.jobs.HookOutcome;
import dev.salvor.testing.ApiServer;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a real API server answers to a command that it does not let through to a node. */
class ExecutionsIT {
  private static final Status NODE =
      new StatusBuilder().withMessage("executable file not found in $PATH").build();

  private static HookOutcome run(@Nullable String user) {
    var config = new ConfigBuilder(ApiServer.shared().client().getConfiguration());
    if (user != null) {
      config.withImpersonateUsername(user);
    }
    try (var connection = KubernetesConnection.open(config.build())) {
      var pod =
          new PodBuilder()
              .withNewMetadata()
              .withNamespace("default")
              .withName("no-such-pod")
              .endMetadata()
              .build();
      return new Executions(connection.commanding())
          .run(pod, "main", List.of("true"), Duration.ofSeconds(5));
    }
  }

  @Test
  void aMissingRightIsNamed() {
    assertThat(run("system:serviceaccount:default:nobody"))
        .isEqualTo(
            new HookOutcome.Refused(
                "the cluster refuses the operator pods/exec in namespace default (HTTP 403): name"
                    + " it in hooks.namespaces of the installation"));
  }

  @Test
  void aPodThatIsGoneIsNamed() {
    assertThat(run(null))
        .isEqualTo(new HookOutcome.Refused("there is no pod no-such-pod any more (HTTP 404)"));
  }

  /** The client looks at the pod first, and asks nobody. */
  @Test
  void aContainerThatIsNotThereIsNamed() {
    var pods = ApiServer.shared().client().pods().inNamespace("default");
    var pod =
        pods.resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName("one-container")
                    .endMetadata()
                    .withNewSpec()
                    .addNewContainer()
                    .withName("main")
                    .withImage("web")
                    .endContainer()
                    .endSpec()
                    .build())
            .create();
    try (var connection =
        KubernetesConnection.open(ApiServer.shared().client().getConfiguration())) {
      var outcome =
          new Executions(connection.commanding())
              .run(pod, "second", List.of("true"), Duration.ofSeconds(5));

      assertThat(outcome)
          .isEqualTo(new HookOutcome.Refused("pod one-container has no container 'second'"));
      pod.getMetadata().setUid("of one before");
      assertThat(
              new Executions(connection.commanding())
                  .run(pod, "main", List.of("true"), Duration.ofSeconds(5)))
          .isEqualTo(new HookOutcome.Refused("there is no pod one-container any more (HTTP 404)"));
    } finally {
      pods.withName("one-container").withGracePeriod(0).delete();
    }
  }

  /** Nobody would ever end it, nor read what comes. */
  @Test
  void aConnectionThatOpensLateIsClosed() throws Exception {
    try (var server = new LateServer()) {
      var config =
          new ConfigBuilder()
              .withMasterUrl("http://127.0.0.1:" + server.port())
              .withRequestTimeout(500)
              .withConnectionTimeout(500)
              .withRequestRetryBackoffLimit(0)
              .build();
      try (var client = new KubernetesClientBuilder().withConfig(config).build()) {
        var outcome =
            new Executions(client)
                .run(LateServer.POD, "main", List.of("true"), Duration.ofSeconds(5));

        assertThat(outcome).isInstanceOf(HookOutcome.Lost.class);
        server.open();
        assertThat(server.isClosed()).isTrue();
      }
    }
  }

  /** The client's own way to say so. */
  @Test
  void withoutAnExitCodeNothingSucceeded() {
    assertThat(Executions.outcome(0, "", null)).isEqualTo(new HookOutcome.Succeeded());
    assertThat(Executions.outcome(3, " the disk\nis busy ", null))
        .isEqualTo(new HookOutcome.Failed("exit code 3: the disk is busy"));
    assertThat(Executions.outcome(1, "", null)).isEqualTo(new HookOutcome.Failed("exit code 1"));
    assertThat(Executions.outcome(-1, "", NODE))
        .isEqualTo(new HookOutcome.Broken("executable file not found in $PATH"));
    assertThat(Executions.outcome(null, "", null)).isInstanceOf(HookOutcome.Lost.class);
  }
}
